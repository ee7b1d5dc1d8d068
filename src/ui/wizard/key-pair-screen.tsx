/** Owns step 2's screen: choose a key pair, type the path of its private key, or create one. */
import { Box } from 'ink';
import { type ReactElement, useCallback, useEffect, useRef } from 'react';
import type { KubecoreError } from '../../cluster/errors.ts';
import { type Binding, eachKey, type KeyPress, shownKey } from '../keys/bindings.ts';
import type { KeyTable } from '../keys/use-keys.ts';
import { PassphraseScreen } from '../passphrase-screen.tsx';
import { sanitise } from '../sanitise.ts';
import { Lines } from '../terminal/lines.tsx';
import type { Theme } from '../theme.ts';
import { useTheme } from '../theme-context.ts';
import { CHOICE_KEYS, Choice, type ChoiceItem, moveChoice } from '../widgets/choice.tsx';
import { fieldText } from '../widgets/text-field.ts';
import { type KeyPairAction, type KeyPairState, nameProblem, rowsOf, selectedRow } from './key-pair-state.ts';
import type { KeyPairWork } from './key-pair-work.ts';
import { Screen } from './screen.tsx';
import { type BackendStepProps, placeOf } from './step-props.ts';
import { spinner, useTick } from './use-tick.ts';
import { problem, prose, shortPath } from './words.ts';

const HELP = [
  'The nodes let in whoever holds the private key of this pair; kubecore itself reaches them by SSH with it. EC2 keeps the public half only, so the private key has to be on this computer: as NAME.pem here, among ~/.ssh, or in the ssh-agent.',
  'Creating a pair makes it in EC2 at once and saves the private key, readable by you alone, before anything else. It is the only thing that is created before the review is confirmed.',
];

