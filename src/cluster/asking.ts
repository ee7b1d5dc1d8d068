/** Owns asking AWS again and again: random intervals, doubling when throttled, patience with a network that is away. */
import { isThrottle } from './backoff.ts';
import { asKubecoreError, interruptedError } from './errors.ts';
import type { Clock, Random } from './ports.ts';

/** Time between two looks at AWS: a random wait in this range, so that many watchers do not fall in step. */
export interface PollInterval {
  readonly minMs: number;
  readonly maxMs: number;
}

export const POLL: PollInterval = { minMs: 1_000, maxMs: 4_000 };

/** The longest wait that throttling leads to. */
const MAX_WAIT_MS = 60_000;

/** AWS asked to wait: the next try comes at `retryAt`, in ms since the epoch. */
export interface Throttled {
  readonly type: 'throttled';
  readonly at: number;
  readonly retryAt: number;
}

export interface Asking {
  /** The interval's next wait in ms, doubled for each throttle in a row. */
  wait(): number;
  /**
   * Runs a question until it is answered. Throttling (told as an event) and a lost network are waited out until
   * `deadline`; all else is thrown.
   */
  ask<T>(question: () => Promise<T>): AsyncGenerator<Throttled, T>;
}

export function createAsking(options: {
  readonly clock: Clock;
  readonly random: Random;
  readonly poll: PollInterval;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}): Asking {
  const { clock, random, poll, deadline, signal } = options;
  let refused = 0;
  const wait = (): number =>
    Math.min(
      Math.max(MAX_WAIT_MS, poll.maxMs),
      (poll.minMs + random() * (poll.maxMs - poll.minMs)) * 2 ** Math.min(refused, 16),
    );
  return {
    wait,
    async *ask(question) {
      for (;;) {
        try {
          const answer = await question();
          refused = 0;
          return answer;
        } catch (thrown) {
          if (signal?.aborted) throw thrown;
          const error = asKubecoreError(thrown);
          const throttled = isThrottle(error.code);
          if ((!throttled && error.fault !== 'network') || clock.now() >= deadline) throw error;
          refused++;
          const ms = wait();
          if (throttled) yield { type: 'throttled', at: clock.now(), retryAt: clock.now() + ms };
          await clock.sleep(ms, signal);
        }
      }
    },
  };
}

/** Runs a generator's body; an abort inside comes out as one error that says what was left as it is. */
export async function* interruptible<T>(
  signal: AbortSignal | undefined,
  what: string,
  next: string,
  body: AsyncGenerator<T>,
): AsyncGenerator<T> {
  try {
    yield* body;
  } catch (thrown) {
    if (signal?.aborted) throw interruptedError(what, next);
    throw thrown;
  }
}
