/** Owns what a person did in the console: which pane, which row, which filter, what lies over the panes. A pure reducer. */
import type { LogSource } from '../../cluster/tail-contract.ts';
import type { Tone } from '../theme.ts';
import { INITIAL_PICKER, type PickerItem, type PickerState } from '../widgets/picker.ts';
import { addNotice, NO_NOTICES, type Notices } from './notices.ts';
import { PANES, type PaneId } from './pane-id.ts';

/** The order of a pane's rows: by a column's title. */
export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

export interface PaneUi {
  /** Key of the selected row; null before there is one. */
  readonly selected: string | null;
  /** Where it was last, to select a neighbour when it goes. */
  readonly index: number;
  readonly filter: string;
  /** null: the kind's own order. */
  readonly sort: Sort | null;
  /** Keys of the rows marked for an act on several at once; those that a filter hides among them. */
  readonly marks: ReadonlySet<string>;
}

/** A log that can be opened, and what to call it. */
export interface LogTarget {
  /** Several are read as one. */
  readonly sources: readonly LogSource[];
  /** `etcd.service @ 10.0.0.12`. */
  readonly label: string;
  /** Names of units that are followed to wherever fleet places them. */
  readonly moving: readonly string[];
}

/** A node whose units can be chosen from. */
export interface NodeTarget {
  readonly machineId: string;
  readonly ip: string | null;
  readonly label: string;
}

export type PickerLoad =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly items: readonly PickerItem[] }
  | { readonly status: 'failed'; readonly what: string; readonly why: string; readonly next: string };

export type Overlay =
  | { readonly type: 'help'; readonly offset: number }
  | { readonly type: 'problems'; readonly offset: number }
  | { readonly type: 'notices'; readonly offset: number }
  | { readonly type: 'details'; readonly kind: PaneId; readonly key: string; readonly offset: number }
  /** Where a row leads, when there is more than one place. */
  | { readonly type: 'go'; readonly kind: PaneId; readonly key: string; readonly picker: PickerState }
  | {
      readonly type: 'picker';
      readonly node: NodeTarget;
      readonly load: PickerLoad;
      readonly picker: PickerState;
    }
  | { readonly type: 'logs'; readonly target: LogTarget }
  /** What can be done, or what is being done (acts/acts.ts). */
  | { readonly type: 'acts' };

/** A place that was left for another, to come back to. */
export interface Step {
  readonly focus: PaneId;
  readonly zoomed: boolean;
  /** The pane that was gone to, as it was before. */
  readonly to: PaneId;
  readonly before: PaneUi;
  /** The filter it was given; coming back ends where the person has changed it. */
  readonly filter: string;
}

export interface ConsoleState {
  /** The panes that the cluster has something for; they keep their numbers. */
  readonly there: readonly PaneId[];
  readonly focus: PaneId;
  readonly zoomed: boolean;
  readonly panes: Readonly<Record<PaneId, PaneUi>>;
  /** What lies over the panes, the last on top. */
  readonly overlays: readonly Overlay[];
  /** The text of a filter while it is typed. */
  readonly typing: string | null;
  readonly notices: Notices;
  /** From where the focused pane was come to, the last step last. */
  readonly trail: readonly Step[];
}

export const EMPTY_PANE: PaneUi = { selected: null, index: 0, filter: '', sort: null, marks: new Set() };

export const INITIAL_CONSOLE: ConsoleState = {
  there: PANES,
  focus: 'machines',
  zoomed: false,
  panes: Object.fromEntries(PANES.map((pane) => [pane, EMPTY_PANE])) as Record<PaneId, PaneUi>,
  overlays: [],
  typing: null,
  notices: NO_NOTICES,
  trail: [],
};

export type ConsoleAction =
  | { readonly type: 'focus'; readonly kind: PaneId }
  | { readonly type: 'cycle'; readonly by: 1 | -1 }
  | { readonly type: 'zoom' }
  | {
      readonly type: 'select';
      readonly kind: PaneId;
      readonly selected: string | null;
      readonly index: number;
    }
  | { readonly type: 'filter'; readonly kind: PaneId; readonly filter: string }
  | { readonly type: 'sort'; readonly kind: PaneId; readonly sort: Sort | null }
  | { readonly type: 'marks'; readonly kind: PaneId; readonly marks: ReadonlySet<string> }
  /** To another pane, narrowed to what a row leads to. */
  | { readonly type: 'go'; readonly to: PaneId; readonly filter: string; readonly selected: string | null }
  /** Back to where the last `go` began. */
  | { readonly type: 'return' }
  | { readonly type: 'typing'; readonly text: string | null }
  | { readonly type: 'open'; readonly overlay: Overlay }
  /** Changes the overlay on top, if it is still of that type. */
  | { readonly type: 'change'; readonly overlay: Overlay }
  | { readonly type: 'picked-from'; readonly node: NodeTarget; readonly load: PickerLoad }
  | { readonly type: 'close' }
  | { readonly type: 'notice'; readonly text: string; readonly tone: Tone }
  /** The notice that shows is read. */
  | { readonly type: 'dismiss' };

