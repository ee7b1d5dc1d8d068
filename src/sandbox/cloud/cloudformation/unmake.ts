/** Owns deleting resources in steps over time, those that depend on others first. */
import { AwsError } from '../aws-error.ts';
import { DURATION, real } from '../durations.ts';
import { activeFault, strike } from '../fault-state.ts';
import { uuid } from '../ids.ts';
import type { StackResourceState } from '../state.ts';
import { refuseDenied, refuseRollback } from './make.ts';
import { makingOf, resourceEvent, type StackStep } from './stack.ts';
import { typeNamed } from './types/index.ts';
import { reasonOf } from './types/type.ts';

const isGone = (resource: StackResourceState): boolean =>
  resource.status === null || resource.status === 'DELETE_COMPLETE';

export interface DeletionProgress {
  readonly moved: boolean;
  /** All gone, or nothing more can go. */
  readonly ended: boolean;
  readonly failed: readonly string[];
}

/** Moves the deletion of all the stack's resources on. */
export function unmakeAll(step: StackStep): DeletionProgress {
  const { stack } = step;
  let moved = false;
  for (const resource of stack.resources) {
    if (isGone(resource) || resource.status === 'DELETE_FAILED') continue;
    if (resource.work?.kind === 'delete') {
      moved = advanceDeletion(step, resource) || moved;
      continue;
    }
    const users = stack.resources.filter((other) => other.dependsOn.includes(resource.logicalId));
    if (!users.every(isGone)) continue;
    beginDeletion(step, resource);
    moved = true;
  }
  const failed = stack.resources.filter((one) => one.status === 'DELETE_FAILED').map((one) => one.logicalId);
  const busy = stack.resources.some((one) => one.work !== null);
  const ended = stack.resources.every(isGone) || (failed.length > 0 && !busy && !moved);
  return { moved, ended, failed };
}

function beginDeletion(step: StackStep, resource: StackResourceState): void {
  if (resource.physicalId === null) {
    // It failed before it was anything.
    resource.work = null;
    resourceEvent(step, resource, 'DELETE_COMPLETE');
    return;
  }
  resource.work = {
    kind: 'delete',
    stage: 'begun',
    since: step.now,
    until: step.now + real(step.world, DURATION.resourceBegins),
  };
  resourceEvent(step, resource, 'DELETE_IN_PROGRESS');
}

function advanceDeletion(step: StackStep, resource: StackResourceState): boolean {
  const { world, region, now } = step;
  const work = resource.work;
  const id = resource.physicalId;
  if (!work || id === null || work.until > now) return false;
  const type = typeNamed(resource.type);
  if (work.stage === 'called') {
    if (!type.removed(region, id)) return false;
    resource.work = null;
    resourceEvent(step, resource, 'DELETE_COMPLETE');
    return true;
  }
  try {
    refuseDenied(step, type.actions.remove);
    refuseByFault(step, resource);
    if (step.stack.operation?.kind === 'rollback') refuseRollback(step, resource);
    type.remove(makingOf(step, resource.logicalId), id, resource.properties ?? {});
    work.stage = 'called';
    work.since = now;
    work.until = now + real(world, DURATION.resourceDeletes);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    resource.work = null;
    resourceEvent(step, resource, 'DELETE_FAILED', reasonOf(type, error, uuid(world)));
  }
  return true;
}

/** The fault `delete-refused` strikes a deletion that the user asked for, not a rollback. */
function refuseByFault(step: StackStep, resource: StackResourceState): void {
  const fault = activeFault(step.world, 'delete-refused', step.now);
  if (!fault || step.stack.operation?.kind !== 'delete') return;
  const first =
    step.stack.resources.find((one) => one.type === 'AWS::EC2::SecurityGroup') ?? step.stack.resources[0];
  if ((fault.target ?? first?.logicalId) !== resource.logicalId) return;
  strike(step.world, fault);
  throw new AwsError('DependencyViolation', `resource ${resource.physicalId} has a dependent object`);
}
