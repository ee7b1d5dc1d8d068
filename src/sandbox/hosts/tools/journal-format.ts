/**
 * Owns how journalctl prints an entry: the short forms, cat, json and its relatives, verbose and export. Facts: the
 * recordings of systemd 252 (journal-*), down to blobs, null and byte arrays.
 */
import { createHash } from 'node:crypto';
import type { HostState, JournalEntry } from '../../contract.ts';
import { cursorOf, monotonicUs } from '../journal.ts';
import { dateParts, pad } from '../time-format.ts';
import { unitsOf } from '../unit-state.ts';

export const OUTPUTS = [
  'short',
  'short-full',
  'short-iso',
  'short-iso-precise',
  'short-precise',
  'short-monotonic',
  'short-unix',
  'verbose',
  'export',
  'json',
  'json-pretty',
  'json-sse',
  'json-seq',
  'cat',
  'with-unit',
] as const;

export type Output = (typeof OUTPUTS)[number];

export interface Format {
  readonly output: Output;
  /** `-a`: everything as it is. */
  readonly all: boolean;
  readonly zone: string;
}

const JSON_THRESHOLD = 4096;

function bytesOf(entry: JournalEntry): Buffer {
  return Buffer.from(entry.message, entry.binary === true ? 'latin1' : 'utf8');
}

/** Text that a terminal may see: UTF-8 without control characters but tab and newline. */
function printable(entry: JournalEntry, text: string): boolean {
  if (entry.binary === true && /[\x80-\xff]/.test(text)) return false;
  return !/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(text);
}

/** Escape sequences out, tabs to eight spaces, as the short forms do without -a. */
function stripped(text: string): string {
  return text
    .replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
    .replace(/\x1b\][^\x07\x1b]*(\x07|\x1b\\)/g, '')
    .replace(/\t/g, '        ');
}

function blob(size: number): string {
  return `[${size < 1024 ? `${size}B` : `${(Math.floor((size * 10) / 1024) / 10).toFixed(1)}K`} blob data]`;
}

function stamp(state: HostState, entry: JournalEntry, format: Format): string {
  const ms = Math.floor(entry.timeUs / 1000);
  const micros = pad(entry.timeUs % 1_000_000, 6);
  const d = dateParts(ms, format.zone);
  const time = `${pad(d.hour)}:${pad(d.minute)}:${pad(d.second)}`;
  switch (format.output) {
    case 'short-iso':
      return `${d.year}-${pad(d.month)}-${pad(d.day)}T${time}${d.offset}`;
    case 'short-iso-precise':
      return `${d.year}-${pad(d.month)}-${pad(d.day)}T${time}.${micros}${d.offset}`;
    case 'short-full':
    case 'with-unit':
      return `${d.weekday} ${d.year}-${pad(d.month)}-${pad(d.day)} ${time} ${d.zone}`;
    case 'short-precise':
      return `${d.monthName} ${pad(d.day)} ${time}.${micros}`;
    case 'short-unix':
      return `${Math.floor(entry.timeUs / 1_000_000)}.${micros}`;
    case 'short-monotonic': {
      const us = monotonicUs(state, entry);
      return `[${String(Math.floor(us / 1e6)).padStart(5)}.${pad(us % 1_000_000, 6)}]`;
    }
    default:
      return `${d.monthName} ${pad(d.day)} ${time}`;
  }
}

function short(state: HostState, entry: JournalEntry, format: Format): Uint8Array {
  const who = format.output === 'with-unit' ? `${entry.unit}` : entry.identifier;
  const prefix = `${stamp(state, entry, format)} ${state.hostname} ${who}${entry.pid === null ? '' : `[${entry.pid}]`}: `;
  if (format.all) return Buffer.concat([Buffer.from(prefix), bytesOf(entry), Buffer.from('\n')]);
  const text = stripped(entry.message);
  if (!printable(entry, text)) return Buffer.from(`${prefix}${blob(bytesOf(entry).length)}\n`);
  const indent = ' '.repeat(prefix.length);
  return Buffer.from(`${prefix}${text.replace(/\n+$/, '').replaceAll('\n', `\n${indent}`)}\n`);
}

