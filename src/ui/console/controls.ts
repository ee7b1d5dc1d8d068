/** Owns what the console's keys do to its model: the table of keys that mean something now. */
import type { Kind } from '../../cluster/model.ts';
import type { Binding } from '../keys/bindings.ts';
import type { KeyTable } from '../keys/use-keys.ts';
import { pickerIndex, pickerItems, reducePicker } from '../widgets/picker.ts';
import {
  globalBindings,
  logBindings,
  type Move,
  moveBindings,
  paneBindings,
  pickerBindings,
  typingBindings,
} from './keymap.ts';
import type { LogSession } from './log-session.ts';
import { bodyRoom, type ConsoleModel, WHOLE_JOURNAL } from './model.ts';
import { textHeight, textOverlayContent } from './overlays.ts';
import { type Overlay, topOverlay } from './state.ts';
import { logTarget, unitOf } from './targets.ts';

type TextOverlay = Extract<Overlay, { offset: number }>;

/** How far a sideways key moves long lines, in cells. */
const SIDEWAYS = 20;

/** The keys that mean something now. */
export function keyTable(model: ConsoleModel): KeyTable {
  const { typing } = model.state;
  if (typing !== null) return typingTable(model, typing);
  const overlay = topOverlay(model.state);
  return { bindings: [...bindingsOf(model, overlay), ...globals(model, overlay)] };
}

/** All keys there are, for the help that lies over the rest: those of what is below it, and of logs. */
export function helpBindings(model: ConsoleModel): Binding[] {
  const below = model.state.overlays.at(-2) ?? null;
  const elsewhere = below?.type === 'logs' ? [] : logKeys(model).filter((binding) => binding.group === 'Log');
  return [
    ...bindingsOf(model, below),
    ...elsewhere.map((binding): Binding => ({ ...binding, group: 'In a log', when: () => false })),
    ...globals(model, below),
  ];
}

function bindingsOf(model: ConsoleModel, overlay: Overlay | null): Binding[] {
  if (overlay === null) return paneKeys(model);
  if (overlay.type === 'logs') return logKeys(model);
  if (overlay.type === 'picker') return pickerKeys(model, overlay);
  return moveBindings((by) => scrollText(model, overlay, by));
}

function globals(model: ConsoleModel, overlay: Overlay | null): Binding[] {
  const { onQuit, onBack } = model.options;
  const { state } = model;
  return globalBindings({
    quit: onQuit,
    help: () => {
      if (overlay?.type === 'help') model.dispatch({ type: 'close' });
      else model.dispatch({ type: 'open', overlay: { type: 'help', offset: 0 } });
    },
    canGoBack: () =>
      overlay !== null ||
      state.panes[state.focus].filter !== '' ||
      state.zoomed ||
      state.notice !== null ||
      onBack !== undefined,
    back: () => back(model, overlay),
  });
}

/** Closes the smallest thing that is open. */
function back(model: ConsoleModel, overlay: Overlay | null): void {
  const { focus, panes, zoomed, notice } = model.state;
  if (overlay?.type === 'logs' && model.log && model.log.view.pattern !== '') {
    model.log.dispatch({ type: 'pattern', pattern: '' });
    model.touch();
  } else if (overlay?.type === 'picker' && overlay.picker.filter !== '') {
    model.dispatch({ type: 'change', overlay: { ...overlay, picker: { ...overlay.picker, filter: '' } } });
  } else if (overlay) {
    if (overlay.type === 'logs') model.closeLog();
    if (overlay.type === 'picker') model.stopAsking();
    model.dispatch({ type: 'close' });
  } else if (notice !== null) model.dispatch({ type: 'typing', text: null });
  else if (panes[focus].filter !== '') model.dispatch({ type: 'filter', kind: focus, filter: '' });
  else if (zoomed) model.dispatch({ type: 'zoom' });
  else model.options.onBack?.();
}

function paneKeys(model: ConsoleModel): Binding[] {
  const { view, state, now } = model.moment();
  const { focus } = state;
  const row = model.panes.selected(focus, view, state, now);
  return paneBindings({
    move: (by) => {
      model.dispatch({ type: 'select', ...model.panes.moved(focus, by, model.moment()) });
      if (model.state.notice !== null) model.dispatch({ type: 'typing', text: null });
    },
    focus: (kind) => model.dispatch({ type: 'focus', kind }),
    cycle: (by) => model.dispatch({ type: 'cycle', by }),
    zoom: () => model.dispatch({ type: 'zoom' }),
    filter: () => model.dispatch({ type: 'typing', text: state.panes[focus].filter }),
    details: () => {
      const key = state.panes[focus].selected;
      if (key === null) return;
      model.dispatch({ type: 'open', overlay: { type: 'details', kind: focus, key, offset: 0 } });
    },
    problems: () => model.dispatch({ type: 'open', overlay: { type: 'problems', offset: 0 } }),
    refresh: () => {
      model.options.session.store.refresh();
      model.dispatch({ type: 'notice', text: 'asking the cluster again', tone: 'accent' });
    },
    logs: () => openLogs(model, focus, row),
    hasRow: () => row !== undefined,
    hasLogs: () => row !== undefined && focus !== 'services' && focus !== 'controllers',
    hasProblems: () => model.assess(view).problems.length > 0,
  });
}

