/** Owns how one journal entry is drawn: time, priority, who wrote it, message; wrapped or cut; matches marked. Pure. */
import type { LogEntry } from '../../cluster/model.ts';
import type { Pattern } from '../../cluster/pattern.ts';
import { sanitise } from '../sanitise.ts';
import { cellWidth, sliceCells, wrapCells } from '../terminal/cells.ts';
import type { Theme, Tone } from '../theme.ts';
import type { Timestamps } from './log-view.ts';

export interface LineFormat {
  readonly width: number;
  readonly wrap: boolean;
  readonly left: number;
  readonly timestamps: Timestamps;
  /** Whose log it is: its own identifier is not repeated on every line. */
  readonly unit: string | null;
  readonly theme: Theme;
  /** For marking matches; null when nothing is sought. */
  readonly highlight: Pattern | null;
}

/** Where a line of several logs comes from: a short name with its colour, all names of one log equally wide. */
export interface SourceMark {
  readonly text: string;
  /** Which of the colours. */
  readonly index: number;
}

/** Foreground colours told apart on dark and light grounds; red and yellow are those of priorities. */
export const SOURCE_COLOURS = [36, 35, 34, 32, 96, 95, 94, 92] as const;

/** A source's name in its colour; the name alone says it too. */
export function paintSource({ text, index }: SourceMark, theme: Theme): string {
  return theme.colour ? `\x1b[${SOURCE_COLOURS[index % SOURCE_COLOURS.length]}m${text}\x1b[39m` : text;
}

/** syslog's severities (RFC 5424, 6.2.1) as one letter each: Panic (emerg), Alert, Critical, Error, Warning, Notice, Info, Debug. */
const LETTERS = 'PACEWNID';

function tone(priority: number | null): Tone {
  if (priority === null) return 'plain';
  if (priority <= 3) return 'bad';
  if (priority === 4) return 'warn';
  return priority === 7 ? 'dim' : 'plain';
}

/** UTC, as the nodes' own journals are kept. */
function timestamp(timeUs: number, kind: Timestamps): string {
  if (kind === 'none') return '';
  const date = new Date(timeUs / 1000);
  if (Number.isNaN(date.getTime())) return '';
  const iso = date.toISOString();
  return kind === 'time' ? `${iso.slice(11, 19)} ` : `${iso.slice(0, 10)} ${iso.slice(11, 23)}Z `;
}

/** `etcd` writes as `etcd` in etcd.service; said only where it is somebody else: `bash: `. */
function writer(entry: LogEntry, unit: string | null): string {
  const stem = (unit ?? '').replace(/\.[a-z]+$/, '');
  if (entry.identifier === '' || entry.identifier === stem || entry.identifier === unit) return '';
  return `${sanitise(entry.identifier)}: `;
}

const SGR = /\x1b\[[0-9;]*m/g;

/** Marks what matches in a row; colours of the log itself give way, or a mark could split their codes. */
function mark(row: string, highlight: Pattern | null, theme: Theme): string | null {
  if (highlight === null) return null;
  const bare = row.replace(SGR, '');
  const ranges = highlight.spans(bare);
  if (ranges.length === 0) return null;
  let out = '';
  let at = 0;
  for (const [from, to] of ranges) {
    out += bare.slice(at, from) + theme.paint('selected', bare.slice(from, to));
    at = to;
  }
  return out + bare.slice(at);
}

/**
 * The rows of an entry, at least one, none wider than `format.width` cells. Continuations of a wrapped line begin under
 * its message.
 */
export function formatEntry(entry: LogEntry, format: LineFormat, source: SourceMark | null = null): string[] {
  const { theme, width } = format;
  const time = timestamp(entry.timeUs, format.timestamps);
  const letter = entry.priority === null ? ' ' : (LETTERS[entry.priority] ?? ' ');
  const who = writer(entry, format.unit);
  const colour = tone(entry.priority);
  const from = source === null ? 0 : cellWidth(source.text) + 1;
  // Half the width at most goes to what is not the message.
  const whoFits = from + time.length + 2 + cellWidth(who) <= width / 2;
  const indent = from + time.length + 2 + (whoFits ? cellWidth(who) : 0);
  const prefix =
    (source === null ? '' : `${paintSource(source, theme)} `) +
    theme.paint('dim', time) +
    (letter === ' ' ? ' ' : theme.paint(colour, letter)) +
    ' ' +
    (whoFits ? theme.paint('accent', who) : '');
  const message = (whoFits ? '' : who) + sanitise(entry.message, { colour: theme.colour, reveal: true });
  const room = Math.max(1, width - indent);
  const rows = format.wrap ? wrapCells(message, room) : [cutAt(message, format.left, room)];
  return rows.map((row, index) => {
    const isPlain = !row.includes('\x1b');
    const painted = mark(row, format.highlight, theme) ?? (isPlain ? theme.paint(colour, row) : row);
    return (index === 0 ? prefix : ' '.repeat(indent)) + painted;
  });
}

/** A window of a line, with `…` where something is left out at either side. */
function cutAt(message: string, left: number, room: number): string {
  const more = cellWidth(sliceCells(message, left, room + 1)) > room;
  const start = left > 0 ? 1 : 0;
  const end = more ? 1 : 0;
  const shown = sliceCells(message, left + start, Math.max(0, room - start - end));
  return (start ? '…' : '') + shown + (end ? '…' : '');
}

/** A line as it is copied and saved: with its whole time, whose it is, and nothing that could drive a terminal. */
export function plainLine(entry: LogEntry): string {
  const date = new Date(entry.timeUs / 1000);
  const time = Number.isNaN(date.getTime()) ? '-' : date.toISOString();
  const where = entry.ip ?? entry.machineId.slice(0, 8);
  const message = sanitise(entry.message, { reveal: true });
  return [time, where, `${sanitise(entry.identifier)}:`, message].filter((part) => part !== '').join(' ');
}
