/** Owns step 5's screen: a launch from its first event to healthy or failed, and the ways out of it. */
import { Box } from 'ink';
import { type ReactElement, useEffect, useRef } from 'react';
import { asKubecoreError, EXIT } from '../../cluster/errors.ts';
import type { LaunchPlan } from '../../cluster/launch-contract.ts';
import type { Cluster } from '../../cluster/model.ts';
import { explainReason } from '../../cluster/root-cause.ts';
import type { ExitResult } from '../exit-result.ts';
import { eachKey } from '../keys/bindings.ts';
import type { KeyTable } from '../keys/use-keys.ts';
import { sanitise } from '../sanitise.ts';
import type { Backend, Services } from '../services.ts';
import { Lines } from '../terminal/lines.tsx';
import type { Theme } from '../theme.ts';
import { useTheme } from '../theme-context.ts';
import { CHOICE_KEYS, Choice, type ChoiceItem, moveChoice } from '../widgets/choice.tsx';
import { allProgressLines, progressLines } from '../widgets/progress-tree.ts';
import { SCROLL_KEYS, scrollBy, scrolled } from '../widgets/scroll-view.ts';
import { type Room, Screen } from '../wizard/screen.tsx';
import { placeOf } from '../wizard/step-props.ts';
import { useLiveReducer } from '../wizard/use-live-reducer.ts';
import { spinner, useTick } from '../wizard/use-tick.ts';
import { elapsed, prose, quoted } from '../wizard/words.ts';
import { failureLines, launchGroups } from './launch-lines.ts';
import { type Answer, answersTo, initialLaunch, type LaunchState, reduceLaunchScreen } from './state.ts';

const STACK_HELP = [
  'CloudFormation creates the resources of the stack; then kubecore waits, over SSH, until every machine is a member of etcd and fleet, the Kubernetes API answers and every minion is registered.',
  'Leaving does not stop the launch: it goes on by itself, and kubecore takes it up where it is when it is started again.',
];

/** Without a stack it is kubecore itself that asks EC2 for one thing after another. */
const INSTANCES_HELP = [
  'kubecore creates the security group, opens it and starts the machines, each tagged as it is created; then it waits until SSH answers, and for a fleet until etcd and fleet have all machines.',
  'What is created stays when you leave, and is billed. kubecore finds it by its tags, from any computer, and finishes it without creating anything twice.',
];

const hasStack = (plan: LaunchPlan): boolean => plan.blueprint === 'kubernetes';

/** How long the success stays before the console opens by itself. */
const SUCCESS_MS = 1500;

/** Between two looks at what is being deleted. */
const DELETION_POLL_MS = 2000;

export interface LaunchScreenProps {
  readonly services: Services;
  readonly backend: Backend;
  readonly plan: LaunchPlan;
  readonly identityFile: string | null;
  readonly onHealthy: (cluster: Cluster) => void;
  readonly onExit: (result: ExitResult) => void;
  readonly onParameters: () => void;
}

