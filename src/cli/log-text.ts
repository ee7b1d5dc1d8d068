/**
 * Owns how a log line looks: for a pipe the time, the address and who wrote it, whole; on a terminal a short name per source
 * in its own colour, the log's own colours kept, what was looked for marked.
 */
import { sourceNamer } from '../cluster/log-names.ts';
import type { LogEntry } from '../cluster/model.ts';
import type { Pattern, Span } from '../cluster/pattern.ts';
import type { LogSource } from '../cluster/tail-contract.ts';
import { sanitise } from '../ui/sanitise.ts';

export interface LogLook {
  readonly terminal: boolean;
  readonly color: boolean;
  /** Matches are marked. */
  readonly marked: readonly Pattern[];
}

/** Makes lines, without the newline, of entries of these sources. */
export type LogLine = (entry: LogEntry) => string;

/** Cyan, green, magenta, blue and their bright ones: red and yellow tell of priority. */
const COLOURS = [36, 32, 35, 34, 96, 92, 95, 94] as const;
const paint = (code: number, text: string): string => `\x1b[${code}m${text}\x1b[39m`;

const iso = (entry: LogEntry): string => new Date(entry.timeUs / 1000).toISOString();

export function logLine(sources: readonly LogSource[], look: LogLook): LogLine {
  const severalUnits = new Set(sources.map(({ unit }) => unit)).size > 1;
  if (!look.terminal) {
    return (entry) => {
      const unit = severalUnits ? `${sanitise(entry.unit)} ` : '';
      return `${iso(entry)} ${entry.ip ?? entry.machineId.slice(0, 8)} ${unit}${sanitise(entry.identifier)}: ${sanitise(entry.message)}`;
    };
  }
  const nameOf = sourceNamer(sources, COLOURS.length);
  let width = Math.max(
    0,
    ...sources.map((source) => (source.unit === null ? 0 : nameOf(source).name.length)),
  );
  return (entry) => {
    const { name, colour } = nameOf(entry);
    const label = sanitise(name);
    width = Math.max(width, label.length);
    const padded = `${label.padEnd(width)} `;
    const time = iso(entry).slice(11, 19);
    // What systemd says of the unit is told from what the unit says.
    const said = entry.identifier === 'systemd' ? 'systemd: ' : '';
    if (!look.color) return `${time} ${padded}${said}${sanitise(entry.message)}`;
    const message = coloured(entry, look.marked);
    return `\x1b[2m${time}\x1b[22m ${paint(COLOURS[colour] ?? 36, padded)}\x1b[2m${said}\x1b[22m${message}`;
  };
}

function coloured(entry: LogEntry, marked: readonly Pattern[]): string {
  const plain = sanitise(entry.message);
  const spans = marked.flatMap((pattern) => pattern.spans(plain)).sort((a, b) => a[0] - b[0]);
  const { priority } = entry;
  const tone = priority === null ? null : priority <= 3 ? 31 : priority === 4 ? 33 : null;
  // Marks would fall into the middle of the log's own escape sequences.
  if (spans.length === 0 && tone === null) return sanitise(entry.message, { colour: true });
  const text = withMarks(plain, spans);
  return tone === null ? text : paint(tone, text);
}

function withMarks(text: string, spans: readonly Span[]): string {
  let out = '';
  let at = 0;
  for (const [from, to] of spans) {
    if (to <= at) continue;
    const start = Math.max(from, at);
    out += `${text.slice(at, start)}\x1b[7m${text.slice(start, to)}\x1b[27m`;
    at = to;
  }
  return out + text.slice(at);
}
