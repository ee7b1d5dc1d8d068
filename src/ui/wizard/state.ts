/** Owns the setup as a whole: which step shows, forth and back, and every step's answers, kept while it is open. */
import { DEFAULTS, type Parameters } from '../../cluster/parameters.ts';
import {
  type FormAction,
  type FormState,
  initialForm,
  parametersOf,
  passes,
  reduceForm,
} from './form-state.ts';
import {
  type ChosenKey,
  initialKeyPair,
  type KeyPairAction,
  type KeyPairState,
  reduceKeyPair,
} from './key-pair-state.ts';
import {
  initialPrerequisites,
  type PrerequisitesAction,
  type PrerequisitesState,
  reducePrerequisites,
} from './prerequisites-state.ts';
import { initialReview, type ReviewAction, type ReviewState, reduceReview } from './review-state.ts';

/** In order; their places are those of widgets/steps.ts. */
export const WIZARD_STEPS = ['prerequisites', 'key-pair', 'parameters', 'review'] as const;
export type WizardStep = (typeof WIZARD_STEPS)[number];

export interface WizardState {
  readonly step: WizardStep;
  readonly prerequisites: PrerequisitesState;
  readonly keyPair: KeyPairState;
  readonly form: FormState;
  readonly review: ReviewState;
}

export type WizardAction =
  | { readonly type: 'next' }
  | { readonly type: 'back' }
  /** After a launch: the form again, the name asked for anew. */
  | { readonly type: 'to-parameters' }
  | { readonly type: 'prerequisites'; readonly action: PrerequisitesAction }
  | { readonly type: 'key-pair'; readonly action: KeyPairAction }
  | { readonly type: 'form'; readonly action: FormAction }
  | { readonly type: 'review'; readonly action: ReviewAction };

/** The setup as it opens: `given` is what the command line said, `defaults` what an untouched field holds. */
export function initialWizard(
  given: Parameters,
  defaults: Parameters,
  flags: readonly string[],
): WizardState {
  return {
    step: 'prerequisites',
    prerequisites: initialPrerequisites,
    keyPair: initialKeyPair(given.keyPair),
    // What is the article's default in `given` was not typed: the backend's default takes its place.
    form: reduceForm(initialForm(given, DEFAULTS), { type: 'defaults', defaults, flags }),
    review: initialReview,
  };
}

export function reduceWizard(state: WizardState, action: WizardAction): WizardState {
  switch (action.type) {
    case 'next':
      return to(state, WIZARD_STEPS.indexOf(state.step) + 1);
    case 'back':
      return to(state, WIZARD_STEPS.indexOf(state.step) - 1);
    case 'to-parameters':
      return to({ ...state, form: { ...reduceForm(state.form, { type: 'rename' }), named: null } }, 2);
    case 'prerequisites':
      return { ...state, prerequisites: reducePrerequisites(state.prerequisites, action.action) };
    case 'key-pair': {
      const keyPair = reduceKeyPair(state.keyPair, action.action);
      const next = { ...state, keyPair };
      // A chosen pair, and one just created and saved, are the answer of this step.
      const answered = action.action.type === 'choose' || action.action.type === 'saved';
      return answered && state.step === 'key-pair' ? to(next, 2) : next;
    }
    case 'form': {
      const form = reduceForm(state.form, action.action);
      if (form.continuing && passes(form)) return to({ ...state, form: { ...form, continuing: false } }, 3);
      return { ...state, form };
    }
    case 'review':
      return { ...state, review: reduceReview(state.review, action.action) };
  }
}

function to(state: WizardState, index: number): WizardState {
  const step = WIZARD_STEPS[Math.max(0, Math.min(WIZARD_STEPS.length - 1, index))]!;
  if (step === state.step) return state;
  // What was found out for other answers does not hold for these.
  const review = step === 'review' ? reduceReview(state.review, { type: 'look' }) : state.review;
  return { ...state, step, review };
}

/** All answers together: what a launch is made from. */
export interface Answers {
  readonly parameters: Parameters;
  /** null only while no key pair is chosen: the review comes after that. */
  readonly key: ChosenKey | null;
}

export function answers(state: WizardState): Answers {
  const { chosen } = state.keyPair;
  return { parameters: { ...parametersOf(state.form), keyPair: chosen?.name ?? null }, key: chosen };
}