export function LaunchScreen(props: LaunchScreenProps): ReactElement {
  const { services, backend, plan, identityFile, onHealthy, onExit, onParameters } = props;
  const theme = useTheme();
  const { state, latest, dispatch } = useLiveReducer(reduceLaunchScreen, () => initialLaunch(plan));
  const watching = useRef<AbortController | null>(null);
  const undoing = useRef<AbortController | null>(null);
  const drawn = useRef({ count: 0, height: 1 });

  useEffect(() => {
    const ending = new AbortController();
    watching.current = ending;
    void (async () => {
      try {
        for await (const event of services.launch(backend, plan, identityFile, ending.signal)) {
          if (ending.signal.aborted) return;
          dispatch({ type: 'event', event });
        }
      } catch (thrown) {
        if (ending.signal.aborted) return;
        const event = {
          type: 'failed',
          at: services.clock.now(),
          error: asKubecoreError(thrown),
          related: [],
        } as const;
        dispatch({ type: 'event', event });
      }
    })();
    return () => {
      ending.abort();
      undoing.current?.abort();
    };
  }, [services, backend, plan, identityFile, dispatch]);

  const healthy = state.view.outcome?.type === 'healthy' ? state.view.outcome.cluster : null;
  const opens = healthy !== null && state.question === null && state.undoing === null;
  const open = useRef(onHealthy);
  open.current = onHealthy;
  useEffect(() => {
    if (!opens || healthy === null) return;
    const ending = new AbortController();
    services.clock.sleep(SUCCESS_MS, ending.signal).then(
      () => open.current(healthy),
      () => {},
    );
    return () => ending.abort();
  }, [opens, healthy, services]);

  const undo = async (): Promise<void> => {
    watching.current?.abort();
    const ending = new AbortController();
    undoing.current = ending;
    const since = latest().lastEvent;
    dispatch({ type: 'undo', at: services.clock.now() });
    void tellDeletion(since, ending.signal);
    try {
      await services.undo(backend, plan.name, ending.signal, latest().view.stackId ?? undefined);
      if (!ending.signal.aborted) dispatch({ type: 'undone' });
    } catch (thrown) {
      if (!ending.signal.aborted) dispatch({ type: 'undo-failed', error: asKubecoreError(thrown) });
    } finally {
      ending.abort();
    }
  };

  /** The tree shows what is being deleted. Best effort: the undoing itself knows when all is gone. */
  const tellDeletion = async (since: string | null, signal: AbortSignal): Promise<void> => {
    const { stackId } = latest().view;
    let last = since;
    try {
      while (stackId !== null && !signal.aborted) {
        for (const event of await backend.cloud.stackEvents(stackId, last, signal)) {
          last = event.id;
          dispatch({ type: 'event', event: { type: 'stack-event', at: services.clock.now(), event } });
        }
        await services.clock.sleep(DELETION_POLL_MS, signal);
      }
    } catch {
      // Without these events the tree stands still; nothing else is lost.
    }
  };

  const flags = backend.flags.map((flag) => ` ${quoted(flag)}`).join('');
  const answer = (now: LaunchState, chosen: Answer): void => {
    if (chosen === 'go-on') dispatch({ type: 'go-on' });
    else if (chosen === 'undo') void undo();
    else if (chosen === 'parameters') onParameters();
    else if (chosen === 'quit') onExit(quitting(now, plan.name));
    else onExit(leaving(now, plan, flags));
  };

  const interrupt = (): void => {
    const now = latest();
    if (now.undoing) {
      onExit({
        exitCode: EXIT.interrupted,
        message: hasStack(plan)
          ? `"${plan.name}" is being deleted and ${cloudOf(backend)} goes on by itself; kubecore down --cluster ${plan.name}${flags} shows its end`
          : `"${plan.name}" is not deleted whole yet; kubecore down --cluster ${plan.name}${flags} goes on with it`,
      });
    } else if (now.question?.about === 'undone') onExit(quitting(now, plan.name));
    else if (now.question) onExit(leaving(now, plan, flags));
    else dispatch({ type: 'ask' });
  };

  const keys = (): KeyTable => {
    const now = latest();
    const { question } = now;
    if (now.undoing) return { bindings: [] };
    if (question) {
      return {
        bindings: [
          { keys: ['enter'], label: 'choose', pinned: true, run: () => answer(now, question.selected) },
          ...eachKey(CHOICE_KEYS, { shown: '↑↓', label: 'move' }, (press) =>
            dispatch({
              type: 'select',
              answer: moveChoice(answersTo(now), question.selected, press) as Answer,
            }),
          ),
          {
            keys: ['esc'],
            label: 'go on watching',
            pinned: true,
            when: () => question.about === 'interrupt',
            run: () => dispatch({ type: 'go-on' }),
          },
        ],
      };
    }
    const { outcome } = now.view;
    return {
      bindings: [
        {
          keys: ['enter'],
          label: 'open the console',
          pinned: true,
          when: () => outcome?.type === 'healthy',
          run: () => {
            if (outcome?.type === 'healthy') onHealthy(outcome.cluster);
          },
        },
        ...eachKey(
          SCROLL_KEYS,
          { shown: '↑↓', label: 'scroll', help: 'Scroll through all of it; Esc follows again' },
          (press) =>
            dispatch({
              type: 'scroll',
              offset: scrollBy(now.scroll ?? 0, press, drawn.current.count, drawn.current.height),
            }),
        ),
        {
          keys: ['esc', 'f'],
          shown: 'Esc',
          label: 'follow',
          when: () => now.scroll !== null,
          run: () => dispatch({ type: 'scroll', offset: null }),
        },
      ],
    };
  };

  const over = state.view.outcome !== null && state.undoing === null;
  const tick = useTick(services.clock, 250, !over);
  const now = services.clock.now();

  return (
    <Screen
      step={4}
      place={placeOf(backend)}
      title={titleOf(state)}
      about={aboutOf(state, plan, backend, now)}
      help={hasStack(plan) ? STACK_HELP : INSTANCES_HELP}
      keys={keys}
      onInterrupt={interrupt}
    >
      {(room) => {
        const above = aboveLines(state, plan, backend, room, theme);
        const items = state.question ? answersTo(state).map((one) => itemOf(one, plan, backend)) : [];
        const ask = items.length === 0 ? 0 : items.length + 1;
        const height = Math.max(1, room.height - ask - (above.length > 0 ? above.length + 1 : 0));
        const groups = launchGroups(state.view, now);
        const spin = spinner(tick);
        const all = allProgressLines(groups, room.width, spin, theme);
        drawn.current = { count: all.length, height };
        const tree =
          state.scroll !== null && all.length > height
            ? scrolled(
                allProgressLines(groups, room.width - 2, spin, theme),
                state.scroll,
                room.width,
                height,
                theme,
              )
            : progressLines(groups, room.width, height, spin, theme);
        return (
          <Box flexDirection="column">
            {above.length > 0 ? <Lines lines={[...above, '']} /> : null}
            {state.question ? (
              <Box marginBottom={1}>
                <Choice items={items} selected={state.question.selected} width={room.width} />
              </Box>
            ) : null}
            {state.question?.about === 'undone' ? null : <Lines lines={tree} />}
          </Box>
        );
      }}
    </Screen>
  );
}

