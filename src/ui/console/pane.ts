/** Owns the drawing of one pane: title, age, what is wrong with its source, and the rows that show. Pure. */
import type { Kind } from '../../cluster/model.ts';
import type { PaneState } from '../../cluster/store-contract.ts';
import { sanitise } from '../sanitise.ts';
import { cellWidth, cutCells, fitCells, wrapWords } from '../terminal/cells.ts';
import { SYMBOL, type Theme, type Tone } from '../theme.ts';
import {
  GUTTER,
  naturalWidths,
  type PlacedColumn,
  placeColumns,
  rowLines,
  titleLine,
} from '../widgets/table.ts';
import { ago } from './age.ts';
import type { RowContext, RowKind } from './columns/row-kind.ts';
import type { PanePlace } from './layout.ts';

export interface PaneView<Row> {
  readonly place: PanePlace;
  readonly number: number;
  readonly kind: RowKind<Row>;
  readonly state: PaneState<readonly Row[]>;
  /** In order and filtered. */
  readonly rows: readonly Row[];
  readonly filter: string;
  readonly selected: number;
  readonly start: number;
  readonly focused: boolean;
  readonly isMarked: (row: Row) => boolean;
  readonly context: RowContext;
  readonly theme: Theme;
}

interface Border {
  readonly corners: readonly [string, string, string, string];
  readonly across: string;
  readonly down: string;
}

/** The focused pane is told by heavy lines too, not by colour alone. */
const LIGHT: Border = { corners: ['╭', '╮', '╰', '╯'], across: '─', down: '│' };
const HEAVY: Border = { corners: ['┏', '┓', '┗', '┛'], across: '━', down: '┃' };

/** A styled text with its width, so that lines can be put together without measuring escape codes. */
interface Piece {
  readonly text: string;
  readonly tone: Tone;
}

const piecesWidth = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, piece) => sum + cellWidth(piece.text), 0);

/** Rows of a pane that are left for the table's rows (its column titles not counted). */
export function rowsThatFit(place: PanePlace, hasNotice: boolean): number {
  const around = place.bordered ? 3 : 2;
  return Math.max(0, place.height - around - (hasNotice ? 1 : 0));
}

export function hasNotice(state: PaneState<unknown>): boolean {
  return state.status === 'stale';
}

function titlePieces<Row>(view: PaneView<Row>): { left: Piece[]; right: Piece[] } {
  const { state, kind, rows } = view;
  const left: Piece[] = [{ text: `${view.number} ${kind.title}`, tone: 'title' }];
  const right: Piece[] = [];
  if (state.status === 'live' || state.status === 'stale') {
    const total = state.data.length;
    const count = view.filter === '' ? String(total) : `${rows.length} of ${total}`;
    left.push({ text: ` ${count}`, tone: 'plain' });
    if (view.filter !== '') left.push({ text: ` /${sanitise(view.filter)}`, tone: 'accent' });
    const fault = kind.faults(state.data);
    if (fault) left.push({ text: ` ${fault.text}`, tone: fault.tone ?? 'bad' });
    const stale = state.status === 'stale';
    right.push({
      text: `${stale ? `${SYMBOL.warn} stale, ` : ''}${ago(state.asOf, view.context.now)}`,
      tone: stale ? 'warn' : 'dim',
    });
  }
  if (state.status === 'loading') right.push({ text: `${SYMBOL.pending} loading`, tone: 'warn' });
  if (state.status === 'failed') right.push({ text: `${SYMBOL.bad} failed`, tone: 'bad' });
  return { left, right };
}

/** `┏ 2 Units 24 ✗ 1 failed ━━━━━━━ 3 s ago ┓`, exactly `width` cells. */
function topLine<Row>(view: PaneView<Row>, border: Border, position: string): string {
  const { theme, place, focused } = view;
  const line = (text: string) => theme.paint(focused ? 'accent' : 'dim', text);
  const [openCorner, closeCorner] = place.bordered ? border.corners : [border.across, border.across];
  const { left, right } = titlePieces(view);
  if (position !== '' && !place.bordered) right.unshift({ text: `${position}  `, tone: 'dim' });
  // Corner and blank on both ends, and a blank on each side of the rule between.
  const room = place.width - 4;
  while (right.length > 0 && piecesWidth(left) + piecesWidth(right) + 3 > room) right.shift();
  while (left.length > 1 && piecesWidth(left) + piecesWidth(right) + 3 > room) left.pop();
  if (piecesWidth(left) > room)
    left.splice(0, left.length, { text: cutCells(left[0]!.text, room), tone: 'title' });
  const paint = (pieces: readonly Piece[]) =>
    pieces.map((piece) => theme.paint(piece.tone, piece.text)).join('');
  const rule = room - piecesWidth(left) - piecesWidth(right) - (right.length > 0 ? 2 : 1);
  const end = right.length > 0 ? ` ${paint(right)} ` : line(border.across);
  const middle = rule > 0 ? ` ${line(border.across.repeat(rule))}${end}` : ' '.repeat(Math.max(0, rule + 2));
  return `${line(openCorner!)} ${paint(left)}${middle}${line(closeCorner!)}`;
}

