/** Owns what a person did in the console: which pane, which row, which filter, what lies over the panes. A pure reducer. */
import { KINDS, type Kind } from '../../cluster/model.ts';
import type { LogSource } from '../../cluster/tail-contract.ts';
import type { Tone } from '../theme.ts';
import { INITIAL_PICKER, type PickerItem, type PickerState } from '../widgets/picker.ts';

export interface PaneUi {
  /** Key of the selected row; null before there is one. */
  readonly selected: string | null;
  /** Where it was last, to select a neighbour when it goes. */
  readonly index: number;
  readonly filter: string;
}

/** A log that can be opened, and what to call it. */
export interface LogTarget {
  readonly source: LogSource;
  /** `etcd.service @ 10.0.0.12`. */
  readonly label: string;
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
  | { readonly type: 'details'; readonly kind: Kind; readonly key: string; readonly offset: number }
  | {
      readonly type: 'picker';
      readonly node: NodeTarget;
      readonly load: PickerLoad;
      readonly picker: PickerState;
    }
  | { readonly type: 'logs'; readonly target: LogTarget };

export interface ConsoleState {
  readonly focus: Kind;
  readonly zoomed: boolean;
  readonly panes: Readonly<Record<Kind, PaneUi>>;
  /** What lies over the panes, the last on top. */
  readonly overlays: readonly Overlay[];
  /** The text of a filter while it is typed. */
  readonly typing: string | null;
  /** Said in the footer until the next key. */
  readonly notice: { readonly text: string; readonly tone: Tone } | null;
}

const EMPTY_PANE: PaneUi = { selected: null, index: 0, filter: '' };

export const INITIAL_CONSOLE: ConsoleState = {
  focus: 'machines',
  zoomed: false,
  panes: {
    machines: EMPTY_PANE,
    units: EMPTY_PANE,
    minions: EMPTY_PANE,
    pods: EMPTY_PANE,
    services: EMPTY_PANE,
    controllers: EMPTY_PANE,
  },
  overlays: [],
  typing: null,
  notice: null,
};

export type ConsoleAction =
  | { readonly type: 'focus'; readonly kind: Kind }
  | { readonly type: 'cycle'; readonly by: 1 | -1 }
  | { readonly type: 'zoom' }
  | { readonly type: 'select'; readonly kind: Kind; readonly selected: string | null; readonly index: number }
  | { readonly type: 'filter'; readonly kind: Kind; readonly filter: string }
  | { readonly type: 'typing'; readonly text: string | null }
  | { readonly type: 'open'; readonly overlay: Overlay }
  /** Changes the overlay on top, if it is still of that type. */
  | { readonly type: 'change'; readonly overlay: Overlay }
  | { readonly type: 'picked-from'; readonly node: NodeTarget; readonly load: PickerLoad }
  | { readonly type: 'close' }
  | { readonly type: 'notice'; readonly text: string; readonly tone: Tone };

export const topOverlay = (state: ConsoleState): Overlay | null => state.overlays.at(-1) ?? null;

function setPane(state: ConsoleState, kind: Kind, change: Partial<PaneUi>): ConsoleState {
  return { ...state, panes: { ...state.panes, [kind]: { ...state.panes[kind], ...change } } };
}

export function reduceConsole(before: ConsoleState, action: ConsoleAction): ConsoleState {
  const state = before.notice === null || action.type === 'select' ? before : { ...before, notice: null };
  switch (action.type) {
    case 'focus':
      return { ...state, focus: action.kind };
    case 'cycle': {
      const index = (KINDS.indexOf(state.focus) + action.by + KINDS.length) % KINDS.length;
      return { ...state, focus: KINDS[index]! };
    }
    case 'zoom':
      return { ...state, zoomed: !state.zoomed };
    case 'select':
      return setPane(state, action.kind, { selected: action.selected, index: action.index });
    case 'filter':
      return setPane(state, action.kind, { filter: action.filter });
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
      return { ...state, notice: { text: action.text, tone: action.tone } };
  }
}

/**
 * The selection after the rows changed: the same item where it still is, else the one now in its place. `keys` are those of
 * the rows that show, in order.
 */
export function reconcile(pane: PaneUi, keys: readonly string[]): { selected: string | null; index: number } {
  const found = pane.selected === null ? -1 : keys.indexOf(pane.selected);
  if (found >= 0) return { selected: pane.selected, index: found };
  const index = Math.max(0, Math.min(pane.index, keys.length - 1));
  // While nothing shows, the item is remembered: it may come back.
  return { selected: keys[index] ?? pane.selected, index };
}

export function openPicker(node: NodeTarget): Overlay {
  return { type: 'picker', node, load: { status: 'loading' }, picker: INITIAL_PICKER };
}
