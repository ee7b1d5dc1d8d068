/**
 * Owns the screen of a cluster that cannot just be opened: what became of its stack, looked up anew. A launch in flight is
 * handed on; what a failed one left is explained and can be deleted; a deletion is watched to its end.
 */
import { Box } from 'ink';
import { type ReactElement, useCallback, useEffect, useRef } from 'react';
import { asKubecoreError, EXIT, type KubecoreError } from '../cluster/errors.ts';
import { launchIdOf } from '../cluster/identity.ts';
import type { Cluster } from '../cluster/model.ts';
import type { Stack } from '../cluster/ports.ts';
import { explainFailure, explainReason } from '../cluster/root-cause.ts';
import type { ExitResult } from './exit-result.ts';
import { eachKey } from './keys/bindings.ts';
import type { KeyTable } from './keys/use-keys.ts';
import { standingOf } from './known-clusters.ts';
import { sanitise } from './sanitise.ts';
import type { Backend, Services } from './services.ts';
import { Lines } from './terminal/lines.tsx';
import { useTheme } from './theme-context.ts';
import { CHOICE_KEYS, Choice, type ChoiceItem, moveChoice } from './widgets/choice.tsx';
import { Screen } from './wizard/screen.tsx';
import { placeOf } from './wizard/step-props.ts';
import { useLiveReducer } from './wizard/use-live-reducer.ts';
import { spinner, useTick } from './wizard/use-tick.ts';
import { elapsed, problem, quoted } from './wizard/words.ts';

const HELP = [
  'A cluster can be opened once its launch is through. One that is still being launched is watched where it is; what a failed launch left over is only good for being deleted.',
];

type State = {
  readonly at: 'looking' | 'deleting' | 'left-over' | 'gone' | 'failed';
  readonly error: KubecoreError | null;
  /** When the deletion began to be watched. */
  readonly since: number;
  /** The stack as it was looked up; a later one of the same name is another's. */
  readonly stackId: string | null;
  /** A launch without a stack that AWS refused to go on with: it can be finished once the cause is mended. */
  readonly unfinished: Stack | null;
  readonly selected: string;
};

const reduce = (state: State, change: Partial<State>): State => ({ ...state, ...change });

export interface StandingScreenProps {
  readonly services: Services;
  readonly backend: Backend;
  readonly cluster: Cluster;
  /** It can be opened after all. */
  readonly onOpen: () => void;
  /** Its launch goes on. A rejection is told here. */
  readonly onTakeUp: (stack: Stack) => Promise<void>;
  readonly onBack: () => void;
  readonly onExit: (result: ExitResult) => void;
}

