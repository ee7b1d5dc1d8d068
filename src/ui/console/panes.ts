/** Owns the panes together: their rows, what shows of each, and the body they make. */
import type { Kind } from '../../cluster/model.ts';
import type { PaneState } from '../../cluster/store-contract.ts';
import type { TerminalSize } from '../terminal/size.tsx';
import type { Theme } from '../theme.ts';
import { reveal } from '../widgets/scroll-view.ts';
import { type Changes, changeAge, NO_CHANGES, noteChanges } from './changes.ts';
import { dataOf, joinContext, ROW_KINDS } from './columns/all.ts';
import type { RowContext, RowKind } from './columns/row-kind.ts';
import type { Change } from './history.ts';
import { type Layout, layOut, type PanePlace, shownPanes } from './layout.ts';
import { drawPane, firstRowLine, rowsThatFit } from './pane.ts';
import { type ConsoleView, PANES, type PaneId, type PaneRowOf } from './pane-id.ts';
import { PaneRows, type PreparedRows } from './rows.ts';
import { type ConsoleState, type PaneUi, reconcile } from './state.ts';
import { type Tab, tabAt, tabLine } from './tabs.ts';

/** A kind's rows without their type: each pane only hands them back to its own kind. */
export type AnyRow = PaneRowOf[PaneId];
type AnyKind = RowKind<AnyRow>;

export interface Selection {
  readonly kind: PaneId;
  readonly selected: string | null;
  readonly index: number;
}

/** What all panes are looked at with. */
export interface PanesInput {
  readonly view: ConsoleView;
  readonly state: ConsoleState;
  readonly size: TerminalSize;
  readonly now: number;
}

/** How far a movement key goes. */
export type Move = { readonly rows: number } | { readonly pages: number } | 'first' | 'last';

