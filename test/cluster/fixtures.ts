/** Owns reading the recordings that the parsers are held to (exact bytes of what the real tools printed). */
import { readFileSync } from 'node:fs';
import type { LogEntry } from '../../src/cluster/model.ts';

export function recording(name: string, stream: 'stdout' | 'stderr' = 'stdout'): Uint8Array {
  return readFileSync(new URL(`../fixtures/cluster/${name}.${stream}`, import.meta.url));
}

/** A result as Shell.run gives it. */
export function ended(code: number, stdout: Uint8Array | string = '', stderr: Uint8Array | string = '') {
  const of = (value: Uint8Array | string) =>
    typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return { stdout: of(stdout), stderr: of(stderr), code, signal: null, durationMs: 1 };
}

/** A log entry that says `message`. */
export const entryOf = (message: string, timeUs = 0): LogEntry => ({
  timeUs,
  machineId: 'm',
  ip: null,
  unit: 'a.service',
  priority: 6,
  identifier: 'a',
  message,
  cursor: null,
});
