/** Owns the setup as a component: which step's screen shows, and how the setup is left. */
import { type ReactElement, useRef } from 'react';
import { EXIT } from '../../cluster/errors.ts';
import type { LaunchPlan } from '../../cluster/launch-contract.ts';
import type { Parameters } from '../../cluster/parameters.ts';
import type { Stack } from '../../cluster/ports.ts';
import type { ExitResult } from '../exit-result.ts';
import { later } from '../later.tsx';
import type { Backend, Services } from '../services.ts';
import type { ChosenKey, KeyPairState } from './key-pair-state.ts';
import type { KeyPairWork } from './key-pair-work.ts';
import { PrerequisitesScreen } from './prerequisites-screen.tsx';
import type { WizardAction, WizardState } from './state.ts';
import type { LiveReducer } from './use-live-reducer.ts';

const KeyPairScreen = later(async () => (await import('./key-pair-screen.tsx')).KeyPairScreen);
const ParametersScreen = later(async () => (await import('./parameters-screen.tsx')).ParametersScreen);
const ReviewScreen = later(async () => (await import('./review-screen.tsx')).ReviewScreen);

/** In the order in which a person comes to them. */
export const LATER_STEPS = [KeyPairScreen, ParametersScreen, ReviewScreen] as const;

export interface WizardProps {
  readonly services: Services;
  /** The state is the caller's, so that it outlives a launch that failed. */
  readonly wizard: LiveReducer<WizardState, WizardAction>;
  readonly backend: Backend | null;
  /** null exactly when there is no backend. */
  readonly work: KeyPairWork | null;
  readonly defaults: Parameters;
  readonly onBackend: (backend: Backend) => void;
  readonly onLaunch: (plan: LaunchPlan, key: ChosenKey) => void;
  /** A cluster of the chosen name is there: watch it or open it. */
  readonly onTakeUp: (stack: Stack) => void;
  readonly onExit: (result: ExitResult) => void;
  /** Before the first step, when something is there. */
  readonly onBack?: () => void;
}

export function Wizard(props: WizardProps): ReactElement {
  const { services, wizard, backend, work, defaults, onBackend, onLaunch, onTakeUp, onExit, onBack } = props;
  const leaving = useRef(false);

  const leave = async (exitCode: number): Promise<void> => {
    const end = (said: string | null = null): void => {
      const message = said ?? lastWord(wizard.latest().keyPair);
      onExit({ exitCode, ...(message === null ? {} : { message }) });
    };
    // The second Ctrl-C does not wait for anything.
    if (leaving.current) return isBusy(wizard.latest().keyPair) ? end() : undefined;
    leaving.current = true;
    wizard.dispatch({ type: 'key-pair', action: { type: 'leaving', leaving: true } });
    // A key pair that is being created is saved first: its private key exists only once.
    await work?.idle();
    leaving.current = false;
    wizard.dispatch({ type: 'key-pair', action: { type: 'leaving', leaving: false } });
    const { mode } = wizard.latest().keyPair;
    if (mode.type === 'unsaved' && !mode.warned) {
      wizard.dispatch({ type: 'key-pair', action: { type: 'warned' } });
      return;
    }
    // A key that is in memory alone is saved under whatever name is free, or its pair is deleted again.
    end(mode.type === 'unsaved' ? await work?.rescue() : null);
  };
  const onInterrupt = (): void => void leave(EXIT.interrupted);
  const onQuit = (): void => void leave(EXIT.done);
  const common = { services, wizard, onInterrupt };

  const { step } = wizard.state;
  if (backend === null || work === null || step === 'prerequisites') {
    return (
      <PrerequisitesScreen
        {...common}
        backend={backend}
        onBackend={onBackend}
        onQuit={onQuit}
        {...(onBack ? { onBack } : {})}
      />
    );
  }
  if (step === 'key-pair') return <KeyPairScreen {...common} backend={backend} work={work} />;
  if (step === 'parameters') return <ParametersScreen {...common} backend={backend} onTakeUp={onTakeUp} />;
  return (
    <ReviewScreen {...common} backend={backend} defaults={defaults} onLaunch={onLaunch} onQuit={onQuit} />
  );
}

const isBusy = ({ mode }: KeyPairState): boolean => mode.type !== 'list' && Boolean(mode.busy);

/** What stays behind when the setup is left before a launch; null when nothing does. */
export function lastWord(state: KeyPairState): string | null {
  const { mode } = state;
  if (mode.type === 'unsaved') {
    return `the private key of "${mode.name}" was not saved and is lost: delete the key pair with aws ec2 delete-key-pair --key-name ${mode.name}`;
  }
  if (mode.type === 'create' && (mode.busy === 'creating' || mode.busy === 'saving')) {
    const name = mode.field.value.trim();
    return `EC2 may have created the key pair "${name}", whose private key was not saved: delete it with aws ec2 delete-key-pair --key-name ${name}`;
  }
  const created = state.created.map(({ name, path }) => `"${name}" (private key: ${path})`);
  return created.length === 0
    ? null
    : `nothing was launched; the key pair you created stays: ${created.join(', ')}`;
}
