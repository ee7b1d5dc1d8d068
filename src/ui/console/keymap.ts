/** Owns the console's keys beside the panes' own (pane-keymap.ts): one table for each thing that can be in front, made from what each key does. */
import type { Binding } from '../keys/bindings.ts';
import type { Move } from './panes.ts';

export type { Move } from './panes.ts';

/** Keys that move through a list, a text or a log: those fingers know from less and vi. */
export function moveBindings(move: (by: Move) => void, when?: () => boolean): Binding[] {
  const binding = (action: string, keys: readonly string[], label: string, by: Move): Binding => ({
    action,
    keys,
    label,
    group: 'Move',
    hidden: true,
    ...(when ? { when } : {}),
    run: () => move(by),
  });
  return [
    binding('down', ['j', 'down'], 'down', { rows: 1 }),
    binding('up', ['k', 'up'], 'up', { rows: -1 }),
    binding('half-page-down', ['ctrl+d'], 'half a page down', { pages: 0.5 }),
    binding('half-page-up', ['ctrl+u'], 'half a page up', { pages: -0.5 }),
    binding('page-down', ['pagedown', 'ctrl+f'], 'a page down', { pages: 1 }),
    binding('page-up', ['pageup', 'ctrl+b'], 'a page up', { pages: -1 }),
    binding('first', ['g', 'home'], 'to the first', 'first'),
    binding('last', ['G', 'end'], 'to the last', 'last'),
  ];
}

export interface GlobalActions {
  readonly command: () => void;
  readonly help: () => void;
  readonly back: () => void;
  readonly canGoBack: () => boolean;
  readonly quit: () => void;
}

/** In every table, at its end. */
export function globalBindings(actions: GlobalActions): Binding[] {
  return [
    {
      action: 'command',
      keys: [':'],
      label: 'command',
      help: 'everything that a key does, by its name, with Tab to complete it',
      group: 'Everywhere',
      hidden: true,
      run: actions.command,
    },
    {
      action: 'stop',
      keys: ['ctrl+z'],
      label: 'to the shell, as every program there; fg comes back',
      group: 'Everywhere',
      hidden: true,
      run: () => undefined,
    },
    {
      action: 'back',
      keys: ['esc'],
      label: 'back',
      group: 'Everywhere',
      pinned: true,
      when: actions.canGoBack,
      run: actions.back,
    },
    { action: 'help', keys: ['?'], label: 'help', group: 'Everywhere', pinned: true, run: actions.help },
    {
      action: 'quit',
      keys: ['q', 'ctrl+c'],
      label: 'quit',
      shown: 'q',
      group: 'Everywhere',
      pinned: true,
      run: actions.quit,
    },
  ];
}

export interface PickerActions {
  readonly move: (by: Move) => void;
  readonly choose: () => void;
  /** null where there is too little to filter. */
  readonly filter: (() => void) | null;
  /** What choosing does. */
  readonly label: string;
  readonly hasItems: () => boolean;
}

export function pickerBindings(actions: PickerActions): Binding[] {
  const group = 'Choose';
  return [
    {
      keys: ['enter', 'l'],
      label: actions.label,
      shown: 'Enter',
      group,
      when: actions.hasItems,
      run: actions.choose,
    },
    ...(actions.filter === null
      ? []
      : [{ keys: ['/'], label: 'filter', group, when: actions.hasItems, run: actions.filter }]),
    ...moveBindings(actions.move, actions.hasItems),
  ];
}

/** While a filter is typed: everything else is text. */
export function typingBindings(actions: {
  readonly accept: () => void;
  readonly cancel: () => void;
  readonly erase: () => void;
  readonly clear: () => void;
  readonly quit: () => void;
}): Binding[] {
  return [
    { keys: ['enter'], label: 'keep', run: actions.accept },
    { keys: ['esc'], label: 'clear', run: actions.cancel },
    { keys: ['backspace'], label: 'erase', hidden: true, run: actions.erase },
    { keys: ['ctrl+u'], label: 'erase all', hidden: true, run: actions.clear },
    { keys: ['ctrl+c'], label: 'quit', run: actions.quit },
  ];
}
