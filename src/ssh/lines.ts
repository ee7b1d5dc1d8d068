/** Owns the cutting of a byte stream into lines, without copying what lies within one chunk. */

const NEWLINE = 10;

/** Lines are views into the chunks they came in: who keeps a line for long should copy it. */
export class LineSplitter {
  readonly #max: number;
  /** Pieces of a line whose end has not come yet. */
  #carry: Buffer[] = [];
  #carried = 0;

  constructor(maxLineBytes: number) {
    this.#max = maxLineBytes;
  }

  /** Appends the lines that `chunk` completes to `into`, without their newlines, each cut to the limit. */
  push(chunk: Buffer, into: Uint8Array[]): void {
    const max = this.#max;
    let start = 0;
    let end = chunk.indexOf(NEWLINE);
    if (end >= 0 && this.#carry.length > 0) {
      this.#keep(chunk.subarray(0, end));
      into.push(this.#take());
      start = end + 1;
      end = chunk.indexOf(NEWLINE, start);
    }
    while (end >= 0) {
      into.push(chunk.subarray(start, end - start > max ? start + max : end));
      start = end + 1;
      end = chunk.indexOf(NEWLINE, start);
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** The last line, when it had no newline; null when there is none. */
  end(): Uint8Array | null {
    return this.#carry.length === 0 ? null : this.#take();
  }

  #keep(piece: Buffer): void {
    const room = this.#max - this.#carried;
    if (room <= 0 && this.#carry.length > 0) return;
    const kept = piece.length > room ? piece.subarray(0, room) : piece;
    this.#carry.push(kept);
    this.#carried += kept.length;
  }

  #take(): Uint8Array {
    const line =
      this.#carry.length === 1 ? (this.#carry[0] as Buffer) : Buffer.concat(this.#carry, this.#carried);
    this.#carry = [];
    this.#carried = 0;
    return line;
  }
}
