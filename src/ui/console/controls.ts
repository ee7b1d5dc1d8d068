/** Owns what the console's keys do to its model: the table of keys that mean something now. The panes' own: pane-controls.ts. */
import { type Binding, findBinding } from '../keys/bindings.ts';
import type { MousePress } from '../keys/mouse.ts';
import { remapped, unknownActions } from '../keys/remap.ts';
import type { KeyTable } from '../keys/use-keys.ts';
import { pickerIndex, pickerItems, reducePicker } from '../widgets/picker.ts';
import { commandsOf } from './commands/catalogue.ts';
import { globalBindings, type Move, moveBindings, pickerBindings, typingBindings } from './keymap.ts';
import { logKeys } from './log-controls.ts';
import { bodyRoom, type ConsoleModel, pickedLog } from './model.ts';
import { shownNotice } from './notices.ts';
import { goItems, textHeight, textOverlayContent } from './overlays.ts';
import { goTo, paneKeys } from './pane-controls.ts';
import { type Overlay, stepBack, topOverlay } from './state.ts';

type TextOverlay = Extract<Overlay, { offset: number }>;

/** The keys that mean something now. */
export function keyTable(model: ConsoleModel): KeyTable {
  if (model.commands.isOpen) return model.commands.table();
  const { typing } = model.state;
  if (typing !== null) return typingTable(model, typing);
  const overlay = topOverlay(model.state);
  if (overlay?.type === 'acts') return model.acts.table();
  const bindings = [...bindingsOf(model, overlay), ...globals(model, overlay)];
  return { bindings: remapped(bindings, model.settings.keys) };
}

/** All keys there are, for the help that lies over the rest: those of what is below it, and of logs. */
export function helpBindings(model: ConsoleModel): readonly Binding[] {
  const below = model.state.overlays.at(-2) ?? null;
  const elsewhere = below?.type === 'logs' ? [] : logKeys(model).filter((binding) => binding.group === 'Log');
  // The heading says where those of logs work: "not now" after each would say it again.
  const all = [
    ...bindingsOf(model, below),
    ...elsewhere.map((binding): Binding => ({ ...binding, group: 'In a log', when: () => true })),
    ...globals(model, below),
  ];
  return remapped(all, model.settings.keys);
}

/** Actions that the config file gives keys to and that nothing is called. */
export function wrongActions(model: ConsoleModel): readonly string[] {
  const all = [...bindingsOf(model, null), ...logKeys(model), ...globals(model, null)];
  return unknownActions(all, model.settings.keys);
}

/** What the wheel and clicks do: a click goes to a pane and its row, the wheel moves through what is in front. */
export function pressMouse(model: ConsoleModel, press: MousePress): void {
  const overlay = topOverlay(model.state);
  if (overlay !== null || press.what !== 'click') {
    if (press.what === 'click') return;
    const wheel = press.what === 'wheel-up' ? 'up' : 'down';
    const at = overlay === null ? paneAt(model, press) : null;
    // The wheel moves the pane under it.
    if (at !== null && at.kind !== model.state.focus) model.dispatch({ type: 'focus', kind: at.kind });
    for (let i = 0; i < WHEEL_ROWS; i++) findBinding(keyTable(model).bindings, wheel)?.run(wheel);
    return;
  }
  const at = paneAt(model, press);
  if (at === null) return;
  if (at.kind !== model.state.focus) model.dispatch({ type: 'focus', kind: at.kind });
  if (at.selection !== null) model.dispatch({ type: 'select', ...at.selection });
}

/** Rows that one turn of the wheel moves. */
const WHEEL_ROWS = 3;

/** The body begins below the header. */
const paneAt = (model: ConsoleModel, { column, row }: MousePress) =>
  model.panes.at({ column, row: row - 1 }, model.moment());

function bindingsOf(model: ConsoleModel, overlay: Overlay | null): Binding[] {
  if (overlay === null) return paneKeys(model, model.acts.bindings());
  if (overlay.type === 'acts') return [...model.acts.table().bindings];
  if (overlay.type === 'logs') return logKeys(model);
  if (overlay.type === 'picker') return pickerKeys(model, overlay);
  if (overlay.type === 'go') return goKeys(model, overlay);
  if (overlay.type === 'details') return detailKeys(model, overlay);
  return moveBindings((by) => scrollText(model, overlay, by));
}

