/** Owns the keys of a log: a table made from what each key does. */
import type { Binding } from '../keys/bindings.ts';
import { type Move, moveBindings } from './keymap.ts';
import { LOG_STARTS, type LogStart } from './log-session.ts';

export interface LogActions {
  readonly move: (by: Move) => void;
  readonly toggleFollow: () => void;
  readonly isFollowing: () => boolean;
  readonly wrap: () => void;
  readonly isWrapped: () => boolean;
  readonly timestamps: () => void;
  readonly priority: (by: 1 | -1) => void;
  readonly search: () => void;
  readonly hasPattern: () => boolean;
  readonly match: (direction: 1 | -1) => void;
  readonly onlyMatches: () => void;
  readonly sideways: (direction: 1 | -1) => void;
  readonly begin: (start: LogStart) => void;
  readonly mark: () => void;
  readonly isMarking: () => boolean;
  /** null where there is no clipboard, no files. */
  readonly copy: (() => void) | null;
  readonly save: (() => void) | null;
}

export function logBindings(actions: LogActions): Binding[] {
  const group = 'Log';
  return [
    {
      action: 'follow',
      keys: ['f', 'space'],
      label: actions.isFollowing() ? 'pause' : 'follow',
      help: 'pause, and follow again; nothing is lost meanwhile',
      group,
      run: actions.toggleFollow,
    },
    {
      action: 'filter',
      keys: ['/'],
      label: 'filter',
      help: 'show only lines that match a text or regex',
      group,
      run: actions.search,
    },
    {
      action: 'match',
      keys: ['n', 'N'],
      label: 'match',
      help: 'next and previous match',
      group,
      when: actions.hasPattern,
      run: (key) => actions.match(key === 'N' ? -1 : 1),
    },
    {
      action: 'context',
      keys: ['&'],
      label: 'context',
      help: 'only matching lines, or all with the matches marked',
      group,
      when: actions.hasPattern,
      run: actions.onlyMatches,
    },
    {
      action: 'wrap',
      keys: ['w'],
      label: 'wrap',
      help: 'wrap long lines, or cut them',
      group,
      run: actions.wrap,
    },
    {
      action: 'priority',
      keys: ['p', 'P'],
      label: 'priority',
      help: 'only notices, warnings, errors and graver; P the other way',
      shown: 'p',
      group,
      run: (key) => actions.priority(key === 'P' ? -1 : 1),
    },
    {
      action: 'since',
      keys: LOG_STARTS.map(({ key }) => key),
      label: 'since',
      shown: '0-6',
      help: `where it begins: ${LOG_STARTS.map(({ key, label }) => `${key} ${label}`).join(', ')}`,
      group,
      run: (key) => {
        const start = LOG_STARTS.find((one) => one.key === key);
        if (start) actions.begin(start);
      },
    },
    {
      action: 'mark',
      keys: ['m'],
      label: actions.isMarking() ? 'end marking' : 'mark',
      help: 'mark lines from here: moving extends the range, c copies it, ^s saves it',
      group,
      run: actions.mark,
    },
    ...(actions.copy
      ? [
          {
            action: 'copy',
            keys: ['c', 'y'],
            label: 'copy',
            shown: 'c',
            help: 'the marked lines, or the last one that shows, to the clipboard of the terminal',
            group,
            run: actions.copy,
          },
        ]
      : []),
    ...(actions.save
      ? [
          {
            action: 'save',
            keys: ['ctrl+s'],
            label: 'save',
            help: 'the marked lines, or all that the filter leaves, to a file',
            group,
            run: actions.save,
          },
        ]
      : []),
    {
      action: 'time',
      keys: ['t'],
      label: 'time',
      help: 'time, date and time, neither (UTC)',
      group,
      run: actions.timestamps,
    },
    {
      action: 'sideways',
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
