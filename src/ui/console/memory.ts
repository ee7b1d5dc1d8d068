/** Owns what the console remembers of a person between two times: layout, sort and filters, for each cluster. Pure. */
import type { ConsoleSettings } from '../../cluster/console-settings.ts';
import { type BlueprintName, kindsOf } from '../../cluster/model.ts';
import { PANES, type PaneId } from './pane-id.ts';
import { type ConsoleState, EMPTY_PANE, INITIAL_CONSOLE, type PaneUi, type Sort } from './state.ts';

/** Where it is kept; one for each cluster. */
export interface ConsoleMemory {
  /** What was kept, as it was read: anyone may have written to the file. Null when there is nothing. */
  load(): unknown;
  save(remembered: Remembered): void;
}

/** What a person chose of the console, and where its layout is kept. */
export interface Preferences {
  readonly settings: ConsoleSettings;
  readonly memory: ConsoleMemory;
}

export interface Remembered {
  readonly version: 1;
  readonly focus: PaneId;
  readonly zoomed: boolean;
  readonly panes: Readonly<Partial<Record<PaneId, { readonly filter?: string; readonly sort?: Sort }>>>;
}

const LONGEST_FILTER = 500;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function toRemember({ focus, zoomed, panes }: ConsoleState): Remembered {
  const kept = PANES.flatMap((pane) => {
    const { filter, sort } = panes[pane];
    if (filter === '' && sort === null) return [];
    return [[pane, { ...(filter === '' ? {} : { filter }), ...(sort === null ? {} : { sort }) }] as const];
  });
  return { version: 1, focus, zoomed, panes: Object.fromEntries(kept) };
}

function sortOf(value: unknown): Sort | null {
  if (!isRecord(value) || typeof value.column !== 'string') return null;
  return { column: value.column, descending: value.descending === true };
}

function paneOf(value: unknown): PaneUi {
  if (!isRecord(value)) return EMPTY_PANE;
  const filter = typeof value.filter === 'string' ? value.filter.slice(0, LONGEST_FILTER) : '';
  return { ...EMPTY_PANE, filter, sort: sortOf(value.sort) };
}

/** The state to begin with: what was remembered, as far as it makes sense and the cluster has it. */
export function initialConsole(remembered: unknown, blueprint: BlueprintName = 'kubernetes'): ConsoleState {
  const has: readonly PaneId[] = [...kindsOf(blueprint), 'overview'];
  const there = PANES.filter((pane) => has.includes(pane));
  if (!isRecord(remembered) || remembered.version !== 1) return { ...INITIAL_CONSOLE, there };
  const panes = isRecord(remembered.panes) ? remembered.panes : {};
  return {
    ...INITIAL_CONSOLE,
    there,
    focus: there.find((pane) => pane === remembered.focus) ?? INITIAL_CONSOLE.focus,
    zoomed: remembered.zoomed === true,
    panes: Object.fromEntries(PANES.map((pane) => [pane, paneOf(panes[pane])])) as Record<PaneId, PaneUi>,
  };
}

/** Keeps what is worth remembering whenever it has changed. */
export class Keeper {
  readonly #memory: ConsoleMemory | null;
  #kept: Pick<ConsoleState, 'focus' | 'zoomed' | 'panes'>;

  constructor(memory: ConsoleMemory | null, state: ConsoleState) {
    this.#memory = memory;
    this.#kept = state;
  }

  /** A filter that is still being typed is not kept. */
  keep(state: ConsoleState): void {
    if (this.#memory === null || state.typing !== null) return;
    const { focus, zoomed, panes } = state;
    const before = this.#kept;
    const isSame =
      before.focus === focus &&
      before.zoomed === zoomed &&
      PANES.every(
        (pane) =>
          before.panes[pane].filter === panes[pane].filter && before.panes[pane].sort === panes[pane].sort,
      );
    if (isSame) return;
    this.#kept = { focus, zoomed, panes };
    this.#memory.save(toRemember(state));
  }
}