function quitting(state: LaunchState, name: string): ExitResult {
  return state.question?.about === 'undone'
    ? { exitCode: EXIT.interrupted, message: `everything that the launch of "${name}" created is deleted` }
    : { exitCode: EXIT.bad, message: `"${name}" was not launched; nothing was created` };
}

function leaving(state: LaunchState, plan: LaunchPlan, flags: string): ExitResult {
  const { name } = plan;
  const failed = state.view.outcome?.type === 'failed';
  const take = failed ? '' : `kubecore up --name ${name} --yes${flags} takes it up where it is, `;
  const byItself = failed || !hasStack(plan) ? '' : ' and goes on by itself';
  return {
    exitCode: failed ? EXIT.bad : EXIT.interrupted,
    message: `"${name}" is left as it is${byItself}: ${take}kubecore down --cluster ${name}${flags} deletes it`,
  };
}

/** `the stack web`, `the fleet web`, `the machine web`. */
const whole = ({ blueprint, name }: LaunchPlan): string =>
  `the ${{ kubernetes: 'stack', fleet: 'fleet', single: 'machine' }[blueprint]} ${name}`;

const cloudOf = (backend: Backend): string => (backend.kind === 'sandbox' ? 'the sandbox' : 'AWS');

const rollsBack = ({ view }: LaunchState): boolean =>
  /^ROLLBACK_|^CREATE_FAILED$/.test(view.stackStatus ?? '');

