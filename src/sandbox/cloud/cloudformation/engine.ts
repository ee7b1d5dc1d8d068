/**
 * Owns moving stacks on in time: creation in dependency order, rollback, deletion (updates are update.ts). Everything it
 * remembers is in the stack, so that a saved world goes on where it was.
 */
import type { World } from '../../contract.ts';
import { lastToFail } from '../autoscaling/reconcile.ts';
import { activeFault, strike } from '../fault-state.ts';
import { stackFault } from '../launch-refusal.ts';
import type { CloudRegion, StackState } from '../state.ts';
import { advance, begin } from './make.ts';
import { unknownValue } from './parameters.ts';
import { outputsOf, resourceEvent, type StackStep, stackEvent, templateOf } from './stack.ts';
import { unmakeAll } from './unmake.ts';
import { stepUpdate } from './update.ts';

/** Moves one stack on. True when something changed. */
export function stepStack(world: World, region: CloudRegion, stack: StackState, now: number): boolean {
  const step: StackStep = { world, region, stack, now };
  let moved = false;
  // One tick may end a resource and begin what waited for it.
  for (let round = 0; round < 100; round += 1) {
    if (!stack.operation || !stepOnce(step)) return moved;
    moved = true;
  }
  return moved;
}

function stepOnce(step: StackStep): boolean {
  switch (step.stack.operation?.kind) {
    case 'create':
      return stepCreate(step);
    case 'rollback':
      return stepDeletion(step, 'ROLLBACK');
    case 'delete':
      return stepDeletion(step, 'DELETE');
    case 'update':
    case 'update-rollback':
      return stepUpdate(step);
    default:
      return false;
  }
}

function stepCreate(step: StackStep): boolean {
  const { stack } = step;
  let moved = false;
  // AWS's own kinds of parameter are looked up before the first resource is begun.
  const wrong = stack.resources.every(({ status }) => status === null) ? unknownValue(step) : null;
  if (wrong !== null) {
    startDeletion(step, 'rollback', `${wrong} Rollback requested by user.`);
    return true;
  }
  for (const resource of stack.resources) {
    if (resource.status === null) {
      const waits = resource.dependsOn.some(
        (id) => stack.resources.find((one) => one.logicalId === id)?.status !== 'CREATE_COMPLETE',
      );
      if (waits) continue;
      begin(step, resource, 'CREATE', 'create');
      moved = true;
    } else {
      moved = advance(step, resource, 'CREATE') || moved;
    }
  }
  if (stack.resources.some((one) => one.status === 'CREATE_FAILED')) {
    failCreate(step);
    return true;
  }
  if (stack.resources.every((one) => one.status === 'CREATE_COMPLETE')) {
    stack.outputs = outputsOf(step, templateOf(stack.templateBody));
    stack.operation = null;
    stackEvent(step, 'CREATE_COMPLETE');
    return true;
  }
  return moved;
}

function failCreate(step: StackStep): void {
  const { world, stack, now } = step;
  for (const resource of stack.resources) {
    if (!resource.work) continue;
    resource.work = null;
    resourceEvent(step, resource, 'CREATE_FAILED', 'Resource creation cancelled');
  }
  const failed = stack.resources.filter((one) => one.status === 'CREATE_FAILED').map((one) => one.logicalId);
  const fault = activeFault(world, 'stack-fails', now);
  if (fault && failed.some((id) => stackFault(world, now, id, lastToFail(stack)))) strike(world, fault);
  const what = `The following resource(s) failed to create: [${failed.join(', ')}].`;
  if (stack.onFailure === 'DO_NOTHING') {
    stack.operation = null;
    stackEvent(step, 'CREATE_FAILED', `${what} `);
    return;
  }
  const deletes = stack.onFailure === 'DELETE';
  startDeletion(
    step,
    deletes ? 'delete' : 'rollback',
    `${what} ${deletes ? 'Delete' : 'Rollback'} requested by user.`,
  );
}

/** Begins to delete a stack, or to roll its creation back. */
export function startDeletion(step: StackStep, kind: 'delete' | 'rollback', reason: string | null): void {
  const { stack, now } = step;
  for (const resource of stack.resources) {
    resource.work = null;
    // A deletion that failed is tried again.
    if (resource.status === 'DELETE_FAILED' || resource.status === 'DELETE_IN_PROGRESS')
      resource.status = 'CREATE_COMPLETE';
  }
  stack.operation = { kind, since: now, leftovers: [], previous: null, cleaning: false };
  stackEvent(step, kind === 'delete' ? 'DELETE_IN_PROGRESS' : 'ROLLBACK_IN_PROGRESS', reason);
}

function stepDeletion(step: StackStep, verb: 'ROLLBACK' | 'DELETE'): boolean {
  const { stack, now } = step;
  const { moved, ended, failed } = unmakeAll(step);
  if (!ended) return moved;
  stack.operation = null;
  if (failed.length > 0) {
    stackEvent(
      step,
      `${verb}_FAILED`,
      `The following resource(s) failed to delete: [${failed.join(', ')}]. `,
    );
    return true;
  }
  if (verb === 'DELETE') stack.deletedAt = now;
  stack.outputs = [];
  stackEvent(step, `${verb}_COMPLETE`);
  return true;
}
