/** Owns reading the recordings that the parsers are held to (exact bytes of what the real tools printed). */
import { readFileSync } from 'node:fs';

export function recording(name: string, stream: 'stdout' | 'stderr' = 'stdout'): Uint8Array {
  return readFileSync(new URL(`../fixtures/cluster/${name}.${stream}`, import.meta.url));
}

/** A result as Shell.run gives it. */
export function ended(code: number, stdout: Uint8Array | string = '', stderr: Uint8Array | string = '') {
  const of = (value: Uint8Array | string) =>
    typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return { stdout: of(stdout), stderr: of(stderr), code, signal: null, durationMs: 1 };
}
