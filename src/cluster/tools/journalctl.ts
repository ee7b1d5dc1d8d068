/**
 * Owns journalctl: the command line and the reading of one JSON entry. MESSAGE is a string, an array of byte values
 * (escapes, CR, broken UTF-8), null (4 KiB and more without -a) or absent; key order is free; systemd before 217 prints
 * lines beginning `-- ` among the JSON.
 */
import type { LogEntry } from '../model.ts';
import type { LogSource } from '../tail-contract.ts';
import { FIELD, type Field, FieldFinder, type FieldName } from './journal-fields.ts';

export interface JournalQuery {
  /** One unit, or several; null: the whole journal. */
  readonly unit: string | readonly string[] | null;
  /** At most so many of what is there already. */
  readonly lines: number;
  readonly follow: boolean;
  readonly afterCursor?: string | null;
  /** Anything journalctl takes: `10 min ago`, `@1416673733`. */
  readonly since?: string | null;
  /** The same; not together with `follow`. */
  readonly until?: string | null;
}

/** `journalctl -q -o json -a --no-pager [-u UNIT]… -n N [-f] [--after-cursor=C] [--since=T] [--until=T]`. */
export function journalArgv(query: JournalQuery): readonly string[] {
  return [
    'journalctl',
    '-q',
    '-o',
    'json',
    '-a',
    '--no-pager',
    ...(query.unit === null ? [] : [query.unit].flat().flatMap((unit) => ['-u', unit])),
    '-n',
    String(query.lines),
    ...(query.follow ? ['-f'] : []),
    ...(query.afterCursor ? [`--after-cursor=${query.afterCursor}`] : []),
    ...(query.since ? [`--since=${query.since}`] : []),
    ...(query.until ? [`--until=${query.until}`] : []),
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

/** One entry's fields, however they were read. */
interface Fields {
  text(field: Field): string | null;
  /** For what mostly repeats from entry to entry. */
  sharedText(field: Field): string | null;
  number(field: Field): number;
}

/** A field as text: a string, bytes, or the first of several values (a field may occur more than once). */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || value.length === 0) return null;
  if (typeof value[0] === 'number') return utf8.decode(Uint8Array.from(value as number[]));
  return textOf(value[0]);
}

const NAMES = Object.keys(FIELD) as FieldName[];

/** The fields of a line that only JSON.parse understands. */
function parsedFields(line: Buffer): Fields {
  const raw: Partial<Record<FieldName, unknown>> = JSON.parse(line.toString('utf8'));
  const text = (field: Field) => textOf(raw[NAMES[field] as FieldName]);
  return { text, sharedText: text, number: (field) => Number(text(field) ?? Number.NaN) };
}

/** A reader for the entries of one source; what an entry does not say is filled in from the source. */
export function entryReader(source: LogSource): EntryReader {
  const finder = new FieldFinder();
  let broken = 0;
  let identifier = '';
  let unit = source.unit ?? '';
  let machineId = source.machineId;

  const entryOf = (fields: Fields): LogEntry => {
    const time = fields.number(FIELD.__REALTIME_TIMESTAMP);
    const writer = fields.sharedText(FIELD._SYSTEMD_UNIT);
    const about = writer === null || writer === 'init.scope' ? fields.sharedText(FIELD.UNIT) : null;
    const thisUnit = about ?? writer ?? unit;
    // What systemd itself says of a unit (UNIT=, from init.scope) belongs to that unit, and so does all of its journal.
    const named = source.unit !== null && !thisUnit.startsWith(source.unit) ? source.unit : thisUnit;
    if (named !== unit) unit = named;
    const thisIdentifier =
      fields.sharedText(FIELD.SYSLOG_IDENTIFIER) ?? fields.sharedText(FIELD._COMM) ?? unit;
    if (thisIdentifier !== identifier) identifier = thisIdentifier;
    const thisMachine = fields.sharedText(FIELD._MACHINE_ID) ?? source.machineId;
    if (thisMachine !== machineId) machineId = thisMachine;
    const priority = fields.sharedText(FIELD.PRIORITY) ?? '';
    return {
      timeUs: Number.isFinite(time) ? time : 0,
      machineId,
      ip: source.ip,
      unit,
      priority: /^[0-7]$/.test(priority) ? Number(priority) : null,
      identifier,
      message: fields.text(FIELD.MESSAGE) ?? '',
      cursor: fields.text(FIELD.__CURSOR),
    };
  };

  return {
    get broken() {
      return broken;
    },
    read(line) {
      if (line[0] !== BRACE) return null;
      const bytes = Buffer.isBuffer(line) ? line : Buffer.from(line.buffer, line.byteOffset, line.byteLength);
      try {
        return entryOf(finder.find(bytes) ? finder : parsedFields(bytes));
      } catch {
        broken++;
        return null;
      }
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
