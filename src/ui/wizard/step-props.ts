/** Owns what every step's screen is given. */
import type { Backend, Services } from '../services.ts';
import type { WizardAction, WizardState } from './state.ts';
import type { LiveReducer } from './use-live-reducer.ts';

export interface StepProps {
  readonly services: Services;
  readonly wizard: LiveReducer<WizardState, WizardAction>;
  /** Ctrl-C. */
  readonly onInterrupt: () => void;
}

/** A step that comes after an account was found. */
export interface BackendStepProps extends StepProps {
  readonly backend: Backend;
}

/** Backend and region, for the header. */
export const placeOf = (backend: Backend | null): string =>
  backend === null ? 'no AWS account' : `${backend.kind === 'sandbox' ? 'sandbox' : 'AWS'} ${backend.region}`;