function titleOf(state: LaunchState): string {
  if (state.undoing) return 'Undoing the launch';
  if (state.question?.about === 'undone') return 'Everything is deleted';
  if (state.question?.about === 'interrupt') {
    return rollsBack(state) ? 'The launch failed: leave it?' : 'Leave the launch?';
  }
  if (state.view.outcome?.type === 'failed') return 'The launch failed';
  if (state.view.outcome?.type === 'healthy') return 'Healthy';
  return rollsBack(state) ? 'The launch failed and is rolled back' : 'Launch';
}

function aboutOf(state: LaunchState, plan: LaunchPlan, backend: Backend, now: number): string {
  const { view, undoing } = state;
  const where = backend.kind === 'sandbox' ? 'the sandbox' : plan.region;
  if (undoing)
    return `Deleting ${whole(plan)} and waiting until no machine is left: ${elapsed(now - undoing.startedAt)}.`;
  if (state.question?.about === 'undone')
    return `Nothing that the launch of ${plan.name} created is left in ${where}.`;
  const ended = endOf(state);
  const took = view.startedAt === null ? '' : elapsed((ended ?? now) - view.startedAt);
  if (view.outcome?.type === 'healthy') return `${plan.name} is healthy after ${took}: the console opens.`;
  if (view.outcome?.type === 'failed') return took === '' ? 'Nothing was created.' : `After ${took}.`;
  if (view.startedAt === null)
    return `Asking ${hasStack(plan) ? 'CloudFormation' : 'EC2'} for ${plan.name} in ${where}.`;
  const waits =
    state.throttledUntil !== null && state.throttledUntil > now
      ? ` ${cloudOf(backend)[0]!.toUpperCase()}${cloudOf(backend).slice(1)} asks to slow down: waiting.`
      : '';
  return `${view.resumed ? 'Taking up' : 'Launching'} ${plan.name} in ${where}: ${took} so far.${waits}`;
}

/** When all of it came to an end, as far as its parts tell. */
function endOf({ view }: LaunchState): number | null {
  if (view.outcome === null) return null;
  const ends = [...view.resources, ...view.steps].flatMap(({ endedAt }) =>
    endedAt === null ? [] : [endedAt],
  );
  return ends.length === 0 ? null : Math.max(...ends);
}

function aboveLines(
  state: LaunchState,
  plan: LaunchPlan,
  backend: Backend,
  room: Room,
  theme: Theme,
): string[] {
  if (state.undoError)
    return failureLines(state.undoError, [], [], room.width, Math.floor(room.height / 2), theme);
  if (state.question?.about === 'interrupt') {
    return prose(
      hasStack(plan)
        ? `Leaving does not stop it: ${cloudOf(backend)} goes on by itself. What shall happen?`
        : `Leaving keeps what is created so far, and kubecore up finishes it. What shall happen?`,
      room.width,
      theme,
    );
  }
  const { outcome, cause } = state.view;
  if (outcome === null && cause !== null && !state.undoing) {
    const { why } = explainReason('', cause.reason ?? cause.status, '');
    return prose(`${sanitise(cause.logicalId)}: ${why}`, room.width, theme, 'bad').slice(0, 4);
  }
  if (outcome?.type !== 'failed' || state.undoing || state.question?.about === 'undone') return [];
  return failureLines(
    outcome.error,
    outcome.related,
    outcome.consoles,
    room.width,
    // What stands on a console is worth more than the tree, which folds.
    Math.max(4, Math.floor(room.height * (outcome.consoles.length > 0 ? 0.65 : 0.5))),
    theme,
  );
}

function itemOf(answer: Answer, plan: LaunchPlan, backend: Backend): ChoiceItem {
  const billed = backend.kind === 'aws' ? ', and AWS bills it' : '';
  const items: Readonly<Record<Answer, Omit<ChoiceItem, 'value'>>> = {
    'go-on': { label: 'Go on watching' },
    leave: { label: 'Leave it as it is and quit', note: `what is created stays${billed}` },
    undo: { label: 'Undo', note: `deletes ${whole(plan)} and its machines` },
    parameters: { label: 'Back to the parameters', note: 'everything typed is kept' },
    quit: { label: 'Quit' },
  };
  return { value: answer, ...items[answer] };
}
