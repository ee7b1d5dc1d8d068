/** Owns the sandbox's log file: times, one line an entry, bounded in size (one older file is kept). */
import { appendFileSync, renameSync, statSync } from 'node:fs';

const MAX_BYTES = 1_048_576;

export type Log = (line: string) => void;

/** A log that never fails: a full disk must not end the sandbox. */
export function openLog(file: string, now: () => number): Log {
  let size = 0;
  try {
    size = statSync(file).size;
  } catch {
    // A new one.
  }
  return (line) => {
    const text = `${new Date(now()).toISOString()} ${line.replace(/[\r\n]+/g, ' | ')}\n`;
    try {
      if (size + text.length > MAX_BYTES) {
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, text, { mode: 0o600 });
      size += Buffer.byteLength(text);
    } catch {
      // See above.
    }
  };
}
