/** Owns step 1's screen: the article's checklist, looked at live; without an account, the way into the sandbox. */
import { Box } from 'ink';
import { type ReactElement, useCallback, useEffect, useRef } from 'react';
import { asKubecoreError, KubecoreError } from '../../cluster/errors.ts';
import type { Binding } from '../keys/bindings.ts';
import { eachKey } from '../keys/bindings.ts';
import type { Backend } from '../services.ts';
import { cellWidth, wrapWords } from '../terminal/cells.ts';
import { Lines } from '../terminal/lines.tsx';
import type { Theme, Tone } from '../theme.ts';
import { useTheme } from '../theme-context.ts';
import { CHOICE_KEYS, Choice, type ChoiceItem, moveChoice } from '../widgets/choice.tsx';
import { scrolled } from '../widgets/scroll-view.ts';
import { failed, known } from './look.ts';
import {
  type Check,
  checklist,
  hasNoAccount,
  isReady,
  type Mark,
  NO_ACCOUNT_CHOICES,
  type NoAccountChoice,
  type PrerequisitesAction,
  type PrerequisitesState,
  type Variable,
} from './prerequisites-state.ts';
import { Screen } from './screen.tsx';
import { placeOf, type StepProps } from './step-props.ts';
import { spinner, useTick } from './use-tick.ts';
import { prose } from './words.ts';

const CHOICES: readonly ChoiceItem[] = [
  { value: 'sandbox', label: 'Use the sandbox', note: 'a simulated cloud on this computer, no AWS account' },
  { value: 'again', label: 'Check again', note: 'after mending what is above' },
  { value: 'quit', label: 'Quit' },
];

const HELP = [
  "The article's checklist. kubecore needs AWS credentials and a region, nothing else: it brings its own AWS and SSH clients, so aws and jq are listed only because the article uses them.",
  'Credentials are looked for where every AWS tool looks: the environment, the shared config and credentials files (profiles, SSO) and the role of the machine. Nothing is created on this page.',
];

/** What a missing backend means when the services do not say. */
const NO_CREDENTIALS = new KubecoreError({
  what: 'no AWS account',
  why: 'no credentials were found in the environment, the profiles or a role',
  next: 'export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: aws configure',
  fault: 'aws',
});

export function PrerequisitesScreen(
  props: StepProps & {
    readonly backend: Backend | null;
    readonly onBackend: (backend: Backend) => void;
    /** Quit was chosen. */
    readonly onQuit: () => void;
    /** Back from the first step, when something is before it. */
    readonly onBack?: () => void;
  },
): ReactElement {
  const { services, backend, wizard, onInterrupt, onBackend, onQuit, onBack } = props;
  const theme = useTheme();
  const state = wizard.state.prerequisites;
  const dispatch = useCallback(
    (action: PrerequisitesAction) => wizard.dispatch({ type: 'prerequisites', action }),
    [wizard.dispatch],
  );
  const running = useRef<AbortController | null>(null);

  const look = useCallback(
    (from: Backend | null) => {
      running.current?.abort();
      const ending = new AbortController();
      running.current = ending;
      const { local } = services;
      dispatch({ type: 'look', variables: variablesOf((name) => local.env(name)) });
      const { round } = wizard.latest().prerequisites;
      const ask = <T, K extends 'account' | 'aws' | 'jq' | 'keyPairs'>(what: K, answer: Promise<T>): void => {
        answer.then(
          (value) => dispatch({ type: 'found', round, what: { [what]: known(value) } }),
          (error: unknown) => {
            if (!ending.signal.aborted)
              dispatch({ type: 'found', round, what: { [what]: failed(asKubecoreError(error)) } });
          },
        );
      };
      ask('aws', local.tool('aws', ending.signal));
      ask('jq', local.tool('jq', ending.signal));
      if (from === null) {
        const error = failed(services.backendProblem ?? NO_CREDENTIALS);
        dispatch({ type: 'found', round, what: { account: error, keyPairs: error } });
        return;
      }
      ask('account', from.cloud.identity(ending.signal));
      ask('keyPairs', from.cloud.keyPairs(ending.signal));
    },
    [services, dispatch, wizard.latest],
  );

  useEffect(() => {
    // Coming back to this step shows what was found; `r` looks again.
    if (!isReady(wizard.latest().prerequisites)) look(backend);
    return () => running.current?.abort();
  }, [look, backend, wizard.latest]);

  const again = async (): Promise<void> => {
    if (backend !== null) return look(backend);
    try {
      const found = (await services.findBackend?.()) ?? services.backend;
      if (found) onBackend(found);
      else look(null);
    } catch (error) {
      look(null);
      dispatch({ type: 'notice', text: asKubecoreError(error).message });
    }
  };

  const switchToSandbox = async (): Promise<void> => {
    if (wizard.latest().prerequisites.switching) return;
    dispatch({ type: 'switching' });
    try {
      const sandbox = await services.switchToSandbox();
      dispatch({ type: 'notice', text: null });
      onBackend(sandbox);
    } catch (error) {
      const { message, next } = asKubecoreError(error);
      dispatch({ type: 'notice', text: `${message} → ${next}` });
    }
  };

  const act = (choice: NoAccountChoice): void => {
    if (choice === 'sandbox') void switchToSandbox();
    else if (choice === 'again') void again();
    else onQuit();
  };

  const keys = () => {
    const now = wizard.latest().prerequisites;
    const stuck = hasNoAccount(now);
    const bindings: Binding[] = [
      {
        keys: ['enter'],
        label: stuck ? 'choose' : 'continue',
        help: stuck ? 'Do what is selected' : 'Go on to the key pair',
        pinned: true,
        run: () => {
          if (stuck) act(now.choice);
          else if (isReady(now)) wizard.dispatch({ type: 'next' });
          else {
            const text =
              now.keyPairs.status === 'failed'
                ? 'The list of key pairs is needed to go on: mend it, then press r.'
                : 'Still looking: wait for the account and the key pairs.';
            dispatch({ type: 'notice', text });
          }
        },
      },
      ...eachKey(CHOICE_KEYS, { shown: '↑↓', label: 'move', when: () => stuck }, (press) => {
        const choice = moveChoice(NO_ACCOUNT_CHOICES, now.choice, press) as NoAccountChoice;
        dispatch({ type: 'choose', choice });
      }),
      { keys: ['r'], label: 'check again', help: 'Look at everything once more', run: () => void again() },
      ...(onBack ? [{ keys: ['esc'], label: 'back', help: 'Back to the clusters', run: onBack }] : []),
    ];
    return { bindings };
  };

  const moving =
    state.switching ||
    [state.account, state.aws, state.jq, state.keyPairs].some((one) => one.status === 'looking');
  const tick = useTick(services.clock, 160, moving);

  return (
    <Screen
      step={0}
      place={placeOf(backend)}
      title="Prerequisites"
      about="What the article asks for, looked at on this computer and in AWS."
      help={HELP}
      keys={keys}
      onInterrupt={onInterrupt}
    >
      {({ width, height }) => {
        const stuck = hasNoAccount(state);
        const below = belowLines(state, backend, width, tick, theme);
        const room = height - below.length - 1 - (stuck ? CHOICES.length + 1 : 0);
        const list = scrolled(
          checkLines(checklist(state, backend), width, tick, theme),
          0,
          width,
          Math.max(1, room),
          theme,
        );
        return (
          <Box flexDirection="column">
            <Lines lines={[...list, '', ...below]} />
            {stuck ? (
              <Box marginTop={below.length > 0 ? 1 : 0}>
                <Choice items={CHOICES} selected={state.choice} width={width} />
              </Box>
            ) : null}
          </Box>
        );
      }}
    </Screen>
  );
}

