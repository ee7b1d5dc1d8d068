/**
 * Owns tables as pure functions: which columns a width has room for, and the lines of the rows that show. Cells are
 * untrusted text and pass through sanitise here, so that no column has to think of it.
 */
import { sanitise } from '../sanitise.ts';
import { cellWidth, fitCells, sliceCells } from '../terminal/cells.ts';
import { SYMBOL, type Theme, type Tone } from '../theme.ts';

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
  /** What says the most important of it where the whole has no room. */
  readonly short?: string;
}

export interface Column<Row, Context> {
  readonly title: string;
  /** 0 identifies the row (there may be several) and is never dropped; the highest goes first when the width is short. */
  readonly rank: number;
  /** May be narrowed to this many cells before another column is dropped; not at all when absent. Not for rank 0. */
  readonly min?: number;
  /** What is left of it, as its cells' beginning, before it is dropped: a state is still told by its symbol. */
  readonly compact?: number;
  /** A width that does not follow the content: for text that changes by itself, such as ages. */
  readonly fixed?: number;
  readonly align?: 'right';
  /** What to sort by where it is not the cell's text. */
  readonly order?: (row: Row, context: Context) => number;
  readonly cell: (row: Row, context: Context) => Cell;
}

const LEADING_SYMBOL = new RegExp(`^(?:${Object.values(SYMBOL).join('|')}) `);

/** A cell's words without the symbol before them: what one filters and sorts by. */
export const cellWords = ({ text }: Cell): string => text.replace(LEADING_SYMBOL, '');

/** A column that shows, by its place in the list it came from. */
export interface PlacedColumn {
  readonly index: number;
  readonly width: number;
}

const GAP = 2;
/** Pointer, mark, change, blank. */
export const GUTTER = 4;

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

/** Columns up to this rank are worth being told by their symbols alone before they are dropped. */
const ESSENTIAL_RANK = 2;

interface ColumnSpec {
  readonly rank: number;
  readonly min?: number;
  readonly compact?: number;
}

/**
 * Columns for `width` cells: the least important are dropped until the rest fits at its narrowest, then the room that is
 * left widens them in order of importance. What identifies the row keeps its whole width, and is cut only where it is alone and
 * still does not fit. In sum never wider than `width`; the identifying columns are always there, as far as there is room.
 */
export function placeColumns(
  columns: readonly ColumnSpec[],
  naturals: readonly number[],
  width: number,
): readonly PlacedColumn[] {
  const byRank = columns.map((_, index) => index).sort((a, b) => columns[a]!.rank - columns[b]!.rank);
  let isTight = false;
  const narrowest = (index: number): number => {
    const { rank, min, compact } = columns[index]!;
    const natural = naturals[index]!;
    if (rank === 0) return natural;
    return Math.min((isTight ? compact : undefined) ?? min ?? natural, natural);
  };
  const total = (): number =>
    byRank.reduce((sum, index) => sum + narrowest(index), 0) + GAP * (byRank.length - 1);
  const dropWhile = (mayDrop: (rank: number) => boolean): void => {
    while (byRank.length > 1 && total() > width && mayDrop(columns[byRank.at(-1)!]!.rank)) byRank.pop();
  };
  dropWhile((rank) => rank > ESSENTIAL_RANK);
  isTight = total() > width;
  dropWhile((rank) => rank > 0);
  // Identifying columns alone, and still too wide: the first is cut to what the others leave it, then they go.
  let narrowed = Math.max(0, total() - width);
  while (byRank.length > 1 && narrowest(byRank[0]!) - narrowed < 1) {
    byRank.pop();
    narrowed = Math.max(0, total() - width);
  }

  let left = Math.max(0, width - total());
  return byRank
    .map((index, at) => {
      const least = narrowest(index) - (at === 0 ? narrowed : 0);
      // A symbol is widened to its words or not at all: half a word says less than the symbol.
      const wanted = naturals[index]! - least;
      const isWhole = !isTight || columns[index]!.compact === undefined || wanted <= left;
      const more = isWhole ? Math.min(left, Math.max(0, wanted)) : 0;
      const given = at === 0 && narrowed > 0 ? 0 : more;
      left -= given;
      return { index, width: least + given };
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
  /** Did it change a moment ago, a while ago, or not lately. */
  readonly changeOf: (row: Row) => 'fresh' | 'fading' | null;
  /** The column that the rows are in order of, by its title. */
  readonly sort: { readonly column: string; readonly descending: boolean } | null;
  readonly theme: Theme;
}

/** A column's title with an arrow when the rows are in its order. */
export function columnTitle(title: string, sort: TableView<never, never>['sort']): string {
  return sort?.column === title ? `${title}${sort.descending ? SYMBOL.descending : SYMBOL.ascending}` : title;
}

/** The line of column titles, `width` cells. */
export function titleLine<Row, Context>(view: TableView<Row, Context>): string {
  const titles = view.placed.map(({ index, width }) => {
    const { title, align, compact } = view.columns[index]!;
    return cellAt(columnTitle(title, view.sort), width, align, compact);
  });
  return view.theme.paint('dim', fitCells(' '.repeat(GUTTER) + titles.join(' '.repeat(GAP)), view.width));
}

/** A cell of exactly `width` cells; where only its symbol has room, that without a sign that more was cut. */
function cellAt(
  whole: string,
  width: number,
  align: 'right' | undefined,
  compact: number | undefined,
  short = whole,
): string {
  const text = cellWidth(whole) <= width ? whole : short;
  return width === compact ? fitCells(sliceCells(text, 0, width), width) : fitCells(text, width, align);
}

const CHANGE = { fresh: SYMBOL.changed, fading: SYMBOL.fading } as const;

/** The rows that show, each exactly `width` cells; fewer than `height` when there are no more. */
export function rowLines<Row, Context>(view: TableView<Row, Context>): string[] {
  const { theme, placed, columns, context } = view;
  return view.rows.slice(view.start, view.start + view.height).map((row, offset) => {
    const isSelected = view.start + offset === view.selected;
    const change = view.changeOf(row);
    // A selected row is inverse as a whole; its state is still told by its symbols.
    const paint = (tone: Tone, text: string) => (isSelected && view.focused ? text : theme.paint(tone, text));
    const pointer = isSelected ? SYMBOL.pointer : ' ';
    const mark = view.isMarked(row) ? SYMBOL.marked : ' ';
    const changed = change === null ? ' ' : paint(change === 'fresh' ? 'warn' : 'dim', CHANGE[change]);
    const gutter = `${paint('accent', pointer + mark)}${changed} `;
    const cells = placed.map(({ index, width }) => {
      const { cell, align, compact } = columns[index]!;
      const { text, tone, short = text } = cell(row, context);
      return paint(tone ?? 'plain', cellAt(sanitise(text), width, align, compact, sanitise(short)));
    });
    const used =
      GUTTER + placed.reduce((sum, { width }) => sum + width, 0) + GAP * Math.max(0, placed.length - 1);
    const line = gutter + cells.join(' '.repeat(GAP)) + ' '.repeat(Math.max(0, view.width - used));
    return isSelected && view.focused ? theme.paint('selected', line) : line;
  });
}
