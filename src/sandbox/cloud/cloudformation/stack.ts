/** Owns a stack's own data: making it from a checked template, its events, and the values its template can look up. */
import type { World } from '../../contract.ts';
import { uuid } from '../ids.ts';
import { zonesOf } from '../regions.ts';
import type { CloudRegion, StackResourceState, StackState } from '../state.ts';
import { isTrue, resolve, type Scope } from './functions.ts';
import type { Json } from './parse.ts';
import { readTemplate, type Template, type TemplateResource } from './template.ts';
import { TYPE_NAMES, typeNamed } from './types/index.ts';
import type { Making } from './types/type.ts';

export const STACK_TYPE = 'AWS::CloudFormation::Stack';

/** Templates by their text, read once: the engine asks for them at every step. */
const read = new Map<string, Template>();

export function templateOf(body: string): Template {
  const known = read.get(body);
  if (known) return known;
  const template = readTemplate(body, TYPE_NAMES);
  if (read.size > 50) read.clear();
  read.set(body, template);
  return template;
}

/** All that one step of a stack needs. */
export interface StackStep {
  readonly world: World;
  readonly region: CloudRegion;
  readonly stack: StackState;
  readonly now: number;
}

export function newResource(definition: TemplateResource, now: number): StackResourceState {
  return {
    logicalId: definition.logicalId,
    type: definition.type,
    physicalId: null,
    status: null,
    reason: null,
    at: now,
    dependsOn: [...definition.dependsOn],
    properties: null,
    work: null,
    done: false,
  };
}

export function scopeOf(step: StackStep, template: Template): Scope {
  const { world, region, stack } = step;
  const made = (logicalId: string): StackResourceState | undefined =>
    stack.resources.find((one) => one.logicalId === logicalId);
  return {
    template,
    parameters: stack.parameters,
    region: region.name,
    account: world.account,
    stackName: stack.name,
    stackId: stack.id,
    zones: (name) => zonesOf(name === '' ? region.name : name),
    ref: (logicalId) => made(logicalId)?.physicalId ?? logicalId,
    attribute: (logicalId, name) => {
      const resource = made(logicalId);
      return resource?.physicalId
        ? typeNamed(resource.type).attribute(region, resource.physicalId, name)
        : undefined;
    },
  };
}

/** The template's resources whose condition holds. */
export function includedResources(template: Template, scope: Scope): TemplateResource[] {
  const included = template.resources.filter((one) => one.condition === null || isTrue(one.condition, scope));
  const ids = new Set(included.map((one) => one.logicalId));
  return included.map((one) => ({ ...one, dependsOn: one.dependsOn.filter((id) => ids.has(id)) }));
}

export function outputsOf(step: StackStep, template: Template): StackState['outputs'] {
  const scope = scopeOf(step, template);
  return Object.entries(template.outputs)
    .filter(([, output]) => output.condition === null || isTrue(output.condition, scope))
    .map(([key, output]) => ({
      key,
      value: shown(resolve(output.value, scope)),
      description: output.description,
    }));
}

const shown = (value: Json | undefined): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');

export function makingOf(step: StackStep, logicalId: string): Making {
  const { world, region, stack, now } = step;
  return {
    world,
    region,
    now,
    logicalId,
    stackName: stack.name,
    tags: {
      'aws:cloudformation:stack-name': stack.name,
      'aws:cloudformation:stack-id': stack.id,
      'aws:cloudformation:logical-id': logicalId,
      ...stack.tags,
    },
  };
}

/** Enters the stack's own next status, as an event too. */
export function stackEvent(step: StackStep, status: string, reason: string | null = null): void {
  const { world, stack, now } = step;
  stack.status = status;
  stack.statusReason = reason;
  stack.events.push({
    id: uuid(world),
    at: eventTime(stack, now),
    logicalId: stack.name,
    physicalId: stack.id,
    type: STACK_TYPE,
    status,
    reason,
    properties: null,
  });
}

/** Enters a resource's next status, as an event too. */
export function resourceEvent(
  step: StackStep,
  resource: StackResourceState,
  status: string,
  reason: string | null = null,
): void {
  const { world, stack, now } = step;
  resource.status = status;
  resource.reason = reason;
  resource.at = now;
  stack.events.push({
    id: `${resource.logicalId}-${status}-${uuid(world).slice(0, 13)}`,
    at: eventTime(stack, now),
    logicalId: resource.logicalId,
    physicalId: resource.physicalId,
    type: resource.type,
    status,
    reason,
    properties: resource.properties ? JSON.stringify(resource.properties) : null,
  });
}

/** Events of one step differ by a millisecond, so that sorting by time keeps their order. */
const eventTime = (stack: StackState, now: number): number =>
  Math.max(now, (stack.events.at(-1)?.at ?? 0) + 1);