export function KeyPairScreen(props: BackendStepProps & { readonly work: KeyPairWork }): ReactElement {
  const { services, backend, wizard, work, onInterrupt } = props;
  const theme = useTheme();
  const state = wizard.state.keyPair;
  const looking = useRef<AbortController | null>(null);
  const dispatch = useCallback(
    (action: KeyPairAction) => wizard.dispatch({ type: 'key-pair', action }),
    [wizard.dispatch],
  );

  const look = useCallback(() => {
    looking.current?.abort();
    const ending = new AbortController();
    looking.current = ending;
    void work.look(ending.signal);
  }, [work]);

  useEffect(() => {
    if (wizard.latest().keyPair.pairs.status !== 'known') look();
    return () => looking.current?.abort();
  }, [look, wizard.latest]);

  const enter = (now: KeyPairState): void => {
    const row = selectedRow(now);
    if (row === 'create') dispatch({ type: 'open-create' });
    else if (row === 'path') dispatch({ type: 'open-path', pair: null });
    else void work.choose(row.slice('pair:'.length));
  };

  const listKeys = (now: KeyPairState): KeyTable => {
    const row = selectedRow(now);
    const pair = row.startsWith('pair:') ? row.slice('pair:'.length) : null;
    return {
      bindings: [
        {
          keys: ['enter'],
          label: row === 'create' ? 'create' : row === 'path' ? 'type a path' : 'use this pair',
          pinned: true,
          when: () => now.pairs.status === 'known',
          run: () => enter(now),
        },
        ...eachKey(CHOICE_KEYS, { shown: '↑↓', label: 'move' }, (press) =>
          dispatch({ type: 'select', row: moveChoice(rowsOf(now), row, press) }),
        ),
        {
          keys: ['p'],
          label: 'path of its key',
          help: 'Type the path of the private key of the selected pair',
          when: () => pair !== null,
          run: () => dispatch({ type: 'open-path', pair }),
        },
        {
          keys: ['r'],
          label: 'look again',
          help: 'List the pairs and look for their private keys again',
          run: look,
        },
        ...eachKey(['esc', 'left', 'shift+tab'], { shown: 'Esc', label: 'back', pinned: true }, () =>
          wizard.dispatch({ type: 'back' }),
        ),
      ],
    };
  };

  const editing = (submit: Binding, close: boolean): KeyTable => ({
    bindings: [
      submit,
      ...(close
        ? [{ keys: ['esc'], label: 'back to the list', pinned: true, run: () => dispatch({ type: 'close' }) }]
        : []),
      ...eachKey(
        ['left', 'right', 'home', 'end'],
        { shown: '←→', label: 'move in the text', hidden: true },
        (press) => dispatch({ type: 'edit', press }),
      ),
      {
        keys: ['ctrl+u'],
        label: 'clear',
        help: 'Delete what is before the cursor',
        run: () => dispatch({ type: 'edit', press: { name: 'ctrl+u', text: '' } }),
      },
    ],
    onKey: (press: KeyPress) => dispatch({ type: 'edit', press }),
  });

  const keys = (): KeyTable => {
    const now = wizard.latest().keyPair;
    const { mode } = now;
    if (mode.type === 'list') return listKeys(now);
    if (mode.busy || mode.type === 'passphrase') return { bindings: [] };
    const text = mode.field.value.trim();
    if (mode.type === 'path') {
      const run = (): void => {
        if (text !== '') void work.match(text, mode.pair);
      };
      return editing({ keys: ['enter'], label: 'use this key', pinned: true, run }, true);
    }
    if (mode.type === 'create') {
      return editing(
        { keys: ['enter'], label: 'create and save', pinned: true, run: () => void work.create(text) },
        true,
      );
    }
    const run = (): void => {
      if (nameProblem({ ...now, pairs: { status: 'looking' } }, text) === null) void work.saveAgain(text);
    };
    return editing({ keys: ['enter'], label: 'save', pinned: true, run }, false);
  };

  const { mode } = state;
  const moving =
    (mode.type !== 'list' && Boolean(mode.busy)) ||
    state.pairs.status === 'looking' ||
    Object.values(state.keys).some((key) => key.status === 'looking');
  const tick = useTick(services.clock, 160, moving);

  if (mode.type === 'passphrase') {
    return (
      <PassphraseScreen
        question={mode.question}
        asker={work.passphrase}
        step={1}
        place={placeOf(backend)}
        clock={services.clock}
        onBack={work.passphrase.close}
        onInterrupt={onInterrupt}
      />
    );
  }
  return (
    <Screen
      step={1}
      place={placeOf(backend)}
      title={mode.type === 'create' ? 'Create a key pair' : mode.type === 'list' ? 'Key pair' : 'Private key'}
      about={aboutOf(state, backend.region)}
      help={HELP}
      keys={keys}
      typing={() => wizard.latest().keyPair.mode.type !== 'list'}
      onInterrupt={onInterrupt}
    >
      {({ width, height }) => {
        if (mode.type !== 'list') {
          return <Lines lines={modeLines(state, services.local.privateKeyPath, width, tick, theme)} />;
        }
        if (state.pairs.status === 'looking') {
          return <Lines lines={[`${spinner(tick)} Asking EC2 for the key pairs of ${backend.region}`]} />;
        }
        const below = belowList(state, width, theme);
        const selected = selectedRow(state);
        return (
          <Box flexDirection="column">
            {state.pairs.status === 'failed' ? (
              <Lines lines={[...problem(state.pairs.error, width, theme), '  Press r to ask again.']} />
            ) : (
              <Choice
                items={itemsOf(state)}
                selected={selected}
                width={width}
                limit={Math.max(3, height - below.length - 1)}
              />
            )}
            {below.length > 0 ? <Lines lines={['', ...below]} /> : null}
          </Box>
        );
      }}
    </Screen>
  );
}

function aboutOf(state: KeyPairState, region: string): string {
  const { mode } = state;
  if (mode.type === 'create')
    return `Made in EC2 (${region}) at once; its private key is saved here, readable by you alone.`;
  if (mode.type === 'path') {
    return mode.pair === null
      ? 'It is compared with every key pair of the region.'
      : `It is compared with the key pair "${sanitise(mode.pair)}".`;
  }
  if (mode.type === 'unsaved')
    return `The key pair "${sanitise(mode.name)}" is in EC2, but its private key is not saved yet.`;
  return 'Who holds its private key can log in to the nodes. kubecore reaches them with it too.';
}

/** The rows of the list: each pair with where its private key is, then the two other ways. */
export function itemsOf(state: KeyPairState): readonly ChoiceItem[] {
  const pairs = state.pairs.status === 'known' ? state.pairs.value : [];
  return [
    ...pairs.map((pair) => ({
      value: `pair:${pair.name}`,
      label: sanitise(pair.name),
      note: `${pair.type.padEnd(8)} ${whereIs(state, pair.name)}`,
    })),
    { value: 'create', label: 'Create a new key pair' },
    { value: 'path', label: 'Type the path of a private key' },
  ];
}

