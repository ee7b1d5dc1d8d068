/** Owns a tree of things in progress: a heading, its rows with state, word and time; folded where there is no room. Pure lines. */
import { cellWidth, cutCells, fitCells, wrapWords } from '../terminal/cells.ts';
import type { Theme, Tone } from '../theme.ts';
import { reveal } from './scroll-view.ts';

export type ProgressMark = 'waiting' | 'running' | 'done' | 'failed' | 'gone';

export interface ProgressRow {
  readonly label: string;
  /** Dim beside the label. */
  readonly note: string;
  readonly mark: ProgressMark;
  readonly word: string;
  /** How long, in words; empty before it began. */
  readonly time: string;
  /** Wrapped under the row. */
  readonly reason: string | null;
}

export interface ProgressGroup {
  readonly head: ProgressRow;
  readonly rows: readonly ProgressRow[];
  /** How many rows there are when none is folded. */
  readonly total: number;
  /** What the rows are called together: `resources`, `steps`. */
  readonly many: string;
}

const TONES: Readonly<Record<ProgressMark, Tone>> = {
  waiting: 'dim',
  running: 'accent',
  done: 'ok',
  failed: 'bad',
  gone: 'dim',
};

const symbol = (mark: ProgressMark, spin: string): string =>
  ({ waiting: '○', running: spin, done: '✓', failed: '✗', gone: '○' })[mark];

const WORD = 12;
const TIME = 10;

interface Line {
  readonly text: string;
  readonly mark: ProgressMark | null;
}

function groupLines(group: ProgressGroup, label: number, width: number, spin: string, theme: Theme): Line[] {
  return [
    { text: rowText(group.head, '', label + 3, width, spin, theme), mark: null },
    ...group.rows.flatMap((row, index) => {
      const last = index === group.rows.length - 1;
      const branch = last ? '└─ ' : '├─ ';
      const under = `${last ? '   ' : '│  '}  `;
      const reasons = row.reason === null ? [] : wrapWords(row.reason, Math.max(10, width - 5));
      return [
        { text: rowText(row, branch, label, width, spin, theme), mark: row.mark },
        ...reasons.map((line) => ({
          text: theme.paint('dim', under) + theme.paint(row.mark === 'failed' ? 'bad' : 'dim', line),
          mark: null,
        })),
      ];
    }),
  ];
}

function rowText(
  row: ProgressRow,
  branch: string,
  label: number,
  width: number,
  spin: string,
  theme: Theme,
): string {
  const tone = TONES[row.mark];
  const name = fitCells(row.label, label);
  // A note without a word beside it takes the word's room too.
  const word = row.word === '' ? 0 : WORD;
  const room = width - cellWidth(branch) - 2 - label - 2 - word - TIME;
  const note =
    room > 4 ? `  ${fitCells(cutWords(row.note, room - 1), room - 1)} ` : ' '.repeat(Math.max(1, room + 2));
  const head = branch === '';
  return (
    theme.paint('dim', branch) +
    `${theme.paint(tone, symbol(row.mark, spin))} ` +
    theme.paint(head ? 'title' : row.mark === 'waiting' ? 'dim' : 'plain', name) +
    theme.paint('dim', note) +
    theme.paint(tone, fitCells(row.word, word)) +
    theme.paint('dim', fitCells(row.time, TIME, 'right'))
  );
}

/** A note that is too long ends after a whole word. */
function cutWords(text: string, width: number): string {
  const [first = '', ...more] = wrapWords(text, Math.max(1, width - 1));
  return cellWidth(text) <= width || more.length === 0 ? text : `${first}…`;
}

/** Rows of one mark as one row: `7 of 9 resources` `created`. A single one stays itself. */
function folded(group: ProgressGroup, mark: ProgressMark): ProgressGroup {
  const those = group.rows.filter((row) => row.mark === mark);
  const [first] = those;
  if (!first || those.length < 2) return group;
  const one: ProgressRow = {
    ...first,
    label: `${those.length} of ${group.total} ${group.many}`,
    note: '',
    time: '',
    reason: null,
  };
  const at = group.rows.indexOf(first);
  return {
    ...group,
    rows: group.rows.flatMap((row, index) => (index === at ? [one] : row.mark === mark ? [] : [row])),
  };
}

/**
 * All groups in at most `height` lines of `width` cells. What does not fit is folded: first what is done, then what waits;
 * what is running stays visible.
 */
export function progressLines(
  groups: readonly ProgressGroup[],
  width: number,
  height: number,
  spin: string,
  theme: Theme,
): string[] {
  const label = Math.min(
    Math.max(
      16,
      ...groups.map(({ total, many }) => cellWidth(`${total} of ${total} ${many}`)),
      ...groups.flatMap(({ rows }) => rows.map((row) => cellWidth(row.label))),
    ),
    Math.max(16, Math.floor(width * 0.42)),
  );
  const drawn = (all: readonly ProgressGroup[]): Line[] =>
    all.flatMap((group, index) => [
      ...(index > 0 ? [{ text: '', mark: null }] : []),
      ...groupLines(group, label, width, spin, theme),
    ]);
  const steps: ((group: ProgressGroup) => ProgressGroup)[] = [
    (group) => group,
    (group) => folded(group, 'done'),
    (group) => folded(folded(group, 'done'), 'waiting'),
    (group) => folded(folded(folded(group, 'done'), 'waiting'), 'gone'),
  ];
  let lines: Line[] = [];
  for (const step of steps) {
    lines = drawn(groups.map(step));
    if (lines.length <= height) return lines.map(({ text }) => text);
  }
  // What is running, else what failed, stays in sight; with neither, the end.
  const last = (mark: ProgressMark): number => lines.findLastIndex((line) => line.mark === mark);
  const shown = [last('running'), last('failed'), lines.length - 1].find((index) => index !== -1)!;
  const first = reveal(0, shown, lines.length, height);
  return lines.slice(first, first + height).map(({ text }) => cutCells(text, width));
}

/** All lines, nothing folded, for scrolling. */
export function allProgressLines(
  groups: readonly ProgressGroup[],
  width: number,
  spin: string,
  theme: Theme,
): string[] {
  return progressLines(groups, width, Number.POSITIVE_INFINITY, spin, theme);
}
