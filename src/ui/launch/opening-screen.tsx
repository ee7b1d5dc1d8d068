/** Owns the moment between a healthy cluster and its console: its key's passphrase, connecting, what to do when that fails. */
import { Box } from 'ink';
import { type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { asKubecoreError, EXIT, type KubecoreError } from '../../cluster/errors.ts';
import type { Cluster } from '../../cluster/model.ts';
import type { ExitResult } from '../exit-result.ts';
import { eachKey } from '../keys/bindings.ts';
import type { KeyTable } from '../keys/use-keys.ts';
import { PassphraseScreen } from '../passphrase-screen.tsx';
import { sanitise } from '../sanitise.ts';
import type { Backend, Services, Session } from '../services.ts';
import { Lines } from '../terminal/lines.tsx';
import { useTheme } from '../theme-context.ts';
import { CHOICE_KEYS, Choice, moveChoice } from '../widgets/choice.tsx';
import { type PassphraseQuestion, passphraseAsker } from '../widgets/passphrase.ts';
import { Screen } from '../wizard/screen.tsx';
import { placeOf } from '../wizard/step-props.ts';
import { useLiveReducer } from '../wizard/use-live-reducer.ts';
import { spinner, useTick } from '../wizard/use-tick.ts';
import { problem } from '../wizard/words.ts';

const HELP = [
  'kubecore connects to the master by SSH as the user core, with the private key of the key pair or the ssh-agent.',
];

interface State {
  readonly error: KubecoreError | null;
  readonly selected: string;
}

const reduce = (state: State, change: Partial<State>): State => ({ ...state, ...change });

export function OpeningScreen(props: {
  readonly services: Services;
  readonly backend: Backend;
  readonly cluster: Cluster;
  readonly identityFile: string | null;
  readonly onOpened: (session: Session) => void;
  readonly onExit: (result: ExitResult) => void;
  readonly onBack?: () => void;
}): ReactElement {
  const { services, backend, cluster, identityFile, onOpened, onExit, onBack } = props;
  const theme = useTheme();
  const { state, latest, dispatch } = useLiveReducer(
    reduce,
    (): State => ({ error: null, selected: 'again' }),
  );
  const gone = useRef(false);
  const [question, setQuestion] = useState<PassphraseQuestion | null>(null);
  const asker = useMemo(() => passphraseAsker(setQuestion), []);

  const open = useCallback(async () => {
    dispatch({ error: null });
    try {
      const session = await services.open(backend, cluster, identityFile, asker.ask);
      asker.close();
      // The screen was left meanwhile: nobody else would close it.
      if (gone.current) await session.close();
      else onOpened(session);
    } catch (thrown) {
      asker.close();
      if (!gone.current) dispatch({ error: asKubecoreError(thrown) });
    }
  }, [services, backend, cluster, identityFile, asker, onOpened, dispatch]);

  useEffect(() => {
    gone.current = false;
    void open();
    return () => {
      gone.current = true;
      // Nobody is there to be asked any more.
      asker.close();
    };
  }, [open, asker]);

  const items = [
    { value: 'again', label: 'Try again' },
    ...(onBack ? [{ value: 'back', label: 'Back to the clusters' }] : []),
    { value: 'quit', label: 'Quit', note: 'the cluster stays as it is' },
  ];
  const quit = (): void => {
    const error = latest().error;
    onExit(
      error
        ? { exitCode: error.exitCode, message: `${error.message}; next: ${error.next}` }
        : { exitCode: EXIT.interrupted },
    );
  };
  const keys = (): KeyTable => {
    const now = latest();
    if (now.error === null)
      return { bindings: onBack ? [{ keys: ['esc'], label: 'back', run: onBack }] : [] };
    const act = { again: () => void open(), back: () => onBack?.(), quit }[now.selected] ?? quit;
    const values = items.map((item) => item.value);
    return {
      bindings: [
        { keys: ['enter'], label: 'choose', pinned: true, run: act },
        ...eachKey(CHOICE_KEYS, { shown: '↑↓', label: 'move' }, (press) =>
          dispatch({ selected: moveChoice(values, now.selected, press) }),
        ),
        ...(onBack ? [{ keys: ['esc'], label: 'back', run: onBack }] : []),
      ],
    };
  };
  const tick = useTick(services.clock, 160, state.error === null && question === null);
  const to = cluster.master ? ` at ${sanitise(cluster.master.address)}` : '';

  if (question !== null) {
    return (
      <PassphraseScreen
        question={question}
        asker={asker}
        step={5}
        place={placeOf(backend)}
        clock={services.clock}
        onBack={onBack ?? asker.close}
        onInterrupt={() => onExit({ exitCode: EXIT.interrupted })}
      />
    );
  }
  return (
    <Screen
      step={5}
      place={placeOf(backend)}
      title="Console"
      about={`${sanitise(cluster.name)} in ${cluster.region}`}
      help={HELP}
      keys={keys}
      onInterrupt={() => onExit({ exitCode: EXIT.interrupted })}
    >
      {({ width }) =>
        state.error === null ? (
          <Lines lines={[`${spinner(tick)} Connecting to the master${to}`]} />
        ) : (
          <Box flexDirection="column">
            <Lines lines={[...problem(state.error, width, theme), '']} />
            <Choice items={items} selected={state.selected} width={width} />
          </Box>
        )
      }
    </Screen>
  );
}
