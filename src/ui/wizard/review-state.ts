/** Owns step 4's state: what the preflight found, the view, and the choice to launch, go back or quit. */
import { KubecoreError } from '../../cluster/errors.ts';
import { type Check, type CheckName, refusals, type Settled } from '../../cluster/preflight-contract.ts';

export const REVIEW_CHOICES = ['launch', 'back', 'quit'] as const;
export type ReviewChoice = (typeof REVIEW_CHOICES)[number];

/** What is checked before anything is created. */
export interface Preflight {
  /** Those that have answered. */
  readonly checks: Readonly<Partial<Record<CheckName, Check>>>;
  /** null until all have answered. */
  readonly settled: Settled | null;
  /** What ended the preflight itself. */
  readonly error: KubecoreError | null;
}

export interface ReviewState {
  readonly preflight: Preflight;
  readonly view: 'summary' | 'template';
  readonly scroll: { readonly summary: number; readonly template: number };
  /** null: not moved yet. */
  readonly choice: ReviewChoice | null;
  /** Launch was chosen: the name is asked for once more. */
  readonly preparing: boolean;
  readonly error: KubecoreError | null;
}

export type ReviewAction =
  | { readonly type: 'look' }
  | { readonly type: 'found'; readonly check: Check }
  | { readonly type: 'settled'; readonly settled: Settled }
  | { readonly type: 'stopped'; readonly error: KubecoreError }
  | { readonly type: 'view' }
  | { readonly type: 'scroll'; readonly offset: number }
  | { readonly type: 'choose'; readonly choice: ReviewChoice }
  | { readonly type: 'prepare' }
  | { readonly type: 'refused'; readonly error: KubecoreError };

export const initialReview: ReviewState = {
  preflight: { checks: {}, settled: null, error: null },
  view: 'summary',
  scroll: { summary: 0, template: 0 },
  choice: null,
  preparing: false,
  error: null,
};

export function reduceReview(state: ReviewState, action: ReviewAction): ReviewState {
  switch (action.type) {
    case 'look':
      return { ...initialReview, view: state.view };
    case 'found': {
      const { check } = action;
      return withPreflight(state, {
        ...state.preflight,
        checks: { ...state.preflight.checks, [check.check]: check },
      });
    }
    case 'settled':
      return withPreflight(state, { ...state.preflight, settled: action.settled });
    case 'stopped':
      return withPreflight(state, { ...state.preflight, error: action.error });
    case 'view':
      return { ...state, view: state.view === 'summary' ? 'template' : 'summary' };
    case 'scroll':
      return state.scroll[state.view] === action.offset
        ? state
        : { ...state, scroll: { ...state.scroll, [state.view]: action.offset } };
    case 'choose':
      return { ...state, choice: action.choice, error: null };
    case 'prepare':
      return { ...state, preparing: true, error: null };
    case 'refused':
      // What is in the way stands first.
      return { ...state, preparing: false, error: action.error, scroll: { ...state.scroll, summary: 0 } };
  }
}

/** Who was told to wait is told no longer than the wait lasts. */
function withPreflight(state: ReviewState, preflight: Preflight): ReviewState {
  const waited = state.error?.code === STILL_CHECKING && obstacle(preflight)?.code !== STILL_CHECKING;
  return { ...state, preflight, error: waited ? null : state.error };
}

/** Launching costs money on AWS, so there it takes a key to choose it; in the sandbox it is free. */
export const selectedChoice = (state: ReviewState, kind: 'aws' | 'sandbox'): ReviewChoice =>
  state.choice ?? (kind === 'sandbox' ? 'launch' : 'back');

const STILL_CHECKING = 'StillChecking';

/** Whether an answer is still to come: until then a launch would create what was not shown. */
export const stillChecking = ({ settled, error }: Preflight): boolean => settled === null && error === null;

/** All that the checks found wrong, in their order. */
export const failures = ({ checks, error }: Preflight): readonly KubecoreError[] => [
  ...(error === null ? [] : [error]),
  ...refusals(Object.values(checks)),
];

/** What stands in the way of a launch: a failed check, or one still under way. null: nothing. */
export function obstacle(preflight: Preflight): KubecoreError | null {
  const [first] = failures(preflight);
  if (first) return first;
  return stillChecking(preflight)
    ? new KubecoreError({
        what: 'not everything is checked yet',
        why: 'AWS has not answered',
        next: 'wait for the checks, then launch',
        fault: 'input',
        code: STILL_CHECKING,
      })
    : null;
}