/** All fields of an entry but MESSAGE, as the journal has them. */
function fields(state: HostState, entry: JournalEntry): Record<string, string> {
  const unit = unitsOf(state)[entry.unit];
  const fromSystemd = entry.pid === 1 && entry.identifier === 'systemd';
  const common: Record<string, string> = {
    __CURSOR: cursorOf(state, entry),
    __REALTIME_TIMESTAMP: String(entry.timeUs),
    __MONOTONIC_TIMESTAMP: String(monotonicUs(state, entry)),
    _BOOT_ID: state.bootId,
    _MACHINE_ID: state.machineId,
    _HOSTNAME: state.hostname,
    PRIORITY: String(entry.priority),
    SYSLOG_IDENTIFIER: entry.identifier,
    SYSLOG_FACILITY: entry.identifier === 'kernel' ? '0' : '3',
    _RUNTIME_SCOPE: 'system',
  };
  if (entry.identifier === 'kernel') return { ...common, _TRANSPORT: 'kernel' };
  const process: Record<string, string> = { ...common, _UID: '0', _GID: '0', _CAP_EFFECTIVE: 'fcecbfff' };
  if (entry.pid !== null) process._PID = String(entry.pid);
  if (fromSystemd) {
    return {
      ...process,
      _TRANSPORT: 'journal',
      _COMM: 'systemd',
      _EXE: '/usr/lib/systemd/systemd',
      _CMDLINE: '/usr/lib/systemd/systemd',
      _SYSTEMD_CGROUP: '/init.scope',
      _SYSTEMD_UNIT: 'init.scope',
      _SYSTEMD_SLICE: '-.slice',
      UNIT: entry.unit,
      ...(unit?.invocation ? { INVOCATION_ID: unit.invocation } : {}),
      TID: '1',
      CODE_FILE: 'src/core/job.c',
    };
  }
  const command = unit?.main?.text ?? unit?.lastMain?.text ?? entry.identifier;
  return {
    ...process,
    _TRANSPORT: 'stdout',
    _STREAM_ID: createHash('md5').update(`${entry.unit} ${entry.pid}`).digest('hex'),
    _COMM: entry.identifier.slice(0, 15),
    _CMDLINE: command,
    _EXE: command.split(' ')[0] ?? command,
    _SYSTEMD_CGROUP: `/system.slice/${entry.unit}`,
    _SYSTEMD_UNIT: entry.unit,
    _SYSTEMD_SLICE: 'system.slice',
    ...(unit?.invocation ? { _SYSTEMD_INVOCATION_ID: unit.invocation } : {}),
  };
}

/** The value of a journal field of an entry, for FIELD=value matches. */
export function fieldOf(state: HostState, entry: JournalEntry, name: string): string | undefined {
  return name === 'MESSAGE' ? entry.message : fields(state, entry)[name];
}

function jsonMessage(entry: JournalEntry, all: boolean): string | null | number[] {
  const bytes = bytesOf(entry);
  if (!all && bytes.length + 'MESSAGE='.length >= JSON_THRESHOLD) return null;
  return printable(entry, entry.message) ? entry.message : [...bytes];
}

function json(state: HostState, entry: JournalEntry, format: Format): string {
  const object = { ...fields(state, entry), MESSAGE: jsonMessage(entry, format.all) };
  if (format.output === 'json-pretty') {
    const lines = Object.entries(object).map(
      ([key, one]) => `\t${JSON.stringify(key)} : ${JSON.stringify(one)}`,
    );
    return `{\n${lines.join(',\n')}\n}\n`;
  }
  const line = JSON.stringify(object);
  if (format.output === 'json-sse') return `data: ${line}\n\n`;
  return format.output === 'json-seq' ? `\x1e${line}\n` : `${line}\n`;
}

function verbose(state: HostState, entry: JournalEntry, format: Format): Uint8Array {
  const d = dateParts(Math.floor(entry.timeUs / 1000), format.zone);
  const {
    __CURSOR: cursor,
    __REALTIME_TIMESTAMP: _,
    __MONOTONIC_TIMESTAMP: __,
    ...rest
  } = fields(state, entry);
  const head = `${d.weekday} ${d.year}-${pad(d.month)}-${pad(d.day)} ${pad(d.hour)}:${pad(d.minute)}:${pad(d.second)}.${pad(entry.timeUs % 1_000_000, 6)} ${d.zone} [${cursor}]\n`;
  const lines = Object.entries(rest).map(([key, one]) => `    ${key}=${one}\n`);
  const message =
    format.all || printable(entry, entry.message) ? bytesOf(entry) : Buffer.from(blob(bytesOf(entry).length));
  return Buffer.concat([Buffer.from(`${head}${lines.join('')}    MESSAGE=`), message, Buffer.from('\n')]);
}

function exported(state: HostState, entry: JournalEntry): Uint8Array {
  const bytes = bytesOf(entry);
  const lines = Object.entries(fields(state, entry)).map(([key, one]) => `${key}=${one}\n`);
  const head = Buffer.from(lines.join(''));
  if (printable(entry, entry.message) && !entry.message.includes('\n')) {
    return Buffer.concat([head, Buffer.from('MESSAGE='), bytes, Buffer.from('\n\n')]);
  }
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([head, Buffer.from('MESSAGE\n'), size, bytes, Buffer.from('\n\n')]);
}

/** One entry as bytes, with its newline. */
export function formatEntry(state: HostState, entry: JournalEntry, format: Format): string | Uint8Array {
  switch (format.output) {
    case 'json':
    case 'json-pretty':
    case 'json-sse':
    case 'json-seq':
      return json(state, entry, format);
    case 'cat':
      return Buffer.concat([bytesOf(entry), Buffer.from('\n')]);
    case 'verbose':
      return verbose(state, entry, format);
    case 'export':
      return exported(state, entry);
    default:
      return short(state, entry, format);
  }
}
