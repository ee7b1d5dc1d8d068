/** Owns a clock that tests move by hand: sleepers wake in order of their time, and everything they set off runs before time goes on. */
import type { Clock } from '../../src/cluster/ports.ts';

export interface FakeClock extends Clock {
  /** Lets `ms` pass. */
  advance(ms: number): Promise<void>;
  /** Lets time pass, from sleeper to sleeper, until `condition` holds; throws after `limitMs` of it. */
  until(condition: () => boolean, limitMs?: number): Promise<void>;
  /** Sleepers now waiting. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Runs what is due now: promises and immediates, no timers. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export function fakeClock(start = Date.UTC(2014, 10, 22, 16, 0, 0)): FakeClock {
  let now = start;
  const sleepers = new Set<Sleeper>();

  /** Wakes the next sleeper that is due by `limit`; false when none is. */
  function wakeNext(limit: number): boolean {
    let next: Sleeper | undefined;
    for (const sleeper of sleepers)
      if (sleeper.at <= limit && (!next || sleeper.at < next.at)) next = sleeper;
    if (!next) return false;
    now = Math.max(now, next.at);
    sleepers.delete(next);
    next.wake();
    return true;
  }

  return {
    now: () => now,
    get sleeping() {
      return sleepers.size;
    },
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper: Sleeper = {
          at: now + ms,
          wake: () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        const abort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', abort, { once: true });
        sleepers.add(sleeper);
      });
    },
    async advance(ms) {
      const target = now + ms;
      await settle();
      while (wakeNext(target)) await settle();
      now = target;
    },
    async until(condition, limitMs = 3_600_000) {
      const limit = now + limitMs;
      await settle();
      while (!condition()) {
        if (!wakeNext(limit)) throw new Error(`it did not come about within ${limitMs} ms of fake time`);
        await settle();
      }
    },
  };
}

/** The middle of every range: no jitter to reckon with. */
export const noChance = (): number => 0.5;
