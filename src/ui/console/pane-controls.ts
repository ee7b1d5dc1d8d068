/** Owns what the keys of the panes do to the model. */
import type { Binding } from '../keys/bindings.ts';
import { INITIAL_PICKER } from '../widgets/picker.ts';
import { type Destination, destinations } from './destinations.ts';
import { openLogs } from './log-open.ts';
import { markedOrSelected } from './marked.ts';
import type { ConsoleModel } from './model.ts';
import type { PaneId } from './pane-id.ts';
import { paneBindings } from './pane-keymap.ts';
import { nextSort, turned } from './sorting.ts';
import type { Overlay } from './state.ts';

export function paneKeys(model: ConsoleModel, acts: readonly Binding[] = []): Binding[] {
  const { view, state, now } = model.moment();
  const { focus } = state;
  const ui = state.panes[focus];
  const row = model.panes.selected(focus, view, state);
  const places = row === undefined ? [] : destinations(focus, row, view, model.panes.context(view, now));
  const titles = model.panes.kind(focus).columns.map(({ title }) => title);
  const sort = (next: typeof ui.sort): void => {
    model.dispatch({ type: 'sort', kind: focus, sort: next });
  };
  return paneBindings(
    {
      panes: state.there,
      move: (by) => model.dispatch({ type: 'select', ...model.panes.moved(focus, by, model.moment()) }),
      focus: (kind) => model.dispatch({ type: 'focus', kind }),
      cycle: (by) => model.dispatch({ type: 'cycle', by }),
      zoom: () => model.dispatch({ type: 'zoom' }),
      filter: () => model.dispatch({ type: 'typing', text: ui.filter }),
      sort: () => sort(nextSort(ui.sort, titles)),
      turn: () => sort(turned(ui.sort, titles)),
      mark: () => mark(model, focus),
      markAll: () => markAll(model, focus),
      go: () => {
        const [only] = places;
        if (only === undefined || ui.selected === null) return;
        if (places.length === 1) go(model, focus, ui.selected, only);
        else {
          const overlay = { type: 'go', kind: focus, key: ui.selected, picker: INITIAL_PICKER } as const;
          model.dispatch({ type: 'open', overlay });
        }
      },
      details: () => {
        if (ui.selected !== null) model.openDetails(focus, ui.selected);
      },
      problems: () => model.dispatch({ type: 'open', overlay: { type: 'problems', offset: 0 } }),
      notices: () => model.dispatch({ type: 'open', overlay: { type: 'notices', offset: 0 } }),
      refresh: () => {
        model.options.session.store.refresh();
        model.dispatch({ type: 'notice', text: 'asking the cluster again', tone: 'accent' });
      },
      logs: () => {
        if (focus !== 'overview') openLogs(model, focus, markedOrSelected(model));
        else if (places[0]) openLogsOf(model, places[0]);
      },
      hasRow: () => row !== undefined,
      leadsTo: () => {
        if (places.length === 0) return null;
        return places.length === 1 ? places[0]!.label : 'go';
      },
      hasLogs: () => row !== undefined && canHaveLogs(focus, places),
      hasProblems: () => model.assess(view).problems.length > 0,
      hasNotices: () => state.notices.list.length > 0,
    },
    acts,
  );
}

const LOGGED: readonly (PaneId | 'details')[] = ['machines', 'units', 'minions', 'pods'];

function canHaveLogs(focus: PaneId, places: readonly Destination[]): boolean {
  if (focus !== 'overview') return LOGGED.includes(focus);
  return places[0] !== undefined && LOGGED.includes(places[0].to);
}

/** The log of what an entry of the overview is about. */
function openLogsOf(model: ConsoleModel, { to, selected }: Destination): void {
  if (to === 'details' || to === 'overview') return;
  const row = model.panes.row(to, selected, model.moment().view);
  if (row === undefined) model.dispatch({ type: 'notice', text: 'it is not there any more', tone: 'warn' });
  else openLogs(model, to, [row]);
}

/** Marks the selected row, or takes its mark away, and goes on to the next. */
function mark(model: ConsoleModel, kind: PaneId): void {
  const { selected, marks } = model.state.panes[kind];
  if (selected === null) return;
  const next = new Set(marks);
  if (!next.delete(selected)) next.add(selected);
  model.dispatch({ type: 'marks', kind, marks: next });
  model.dispatch({ type: 'select', ...model.panes.moved(kind, { rows: 1 }, model.moment()) });
}

/** Marks all rows that show; takes all marks away when they have them. */
function markAll(model: ConsoleModel, kind: PaneId): void {
  const { view, state } = model.moment();
  const ui = state.panes[kind];
  const { keys } = model.panes.prepare(kind, view, ui);
  const all = keys.every((key) => ui.marks.has(key));
  model.dispatch({ type: 'marks', kind, marks: all ? new Set() : new Set([...ui.marks, ...keys]) });
}

/** Goes where a row leads. */
export function go(model: ConsoleModel, from: PaneId, key: string, place: Destination): void {
  const { to, filter, selected } = place;
  if (to !== 'details') model.dispatch({ type: 'go', to, filter, selected });
  else {
    model.dispatch({ type: 'close' });
    model.openDetails(from, key);
  }
}

/** Goes to the place that was chosen of several. */
export function goTo(model: ConsoleModel, overlay: Extract<Overlay, { type: 'go' }>, key: string): void {
  const { view, now } = model.moment();
  const row = model.panes.row(overlay.kind, overlay.key, view);
  const context = model.panes.context(view, now);
  const place = destinations(overlay.kind, row, view, context).find((one) => one.key === key);
  if (place) go(model, overlay.kind, overlay.key, place);
}
