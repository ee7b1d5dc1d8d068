/** Owns making one resource in steps over time: the first event, the call to the service, the wait until it is ready. */

import { lastToFail } from '../autoscaling/reconcile.ts';
import { AwsError } from '../aws-error.ts';
import { DURATION, real } from '../durations.ts';
import { activeFault, denial, isDenied, launchConfigurationsRefused, strike } from '../fault-state.ts';
import { uuid } from '../ids.ts';
import { stackFault } from '../launch-refusal.ts';
import type { StackResourceState } from '../state.ts';
import { resolveObject } from './functions.ts';
import { makingOf, resourceEvent, type StackStep, scopeOf, templateOf } from './stack.ts';
import { typeNamed } from './types/index.ts';
import { checkProperties, reasonOf } from './types/type.ts';

export type Verb = 'CREATE' | 'UPDATE';

/** Resolved properties of a resource under the stack's present template and parameters. */
export function propertiesOf(step: StackStep, logicalId: string): Record<string, unknown> {
  const template = templateOf(step.stack.templateBody);
  const definition = template.resources.find((one) => one.logicalId === logicalId);
  return resolveObject(definition?.properties ?? {}, scopeOf(step, template));
}

/** First event; the call comes a little later. */
export function begin(
  step: StackStep,
  resource: StackResourceState,
  verb: Verb,
  kind: 'create' | 'update' | 'replace',
  reason: string | null = null,
): void {
  resource.work = {
    kind,
    stage: 'begun',
    since: step.now,
    until: step.now + real(step.world, DURATION.resourceBegins),
  };
  resourceEvent(step, resource, `${verb}_IN_PROGRESS`, reason);
}

/**
 * Moves a begun resource on. Returns true when it moved; its status is then `VERB_IN_PROGRESS`, `VERB_COMPLETE` or
 * `VERB_FAILED`.
 */
export function advance(step: StackStep, resource: StackResourceState, verb: Verb): boolean {
  const { world, now } = step;
  const work = resource.work;
  if (!work || work.until > now) return false;
  const type = typeNamed(resource.type);
  const making = makingOf(step, resource.logicalId);
  const before = resource.properties;
  try {
    if (work.stage === 'called') {
      if (resource.physicalId === null) throw new Error('a resource was called without a physical id');
      if (!type.ready(making, resource.physicalId, work.since)) return false;
      resource.work = null;
      resource.done = true;
      resourceEvent(step, resource, `${verb}_COMPLETE`);
      return true;
    }
    const properties = propertiesOf(step, resource.logicalId);
    checkProperties(type, properties);
    if (step.stack.operation?.kind === 'update-rollback') refuseRollback(step, resource);
    if (work.kind === 'update' && type.update && resource.physicalId !== null) {
      // Kept as the new ones even if it fails half-way: going back then really changes it back.
      resource.properties = properties;
      type.update(making, resource.physicalId, properties, before ?? {});
    } else {
      refuseDenied(step, type.actions.create);
      strikeFault(step, resource);
      const old = resource.physicalId;
      resource.physicalId = type.create(making, properties);
      if (old !== null && work.kind === 'replace')
        step.stack.operation?.leftovers.push({
          logicalId: resource.logicalId,
          type: resource.type,
          physicalId: old,
          properties: resource.properties,
          until: null,
        });
      resource.properties = properties;
      resourceEvent(step, resource, `${verb}_IN_PROGRESS`, 'Resource creation Initiated');
    }
    work.stage = 'called';
    work.since = now;
    work.until = now + real(world, type.duration);
    return true;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    resource.work = null;
    resourceEvent(step, resource, `${verb}_FAILED`, reasonOf(type, error, uuid(world)));
    return true;
  }
}

/** What a service answers when the fault `stack-fails` strikes a resource that starts no instance. */
const REFUSALS: Readonly<Record<string, AwsError>> = {
  'AWS::EC2::SecurityGroup': new AwsError(
    'SecurityGroupLimitExceeded',
    'The maximum number of security groups for this VPC has been reached.',
  ),
  'AWS::EC2::SecurityGroupIngress': new AwsError(
    'RulesPerSecurityGroupLimitExceeded',
    'The maximum number of rules per security group has been reached.',
  ),
  'AWS::AutoScaling::LaunchConfiguration': launchConfigurationsRefused(),
  'AWS::EC2::LaunchTemplate': new AwsError(
    'LaunchTemplateLimitExceeded',
    'You have reached the limit on the number of launch templates.',
  ),
};

function strikeFault(step: StackStep, resource: StackResourceState): void {
  const refusal = REFUSALS[resource.type];
  if (step.stack.operation?.kind !== 'create' || !refusal) return;
  if (stackFault(step.world, step.now, resource.logicalId, lastToFail(step.stack))) throw refusal;
}

/** CloudFormation acts with the caller's rights, and says which of them was missing. */
export function refuseDenied({ world, now }: StackStep, action: string): void {
  if (!isDenied(world, action, now)) return;
  const { code, message, status } = denial(world, action);
  throw new AwsError(code, `API: ${action} ${message}`, status);
}

/** Going back is refused where the fault `rollback-fails` has it. */
export function refuseRollback(step: StackStep, resource: StackResourceState): void {
  const { world, stack, now } = step;
  const fault = activeFault(world, 'rollback-fails', now);
  if (!fault) return;
  const { resources } = stack;
  const first = resources.find((one) => one.type === 'AWS::EC2::SecurityGroup') ?? resources[0];
  const meant = fault.target ?? (stack.operation?.kind === 'update-rollback' ? resource : first)?.logicalId;
  if (meant !== resource.logicalId) return;
  strike(world, fault);
  throw new AwsError('DependencyViolation', `resource ${resource.physicalId} has a dependent object`);
}