export function StandingScreen(props: StandingScreenProps): ReactElement {
  const { services, backend, cluster, onBack, onExit } = props;
  const theme = useTheme();
  const name = sanitise(cluster.name);
  const { state, latest, dispatch } = useLiveReducer(
    reduce,
    (): State => ({
      at: 'looking',
      error: null,
      since: 0,
      stackId: null,
      unfinished: null,
      selected: 'back',
    }),
  );
  const ways = useRef(props);
  ways.current = props;
  const ending = useRef<AbortController | null>(null);

  const remove = useCallback(async (): Promise<void> => {
    const signal = ending.current?.signal ?? new AbortController().signal;
    const { stackId } = latest();
    dispatch({ at: 'deleting', error: null, since: services.clock.now() });
    try {
      await services.undo(backend, cluster.name, signal, stackId ?? undefined);
      if (!signal.aborted) dispatch({ at: 'gone', selected: 'back' });
    } catch (thrown) {
      if (!signal.aborted) dispatch({ at: 'left-over', error: asKubecoreError(thrown), selected: 'back' });
    }
  }, [services, backend, cluster, latest, dispatch]);

  const look = useCallback(async (): Promise<void> => {
    ending.current?.abort();
    const mine = new AbortController();
    ending.current = mine;
    const { signal } = mine;
    dispatch({ at: 'looking', error: null });
    try {
      const stack = await backend.cloud.stack(cluster.stackId ?? cluster.name, signal);
      if (signal.aborted) return;
      const standing = stack === null ? 'deleting' : standingOf(stack.status);
      dispatch({ stackId: stack?.id ?? null });
      if (stack === null || stack.status === 'DELETE_COMPLETE') dispatch({ at: 'gone' });
      else if (standing === 'there') ways.current.onOpen();
      else if (standing === 'launching') await ways.current.onTakeUp(stack);
      else if (standing === 'deleting') await remove();
      else {
        const events = await backend.cloud.stackEvents(stack.id, null, signal);
        if (signal.aborted) return;
        const flags = backend.flags.map((flag) => ` ${quoted(flag)}`).join('');
        const down = `kubecore down --cluster ${quoted(cluster.name)}${flags}`;
        const unstacked = launchIdOf(stack.id) !== null;
        dispatch({
          at: 'left-over',
          error: unstacked
            ? notLaunched(stack, down)
            : explainFailure(cluster.name, stack.status, events, down).error,
          unfinished: unstacked && stack.status === 'CREATE_FAILED' ? stack : null,
          selected: 'back',
        });
      }
    } catch (thrown) {
      if (!signal.aborted) dispatch({ at: 'failed', error: asKubecoreError(thrown), selected: 'again' });
    }
  }, [backend, cluster, dispatch, remove]);

  useEffect(() => {
    void look();
    return () => ending.current?.abort();
  }, [look]);

  const finish = (stack: Stack): void =>
    void ways.current
      .onTakeUp(stack)
      .catch((thrown: unknown) =>
        dispatch({ at: 'failed', error: asKubecoreError(thrown), selected: 'again' }),
      );

  const itemsFor = ({ at, unfinished }: State): readonly ChoiceItem[] => [
    ...(at === 'failed' ? [{ value: 'again', label: 'Try again' }] : []),
    ...(at === 'looking' || at === 'deleting' ? [] : [{ value: 'back', label: 'Back to the clusters' }]),
    ...(at === 'left-over' && unfinished
      ? [{ value: 'finish', label: 'Finish it', note: 'creates what is missing, nothing twice' }]
      : []),
    ...(at === 'left-over'
      ? [{ value: 'undo', label: 'Undo', note: `deletes ${name} and what is left of it` }]
      : []),
  ];
  const keys = (): KeyTable => {
    const now = latest();
    const values = itemsFor(now).map((item) => item.value);
    const { unfinished } = now;
    const act =
      {
        again: () => void look(),
        undo: () => void remove(),
        finish: () => (unfinished ? finish(unfinished) : undefined),
      }[now.selected] ?? onBack;
    return {
      bindings: [
        { keys: ['enter'], label: 'choose', pinned: true, when: () => values.length > 0, run: act },
        ...eachKey(CHOICE_KEYS, { shown: '↑↓', label: 'move', when: () => values.length > 1 }, (press) =>
          dispatch({ selected: moveChoice(values, now.selected, press) }),
        ),
        { keys: ['esc'], label: 'back', pinned: true, run: onBack },
      ],
    };
  };
  const moving = state.at === 'looking' || state.at === 'deleting';
  const tick = useTick(services.clock, 160, moving);
  const items = itemsFor(state);

  return (
    <Screen
      step={-1}
      place={placeOf(backend)}
      title={TITLES[state.at]}
      about={`${name} in ${cluster.region}`}
      help={HELP}
      keys={keys}
      onInterrupt={() => onExit({ exitCode: EXIT.interrupted })}
    >
      {({ width }) => (
        <Box flexDirection="column">
          {state.at === 'looking' ? (
            <Lines lines={[`${spinner(tick)} Asking AWS what became of it`]} />
          ) : null}
          {state.at === 'deleting' ? (
            <Lines
              lines={[
                `${spinner(tick)} Waiting until no machine is left: ${elapsed(services.clock.now() - state.since)}. Esc leaves it to go on by itself.`,
              ]}
            />
          ) : null}
          {state.error ? <Lines lines={[...problem(state.error, width, theme), '']} /> : null}
          {items.length > 0 ? <Choice items={items} selected={state.selected} width={width} /> : null}
        </Box>
      )}
    </Screen>
  );
}

/** What the launch was refused for, as it was kept. */
const notLaunched = ({ name, statusReason }: Stack, down: string): KubecoreError =>
  explainReason(
    `"${name}" was not launched`,
    statusReason ?? 'AWS gave no reason',
    `mend the cause and finish it, or delete what is left with ${down}`,
  );

const TITLES: Readonly<Record<State['at'], string>> = {
  looking: 'Cluster',
  deleting: 'It is being deleted',
  'left-over': 'This launch failed',
  gone: 'Everything is deleted',
  failed: 'Cluster',
};
