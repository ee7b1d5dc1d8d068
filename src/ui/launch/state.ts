/** Owns the launch screen's state: the view folded from the launch's events, the question that is open, the undoing. */
import type { KubecoreError } from '../../cluster/errors.ts';
import type { LaunchEvent, LaunchPlan, LaunchView } from '../../cluster/launch-contract.ts';
import { initialLaunchView, reduceLaunch } from '../../cluster/launch-view.ts';

export type Question =
  /** Ctrl-C while it runs. */
  | 'interrupt'
  /** It failed. */
  | 'failed'
  /** Everything was deleted. */
  | 'undone';

export type Answer = 'go-on' | 'undo' | 'leave' | 'parameters' | 'quit';

export interface LaunchState {
  readonly view: LaunchView;
  /** Id of the newest stack event; those after it are new. */
  readonly lastEvent: string | null;
  /** AWS asked to slow down until then. */
  readonly throttledUntil: number | null;
  readonly question: { readonly about: Question; readonly selected: Answer } | null;
  readonly undoing: { readonly startedAt: number } | null;
  readonly undoError: KubecoreError | null;
  /** The first line shown while the user scrolls; null: folded to what is moving. */
  readonly scroll: number | null;
}

export type LaunchAction =
  | { readonly type: 'event'; readonly event: LaunchEvent }
  | { readonly type: 'ask' }
  | { readonly type: 'select'; readonly answer: Answer }
  | { readonly type: 'go-on' }
  | { readonly type: 'undo'; readonly at: number }
  | { readonly type: 'undone' }
  | { readonly type: 'undo-failed'; readonly error: KubecoreError }
  | { readonly type: 'scroll'; readonly offset: number | null };

export const initialLaunch = (plan: LaunchPlan): LaunchState => ({
  view: initialLaunchView(plan),
  lastEvent: null,
  throttledUntil: null,
  question: null,
  undoing: null,
  undoError: null,
  scroll: null,
});

/** The answers to a question, in order. Undoing is offered only when something was created. */
export function answersTo(state: LaunchState): readonly Answer[] {
  const created = state.view.stackId !== null;
  switch (state.question?.about) {
    case 'interrupt':
      return created ? ['go-on', 'leave', 'undo'] : ['go-on', 'leave'];
    case 'failed':
      return created ? ['leave', 'undo', 'parameters'] : ['parameters', 'quit'];
    case 'undone':
      return ['parameters', 'quit'];
    case undefined:
      return [];
  }
}

export function reduceLaunchScreen(state: LaunchState, action: LaunchAction): LaunchState {
  switch (action.type) {
    case 'event':
      return withEvent(state, action.event);
    case 'ask':
      return { ...state, question: { about: 'interrupt', selected: 'go-on' } };
    case 'select':
      return state.question ? { ...state, question: { ...state.question, selected: action.answer } } : state;
    case 'go-on':
      return { ...state, question: state.view.outcome?.type === 'failed' ? failedQuestion(state) : null };
    case 'undo':
      return { ...state, question: null, undoing: { startedAt: action.at }, undoError: null };
    case 'undone':
      return { ...state, undoing: null, question: { about: 'undone', selected: 'parameters' } };
    case 'undo-failed':
      return { ...state, undoing: null, undoError: action.error, question: failedQuestion(state) };
    case 'scroll':
      return { ...state, scroll: action.offset };
  }
}

const failedQuestion = (state: LaunchState): LaunchState['question'] => ({
  about: 'failed',
  // Nothing is deleted by an Enter too many.
  selected: state.view.stackId === null ? 'parameters' : 'leave',
});

function withEvent(state: LaunchState, event: LaunchEvent): LaunchState {
  const next = {
    ...state,
    view: reduceLaunch(state.view, event),
    lastEvent: event.type === 'stack-event' ? event.event.id : state.lastEvent,
    throttledUntil: event.type === 'throttled' ? event.retryAt : null,
  };
  // An undoing shows its own state; the launch's end does not matter any more.
  if (event.type !== 'failed' || state.undoing) return next;
  return { ...next, question: failedQuestion(next), scroll: null };
}
