/**
 * Owns tables as pure functions: which columns a width has room for, and the lines of the rows that show. Cells are
 * untrusted text and pass through sanitise here, so that no column has to think of it.
 */
import { sanitise } from '../sanitise.ts';
import { cellWidth, fitCells } from '../terminal/cells.ts';
import { SYMBOL, type Theme, type Tone } from '../theme.ts';

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

export interface Column<Row, Context> {
  readonly title: string;
  /** 0 identifies the row and is never dropped; the highest goes first when the width is short. */
  readonly rank: number;
  /** May be narrowed to this many cells before another column is dropped; not at all when absent. */
  readonly min?: number;
  /** A width that does not follow the content: for text that changes by itself, such as ages. */
  readonly fixed?: number;
  readonly align?: 'right';
  readonly cell: (row: Row, context: Context) => Cell;
}

/** A column that shows, by its place in the list it came from. */
export interface PlacedColumn {
  readonly index: number;
  readonly width: number;
}

const GAP = 2;
/** Pointer, change mark, blank. */
export const GUTTER = 3;

/** The width each column would like: its title's and its widest cell's. */
export function naturalWidths<Row, Context>(
  columns: readonly Column<Row, Context>[],
  rows: readonly Row[],
  context: Context,
): number[] {
  return columns.map((column) => {
    if (column.fixed !== undefined) return Math.max(column.fixed, column.title.length);
    let widest = column.title.length;
    for (const row of rows) widest = Math.max(widest, cellWidth(sanitise(column.cell(row, context).text)));
    return widest;
  });
}

/** Columns up to this rank are worth more than the end of a long name in the identifying column. */
const ESSENTIAL_RANK = 2;

/**
 * Columns for `width` cells: the least important are dropped until the rest fits at its narrowest, then the room that is
 * left widens them in order of importance. The identifying column keeps its whole width for as long as there is another
 * to drop that is not essential. In sum never wider than `width`; the identifying column is always there.
 */
export function placeColumns(
  columns: readonly { readonly rank: number; readonly min?: number }[],
  naturals: readonly number[],
  width: number,
): readonly PlacedColumn[] {
  const byRank = columns.map((_, index) => index).sort((a, b) => columns[a]!.rank - columns[b]!.rank);
  let narrowsFirst = false;
  const narrowest = (index: number): number => {
    const { rank, min } = columns[index]!;
    const natural = naturals[index]!;
    return rank === 0 && !narrowsFirst ? natural : Math.min(min ?? natural, natural);
  };
  const total = (): number =>
    byRank.reduce((sum, index) => sum + narrowest(index), 0) + GAP * (byRank.length - 1);
  const dropWhile = (mayDrop: (rank: number) => boolean): void => {
    while (byRank.length > 1 && total() > width && mayDrop(columns[byRank.at(-1)!]!.rank)) byRank.pop();
  };
  dropWhile((rank) => rank > ESSENTIAL_RANK);
  narrowsFirst = total() > width;
  dropWhile(() => true);

  let left = Math.max(0, width - total());
  return byRank
    .map((index) => {
      const more = Math.min(left, naturals[index]! - narrowest(index));
      left -= more;
      return { index, width: Math.min(narrowest(index) + more, Math.max(0, width)) };
    })
    .sort((a, b) => a.index - b.index);
}

export interface TableView<Row, Context> {
  readonly columns: readonly Column<Row, Context>[];
  readonly placed: readonly PlacedColumn[];
  readonly rows: readonly Row[];
  readonly context: Context;
  /** First row that shows. */
  readonly start: number;
  /** Rows that fit, the titles not counted. */
  readonly height: number;
  readonly width: number;
  readonly selected: number;
  readonly focused: boolean;
  readonly isMarked: (row: Row) => boolean;
  readonly theme: Theme;
}

/** The line of column titles, `width` cells. */
export function titleLine<Row, Context>(view: TableView<Row, Context>): string {
  const titles = view.placed.map(({ index, width }) =>
    fitCells(view.columns[index]!.title, width, view.columns[index]!.align),
  );
  return view.theme.paint('dim', fitCells(' '.repeat(GUTTER) + titles.join(' '.repeat(GAP)), view.width));
}

/** The rows that show, each exactly `width` cells; fewer than `height` when there are no more. */
export function rowLines<Row, Context>(view: TableView<Row, Context>): string[] {
  const { theme, placed, columns, context } = view;
  return view.rows.slice(view.start, view.start + view.height).map((row, offset) => {
    const isSelected = view.start + offset === view.selected;
    const isMarked = view.isMarked(row);
    // A selected row is inverse as a whole; its state is still told by its symbols.
    const paint = (tone: Tone, text: string) => (isSelected && view.focused ? text : theme.paint(tone, text));
    const pointer = isSelected ? SYMBOL.pointer : ' ';
    const gutter = `${paint('accent', pointer)}${isMarked ? paint('warn', SYMBOL.changed) : ' '} `;
    const cells = placed.map(({ index, width }) => {
      const column = columns[index]!;
      const cell = column.cell(row, context);
      return paint(cell.tone ?? 'plain', fitCells(sanitise(cell.text), width, column.align));
    });
    const used =
      GUTTER + placed.reduce((sum, { width }) => sum + width, 0) + GAP * Math.max(0, placed.length - 1);
    const line = gutter + cells.join(' '.repeat(GAP)) + ' '.repeat(Math.max(0, view.width - used));
    return isSelected && view.focused ? theme.paint('selected', line) : line;
  });
}