/** Of a path in the list, so that the row fits 80 columns. */
const LABEL_WIDTH = 36;

function whereIs(state: KeyPairState, name: string): string {
  const look = state.keys[name];
  if (look === undefined || look.status === 'looking') return 'looking for its private key…';
  if (look.status === 'failed') return `private key not usable: ${sanitise(look.error.why)}`;
  if (look.value === null) return 'private key not found';
  const kind = look.value.encrypted ? 'encrypted' : 'private';
  return `${kind} key: ${shortPath(sanitise(look.value.label), LABEL_WIDTH)}`;
}

/** Why Enter did not go on, and what to do. */
function belowList(state: KeyPairState, width: number, theme: Theme): string[] {
  const name = state.explained;
  if (name === null) return [];
  const key = state.keys[name];
  if (key === undefined || key.status === 'looking') {
    return prose(`Still looking for the private key of "${sanitise(name)}".`, width, theme, 'warn');
  }
  if (key.status === 'failed') return problem(onScreen(key.error), width, theme);
  return problem(
    {
      what: `the private key of "${sanitise(name)}" was not found on this computer`,
      why: 'without it nobody here could reach the nodes',
      next: `press ${shownKey('p')} to type its path, choose another pair, or create a new one`,
    },
    width,
    theme,
    'warn',
  );
}

/** An error of a private key's file, whose next step on the command line would be an option. */
function onScreen({ what, why, next }: KubecoreError): Pick<KubecoreError, 'what' | 'why' | 'next'> {
  return { what, why, next: /--identity\b/.test(next) ? 'type the path of a private key' : next };
}

/** What Ctrl-C waits for. */
function leavingLines(state: KeyPairState, width: number, theme: Theme): string[] {
  if (!state.leaving) return [];
  const text =
    'Leaving as soon as the private key is saved: it exists only once. Ctrl-C once more leaves now, and it may be lost.';
  return ['', ...prose(text, width, theme, 'warn')];
}

/** The screen of a text field: path, new name, or the rescue of a key that could not be saved. */
function modeLines(
  state: KeyPairState,
  pathOf: (name: string) => string,
  width: number,
  tick: number,
  theme: Theme,
): string[] {
  const { mode } = state;
  if (mode.type === 'list' || mode.type === 'passphrase') return [];
  const label = mode.type === 'path' ? 'Path  ' : mode.type === 'create' ? 'Name  ' : 'Save as  ';
  const placeholder = mode.type === 'path' ? '~/.ssh/coreos.pem' : '';
  const field = `${theme.paint('dim', label)}${fieldText(mode.field, { width: width - label.length, focused: !mode.busy, theme, placeholder })}`;
  if (mode.type === 'path') {
    if (mode.busy) return [field, '', `${spinner(tick)} Comparing`];
    return mode.error ? [field, '', ...problem(onScreen(mode.error), width, theme)] : [field];
  }
  const name = mode.field.value.trim();
  const where = prose(`Private key: ${sanitise(pathOf(name || 'NAME'))}, mode 0400`, width, theme, 'dim');
  if (mode.type === 'unsaved') {
    return [
      ...problem(mode.error, width, theme),
      '',
      ...prose(
        'Its only copy is in the memory of this program. Mend what is wrong, or save it under another name, before you leave.',
        width,
        theme,
        'warn',
      ),
      '',
      field,
      ...where,
      ...(mode.busy ? ['', `${spinner(tick)} Saving`, ...leavingLines(state, width, theme)] : []),
      ...(mode.warned
        ? [
            '',
            ...prose(
              'Press Ctrl-C once more to quit: the key is then saved under any name that is free, or, when it cannot be, the key pair is deleted again.',
              width,
              theme,
              'bad',
            ),
          ]
        : []),
    ];
  }
  const words = {
    checking: 'Looking whether the file can be written',
    creating: 'Creating it in EC2',
    saving: 'Saving the private key',
  };
  if (mode.busy)
    return [
      field,
      ...where,
      '',
      `${spinner(tick)} ${words[mode.busy]}`,
      ...leavingLines(state, width, theme),
    ];
  const wrong = mode.error ?? (name === '' ? null : nameProblem(state, name));
  return [field, ...where, ...(wrong ? ['', ...problem(wrong, width, theme)] : [])];
}
