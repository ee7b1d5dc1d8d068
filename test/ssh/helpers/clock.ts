/** Owns the real clock for tests that talk to real sockets. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../src/cluster/ports.ts';

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

/** Waits for a condition; fails after `ms` with what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  ms = 15_000,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for: ${what}`);
    await sleep(5);
  }
}
