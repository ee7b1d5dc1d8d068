/** Owns how the setup writes: wrapped prose, an error with its next step, a list of labels and values. Pure lines. */
import type { KubecoreError } from '../../cluster/errors.ts';
import { sanitise } from '../sanitise.ts';
import { cellWidth, cutCells, wrapCells, wrapWords } from '../terminal/cells.ts';
import type { Theme, Tone } from '../theme.ts';

/** Prose in a tone, broken between words, every line after the first indented by `hang` cells. */
export function prose(text: string, width: number, theme: Theme, tone: Tone = 'plain', hang = 0): string[] {
  return wrapWords(text, Math.max(8, width - hang)).map(
    (line, index) => (index === 0 ? '' : ' '.repeat(hang)) + theme.paint(tone, line),
  );
}

/** An error: what happened and why behind a mark, what to do next under it. */
export function problem(
  error: Pick<KubecoreError, 'what' | 'why' | 'next'>,
  width: number,
  theme: Theme,
  tone: 'bad' | 'warn' = 'bad',
): string[] {
  const mark = tone === 'bad' ? '✗' : '▲';
  const said = wrapWords(sanitise(`${error.what}: ${error.why}`), Math.max(8, width - 2));
  const next = wrapWords(sanitise(error.next), Math.max(8, width - 4));
  return [
    ...said.map((line, index) => theme.paint(tone, `${index === 0 ? mark : ' '} ${line}`)),
    ...next.map((line, index) => `  ${theme.paint('accent', index === 0 ? '→' : ' ')} ${line}`),
  ];
}

/** A label of `column` cells and its value beside it, wrapped under itself. */
export function labelled(
  label: string,
  value: string,
  column: number,
  width: number,
  theme: Theme,
  tone: Tone = 'plain',
): string[] {
  const values = wrapWords(value, Math.max(8, width - column));
  const name = cutCells(label, column - 1);
  return values.map(
    (line, index) =>
      (index === 0 ? theme.paint('dim', name) + ' '.repeat(column - cellWidth(name)) : ' '.repeat(column)) +
      theme.paint(tone, line),
  );
}

/** A command line broken between its words as a shell reads it: a backslash ends every line but the last. */
export function commandLines(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (line !== '' && cellWidth(joined) > width - 2) {
      lines.push(`${line} \\`);
      line = `  ${word}`;
    } else line = joined;
  }
  // A single word longer than the line has no better place to break.
  return [...lines, ...wrapCells(line, width)];
}

/** A word as a POSIX shell reads it back. */
export const quoted = (word: string): string =>
  /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A path in at most `width` cells where that can be had by leaving out folders in its middle: `/home/…/keys/coreos.pem`. */
export function shortPath(path: string, width: number): string {
  const parts = path.split('/');
  if (cellWidth(path) <= width || parts.length < 4) return path;
  const head = `${parts.slice(0, parts[0] === '' ? 2 : 1).join('/')}/…`;
  for (let from = 2; from < parts.length; from++) {
    const short = `${head}/${parts.slice(from).join('/')}`;
    if (cellWidth(short) <= width) return short;
  }
  return `${head}/${parts.at(-1)}`;
}

/** `42 s`, `3 m 07 s`, `1 h 04 m`. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} m`;
}
