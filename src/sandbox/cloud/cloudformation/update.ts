/**
 * Owns stack updates: which resources change in place, which are replaced, made or dropped; the clean-up of what was
 * replaced; and going back to the previous template and parameters when one fails.
 */
import { AwsError, validationError } from '../aws-error.ts';
import { DURATION, real } from '../durations.ts';
import { uuid } from '../ids.ts';
import type { StackResourceState, StackState } from '../state.ts';
import { advance, begin, propertiesOf } from './make.ts';
import {
  includedResources,
  makingOf,
  newResource,
  outputsOf,
  resourceEvent,
  type StackStep,
  scopeOf,
  stackEvent,
  templateOf,
} from './stack.ts';
import { typeNamed } from './types/index.ts';
import { reasonOf } from './types/type.ts';

export interface UpdateRequest {
  readonly templateBody: string;
  readonly parameters: Record<string, string>;
  readonly tags: Record<string, string>;
}

const VERB = { update: 'UPDATE', 'update-rollback': 'UPDATE_ROLLBACK' } as const;

/**
 * Begins an update.
 * @throws AwsError ValidationError when there is nothing to do, or a resource would change its type
 */
export function startUpdate(step: StackStep, request: UpdateRequest): void {
  const { stack, now } = step;
  const previous = { templateBody: stack.templateBody, parameters: stack.parameters, tags: stack.tags };
  const restore = (): void => {
    Object.assign(stack, previous);
  };
  Object.assign(stack, request);
  try {
    const template = templateOf(stack.templateBody);
    const wanted = includedResources(template, scopeOf(step, template));
    const retyped = wanted.filter((one) =>
      stack.resources.some((have) => have.logicalId === one.logicalId && have.type !== one.type),
    );
    if (retyped.length > 0)
      throw validationError(
        `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${retyped.map((one) => one.logicalId).join(', ')}]`,
      );
    const unchanged =
      wanted.length === stack.resources.length &&
      same(request.tags, previous.tags) &&
      wanted.every((one) => {
        const have = stack.resources.find((other) => other.logicalId === one.logicalId);
        return have !== undefined && same(propertiesOf(step, one.logicalId), have.properties);
      }) &&
      same(outputsOf(step, template), stack.outputs);
    if (unchanged) throw validationError('No updates are to be performed.');
  } catch (error) {
    restore();
    throw error;
  }
  stack.updatedAt = now;
  stack.operation = { kind: 'update', since: now, leftovers: [], previous, cleaning: false };
  stackEvent(step, 'UPDATE_IN_PROGRESS', 'User Initiated');
  layOut(step);
}

/** Makes the stack's list of resources fit its template: new ones wait, dropped ones become leftovers. */
function layOut(step: StackStep): void {
  const { stack, now } = step;
  const template = templateOf(stack.templateBody);
  const wanted = includedResources(template, scopeOf(step, template));
  const dropped = stack.resources.filter((have) => !wanted.some((one) => one.logicalId === have.logicalId));
  for (const resource of dropped)
    if (resource.physicalId !== null)
      stack.operation?.leftovers.push({
        logicalId: resource.logicalId,
        type: resource.type,
        physicalId: resource.physicalId,
        properties: resource.properties,
        until: null,
      });
  stack.resources = wanted.map((definition) => {
    const have = stack.resources.find((one) => one.logicalId === definition.logicalId);
    if (!have) return newResource(definition, now);
    return { ...have, dependsOn: [...definition.dependsOn], work: null, done: false };
  });
}

export const same = (a: unknown, b: unknown): boolean => stable(a) === stable(b);

