/**
 * Owns a host's journal: a ring of entries in memory, the newest of them in the saved state, selection by unit, cursors
 * as systemd writes them, and subscriptions for `journalctl -f`.
 */
import { createHash } from 'node:crypto';
import type { HostState, JournalEntry } from '../contract.ts';

export const RING = 20_000;
export const SAVED = 500;

/** stdout of a service is cut at this many bytes (systemd's LineMax). */
const LINE_MAX = 49_152;

export class Journal {
  readonly #state: HostState;
  #entries: JournalEntry[];
  readonly #listeners = new Set<(entry: JournalEntry) => void>();

  constructor(state: HostState) {
    this.#state = state;
    this.#entries = [...state.journal];
  }

  /** Adds one message at a real time in milliseconds; a long one is cut into several, empty lines of output are dropped by the caller. */
  append(entry: Omit<JournalEntry, 'seq' | 'timeUs'>, atMs: number): void {
    let message = entry.message;
    while (message.length > LINE_MAX) {
      this.#push({ ...entry, message: message.slice(0, LINE_MAX) }, atMs);
      message = message.slice(LINE_MAX);
    }
    this.#push({ ...entry, message }, atMs);
  }

  #push(entry: Omit<JournalEntry, 'seq' | 'timeUs'>, atMs: number): void {
    const last = this.#entries.at(-1);
    const seq = (last?.seq ?? 0) + 1;
    const wanted = Math.round(atMs * 1000) + ((seq * 37) % 900);
    const full = { seq, timeUs: Math.max(wanted, (last?.timeUs ?? 0) + 7), ...entry };
    this.#entries.push(full);
    this.#state.journal.push(full);
    if (this.#entries.length > RING * 1.25) this.#entries = this.#entries.slice(-RING);
    if (this.#state.journal.length > SAVED * 1.5) this.#state.journal = this.#state.journal.slice(-SAVED);
    for (const listener of this.#listeners) listener(full);
  }

  all(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** The newest `lines` entries that match, oldest first. */
  newest(matches: (entry: JournalEntry) => boolean, lines: number): JournalEntry[] {
    const found: JournalEntry[] = [];
    for (let at = this.#entries.length - 1; at >= 0 && found.length < lines; at--) {
      const entry = this.#entries[at]!;
      if (matches(entry)) found.push(entry);
    }
    return found.reverse();
  }

  /** Calls back for every new entry; returns the way to stop. */
  subscribe(listener: (entry: JournalEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function sequenceId(state: HostState): string {
  return createHash('md5').update(`journal ${state.machineId} ${state.bootId}`).digest('hex');
}

/** Microseconds since boot. */
export function monotonicUs(state: HostState, entry: JournalEntry): number {
  return Math.max(0, entry.timeUs - state.bootedAt * 1000);
}

/** The entry's cursor, `s=…;i=…;b=…;m=…;t=…;x=…`. */
export function cursorOf(state: HostState, entry: JournalEntry): string {
  const hash = createHash('md5')
    .update(`${entry.seq} ${entry.unit} ${entry.message}`)
    .digest('hex')
    .slice(0, 16);
  return [
    `s=${sequenceId(state)}`,
    `i=${entry.seq.toString(16)}`,
    `b=${state.bootId}`,
    `m=${monotonicUs(state, entry).toString(16)}`,
    `t=${entry.timeUs.toString(16)}`,
    `x=${hash.replace(/^0+(?=.)/, '')}`,
  ].join(';');
}

/** The sequence number after which a cursor points, null when the text is no cursor. Another journal's cursor seeks by time. */
export function readCursor(state: HostState, cursor: string): { seq: number } | { timeUs: number } | null {
  const fields = new Map<string, string>();
  for (const part of cursor.split(';')) {
    const match = /^([a-z])=([0-9a-f]+)$/.exec(part);
    if (match?.[1] === undefined || match[2] === undefined) return null;
    fields.set(match[1], match[2]);
  }
  const sequence = fields.get('i');
  if (fields.get('s') === sequenceId(state) && sequence !== undefined)
    return { seq: Number.parseInt(sequence, 16) };
  const time = fields.get('t');
  return time === undefined ? null : { timeUs: Number.parseInt(time, 16) };
}