/** What a pane without rows says, in words. */
function messageLines<Row>(view: PaneView<Row>, width: number): string[] {
  const { state, kind, theme } = view;
  const say = (tone: Tone, text: string): string[] =>
    wrapWords(sanitise(text), Math.max(1, width - 2)).map((line) => ` ${theme.paint(tone, line)}`);
  if (state.status === 'loading') return say('dim', `${kind.loading} …`);
  if (state.status === 'failed') {
    const { what, why, next } = state.error;
    return [...say('bad', `${SYMBOL.bad} ${what}`), ...say('plain', why), ...say('dim', `next: ${next}`)];
  }
  if (state.data.length > 0) return say('dim', `nothing matches /${view.filter} (Esc clears the filter)`);
  return say('dim', kind.empty);
}

/** Pads a styled line of known content to `width` cells. */
function padded(line: string, width: number): string {
  return line + ' '.repeat(Math.max(0, width - cellWidth(line)));
}

/** Widths of a table's columns for a pane: measured over all rows so that scrolling does not move them. */
export function measure<Row>(
  kind: RowKind<Row>,
  rows: readonly Row[],
  context: RowContext,
): readonly number[] {
  return naturalWidths(kind.columns, rows, context);
}

/** The pane as exactly `place.height` lines of exactly `place.width` cells. */
export function drawPane<Row>(view: PaneView<Row>, naturals: readonly number[]): string[] {
  const { place, theme, state, rows, focused } = view;
  const border = focused ? HEAVY : LIGHT;
  const inner = place.bordered ? place.width - 2 : place.width;
  const height = rowsThatFit(place, hasNotice(state));
  const body: string[] = [];
  if (state.status === 'stale') {
    const { what, why } = state.error;
    body.push(theme.paint('warn', fitCells(` ${SYMBOL.warn} ${sanitise(`${what}: ${why}`)}`, inner)));
  }
  let position = '';
  if (rows.length === 0) {
    body.push(...messageLines(view, inner).map((line) => padded(line, inner)));
  } else {
    const placed: readonly PlacedColumn[] = placeColumns(view.kind.columns, naturals, inner - GUTTER - 1);
    const table = { ...view, columns: view.kind.columns, placed, height, width: inner };
    body.push(titleLine(table), ...rowLines(table));
    if (rows.length > height) {
      position = `${view.start + 1}–${Math.min(rows.length, view.start + height)} of ${rows.length}`;
    }
  }
  const bodyHeight = place.height - (place.bordered ? 2 : 1);
  const lines = Array.from({ length: bodyHeight }, (_, i) => body[i] ?? ' '.repeat(inner));
  const top = topLine(view, border, position);
  if (!place.bordered) return [top, ...lines];
  const line = (text: string) => theme.paint(focused ? 'accent' : 'dim', text);
  const label = position === '' ? '' : ` ${position} `;
  const below =
    line(border.corners[2] + border.across.repeat(Math.max(0, inner - label.length - 1))) +
    theme.paint('dim', label) +
    line(border.across + border.corners[3]);
  return [top, ...lines.map((text) => line(border.down) + text + line(border.down)), below];
}

export interface Tab {
  readonly kind: Kind;
  readonly title: string;
  /** null while unknown. */
  readonly count: number | null;
}

/** The line of tabs, exactly `width` cells: every pane with its number, the focused one in brackets. */
export function tabLine(tabs: readonly Tab[], focus: Kind, width: number, theme: Theme): string {
  const counted = (tab: Tab) => (tab.count === null ? tab.title : `${tab.title} ${tab.count}`);
  // From the fullest way of naming them to the shortest; the focused one keeps its count.
  const ways: readonly ((tab: Tab) => string)[] = [
    counted,
    (tab) => (tab.kind === focus ? counted(tab) : tab.title),
    (tab) => (tab.kind === focus ? counted(tab) : tab.title.slice(0, 4)),
  ];
  const widthOf = (name: (tab: Tab) => string) => tabs.reduce((sum, tab) => sum + name(tab).length + 5, -1);
  const name = ways.find((way) => widthOf(way) <= width) ?? ways.at(-1)!;
  const line = tabs
    .map((tab, index) =>
      tab.kind === focus
        ? theme.paint('title', `[${index + 1} ${name(tab)}]`)
        : theme.paint('dim', ` ${index + 1} ${name(tab)} `),
    )
    .join(' ');
  return padded(cutCells(line, width), width);
}