/** JSON with sorted keys. */
function stable(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`;
  return `{${Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, part]) => `${JSON.stringify(key)}:${stable(part)}`)
    .join(',')}}`;
}

export function stepUpdate(step: StackStep): boolean {
  const { stack } = step;
  const operation = stack.operation;
  if (!operation || (operation.kind !== 'update' && operation.kind !== 'update-rollback')) return false;
  const verb = VERB[operation.kind];
  if (operation.cleaning) return cleanUp(step, verb);

  let moved = false;
  for (const resource of stack.resources) moved = stepResource(step, resource) || moved;
  const failed = stack.resources.filter((one) => one.status?.endsWith('_FAILED')).map((one) => one.logicalId);
  if (failed.length > 0) {
    if (operation.kind === 'update') fail(step, failed);
    else {
      stack.operation = null;
      stackEvent(
        step,
        'UPDATE_ROLLBACK_FAILED',
        `The following resource(s) failed to update: [${failed.join(', ')}]. `,
      );
    }
    return true;
  }
  if (!stack.resources.every((one) => one.done)) return moved;
  operation.cleaning = true;
  stackEvent(step, `${verb}_COMPLETE_CLEANUP_IN_PROGRESS`);
  return true;
}

function stepResource(step: StackStep, resource: StackResourceState): boolean {
  const { stack } = step;
  if (resource.work) return advance(step, resource, resource.work.kind === 'create' ? 'CREATE' : 'UPDATE');
  if (resource.done) return false;
  const ready = resource.dependsOn.every(
    (id) => stack.resources.find((one) => one.logicalId === id)?.done === true,
  );
  if (!ready) return false;
  if (resource.physicalId === null) {
    begin(step, resource, 'CREATE', 'create');
    return true;
  }
  const next = propertiesOf(step, resource.logicalId);
  const before = resource.properties ?? {};
  const changed = [...new Set([...Object.keys(next), ...Object.keys(before)])].filter(
    (name) => !same(next[name], before[name]),
  );
  const type = typeNamed(resource.type);
  // A change of the stack's tags reaches what can be changed in place.
  const retagged = !same(stack.operation?.previous?.tags ?? stack.tags, stack.tags);
  if (changed.length === 0 && !(retagged && type.update)) {
    resource.done = true;
    // Only one that an update failed on is not COMPLETE here.
    if (!resource.status?.endsWith('_COMPLETE')) resourceEvent(step, resource, 'UPDATE_COMPLETE');
    return true;
  }
  const replaced = !type.update || changed.some((name) => type.replacedOn.includes(name));
  begin(
    step,
    resource,
    'UPDATE',
    replaced ? 'replace' : 'update',
    replaced
      ? 'Requested update requires the creation of a new physical resource; hence creating one.'
      : null,
  );
  return true;
}

function fail(step: StackStep, first: readonly string[]): void {
  const { stack, now } = step;
  const previous = stack.operation?.previous;
  const leftovers = stack.operation?.leftovers ?? [];
  for (const resource of stack.resources) {
    if (!resource.work) continue;
    const verb = resource.work.kind === 'create' ? 'CREATE' : 'UPDATE';
    resource.work = null;
    resourceEvent(
      step,
      resource,
      `${verb}_FAILED`,
      `Resource ${verb === 'CREATE' ? 'creation' : 'update'} cancelled`,
    );
  }
  const failed = stack.resources.filter((one) => one.status?.endsWith('_FAILED'));
  const others = failed.map((one) => one.logicalId).filter((id) => !first.includes(id));
  if (!previous) throw new Error('an update has nothing to go back to');
  Object.assign(stack, previous);
  stack.operation = { kind: 'update-rollback', since: now, leftovers, previous: null, cleaning: false };
  stackEvent(
    step,
    'UPDATE_ROLLBACK_IN_PROGRESS',
    `The following resource(s) failed to update: [${[...first, ...others].join(', ')}]. `,
  );
  for (const resource of failed) resource.status = 'UPDATE_IN_PROGRESS';
  bringBack(stack);
  layOut(step);
}

/** What was replaced or dropped is still there: the stack takes it back, and drops what took its place. */
function bringBack(stack: StackState): void {
  const operation = stack.operation;
  if (!operation) return;
  const old = operation.leftovers;
  operation.leftovers = [];
  for (const leftover of old) {
    const resource = stack.resources.find((one) => one.logicalId === leftover.logicalId);
    if (!resource) {
      stack.resources.push({
        ...leftover,
        status: 'UPDATE_COMPLETE',
        reason: null,
        at: operation.since,
        dependsOn: [],
        work: null,
        done: false,
      });
      continue;
    }
    if (resource.physicalId !== null && resource.physicalId !== leftover.physicalId)
      operation.leftovers.push({
        ...leftover,
        physicalId: resource.physicalId,
        properties: resource.properties,
      });
    resource.physicalId = leftover.physicalId;
    resource.properties = leftover.properties;
  }
}

/** Deletes what the update left over, then ends it. */
function cleanUp(step: StackStep, verb: 'UPDATE' | 'UPDATE_ROLLBACK'): boolean {
  const { world, region, stack, now } = step;
  const operation = stack.operation;
  if (!operation) return false;
  let moved = false;
  let refused: (() => void) | undefined;
  for (const leftover of [...operation.leftovers]) {
    const type = typeNamed(leftover.type);
    const ghost: StackResourceState = {
      ...leftover,
      status: null,
      reason: null,
      at: now,
      dependsOn: [],
      work: null,
      done: true,
    };
    const drop = (): void => {
      operation.leftovers = operation.leftovers.filter((other) => other !== leftover);
      moved = true;
    };
    if (leftover.until !== null) {
      if (now < leftover.until || !type.removed(region, leftover.physicalId)) continue;
      drop();
      resourceEvent(step, ghost, 'DELETE_COMPLETE');
      continue;
    }
    try {
      type.remove(makingOf(step, leftover.logicalId), leftover.physicalId, leftover.properties ?? {});
      leftover.until = now + real(world, DURATION.resourceDeletes);
      resourceEvent(step, ghost, 'DELETE_IN_PROGRESS');
      moved = true;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      // Another leftover may still hold it.
      refused ??= () => {
        drop();
        resourceEvent(step, ghost, 'DELETE_FAILED', reasonOf(type, error, uuid(world)));
      };
    }
  }
  // None is left to wait for: the update ends without what cannot be deleted, as CloudFormation's does.
  if (!moved && !operation.leftovers.some((one) => one.until !== null)) refused?.();
  if (operation.leftovers.length > 0) return moved;
  stack.operation = null;
  stack.outputs = outputsOf(step, templateOf(stack.templateBody));
  stackEvent(step, `${verb}_COMPLETE`);
  return true;
}
