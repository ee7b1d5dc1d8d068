/** Owns how long to wait before trying again: doubling, capped, jittered so that many do not come back together. */
import type { Random } from './ports.ts';

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Milliseconds to wait after `failures` failures in a row (1 or more): between half and the whole of the doubled step. */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff, random: Random): number {
  const step = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(step * (0.5 + random() / 2));
}

/** AWS's words for "too often" (AWS SDK, retry behaviour: throttling errors). */
const THROTTLED = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
]);

/** Was this refused for being asked too often? */
export function isThrottle(code: string | null): boolean {
  return code !== null && THROTTLED.has(code);
}
