/** Owns a config file's mistakes as a person reads them: the place, what is wrong and what would do, the line with a mark below. */
import stringWidth from 'string-width';
import type { ConfigError, ConfigProblem } from '../cluster/config-error.ts';
import { sanitise } from '../ui/sanitise.ts';

/** Of a longer line only a piece is shown. */
const ROOM = 100;

/** Three lines for each mistake: `FILE:LINE:COLUMN: WHAT; NEXT`, the line, and carets under what is wrong. */
export function placesText({ file, problems }: ConfigError): string {
  return problems.map((problem) => placeText(file, problem)).join('');
}

function placeText(file: string, { line, column, endColumn, what, next, source }: ConfigProblem): string {
  // Tabs and what must not reach the terminal become characters of one column, so that the mark stands right.
  const shown = (text: string): string => sanitise(text.replaceAll('\t', ' '));
  const from = source.length <= ROOM ? 0 : Math.max(0, column - 1 - ROOM / 2);
  const cutBefore = from > 0 ? '…' : '';
  const before = cutBefore + shown(source.slice(from, column - 1));
  const wrong = shown(source.slice(column - 1, Math.min(endColumn - 1, from + ROOM)));
  const excerpt =
    cutBefore + shown(source.slice(from, from + ROOM)) + (source.length > from + ROOM ? '…' : '');
  const gutter = String(line).padStart(5);
  const mark = '^'.repeat(Math.max(1, stringWidth(wrong)));
  return [
    `${shown(file)}:${line}:${column}: ${shown(what)}; ${shown(next)}`,
    `${gutter} | ${excerpt}`,
    `${' '.repeat(gutter.length)} | ${' '.repeat(stringWidth(before))}${mark}`,
    '',
  ].join('\n');
}
