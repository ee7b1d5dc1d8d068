/** Owns the console's keys: one table for each thing that can be in front, made from what each key does. */
import { KINDS, type Kind } from '../../cluster/model.ts';
import type { Binding } from '../keys/bindings.ts';

/** How far a movement key goes. */
export type Move = { readonly rows: number } | { readonly pages: number } | 'first' | 'last';

/** Keys that move through a list, a text or a log: those fingers know from less and vi. */
export function moveBindings(move: (by: Move) => void, when?: () => boolean): Binding[] {
  const binding = (keys: readonly string[], label: string, by: Move): Binding => ({
    keys,
    label,
    group: 'Move',
    hidden: true,
    ...(when ? { when } : {}),
    run: () => move(by),
  });
  return [
    binding(['j', 'down'], 'down', { rows: 1 }),
    binding(['k', 'up'], 'up', { rows: -1 }),
    binding(['ctrl+d'], 'half a page down', { pages: 0.5 }),
    binding(['ctrl+u'], 'half a page up', { pages: -0.5 }),
    binding(['pagedown', 'ctrl+f'], 'a page down', { pages: 1 }),
    binding(['pageup', 'ctrl+b'], 'a page up', { pages: -1 }),
    binding(['g', 'home'], 'to the first', 'first'),
    binding(['G', 'end'], 'to the last', 'last'),
  ];
}

export interface GlobalActions {
  readonly help: () => void;
  readonly back: () => void;
  readonly canGoBack: () => boolean;
  readonly quit: () => void;
}

/** In every table, at its end. */
export function globalBindings(actions: GlobalActions): Binding[] {
  return [
    { keys: ['esc'], label: 'back', group: 'Everywhere', when: actions.canGoBack, run: actions.back },
    { keys: ['?'], label: 'help', group: 'Everywhere', pinned: true, run: actions.help },
    {
      keys: ['q', 'ctrl+c'],
      label: 'quit',
      shown: 'q',
      group: 'Everywhere',
      pinned: true,
      run: actions.quit,
    },
  ];
}

export interface PaneActions {
  readonly move: (by: Move) => void;
  readonly focus: (kind: Kind) => void;
  readonly cycle: (by: 1 | -1) => void;
  readonly zoom: () => void;
  readonly filter: () => void;
  readonly logs: () => void;
  readonly details: () => void;
  readonly problems: () => void;
  readonly refresh: () => void;
  readonly hasRow: () => boolean;
  readonly hasLogs: () => boolean;
  readonly hasProblems: () => boolean;
}

export function paneBindings(actions: PaneActions): Binding[] {
  return [
    {
      keys: ['l'],
      label: 'logs',
      help: "follow the unit's log, or choose a unit of the node",
      group: 'Row',
      when: actions.hasLogs,
      run: actions.logs,
    },
    {
      keys: ['d'],
      label: 'details',
      help: 'everything known of the row',
      group: 'Row',
      when: actions.hasRow,
      run: actions.details,
    },
    {
      keys: ['/'],
      label: 'filter',
      help: 'show only rows that match a text or regex',
      group: 'Row',
      run: actions.filter,
    },
    {
      keys: ['tab'],
      label: 'pane',
      shown: '1-6 Tab',
      help: 'next pane',
      group: 'Panes',
      run: () => actions.cycle(1),
    },
    {
      keys: ['shift+tab'],
      label: 'previous pane',
      group: 'Panes',
      hidden: true,
      run: () => actions.cycle(-1),
    },
    ...KINDS.map(
      (kind, index): Binding => ({
        keys: [String(index + 1)],
        label: kind,
        group: 'Panes',
        hidden: true,
        run: () => actions.focus(kind),
      }),
    ),
    {
      keys: ['z', 'enter'],
      label: 'zoom',
      shown: 'z',
      help: 'one pane alone, and back',
      group: 'Panes',
      run: actions.zoom,
    },
    {
      keys: ['p'],
      label: 'problems',
      help: 'what is wrong with the cluster, why, and what to do',
      group: 'Panes',
      when: actions.hasProblems,
      run: actions.problems,
    },
    {
      keys: ['r'],
      label: 'refresh',
      help: 'ask the cluster now',
      group: 'Panes',
      hidden: true,
      run: actions.refresh,
    },
    ...moveBindings(actions.move),
  ];
}

export interface LogActions {
  readonly move: (by: Move) => void;
  readonly toggleFollow: () => void;
  readonly isFollowing: () => boolean;
  readonly wrap: () => void;
  readonly isWrapped: () => boolean;
  readonly timestamps: () => void;
  readonly search: () => void;
  readonly hasPattern: () => boolean;
  readonly match: (direction: 1 | -1) => void;
  readonly onlyMatches: () => void;
  readonly sideways: (direction: 1 | -1) => void;
}

export function logBindings(actions: LogActions): Binding[] {
  const group = 'Log';
  return [
    {
      keys: ['f', 'space'],
      label: actions.isFollowing() ? 'pause' : 'follow',
      help: 'pause, and follow again; nothing is lost meanwhile',
      group,
      run: actions.toggleFollow,
    },
    {
      keys: ['/'],
      label: 'filter',
      help: 'show only lines that match a text or regex',
      group,
      run: actions.search,
    },
    {
      keys: ['n', 'N'],
      label: 'match',
      help: 'next and previous match',
      group,
      when: actions.hasPattern,
      run: (key) => actions.match(key === 'N' ? -1 : 1),
    },
    {
      keys: ['&'],
      label: 'context',
      help: 'only matching lines, or all with the matches marked',
      group,
      when: actions.hasPattern,
      run: actions.onlyMatches,
    },
    { keys: ['w'], label: 'wrap', help: 'wrap long lines, or cut them', group, run: actions.wrap },
    {
      keys: ['t'],
      label: 'time',
      help: 'time, date and time, neither (UTC)',
      group,
      run: actions.timestamps,
    },
    {
      keys: ['left', 'right'],
      label: 'sideways',
      help: 'the rest of long lines',
      group,
      hidden: true,
      when: () => !actions.isWrapped(),
      run: (key) => actions.sideways(key === 'left' ? -1 : 1),
    },
    ...moveBindings(actions.move),
  ];
}

export interface PickerActions {
  readonly move: (by: Move) => void;
  readonly choose: () => void;
  readonly filter: () => void;
  readonly hasItems: () => boolean;
}

export function pickerBindings(actions: PickerActions): Binding[] {
  const group = 'Choose';
  return [
    {
      keys: ['enter', 'l'],
      label: 'follow its log',
      shown: 'Enter',
      group,
      when: actions.hasItems,
      run: actions.choose,
    },
    { keys: ['/'], label: 'filter', group, when: actions.hasItems, run: actions.filter },
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