/** Of the two secrets only that they are set. */
function variablesOf(env: (name: string) => string | undefined): PrerequisitesState['variables'] {
  const secret = (name: Variable): string | null => (env(name) ? 'set' : null);
  return {
    AWS_ACCESS_KEY_ID: secret('AWS_ACCESS_KEY_ID'),
    AWS_SECRET_ACCESS_KEY: env('AWS_SECRET_ACCESS_KEY') ? 'set (its value is never shown)' : null,
    AWS_DEFAULT_REGION: env('AWS_DEFAULT_REGION') || null,
  };
}

const LABEL = 24;
const TONES: Readonly<Record<Mark, Tone>> = { looking: 'dim', ok: 'ok', note: 'dim', failed: 'bad' };

/** One check a line, its detail wrapped beside the label, how to mend it under that. */
export function checkLines(checks: readonly Check[], width: number, tick: number, theme: Theme): string[] {
  return checks.flatMap(({ label, mark, detail, next }) => {
    const symbol = { looking: spinner(tick), ok: '✓', note: '○', failed: '✗' }[mark];
    const indent = ' '.repeat(LABEL + 2);
    const details = wrapWords(detail, width - LABEL - 2);
    const mend = next === null ? [] : wrapWords(next, width - LABEL - 4);
    return [
      ...details.map((line, index) =>
        index === 0
          ? `${theme.paint(TONES[mark], symbol)} ${label}${' '.repeat(LABEL - cellWidth(label))}${theme.paint(mark === 'ok' ? 'plain' : TONES[mark], line)}`
          : indent + theme.paint(mark === 'ok' ? 'plain' : TONES[mark], line),
      ),
      ...mend.map((line, index) => `${indent}${theme.paint('accent', index === 0 ? '→' : ' ')} ${line}`),
    ];
  });
}

function belowLines(
  state: PrerequisitesState,
  backend: Backend | null,
  width: number,
  tick: number,
  theme: Theme,
): string[] {
  if (state.switching) return [`${spinner(tick)} Starting the sandbox`];
  if (state.notice !== null) return prose(state.notice, width, theme, 'warn');
  if (hasNoAccount(state)) {
    return prose(
      'Nothing can be launched on AWS without an account. The sandbox plays AWS and the machines on this computer: same screens, same commands, no cost.',
      width,
      theme,
    );
  }
  if (!isReady(state)) return [theme.paint('dim', 'Looking…')];
  const where = backend?.kind === 'sandbox' ? 'in the sandbox' : `in ${backend?.region}`;
  return [`${theme.paint('ok', '✓')} Ready to launch ${where}: press Enter.`];
}