function globals(model: ConsoleModel, overlay: Overlay | null): Binding[] {
  const { onQuit, onBack } = model.options;
  const { state } = model;
  return globalBindings({
    quit: () => {
      if (model.acts.mayLeave()) onQuit();
    },
    command: () => {
      const bindings = [...bindingsOf(model, overlay), ...globals(model, overlay)];
      model.commands.open(commandsOf(model, bindings, model.scene()));
    },
    help: () => {
      if (overlay?.type === 'help') model.dispatch({ type: 'close' });
      else model.dispatch({ type: 'open', overlay: { type: 'help', offset: 0 } });
    },
    canGoBack: () =>
      overlay !== null ||
      stepBack(state) !== null ||
      state.panes[state.focus].filter !== '' ||
      state.panes[state.focus].marks.size > 0 ||
      state.zoomed ||
      shownNotice(state.notices, model.options.clock.now()) !== null ||
      onBack !== undefined,
    back: () => back(model, overlay),
  });
}

/** Closes the smallest thing that is open. */
function back(model: ConsoleModel, overlay: Overlay | null): void {
  const { focus, panes, zoomed, notices } = model.state;
  if (overlay?.type === 'logs' && model.log?.view.mark) {
    model.log.dispatch({ type: 'toggle-mark' });
    model.touch();
  } else if (overlay?.type === 'logs' && model.log && model.log.view.pattern !== '') {
    model.log.dispatch({ type: 'pattern', pattern: '' });
    model.touch();
  } else if (overlay?.type === 'picker' && overlay.picker.filter !== '') {
    model.dispatch({ type: 'change', overlay: { ...overlay, picker: { ...overlay.picker, filter: '' } } });
  } else if (overlay) {
    if (overlay.type === 'logs') model.closeLog();
    if (overlay.type === 'picker') model.stopAsking();
    if (overlay.type === 'details') model.closeDetails();
    model.dispatch({ type: 'close' });
  } else if (shownNotice(notices, model.options.clock.now()) !== null) model.dispatch({ type: 'dismiss' });
  else if (stepBack(model.state) !== null) model.dispatch({ type: 'return' });
  else if (panes[focus].marks.size > 0) model.dispatch({ type: 'marks', kind: focus, marks: new Set() });
  else if (panes[focus].filter !== '') model.dispatch({ type: 'filter', kind: focus, filter: '' });
  else if (zoomed) model.dispatch({ type: 'zoom' });
  else if (model.options.onBack && model.acts.mayLeave()) model.options.onBack();
}

/** Keys of a text that has parts. */
function detailKeys(model: ConsoleModel, overlay: Extract<Overlay, { type: 'details' }>): Binding[] {
  const { starts = [] } = textOverlayContent(model, overlay, []);
  return [
    {
      action: 'next-part',
      keys: ['tab'],
      label: 'next part',
      group: 'Details',
      when: () => starts.length > 1,
      run: () => {
        const next = starts.find((start) => start > overlay.offset) ?? 0;
        scrollText(model, { ...overlay, offset: next }, { rows: 0 });
      },
    },
    {
      action: 'refresh',
      keys: ['r'],
      label: 'ask again',
      group: 'Details',
      when: () => model.details !== null,
      run: () => model.details?.refresh(),
    },
    ...moveBindings((by) => scrollText(model, overlay, by)),
  ];
}

function goKeys(model: ConsoleModel, overlay: Extract<Overlay, { type: 'go' }>): Binding[] {
  const items = goItems(model, overlay);
  const { picker } = overlay;
  return pickerBindings({
    label: 'go there',
    hasItems: () => items.length > 0,
    move: (by) => {
      const action =
        by === 'first' || by === 'last'
          ? ({ type: by } as const)
          : ({ type: 'move', by: 'rows' in by ? by.rows : Math.trunc(by.pages * items.length) } as const);
      model.dispatch({
        type: 'change',
        overlay: { ...overlay, picker: reducePicker(picker, action, items) },
      });
    },
    filter: null,
    choose: () => {
      const item = items[pickerIndex(picker, items)];
      if (item) goTo(model, overlay, item.key);
    },
  });
}

function pickerKeys(model: ConsoleModel, overlay: Extract<Overlay, { type: 'picker' }>): Binding[] {
  const { load, picker } = overlay;
  const items = load.status === 'ready' ? load.items : [];
  return pickerBindings({
    label: 'follow its log',
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
      if (item) model.openLog(pickedLog(overlay.node, item));
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
