/** Owns step 4's screen: what will be created, in words and as the template, and the choice to launch. */
import { Box } from 'ink';
import { type ReactElement, useCallback, useEffect, useMemo, useRef } from 'react';
import { asKubecoreError } from '../../cluster/errors.ts';
import type { LaunchPlan } from '../../cluster/launch-contract.ts';
import { nodeCount, type Parameters } from '../../cluster/parameters.ts';
import { cloudConfig, launchTemplate, templateYaml } from '../../render/template.ts';
import type { Binding } from '../keys/bindings.ts';
import { eachKey } from '../keys/bindings.ts';
import type { KeyTable } from '../keys/use-keys.ts';
import type { Backend } from '../services.ts';
import { Lines } from '../terminal/lines.tsx';
import type { Theme } from '../theme.ts';
import { useTheme } from '../theme-context.ts';
import { Choice, type ChoiceItem, moveChoice } from '../widgets/choice.tsx';
import { SCROLL_KEYS, scrollBy, scrolled } from '../widgets/scroll-view.ts';
import type { ChosenKey } from './key-pair-state.ts';
import { lookAround, preparePlan } from './preflight.ts';
import { obstacleLines, summaryLines, yamlLines } from './review-lines.ts';
import {
  failures,
  obstacle,
  type Preflight,
  REVIEW_CHOICES,
  type ReviewAction,
  type ReviewChoice,
  type ReviewState,
  selectedChoice,
  stillChecking,
} from './review-state.ts';
import { type Room, Screen } from './screen.tsx';
import { answers } from './state.ts';
import { type BackendStepProps, placeOf } from './step-props.ts';
import { spinner, useTick } from './use-tick.ts';
import { problem } from './words.ts';

const HELP = [
  'Nothing has been created so far but a key pair, if you asked for one. Launch creates what is shown; kubecore down deletes all of it again.',
  'Everything that a launch needs was looked at: ✗ keeps from launching, ▲ is worth knowing, ? could not be looked at. kubecore check does the same.',
  'The template is exactly what AWS gets, written as YAML. The command below the summary launches the same without the wizard, from a script too.',
];

