/** Owns the bounded ring of log lines outside React: a fixed circular array, so that nothing is copied as it fills. */
import type { LogEntry } from './model.ts';
import type { LogRing } from './tail-contract.ts';

export const RING_LINES = 100_000;
export const RING_BYTES = 64 * 1024 * 1024;

/** What V8 needs for an entry besides its message and cursor (object, two string headers, slot), measured at about 150. */
const ENTRY_BYTES = 160;

const WIDE = /[^\u0000-\u00ff]/;

/** Bytes of memory an entry is reckoned to hold. Strings shared with other entries are not counted. */
export function entryBytes(entry: LogEntry): number {
  const { message, cursor } = entry;
  return ENTRY_BYTES + message.length * (WIDE.test(message) ? 2 : 1) + (cursor?.length ?? 0);
}

/** A ring that can be written. */
export interface WritableLogRing extends LogRing {
  push(entry: LogEntry): void;
}

/** An empty ring. The newest line always stays, even when it alone is larger than `maxBytes`. */
export function createLogRing(maxLines = RING_LINES, maxBytes = RING_BYTES): WritableLogRing {
  const slots = new Array<LogEntry | undefined>(maxLines);
  let first = 0;
  let end = 0;
  let bytes = 0;

  function dropOldest(): void {
    const slot = first % maxLines;
    bytes -= entryBytes(slots[slot]!);
    slots[slot] = undefined;
    first++;
  }

  return {
    get first() {
      return first;
    },
    get end() {
      return end;
    },
    get dropped() {
      // Sequence numbers start at 0 and lines leave only from the old end.
      return first;
    },
    get bytes() {
      return bytes;
    },
    at(sequence) {
      return sequence >= first && sequence < end ? slots[sequence % maxLines] : undefined;
    },
    push(entry) {
      const size = entryBytes(entry);
      while (end > first && (end - first >= maxLines || bytes + size > maxBytes)) dropOldest();
      slots[end % maxLines] = entry;
      end++;
      bytes += size;
    },
  };
}
