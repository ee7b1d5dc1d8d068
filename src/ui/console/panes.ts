/** Owns the panes together: their rows, what shows of each, and the body they make. */
import { KINDS, type Kind, type RowOf } from '../../cluster/model.ts';
import type { ClusterView, PaneState } from '../../cluster/store-contract.ts';
import type { TerminalSize } from '../terminal/size.tsx';
import type { Theme } from '../theme.ts';
import { reveal } from '../widgets/scroll-view.ts';
import { isChanged } from './changes.ts';
import { dataOf, joinContext, ROW_KINDS } from './columns/all.ts';
import type { RowContext, RowKind } from './columns/row-kind.ts';
import { type Layout, layOut, type PanePlace, shownKinds } from './layout.ts';
import { drawPane, hasNotice, rowsThatFit, tabLine } from './pane.ts';
import { PaneRows, type PreparedRows } from './rows.ts';
import { type ConsoleState, reconcile } from './state.ts';

/** A kind's rows without their type: each pane only hands them back to its own kind. */
type AnyRow = RowOf[Kind];
type AnyKind = RowKind<AnyRow>;

export interface Selection {
  readonly kind: Kind;
  readonly selected: string | null;
  readonly index: number;
}

/** What is remembered of the panes between frames. Not React state: all of it can be made again. */
export class Panes {
  readonly #rows = Object.fromEntries(
    KINDS.map((kind) => [kind, new PaneRows(ROW_KINDS[kind] as unknown as AnyKind)]),
  ) as Record<Kind, PaneRows<AnyRow>>;
  readonly #starts = new Map<Kind, number>();
  #joined: { machines: unknown; pods: unknown; value: Omit<RowContext, 'now'> } | null = null;

  #join(view: ClusterView): Omit<RowContext, 'now'> {
    const machines = dataOf(view.machines);
    const pods = dataOf(view.pods);
    if (this.#joined?.machines !== machines || this.#joined.pods !== pods) {
      this.#joined = { machines, pods, value: joinContext(view) };
    }
    return this.#joined.value;
  }

  context(view: ClusterView, now: number): RowContext {
    return { ...this.#join(view), now };
  }

  prepare(kind: Kind, view: ClusterView, state: ConsoleState, now: number): PreparedRows<AnyRow> {
    const pane = view[kind] as PaneState<readonly AnyRow[]>;
    return this.#rows[kind].prepare(pane, state.panes[kind].filter, this.#join(view), now);
  }

  kind(kind: Kind): AnyKind {
    return this.#rows[kind].kind;
  }

  /** Selections that the rows make other than they were. */
  reconcile(view: ClusterView, state: ConsoleState, now: number): readonly Selection[] {
    return KINDS.flatMap((kind) => {
      const ui = state.panes[kind];
      const next = reconcile(ui, this.prepare(kind, view, state, now).keys);
      return next.selected === ui.selected && next.index === ui.index ? [] : [{ kind, ...next }];
    });
  }

  /** The selected row of a pane; undefined when it has none. */
  selected(kind: Kind, view: ClusterView, state: ConsoleState, now: number): AnyRow | undefined {
    const { rows, keys } = this.prepare(kind, view, state, now);
    return rows[keys.indexOf(state.panes[kind].selected ?? '')];
  }

  /** Where a movement leads. `pages` are those of the pane as it stands now. */
  moved(
    kind: Kind,
    by: { readonly rows: number } | { readonly pages: number } | 'first' | 'last',
    input: { view: ClusterView; state: ConsoleState; size: TerminalSize; now: number },
  ): Selection {
    const { view, state, size, now } = input;
    const { keys } = this.prepare(kind, view, state, now);
    const place = layOut(size, state.focus, state.zoomed)
      .grid.flat()
      .find((candidate) => candidate.kind === kind);
    const page = place ? Math.max(1, rowsThatFit(place, hasNotice(view[kind])) - 1) : 1;
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
    return layOut(size, state.focus, state.zoomed);
  }

  #pane(place: PanePlace, view: ClusterView, state: ConsoleState, now: number, theme: Theme): string[] {
    const { kind } = place;
    const pane = view[kind] as PaneState<readonly AnyRow[]>;
    const ui = state.panes[kind];
    const { rows, naturals, changes } = this.prepare(kind, view, state, now);
    const height = rowsThatFit(place, hasNotice(pane));
    const start = reveal(this.#starts.get(kind) ?? 0, ui.index, rows.length, Math.max(1, height));
    this.#starts.set(kind, start);
    const rowKind = this.kind(kind);
    return drawPane(
      {
        place,
        number: KINDS.indexOf(kind) + 1,
        kind: rowKind,
        state: pane,
        rows,
        filter: ui.filter,
        selected: ui.index,
        start,
        focused: kind === state.focus,
        isMarked: (row) => isChanged(changes, rowKind.key(row), now),
        context: this.context(view, now),
        theme,
      },
      naturals,
    );
  }

  /** The lines between header and footer. */
  draw(size: TerminalSize, view: ClusterView, state: ConsoleState, now: number, theme: Theme): string[] {
    const layout = this.layout(size, state);
    const lines: string[] = [];
    if (layout.tabs) {
      const tabs = KINDS.map((kind) => {
        const pane = view[kind];
        const isKnown = pane.status === 'live' || pane.status === 'stale';
        return { kind, title: ROW_KINDS[kind].title, count: isKnown ? pane.data.length : null };
      });
      lines.push(tabLine(tabs, state.focus, size.columns, theme));
    }
    for (const places of layout.grid) {
      const drawn = places.map((place) => this.#pane(place, view, state, now, theme));
      for (let i = 0; i < (places[0]?.height ?? 0); i++)
        lines.push(drawn.map((pane) => pane[i] ?? '').join(''));
    }
    return lines;
  }

  shown(size: TerminalSize, state: ConsoleState): readonly Kind[] {
    return shownKinds(this.layout(size, state));
  }
}
