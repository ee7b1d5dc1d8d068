/** Owns the drawing of one pane: title, age, what is wrong with its source, and the rows that show. Pure. */
import type { PaneState } from '../../cluster/store-contract.ts';
import { sanitise } from '../sanitise.ts';
import { cellWidth, cutCells, fitCells, wrapWords } from '../terminal/cells.ts';
import { SYMBOL, type Theme, type Tone } from '../theme.ts';
import {
  columnTitle,
  GUTTER,
  type PlacedColumn,
  placeColumns,
  rowLines,
  titleLine,
} from '../widgets/table.ts';
import { ago, span } from './age.ts';
import type { RowContext, RowKind } from './columns/row-kind.ts';
import type { PanePlace } from './layout.ts';
import type { PaneUi } from './state.ts';

export interface PaneView<Row> {
  readonly place: PanePlace;
  readonly number: number;
  readonly kind: RowKind<Row>;
  readonly state: PaneState<readonly Row[]>;
  /** In order and filtered. */
  readonly rows: readonly Row[];
  readonly ui: PaneUi;
  readonly start: number;
  readonly focused: boolean;
  /** Marked rows that the filter hides. */
  readonly hiddenMarks: number;
  readonly changeOf: (row: Row) => 'fresh' | 'fading' | null;
  /** Since when its source has been asked without an answer; null when it is not being asked. */
  readonly askedSince: number | null;
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

/** An answer that takes longer is worth saying. */
const SLOW_MS = 5_000;
/** A pane of this height has room for a reason of two lines. */
const ROOMY = 12;

const innerWidth = (place: PanePlace): number => (place.bordered ? place.width - 2 : place.width);

/** Why the source of a stale pane fails, in as many lines as there is room for; cut, it says where the whole is. */
function staleLines(state: PaneState<unknown>, place: PanePlace): string[] {
  if (state.status !== 'stale') return [];
  const { what, why } = state.error;
  const width = innerWidth(place) - 1;
  const text = sanitise(`${SYMBOL.warn} ${what}${why === '' ? '' : `: ${why}`}`);
  const lines = wrapWords(text, width);
  const most = place.height >= ROOMY ? 2 : 1;
  if (lines.length <= most) return lines.map((line) => ` ${line}`);
  const more = '… (p: all of it)';
  const kept = lines.slice(0, most);
  const last = cutCells(lines.slice(most - 1).join(' '), Math.max(1, width - more.length + 1)).replace(
    /…$/,
    '',
  );
  return [...kept.slice(0, -1), last + more].map((line) => ` ${cutCells(line, width)}`);
}

/** Rows of a pane that are left for the table's rows (its column titles not counted). */
export function rowsThatFit(place: PanePlace, state: PaneState<unknown>): number {
  const around = place.bordered ? 3 : 2;
  return Math.max(0, place.height - around - staleLines(state, place).length);
}

/** The line of a pane, from its top, on which its first row is drawn. */
export function firstRowLine(place: PanePlace, state: PaneState<unknown>): number {
  return 2 + staleLines(state, place).length;
}

function titlePieces<Row>(view: PaneView<Row>): { left: Piece[]; right: Piece[] } {
  const { state, kind, rows, ui, askedSince, context } = view;
  const left: Piece[] = [{ text: `${view.number} ${kind.title}`, tone: 'title' }];
  const right: Piece[] = [];
  if (state.status === 'live' || state.status === 'stale') {
    const { isLost } = kind;
    const total = isLost ? state.data.filter((row) => !isLost(row)).length : state.data.length;
    const count = ui.filter === '' ? String(total) : `${rows.length} of ${total}`;
    if (kind.isCounted !== false || ui.filter !== '') left.push({ text: ` ${count}`, tone: 'plain' });
    if (ui.filter !== '') left.push({ text: ` /${sanitise(ui.filter)}`, tone: 'accent' });
    if (ui.marks.size > 0) {
      const hidden = view.hiddenMarks > 0 ? `, ${view.hiddenMarks} hidden` : '';
      left.push({ text: ` ${SYMBOL.marked} ${ui.marks.size} marked${hidden}`, tone: 'accent' });
    }
    const fault = kind.faults(state.data);
    if (fault) left.push({ text: ` ${fault.text}`, tone: fault.tone ?? 'bad' });
    const stale = state.status === 'stale';
    right.push({
      text: `${stale ? `${SYMBOL.warn} stale, ` : ''}${ago(state.asOf, context.now)}`,
      tone: stale ? 'warn' : 'dim',
    });
  }
  if (state.status === 'loading') right.push({ text: `${SYMBOL.pending} loading`, tone: 'warn' });
  if (state.status === 'failed') right.push({ text: `${SYMBOL.bad} failed`, tone: 'bad' });
  if (askedSince !== null && context.now - askedSince >= SLOW_MS)
    right.unshift({
      text: `${SYMBOL.pending} no answer for ${span(context.now - askedSince)}  `,
      tone: 'warn',
    });
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
  if (state.data.length > 0) return say('dim', `nothing matches /${view.ui.filter} (Esc clears the filter)`);
  return say('dim', kind.empty);
}

/** Pads a styled line of known content to `width` cells. */
function padded(line: string, width: number): string {
  return line + ' '.repeat(Math.max(0, width - cellWidth(line)));
}

/** The pane as exactly `place.height` lines of exactly `place.width` cells. */
export function drawPane<Row>(view: PaneView<Row>, naturals: readonly number[]): string[] {
  const { place, theme, state, rows, focused, ui } = view;
  const { columns } = view.kind;
  const border = focused ? HEAVY : LIGHT;
  const inner = innerWidth(place);
  const height = rowsThatFit(place, state);
  const body: string[] = staleLines(state, place).map((line) => theme.paint('warn', fitCells(line, inner)));
  let position = '';
  if (rows.length === 0) {
    body.push(...messageLines(view, inner).map((line) => padded(line, inner)));
  } else {
    const wanted = naturals.map((natural, i) =>
      Math.max(natural, cellWidth(columnTitle(columns[i]!.title, ui.sort))),
    );
    const placed: readonly PlacedColumn[] = placeColumns(columns, wanted, inner - GUTTER - 1);
    const table = {
      ...view,
      columns,
      placed,
      height,
      width: inner,
      selected: ui.index,
      sort: ui.sort,
      isMarked: (row: Row) => ui.marks.has(view.kind.key(row)),
    };
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
