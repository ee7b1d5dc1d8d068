/**
 * Owns polling one kind of thing: its interval, its backoff, one request in flight, a time limit, and the dropping of
 * answers that come after their time.
 */
import { backoffMs } from './backoff.ts';
import { asKubecoreError, KubecoreError } from './errors.ts';
import type { Clock, Random } from './ports.ts';
import type { Pulse } from './store-contract.ts';

export interface PollerOptions<T> {
  /** For the error: `the pods`. */
  readonly name: string;
  readonly poll: (signal: AbortSignal) => Promise<T>;
  readonly onData: (data: T, asOf: number) => void;
  readonly onError: (error: KubecoreError) => void;
  readonly clock: Clock;
  readonly random: Random;
  /** Between the beginnings of two polls while on screen. Default 2,000. */
  readonly visibleMs?: number;
  /** The same while not on screen. Default 10,000. */
  readonly hiddenMs?: number;
  /** After that a poll has failed; its late answer is dropped. Default 20,000. */
  readonly timeoutMs?: number;
  /** Longest wait after failures. Default 30,000. */
  readonly maxBackoffMs?: number;
  /** Is it on screen from the start? Default true. */
  readonly visible?: boolean;
}

export interface Poller {
  /** What its polls cost, now. */
  pulse(): Pulse;
  setVisible(visible: boolean): void;
  /** Polls now, or again as soon as the poll in flight has ended. */
  refresh(): void;
  stop(): void;
}

/** A poll is followed by a rest of at least so many times what it took: a slow source is never kept busy. */
const REST = 2;

/** Starts polling at once; `stop()` ends it and drops what is still in flight. */
export function startPoller<T>(options: PollerOptions<T>): Poller {
  const { clock, random } = options;
  const timeoutMs = options.timeoutMs ?? 20_000;
  const rates = { visible: options.visibleMs ?? 2_000, hidden: options.hiddenMs ?? 10_000 };
  const stopping = new AbortController();
  let visible = options.visible ?? true;
  let generation = 0;
  let again = false;
  let wake = new AbortController();
  let askedSince: number | null = null;
  let tookMs: number | null = null;

  /** One poll with its time limit. An answer counts only while its generation is the current one. */
  async function once(): Promise<boolean> {
    const mine = ++generation;
    const limit = new AbortController();
    const signal = AbortSignal.any([limit.signal, stopping.signal]);
    const done = new AbortController();
    const answer = (async () => options.poll(signal))().then(
      (data) => ({ data }),
      (thrown: unknown) => ({ error: asKubecoreError(thrown) }),
    );
    const late = clock.sleep(timeoutMs, AbortSignal.any([done.signal, stopping.signal])).then(
      () => 'late' as const,
      () => 'stopped' as const,
    );
    const result = await Promise.race([answer, late]);
    done.abort();
    if (stopping.signal.aborted || mine !== generation) return false;
    if (result === 'late' || result === 'stopped') {
      generation++;
      limit.abort();
      options.onError(tooLate(options.name, timeoutMs));
      return false;
    }
    if ('error' in result) {
      options.onError(result.error);
      return false;
    }
    options.onData(result.data, clock.now());
    return true;
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      again = false;
      const began = clock.now();
      askedSince = began;
      failures = (await once()) ? 0 : failures + 1;
      askedSince = null;
      const cost = clock.now() - began;
      tookMs = cost;
      const chance = random();
      // What is due is reckoned anew after each wake: the rate may have changed meanwhile.
      for (;;) {
        if (stopping.signal.aborted || again) break;
        const rate = visible ? rates.visible : rates.hidden;
        const rest = Math.max(rate - cost, cost * REST);
        const due = began + cost + (failures === 0 ? rest : Math.max(rest, backoff(failures, rate, chance)));
        const wait = due - clock.now();
        if (wait <= 0) break;
        wake = new AbortController();
        const slept = await clock.sleep(wait, AbortSignal.any([wake.signal, stopping.signal])).then(
          () => true,
          () => false,
        );
        if (slept) break;
      }
    }
  }

  const backoff = (failures: number, rate: number, chance: number): number =>
    backoffMs(
      failures,
      { firstMs: rate, maxMs: Math.max(rate, options.maxBackoffMs ?? 30_000) },
      () => chance,
    );

  void run();
  return {
    pulse() {
      const rate = visible ? rates.visible : rates.hidden;
      return { askedSince, tookMs, everyMs: Math.max(rate, (tookMs ?? 0) * (REST + 1)) };
    },
    setVisible(next) {
      if (next === visible) return;
      visible = next;
      wake.abort();
    },
    refresh() {
      again = true;
      wake.abort();
    },
    stop() {
      generation++;
      stopping.abort();
    },
  };
}

function tooLate(name: string, ms: number): KubecoreError {
  return new KubecoreError({
    what: `${name} could not be read`,
    why: `no answer within ${Math.round(ms / 1000)} s`,
    next: 'it is asked again by itself',
    fault: 'node',
    code: 'Timeout',
  });
}