export const topOverlay = (state: ConsoleState): Overlay | null => state.overlays.at(-1) ?? null;

/** The step that Esc goes back, null when the focused pane was not come to from another, or was changed since. */
export function stepBack(state: ConsoleState): Step | null {
  const step = state.trail.at(-1);
  return step && step.to === state.focus && step.filter === state.panes[step.to].filter ? step : null;
}

function setPane(state: ConsoleState, kind: PaneId, change: Partial<PaneUi>): ConsoleState {
  return { ...state, panes: { ...state.panes, [kind]: { ...state.panes[kind], ...change } } };
}

/** More steps than anyone goes back. */
const TRAIL_LIMIT = 50;

/** The state after `action` at the time `now` (ms): only notices remember when they came. */
export function reduceConsole(state: ConsoleState, action: ConsoleAction, now: number): ConsoleState {
  switch (action.type) {
    case 'focus':
      return state.there.includes(action.kind) ? { ...state, focus: action.kind } : state;
    case 'cycle': {
      const { there } = state;
      const index = (there.indexOf(state.focus) + action.by + there.length) % there.length;
      return { ...state, focus: there[index]! };
    }
    case 'zoom':
      return { ...state, zoomed: !state.zoomed };
    case 'select':
      return setPane(state, action.kind, { selected: action.selected, index: action.index });
    case 'filter':
      return setPane(state, action.kind, { filter: action.filter });
    case 'sort':
      return setPane(state, action.kind, { sort: action.sort });
    case 'marks':
      return setPane(state, action.kind, { marks: action.marks });
    case 'go': {
      const { to, filter } = action;
      const before = state.panes[to];
      const step: Step = { focus: state.focus, zoomed: state.zoomed, to, before, filter };
      const there = setPane(state, to, { filter, selected: action.selected, index: 0 });
      return { ...there, focus: to, overlays: [], trail: [...state.trail, step].slice(-TRAIL_LIMIT) };
    }
    case 'return': {
      const step = stepBack(state);
      if (step === null) return state;
      const { filter, selected, index } = step.before;
      const left = setPane(state, step.to, { filter, selected, index });
      return { ...left, focus: step.focus, zoomed: step.zoomed, trail: state.trail.slice(0, -1) };
    }
    case 'typing':
      return { ...state, typing: action.text };
    case 'open':
      return { ...state, overlays: [...state.overlays, action.overlay], typing: null };
    case 'change':
      if (topOverlay(state)?.type !== action.overlay.type) return state;
      return { ...state, overlays: [...state.overlays.slice(0, -1), action.overlay] };
    case 'picked-from':
      return {
        ...state,
        overlays: state.overlays.map((overlay) =>
          overlay.type === 'picker' && overlay.node === action.node
            ? { ...overlay, load: action.load }
            : overlay,
        ),
      };
    case 'close':
      return { ...state, overlays: state.overlays.slice(0, -1), typing: null };
    case 'notice':
      return { ...state, notices: addNotice(state.notices, { text: action.text, tone: action.tone }, now) };
    case 'dismiss':
      return { ...state, notices: { ...state.notices, read: state.notices.said } };
  }
}

/**
 * The selection after the rows changed: the same item where it still is, else the one now in its place. `keys` are those of
 * the rows that show, in order.
 */
export function reconcile(pane: PaneUi, keys: readonly string[]): { selected: string | null; index: number } {
  if (pane.selected !== null && keys[pane.index] === pane.selected)
    return { selected: pane.selected, index: pane.index };
  const found = pane.selected === null ? -1 : keys.indexOf(pane.selected);
  if (found >= 0) return { selected: pane.selected, index: found };
  const index = Math.max(0, Math.min(pane.index, keys.length - 1));
  // While nothing shows, the item is remembered: it may come back.
  return { selected: keys[index] ?? pane.selected, index };
}

export function openPicker(node: NodeTarget): Overlay {
  return { type: 'picker', node, load: { status: 'loading' }, picker: INITIAL_PICKER };
}
