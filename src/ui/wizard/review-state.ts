/** Owns step 4's state: what is found out before a launch, the view, and the choice to launch, go back or quit. */
import { KubecoreError } from '../../cluster/errors.ts';
import { LOOKING, type Look } from './look.ts';

export const REVIEW_CHOICES = ['launch', 'back', 'quit'] as const;
export type ReviewChoice = (typeof REVIEW_CHOICES)[number];

/** What is checked before anything is created. */
export interface Preflight {
  /** Who may reach port 22, as a net block. */
  readonly sshFrom: Look<string>;
  /** The image, in words. */
  readonly image: Look<string>;
  /** CloudFormation's word on the template. */
  readonly template: Look<string>;
  /** The discovery URL, in words: a given one was looked at, a new one is made at launch. */
  readonly discovery: Look<string>;
}

export interface ReviewState {
  readonly preflight: Preflight;
  readonly view: 'summary' | 'template';
  readonly scroll: { readonly summary: number; readonly template: number };
  /** null: not moved yet. */
  readonly choice: ReviewChoice | null;
  /** Launch was chosen: the name is asked for once more, the discovery URL made. */
  readonly preparing: boolean;
  readonly error: KubecoreError | null;
}

export type ReviewAction =
  | { readonly type: 'look' }
  | { readonly type: 'found'; readonly what: Partial<Preflight> }
  | { readonly type: 'view' }
  | { readonly type: 'scroll'; readonly offset: number }
  | { readonly type: 'choose'; readonly choice: ReviewChoice }
  | { readonly type: 'prepare' }
  | { readonly type: 'refused'; readonly error: KubecoreError };

export const initialReview: ReviewState = {
  preflight: { sshFrom: LOOKING, image: LOOKING, template: LOOKING, discovery: LOOKING },
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
      const preflight = { ...state.preflight, ...action.what };
      // Who was told to wait is told no longer than the wait lasts.
      const waited = state.error?.code === STILL_CHECKING && obstacle(preflight)?.code !== STILL_CHECKING;
      return { ...state, preflight, error: waited ? null : state.error };
    }
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
      return { ...state, preparing: false, error: action.error };
  }
}

/** Launching costs money on AWS, so there it takes a key to choose it; in the sandbox it is free. */
export const selectedChoice = (state: ReviewState, kind: 'aws' | 'sandbox'): ReviewChoice =>
  state.choice ?? (kind === 'sandbox' ? 'launch' : 'back');

const STILL_CHECKING = 'StillChecking';

/** Whether an answer is still to come: until then a launch would create what was not shown. */
export const stillChecking = (preflight: Preflight): boolean =>
  (Object.values(preflight) as Look<string>[]).some((look) => look.status === 'looking');

/** What stands in the way of a launch: a failed check, or one still under way. null: nothing. */
export function obstacle(preflight: Preflight): KubecoreError | null {
  for (const look of Object.values(preflight) as Look<string>[]) {
    if (look.status === 'failed') return look.error;
  }
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