function openLogs(model: ConsoleModel, kind: Kind, row: unknown): void {
  const { view, now } = model.moment();
  const target = logTarget(kind, row, model.panes.context(view, now), model.options.session.cluster);
  if (target.type === 'none') model.dispatch({ type: 'notice', text: target.why, tone: 'warn' });
  else if (target.type === 'log') model.openLog(target.target);
  else model.askUnits(target.node);
}

function pickerKeys(model: ConsoleModel, overlay: Extract<Overlay, { type: 'picker' }>): Binding[] {
  const { load, picker } = overlay;
  const items = load.status === 'ready' ? load.items : [];
  return pickerBindings({
    hasItems: () => items.length > 0,
    move: (by) => {
      const page = Math.max(1, textHeight(bodyRoom(model.size)) - 1);
      const action =
        by === 'first' || by === 'last'
          ? ({ type: by } as const)
          : ({ type: 'move', by: 'rows' in by ? by.rows : Math.trunc(by.pages * page) } as const);
      model.dispatch({
        type: 'change',
        overlay: { ...overlay, picker: reducePicker(picker, action, items) },
      });
    },
    filter: () => model.dispatch({ type: 'typing', text: picker.filter }),
    choose: () => {
      const shown = pickerItems(picker, items);
      const item = shown[pickerIndex(picker, shown)];
      if (item) model.openLog(unitOf(overlay.node, item.key === WHOLE_JOURNAL ? null : item.key));
    },
  });
}

function logKeys(model: ConsoleModel): Binding[] {
  const { log } = model;
  const act = (action: Parameters<LogSession['dispatch']>[0]) => {
    log?.dispatch(action);
    model.touch();
  };
  return logBindings({
    isFollowing: () => log?.view.follow ?? true,
    isWrapped: () => log?.view.wrap ?? false,
    hasPattern: () => (log?.view.pattern ?? '') !== '',
    toggleFollow: () => act({ type: 'toggle-follow' }),
    wrap: () => act({ type: 'toggle-wrap' }),
    timestamps: () => act({ type: 'next-timestamps' }),
    search: () => model.dispatch({ type: 'typing', text: log?.view.pattern ?? '' }),
    match: (direction) => act({ type: 'match', direction }),
    onlyMatches: () => act({ type: 'toggle-only-matches' }),
    sideways: (direction) => act({ type: 'sideways', cells: direction * SIDEWAYS }),
    move: (by) => {
      if (by === 'first') act({ type: 'top' });
      else if (by === 'last') act({ type: 'follow' });
      else if ('rows' in by) act({ type: 'scroll', rows: by.rows });
      else act({ type: 'page', pages: by.pages });
    },
  });
}

function scrollText(model: ConsoleModel, overlay: TextOverlay, by: Move): void {
  const room = bodyRoom(model.size);
  const count = textOverlayContent(model, overlay, helpBindings(model)).lines.length;
  const height = textHeight(room);
  const last = Math.max(0, count - height);
  const page = Math.max(1, height - 1);
  let to: number;
  if (by === 'first') to = 0;
  else if (by === 'last') to = last;
  else to = Math.min(overlay.offset, last) + ('rows' in by ? by.rows : Math.trunc(by.pages * page));
  const offset = Math.max(0, Math.min(last, to));
  model.dispatch({ type: 'change', overlay: { ...overlay, offset } });
}

function typingTable(model: ConsoleModel, text: string): KeyTable {
  const type = (next: string) => {
    model.dispatch({ type: 'typing', text: next });
    applyFilter(model, next, false);
  };
  const end = (filter: string) => {
    model.dispatch({ type: 'typing', text: null });
    applyFilter(model, filter, true);
  };
  return {
    bindings: typingBindings({
      accept: () => end(text),
      cancel: () => end(''),
      erase: () => (text === '' ? end('') : type(Array.from(text).slice(0, -1).join(''))),
      clear: () => type(''),
      quit: model.options.onQuit,
    }),
    onKey: (press) => {
      if (press.text !== '') type(text + press.text);
    },
  };
}

/** Panes and pickers filter while it is typed; a log, which may hold 100,000 lines, when it is done. */
function applyFilter(model: ConsoleModel, filter: string, isDone: boolean): void {
  const overlay = topOverlay(model.state);
  if (overlay?.type === 'logs') {
    if (isDone) model.log?.dispatch({ type: 'pattern', pattern: filter });
    model.touch();
  } else if (overlay?.type === 'picker') {
    model.dispatch({ type: 'change', overlay: { ...overlay, picker: { ...overlay.picker, filter } } });
  } else {
    model.dispatch({ type: 'filter', kind: model.state.focus, filter });
  }
}
