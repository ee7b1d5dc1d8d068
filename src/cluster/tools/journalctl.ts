/**
 * Owns journalctl: the command line and the reading of one JSON entry. MESSAGE is a string, an array of byte values
 * (escapes, CR, broken UTF-8), null (4 KiB and more without -a) or absent; key order is free; systemd before 217 prints
 * lines beginning `-- ` among the JSON.
 */
import type { LogEntry } from '../model.ts';
import type { LogSource } from '../tail-contract.ts';

export interface JournalQuery {
  /** null: the whole journal. */
  readonly unit: string | null;
  /** At most so many of what is there already. */
  readonly lines: number;
  readonly follow: boolean;
  readonly afterCursor?: string | null;
  /** Anything journalctl takes: `10 min ago`, `@1416673733`. */
  readonly since?: string | null;
}

/** `journalctl -q -o json -a --no-pager [-u UNIT] -n N [-f] [--after-cursor=C] [--since=T]`. */
export function journalArgv(query: JournalQuery): readonly string[] {
  return [
    'journalctl',
    '-q',
    '-o',
    'json',
    '-a',
    '--no-pager',
    ...(query.unit === null ? [] : ['-u', query.unit]),
    '-n',
    String(query.lines),
    ...(query.follow ? ['-f'] : []),
    ...(query.afterCursor ? [`--after-cursor=${query.afterCursor}`] : []),
    ...(query.since ? [`--since=${query.since}`] : []),
  ];
}

/** Reads entries of one journal, sharing the strings that repeat. */
export interface EntryReader {
  /** null for what is no entry: a `-- ` line, an empty one, broken JSON. The bytes may be reused afterwards. */
  read(line: Uint8Array): LogEntry | null;
  /** Lines that looked like an entry and were none. */
  readonly broken: number;
}

const BRACE = 0x7b;
const utf8 = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

interface Raw {
  readonly MESSAGE?: unknown;
  readonly PRIORITY?: unknown;
  readonly SYSLOG_IDENTIFIER?: unknown;
  readonly _COMM?: unknown;
  readonly _SYSTEMD_UNIT?: unknown;
  readonly UNIT?: unknown;
  readonly _MACHINE_ID?: unknown;
  readonly __CURSOR?: unknown;
  readonly __REALTIME_TIMESTAMP?: unknown;
}

/** A field as text: a string, bytes, or the first of several values (a field may occur more than once). */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || value.length === 0) return null;
  if (typeof value[0] === 'number') return utf8.decode(Uint8Array.from(value as number[]));
  return textOf(value[0]);
}

/** A reader for the entries of one source; what an entry does not say is filled in from the source. */
export function entryReader(source: LogSource): EntryReader {
  let broken = 0;
  let identifier = '';
  let unit = source.unit ?? '';
  let machineId = source.machineId;
  return {
    get broken() {
      return broken;
    },
    read(line) {
      if (line[0] !== BRACE) return null;
      let raw: Raw;
      try {
        raw = JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8'));
      } catch {
        broken++;
        return null;
      }
      const time = Number(raw.__REALTIME_TIMESTAMP);
      const thisUnit = textOf(raw._SYSTEMD_UNIT) ?? textOf(raw.UNIT) ?? unit;
      // A unit's journal also holds what systemd itself says of it (UNIT=, from init.scope): it belongs to that unit.
      const named = source.unit !== null && !thisUnit.startsWith(source.unit) ? source.unit : thisUnit;
      if (named !== unit) unit = named;
      const thisIdentifier = textOf(raw.SYSLOG_IDENTIFIER) ?? textOf(raw._COMM) ?? unit;
      if (thisIdentifier !== identifier) identifier = thisIdentifier;
      const thisMachine = textOf(raw._MACHINE_ID) ?? source.machineId;
      if (thisMachine !== machineId) machineId = thisMachine;
      const priority = textOf(raw.PRIORITY) ?? '';
      return {
        timeUs: Number.isFinite(time) ? time : 0,
        machineId,
        ip: source.ip,
        unit,
        priority: /^[0-7]$/.test(priority) ? Number(priority) : null,
        identifier,
        message: textOf(raw.MESSAGE) ?? '',
        cursor: typeof raw.__CURSOR === 'string' ? raw.__CURSOR : null,
      };
    },
  };
}

/** Reads one entry by itself; see `entryReader` for many. */
export function readEntry(
  line: Uint8Array,
  source: LogSource = { unit: null, machineId: '', ip: null },
): LogEntry | null {
  return entryReader(source).read(line);
}
