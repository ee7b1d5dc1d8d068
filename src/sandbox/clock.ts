/** Owns the sandbox's time: the real clock of a sandbox process, and one that tests move by hand. */
import type { SandboxClock } from './contract.ts';

/** The machine's clock. `speed` is asked at each sleep, because a world's speed can be set anew. */
export function realClock(speed: () => number): SandboxClock {
  return {
    now: () => Date.now(),
    sleep: (simulatedMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = (): void => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', abort);
          resolve();
        }, simulatedMs / speed());
        signal?.addEventListener('abort', abort, { once: true });
      }),
  };
}

export interface HandClock extends SandboxClock {
  /** Moves time forward by real milliseconds; sleepers that are due wake in the order of their times. */
  advance(realMs: number): void;
}

/** A clock that stands still until a test moves it. */
export function handClock(start: number, speed: () => number = () => 1): HandClock {
  let now = start;
  let sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (simulatedMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { at: now + simulatedMs / speed(), wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener(
          'abort',
          () => {
            sleepers = sleepers.filter((other) => other !== sleeper);
            reject(signal.reason);
          },
          { once: true },
        );
      }),
    advance(realMs) {
      now += realMs;
      const due = sleepers.filter((sleeper) => sleeper.at <= now).sort((a, b) => a.at - b.at);
      sleepers = sleepers.filter((sleeper) => sleeper.at > now);
      for (const sleeper of due) sleeper.wake();
    },
  };
}
