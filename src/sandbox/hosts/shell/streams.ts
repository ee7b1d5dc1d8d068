/**
 * Owns the streams between simulated commands: pipes that hold back a fast writer and break when the reader is gone.
 */

export interface Sink {
  /** Resolves when more may be written; rejects with BrokenPipe when nobody reads any more. */
  write(data: string | Uint8Array): Promise<void>;
}

export type Source = AsyncIterable<Uint8Array>;

export class BrokenPipe extends Error {
  constructor() {
    super('Broken pipe');
  }
}

const HIGH_WATER = 65_536;

/** An in-memory pipe. */
export class Pipe implements Sink, Source {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #broken = false;
  #wakeReader: (() => void) | null = null;
  readonly #wakeWriters = new Set<() => void>();

  async write(data: string | Uint8Array): Promise<void> {
    if (this.#broken || this.#ended) throw new BrokenPipe();
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    this.#wakeReader?.();
    while (this.#size > HIGH_WATER && !this.#broken) {
      await new Promise<void>((resolve) => this.#wakeWriters.add(resolve));
    }
    if (this.#broken) throw new BrokenPipe();
  }

  /** No more will be written. */
  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
  }

  /** Nobody reads any more. */
  close(): void {
    this.#broken = true;
    this.#chunks = [];
    this.#size = 0;
    this.#release();
    this.#wakeReader?.();
  }

  #release(): void {
    for (const wake of this.#wakeWriters) wake();
    this.#wakeWriters.clear();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#size -= chunk.length;
        if (this.#size <= HIGH_WATER) this.#release();
        yield chunk;
        continue;
      }
      if (this.#ended || this.#broken) return;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
      this.#wakeReader = null;
    }
  }
}

/** Standard input of a command that got none. */
export const EMPTY_SOURCE: Source = {
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {},
};

/** A source of one text. */
export function sourceOf(text: string): Source {
  return {
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
      if (text !== '') yield Buffer.from(text);
    },
  };
}

/** All of a source as text. */
export async function readAll(source: Source): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Whole lines as they come, without their newline; bytes kept as latin-1 so that nothing is lost on the way through. */
export async function* linesOf(source: Source): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of source) {
    rest += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 1);
    }
  }
  if (rest !== '') yield rest;
}

/** Collects what is written, for `$(…)`. */
export class Collector implements Sink {
  readonly #chunks: Uint8Array[] = [];

  async write(data: string | Uint8Array): Promise<void> {
    this.#chunks.push(typeof data === 'string' ? Buffer.from(data) : data);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

export const NOWHERE: Sink = { write: async () => {} };