/** What is remembered of the panes between frames. Not React state: all of it can be made again. */
export class Panes {
  readonly #rows = Object.fromEntries(
    PANES.map((kind) => [kind, new PaneRows(ROW_KINDS[kind] as unknown as AnyKind)]),
  ) as Record<PaneId, PaneRows<AnyRow>>;
  readonly #changes = new Map<PaneId, Changes<AnyRow>>();
  readonly #noted = new Map<PaneId, readonly AnyRow[]>();
  readonly #starts = new Map<PaneId, number>();
  #joined: { machines: unknown; pods: unknown; value: Omit<RowContext, 'now'> } | null = null;

  #join(view: ConsoleView): Omit<RowContext, 'now'> {
    const machines = dataOf(view.machines);
    const pods = dataOf(view.pods);
    if (this.#joined?.machines !== machines || this.#joined.pods !== pods) {
      this.#joined = { machines, pods, value: joinContext(view) };
    }
    return this.#joined.value;
  }

  context(view: ConsoleView, now: number): RowContext {
    return { ...this.#join(view), now };
  }

  kind(kind: PaneId): AnyKind {
    return this.#rows[kind].kind;
  }

  prepare(kind: PaneId, view: ConsoleView, ui: PaneUi): PreparedRows<AnyRow> {
    return this.#rows[kind].prepare(view[kind] as PaneState<readonly AnyRow[]>, ui, this.#join(view));
  }

  /** What is news among the rows of a kind since this was last asked. */
  noteChanges(kind: Kind, state: PaneState<readonly AnyRow[]>, now: number): readonly Change[] {
    const isKnown = state.status === 'live' || state.status === 'stale';
    if (!isKnown || this.#noted.get(kind) === state.data) return [];
    this.#noted.set(kind, state.data);
    const before: Changes<AnyRow> = this.#changes.get(kind) ?? NO_CHANGES;
    const { changes, news } = noteChanges(before, state.data, kind, this.kind(kind), now);
    this.#changes.set(kind, changes);
    return news;
  }

  /** Selections that the rows make other than they were. */
  reconcile(view: ConsoleView, state: ConsoleState): readonly Selection[] {
    return PANES.flatMap((kind) => {
      const ui = state.panes[kind];
      const { keys } = this.prepare(kind, view, ui);
      // Who stands at the top of what happens wants to see what is newest.
      const isAtTop = this.kind(kind).newestFirst === true && ui.index === 0 && keys[0] !== undefined;
      const next = isAtTop ? { selected: keys[0]!, index: 0 } : reconcile(ui, keys);
      return next.selected === ui.selected && next.index === ui.index ? [] : [{ kind, ...next }];
    });
  }

  /** The row of a key, be it shown or not; undefined when there is none. */
  row(kind: PaneId, key: string | null, view: ConsoleView): AnyRow | undefined {
    if (key === null) return undefined;
    const { key: keyOf } = this.kind(kind);
    return dataOf(view[kind] as PaneState<readonly AnyRow[]>).find((row) => keyOf(row) === key);
  }

  /** The selected row of a pane; undefined when it has none. */
  selected(kind: PaneId, view: ConsoleView, state: ConsoleState): AnyRow | undefined {
    const ui = state.panes[kind];
    const { rows, keys } = this.prepare(kind, view, ui);
    if (ui.selected === null) return undefined;
    return rows[keys[ui.index] === ui.selected ? ui.index : keys.indexOf(ui.selected)];
  }

  /** Marks without those of rows that are there no more, for the panes that have such. */
  lostMarks(
    view: ConsoleView,
    state: ConsoleState,
  ): readonly { readonly kind: PaneId; readonly marks: ReadonlySet<string> }[] {
    return PANES.flatMap((kind) => {
      const { marks } = state.panes[kind];
      if (marks.size === 0 || view[kind].status !== 'live') return [];
      const { key } = this.kind(kind);
      const there = new Set(dataOf(view[kind] as PaneState<readonly AnyRow[]>).map(key));
      const kept = new Set([...marks].filter((mark) => there.has(mark)));
      return kept.size === marks.size ? [] : [{ kind, marks: kept }];
    });
  }

  /** Where a movement leads. `pages` are those of the pane as it stands now. */
  moved(kind: PaneId, by: Move, { view, state, size }: PanesInput): Selection {
    const { keys } = this.prepare(kind, view, state.panes[kind]);
    const place = this.#places(size, state).find((candidate) => candidate.kind === kind);
    const page = place ? Math.max(1, rowsThatFit(place, view[kind]) - 1) : 1;
    const { index } = state.panes[kind];
    const last = Math.max(0, keys.length - 1);
    let to: number;
    if (by === 'first') to = 0;
    else if (by === 'last') to = last;
    else to = index + ('rows' in by ? by.rows : Math.trunc(by.pages * page) || Math.sign(by.pages));
    const bounded = Math.max(0, Math.min(last, to));
    return { kind, selected: keys[bounded] ?? null, index: bounded };
  }

  layout(size: TerminalSize, state: ConsoleState): Layout {
    return layOut(size, state.focus, state.zoomed, state.there);
  }

  #places(size: TerminalSize, state: ConsoleState): readonly PanePlace[] {
    return this.layout(size, state).grid.flat();
  }

  #tabs(view: ConsoleView, { there }: ConsoleState): readonly Tab[] {
    return there.map((kind) => {
      const pane = view[kind];
      const isKnown = pane.status === 'live' || pane.status === 'stale';
      const isLost = this.kind(kind).isLost;
      const count = isKnown ? (pane.data as readonly AnyRow[]).filter((row) => !isLost?.(row)).length : null;
      return {
        kind,
        title: ROW_KINDS[kind].title,
        number: PANES.indexOf(kind) + 1,
        count: this.kind(kind).isCounted === false ? null : count,
      };
    });
  }

  /** What stands at a cell of the body: a tab, a pane, and of that a row. Rows and columns from 0. */
  at(
    cell: { readonly column: number; readonly row: number },
    { view, state, size }: PanesInput,
  ): { readonly kind: PaneId; readonly selection: Selection | null } | null {
    const layout = this.layout(size, state);
    if (layout.tabs && cell.row === 0) {
      const kind = tabAt(this.#tabs(view, state), state.focus, size.columns, cell.column);
      return kind === null ? null : { kind, selection: null };
    }
    const place = layout.grid.flat().find(({ column, row, width, height }) => {
      const isBeside = cell.column < column || cell.column >= column + width;
      return !isBeside && cell.row >= row && cell.row < row + height;
    });
    if (place === undefined) return null;
    const { kind } = place;
    const line = cell.row - place.row - firstRowLine(place, view[kind]);
    if (line < 0 || line >= rowsThatFit(place, view[kind])) return { kind, selection: null };
    const index = line + (this.#starts.get(kind) ?? 0);
    const selected = this.prepare(kind, view, state.panes[kind]).keys[index];
    return { kind, selection: selected === undefined ? null : { kind, selected, index } };
  }

  #pane(
    place: PanePlace,
    { view, state, now }: PanesInput,
    askedSince: (kind: PaneId) => number | null,
    theme: Theme,
  ): string[] {
    const { kind } = place;
    const pane = view[kind] as PaneState<readonly AnyRow[]>;
    const ui = state.panes[kind];
    const { rows, keys, naturals } = this.prepare(kind, view, ui);
    const height = rowsThatFit(place, pane);
    const start = reveal(this.#starts.get(kind) ?? 0, ui.index, rows.length, Math.max(1, height));
    this.#starts.set(kind, start);
    const rowKind = this.kind(kind);
    const changes = this.#changes.get(kind) ?? NO_CHANGES;
    const hiddenMarks =
      ui.marks.size === 0 || ui.filter === ''
        ? 0
        : ui.marks.size - keys.filter((key) => ui.marks.has(key)).length;
    return drawPane(
      {
        place,
        number: PANES.indexOf(kind) + 1,
        kind: rowKind,
        state: pane,
        rows,
        ui,
        start,
        hiddenMarks,
        focused: kind === state.focus,
        changeOf: (row) => changeAge(changes, rowKind.key(row), now),
        askedSince: askedSince(kind),
        context: this.context(view, now),
        theme,
      },
      naturals,
    );
  }

  /** The lines between header and footer. */
  draw(input: PanesInput, askedSince: (kind: PaneId) => number | null, theme: Theme): string[] {
    const { view, state, size } = input;
    const layout = this.layout(size, state);
    const lines: string[] = [];
    if (layout.tabs) lines.push(tabLine(this.#tabs(view, state), state.focus, size.columns, theme));
    for (const places of layout.grid) {
      const drawn = places.map((place) => this.#pane(place, input, askedSince, theme));
      for (let i = 0; i < (places[0]?.height ?? 0); i++)
        lines.push(drawn.map((pane) => pane[i] ?? '').join(''));
    }
    return lines;
  }

  shown(size: TerminalSize, state: ConsoleState): readonly PaneId[] {
    return shownPanes(this.layout(size, state));
  }
}
