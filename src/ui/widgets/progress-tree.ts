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
  readonly running: boolean;
}

function groupLines(group: ProgressGroup, label: number, width: number, spin: string, theme: Theme): Line[] {
  return [
    { text: rowText(group.head, '', label + 3, width, spin, theme), running: false },
    ...group.rows.flatMap((row, index) => {
      const last = index === group.rows.length - 1;
      const branch = last ? '└─ ' : '├─ ';
      const under = `${last ? '   ' : '│  '}  `;
      const reasons = row.reason === null ? [] : wrapWords(row.reason, Math.max(10, width - 5));
      return [
        { text: rowText(row, branch, label, width, spin, theme), running: row.mark === 'running' },
        ...reasons.map((line) => ({
          text: theme.paint('dim', under) + theme.paint(row.mark === 'failed' ? 'bad' : 'dim', line),
          running: false,
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
  const room = width - cellWidth(branch) - 2 - label - 2 - WORD - TIME;
  const note = room > 4 ? `  ${fitCells(row.note, room - 1)} ` : ' '.repeat(Math.max(1, room + 2));
  const head = branch === '';
  return (
    theme.paint('dim', branch) +
    `${theme.paint(tone, symbol(row.mark, spin))} ` +
    theme.paint(head ? 'title' : row.mark === 'waiting' ? 'dim' : 'plain', name) +
    theme.paint('dim', note) +
    theme.paint(tone, fitCells(row.word, WORD)) +
    theme.paint('dim', fitCells(row.time, TIME, 'right'))
  );
}

/** Rows of one mark as one row: `7 of 9 resources` `created`. A single one stays itself. */
function folded(group: ProgressGroup, mark: ProgressMark): ProgressGroup {
  const those = group.rows.filter((row) => row.mark === mark);
  const [first] = those;
  if (!first || those.length < 2) return group;
  const one: ProgressRow = {
    ...first,
    label: `${those.length} of ${group.rows.length} ${group.many}`,
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
    Math.max(16, ...groups.flatMap(({ rows }) => rows.map((row) => cellWidth(row.label)))),
    Math.max(16, Math.floor(width * 0.42)),
  );
  const drawn = (all: readonly ProgressGroup[]): Line[] =>
    all.flatMap((group, index) => [
      ...(index > 0 ? [{ text: '', running: false }] : []),
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
  // A tree cut at the middle keeps what is running; without anything running, its end.
  const running = lines.findLastIndex((line) => line.running);
  const first = reveal(0, running === -1 ? lines.length - 1 : running, lines.length, height);
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
