/** Owns folding launch events into what a screen shows: the stack's resources and the road to healthy. Pure. */

import { RESOURCE_TYPE } from './instances-plan.ts';
import {
  type LaunchEvent,
  type LaunchPlan,
  type LaunchView,
  type ReadinessStep,
  type ResourceProgress,
  type StepProgress,
  stepsOf,
} from './launch-contract.ts';
import type { StackEvent } from './ports.ts';
import { isRealFailure } from './root-cause.ts';

/** Events of the whole, not of one of its resources. */
const WHOLE: readonly string[] = ['AWS::CloudFormation::Stack', RESOURCE_TYPE.launch];

/** Everything waits: what has not started shows too. */
export function initialLaunchView(plan: LaunchPlan): LaunchView {
  return {
    name: plan.name,
    blueprint: plan.blueprint,
    startedAt: null,
    stackId: null,
    stackStatus: null,
    resumed: false,
    resources: plan.resources.map(({ logicalId, type }) => ({
      logicalId,
      type,
      status: 'waiting',
      reason: null,
      startedAt: null,
      endedAt: null,
    })),
    cause: null,
    steps: stepsOf(plan.blueprint).map((step) => ({
      step,
      state: 'waiting',
      detail: '',
      startedAt: null,
      endedAt: null,
    })),
    outcome: null,
  };
}

/** The view after an event. */
export function reduceLaunch(view: LaunchView, event: LaunchEvent): LaunchView {
  switch (event.type) {
    case 'stack-started':
      return { ...view, startedAt: event.at, stackId: event.stackId, resumed: event.resumed };
    case 'stack-event':
      return withStackEvent(view, event.event);
    case 'stack-done':
      return { ...view, stackStatus: event.status };
    case 'step-started':
      return withStep(view, event.step, { state: 'running', startedAt: event.at });
    case 'step-progress':
      return withStep(view, event.step, { detail: event.detail });
    case 'step-done':
      return withStep(view, event.step, { state: 'done', detail: event.detail, endedAt: event.at });
    case 'throttled':
      return view;
    case 'healthy':
      return { ...view, outcome: { type: 'healthy', cluster: event.cluster } };
    case 'failed':
      return {
        ...view,
        steps: view.steps.map((step) =>
          step.state === 'running' ? { ...step, state: 'failed', endedAt: event.at } : step,
        ),
        outcome: {
          type: 'failed',
          error: event.error,
          related: event.related,
          consoles: event.consoles ?? [],
        },
      };
  }
}

function withStep(view: LaunchView, step: ReadinessStep, change: Partial<StepProgress>): LaunchView {
  return {
    ...view,
    steps: view.steps.map((progress) => (progress.step === step ? { ...progress, ...change } : progress)),
  };
}

/** An ended resource may begin again (a rollback deletes it): then its end is open once more. */
function withStackEvent(view: LaunchView, event: StackEvent): LaunchView {
  if (WHOLE.includes(event.type)) {
    const startedAt =
      event.status === 'CREATE_IN_PROGRESS' ? Math.min(view.startedAt ?? event.at, event.at) : view.startedAt;
    return { ...view, stackStatus: event.status, startedAt };
  }
  const known = view.resources.find(({ logicalId }) => logicalId === event.logicalId);
  const running = event.status.endsWith('_IN_PROGRESS');
  const next: ResourceProgress = {
    logicalId: event.logicalId,
    type: event.type,
    status: event.status,
    // A failure's reason outlives the deletion that follows it.
    reason: event.status.endsWith('_FAILED') ? event.reason : (known?.reason ?? null),
    startedAt: known?.startedAt ?? event.at,
    endedAt: running ? null : event.at,
  };
  return {
    ...view,
    cause: view.cause ?? (isRealFailure(event) ? event : null),
    resources: known
      ? view.resources.map((resource) => (resource === known ? next : resource))
      : [...view.resources, next],
  };
}