export function ReviewScreen(
  props: BackendStepProps & {
    readonly defaults: Parameters;
    readonly onLaunch: (plan: LaunchPlan, key: ChosenKey) => void;
    readonly onQuit: () => void;
  },
): ReactElement {
  const { services, backend, wizard, defaults, onInterrupt, onLaunch, onQuit } = props;
  const theme = useTheme();
  const state = wizard.state.review;
  const { parameters, key } = useMemo(() => answers(wizard.state), [wizard.state]);
  const room = useRef<Room>({ width: 80, height: 18 });
  const lines = useRef<{ count: number; height: number }>({ count: 0, height: 1 });
  const ending = useRef<AbortController>(new AbortController());
  const dispatch = useCallback(
    (action: ReviewAction) => wizard.dispatch({ type: 'review', action }),
    [wizard.dispatch],
  );

  const look = useCallback(() => {
    ending.current.abort();
    ending.current = new AbortController();
    dispatch({ type: 'look' });
    const { signal } = ending.current;
    void lookAround(services, backend, answers(wizard.latest()), signal, (action) => {
      if (!signal.aborted) dispatch(action);
    });
  }, [services, backend, dispatch, wizard.latest]);

  useEffect(() => {
    look();
    return () => ending.current.abort();
  }, [look]);

  const launch = async (now: ReviewState): Promise<void> => {
    const stop = obstacle(now.preflight);
    const { settled } = now.preflight;
    if (stop || settled === null || key === null) {
      if (stop) dispatch({ type: 'refused', error: stop });
      return;
    }
    dispatch({ type: 'prepare' });
    const { signal } = ending.current;
    try {
      const plan = await preparePlan(
        backend,
        { parameters, key },
        settled,
        services.version ?? 'unknown',
        services.random,
        signal,
      );
      if (!signal.aborted) onLaunch(plan, key);
    } catch (error) {
      if (!signal.aborted) dispatch({ type: 'refused', error: asKubecoreError(error) });
    }
  };

  const back = (): void => wizard.dispatch({ type: 'back' });
  const act = (now: ReviewState): void => {
    const choice = selectedChoice(now, backend.kind);
    if (choice === 'launch') void launch(now);
    else if (choice === 'back') back();
    else onQuit();
  };

  const keys = (): KeyTable => {
    const now = wizard.latest().review;
    const toBack: Binding[] = eachKey(
      ['esc', 'shift+tab', 'left'],
      { shown: 'Esc', label: 'back', help: 'Back to the parameters; everything is kept', pinned: true },
      back,
    );
    if (now.preparing) return { bindings: toBack };
    const scroll = (press: { readonly name: string; readonly text: string }): void =>
      dispatch({
        type: 'scroll',
        offset: scrollBy(now.scroll[now.view], press, lines.current.count, lines.current.height),
      });
    const view = (label: string): Binding[] =>
      eachKey(
        ['t', 'tab'],
        {
          shown: 't',
          label,
          help: label === 'summary' ? 'Back to the summary' : `The ${label} that AWS gets`,
          pinned: true,
        },
        () => dispatch({ type: 'view' }),
      );
    const again: Binding = {
      keys: ['r'],
      label: 'check again',
      help: 'Ask AWS everything once more',
      run: look,
    };
    if (now.view === 'template') {
      return {
        bindings: [
          ...eachKey(SCROLL_KEYS, { shown: '↑↓ PgUp PgDn', label: 'scroll' }, scroll),
          ...view('summary'),
          ...eachKey(['esc'], { label: 'summary', hidden: true }, () => dispatch({ type: 'view' })),
        ],
      };
    }
    return {
      bindings: [
        {
          keys: ['enter'],
          label: selectedChoice(now, backend.kind),
          help: 'Do what is selected',
          pinned: true,
          run: () => act(now),
        },
        ...eachKey(['up', 'down', 'k', 'j'], { shown: '↑↓', label: 'move' }, (press) =>
          dispatch({
            type: 'choose',
            choice: moveChoice(REVIEW_CHOICES, selectedChoice(now, backend.kind), press) as ReviewChoice,
          }),
        ),
        ...view(sentAs(parameters)),
        ...eachKey(
          ['pageup', 'pagedown', 'home', 'end'],
          { shown: 'PgDn', label: 'scroll', when: () => lines.current.count > lines.current.height },
          scroll,
        ),
        again,
        ...toBack,
      ],
    };
  };

  const moving = state.preparing || stillChecking(state.preflight);
  const tick = useTick(services.clock, 160, moving);
  const yaml = useMemo(() => templateText(parameters, backend), [parameters, backend]);
  const nodes = nodeCount(parameters);
  const sent = sentAs(parameters);
  const cost =
    backend.kind === 'sandbox'
      ? 'Nothing is created yet. The sandbox costs nothing.'
      : `Nothing is created yet. From the launch on, AWS bills ${machineCount(nodes)}.`;

  return (
    <Screen
      step={3}
      place={placeOf(backend)}
      title={state.view === 'template' ? `Review: the ${sent}` : 'Review'}
      about={state.view === 'template' ? '' : cost}
      help={HELP}
      keys={keys}
      onInterrupt={onInterrupt}
    >
      {({ width, height }) => {
        room.current = { width, height };
        if (state.view === 'template') {
          const text = yamlLines(yaml, width - 2, theme);
          lines.current = { count: text.length, height };
          return <Lines lines={scrolled(text, state.scroll.template, width, height, theme)} />;
        }
        const below = belowLines(state, width, tick, theme);
        const text = summaryLines(
          { parameters, key, backend, defaults, preflight: state.preflight, spin: spinner(tick) },
          width - 2,
          theme,
        );
        const rows = Math.max(
          3,
          height - REVIEW_CHOICES.length - 1 - (below.length > 0 ? below.length + 1 : 0),
        );
        lines.current = { count: text.length, height: rows };
        return (
          <Box flexDirection="column">
            <Lines lines={scrolled(text, state.scroll.summary, width, rows, theme)} />
            <Box marginTop={1}>
              <Choice
                items={choices(backend.kind, nodes, state.preflight)}
                selected={selectedChoice(state, backend.kind)}
                width={width}
              />
            </Box>
            {below.length > 0 ? <Lines lines={['', ...below]} /> : null}
          </Box>
        );
      }}
    </Screen>
  );
}

const choices = (kind: Backend['kind'], nodes: number, preflight: Preflight): readonly ChoiceItem[] => [
  {
    value: 'launch',
    label: 'Launch',
    note: stillChecking(preflight)
      ? 'once the checks have answered'
      : failures(preflight).length > 0
        ? 'once every check passes'
        : launchNote(kind, nodes),
  },
  { value: 'back', label: 'Back', note: 'to the parameters' },
  { value: 'quit', label: 'Quit', note: 'nothing is launched' },
];

const launchNote = (kind: Backend['kind'], nodes: number): string =>
  kind === 'sandbox'
    ? `simulates ${machineCount(nodes)}`
    : `starts ${machineCount(nodes)} that ${nodes === 1 ? 'costs' : 'cost'} money`;

const machineCount = (nodes: number): string => `${nodes} ${nodes === 1 ? 'machine' : 'machines'}`;

/** What the second view shows: a blueprint without a stack has no template. */
const sentAs = ({ blueprint }: Parameters): string =>
  blueprint === 'kubernetes' ? 'template' : 'cloud-config';

/** What AWS gets, as YAML: the template, or the cloud-config of a blueprint without one; why there is none when it cannot be made. */
function templateText(parameters: Parameters, backend: Backend): string {
  try {
    return parameters.blueprint === 'kubernetes'
      ? templateYaml(launchTemplate(parameters, backend.region))
      : cloudConfig('master', parameters);
  } catch (error) {
    const { message, next } = asKubecoreError(error);
    return `# ${message}\n# next: ${next}\n`;
  }
}

function belowLines(state: ReviewState, width: number, tick: number, theme: Theme): string[] {
  if (state.preparing) return [`${spinner(tick)} Asking once more whether the name is free`];
  const found = failures(state.preflight);
  // Chosen all the same, it says once more what is in the way.
  if (state.error && !found.includes(state.error)) return problem(state.error, width, theme, 'bad');
  return obstacleLines(state.preflight, state.error !== null, width, theme);
}
