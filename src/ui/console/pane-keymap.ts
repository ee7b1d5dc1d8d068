/** Owns the keys of the panes: a table made from what each key does. */
import type { Binding } from '../keys/bindings.ts';
import { moveBindings } from './keymap.ts';
import { PANES, type PaneId } from './pane-id.ts';
import type { Move } from './panes.ts';

export interface PaneActions {
  /** Those that the blueprint has. */
  readonly panes: readonly PaneId[];
  readonly move: (by: Move) => void;
  readonly focus: (kind: PaneId) => void;
  readonly cycle: (by: 1 | -1) => void;
  readonly zoom: () => void;
  readonly filter: () => void;
  readonly sort: () => void;
  readonly turn: () => void;
  readonly mark: () => void;
  readonly markAll: () => void;
  readonly go: () => void;
  readonly logs: () => void;
  readonly details: () => void;
  readonly problems: () => void;
  readonly notices: () => void;
  readonly refresh: () => void;
  readonly hasRow: () => boolean;
  /** Where the row leads, for the footer: `units`; null when nowhere. */
  readonly leadsTo: () => string | null;
  readonly hasLogs: () => boolean;
  readonly hasProblems: () => boolean;
  readonly hasNotices: () => boolean;
}

/** `acts` are the keys of what can be done to the row, after its own. */
export function paneBindings(actions: PaneActions, acts: readonly Binding[]): Binding[] {
  const leadsTo = actions.leadsTo();
  // A pane keeps its number where others are not there.
  const numbers = actions.panes.map((kind) => PANES.indexOf(kind) + 1).join(' ');
  const row = 'Row';
  const panes = 'Panes';
  return [
    {
      action: 'logs',
      keys: ['l'],
      label: 'logs',
      help: "follow the unit's log, or choose a unit of the node",
      group: row,
      when: actions.hasLogs,
      run: actions.logs,
    },
    {
      action: 'details',
      keys: ['d'],
      label: 'details',
      help: 'everything known of the row: its fields, files, status, what runs in it',
      group: row,
      when: actions.hasRow,
      run: actions.details,
    },
    {
      action: 'go',
      keys: ['enter'],
      label: leadsTo ?? 'go',
      help: 'to where the row leads: its units, pods, minion, machine',
      group: row,
      when: () => leadsTo !== null,
      run: actions.go,
    },
    ...acts,
    {
      action: 'mark',
      keys: ['space'],
      label: 'mark',
      help: 'mark the row, for acts on several at once',
      group: row,
      hidden: true,
      when: actions.hasRow,
      run: actions.mark,
    },
    {
      action: 'mark-all',
      keys: ['*'],
      label: 'mark all',
      help: 'mark all rows that show, or none',
      group: row,
      hidden: true,
      when: actions.hasRow,
      run: actions.markAll,
    },
    {
      action: 'filter',
      keys: ['/'],
      label: 'filter',
      help: 'text or regex; !not; column:value; column=exact; -l label=value',
      group: panes,
      run: actions.filter,
    },
    {
      action: 'sort',
      keys: ['o'],
      label: 'sort',
      help: 'order by the next column',
      group: panes,
      run: actions.sort,
    },
    {
      action: 'sort-other-way',
      keys: ['O'],
      label: 'the other way round',
      help: 'turn the order round',
      group: panes,
      hidden: true,
      run: actions.turn,
    },
    {
      action: 'next-pane',
      keys: ['tab'],
      label: 'pane',
      shown: `${actions.panes.length === PANES.length ? `1-${PANES.length}` : numbers} Tab`,
      help: 'next pane',
      group: panes,
      run: () => actions.cycle(1),
    },
    {
      action: 'previous-pane',
      keys: ['shift+tab'],
      label: 'previous pane',
      group: panes,
      hidden: true,
      run: () => actions.cycle(-1),
    },
    ...PANES.map(
      (kind, index): Binding => ({
        action: kind,
        keys: [String(index + 1)],
        when: () => actions.panes.includes(kind),
        label: kind,
        group: panes,
        hidden: true,
        run: () => actions.focus(kind),
      }),
    ),
    {
      action: 'zoom',
      keys: ['z'],
      label: 'zoom',
      help: 'one pane alone, and back',
      group: panes,
      run: actions.zoom,
    },
    {
      action: 'problems',
      keys: ['p'],
      label: 'problems',
      help: 'what is wrong with the cluster, why, and what to do',
      pinned: true,
      group: panes,
      when: actions.hasProblems,
      run: actions.problems,
    },
    {
      action: 'notices',
      keys: ['N'],
      label: 'notices',
      help: 'everything that the console said',
      group: panes,
      hidden: true,
      when: actions.hasNotices,
      run: actions.notices,
    },
    {
      action: 'refresh',
      keys: ['r'],
      label: 'refresh',
      help: 'ask the cluster now',
      group: panes,
      hidden: true,
      run: actions.refresh,
    },
    ...moveBindings(actions.move),
  ];
}
