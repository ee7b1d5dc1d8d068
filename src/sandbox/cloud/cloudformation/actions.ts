/** Owns CloudFormation's actions that change stacks: CreateStack, UpdateStack, DeleteStack. */
import { AwsError, validationError } from '../aws-error.ts';
import { uuid } from '../ids.ts';
import type { Params } from '../params.ts';
import type { Actions, AwsCall } from '../request.ts';
import type { StackState } from '../state.ts';
import { changeSetActions } from './change-sets.ts';
import { describeActions } from './describe.ts';
import { startDeletion } from './engine.ts';
import { findStack, namedStack } from './find.ts';
import { resolveParameters } from './parameters.ts';
import { includedResources, newResource, type StackStep, scopeOf, stackEvent, templateOf } from './stack.ts';
import { readTemplate } from './template.ts';
import { TYPE_NAMES } from './types/index.ts';
import { startUpdate } from './update.ts';
import {
  changeable,
  readParameters,
  readTags,
  readUpdate,
  rehearse,
  templateBody,
} from './update-request.ts';

function readOnFailure(params: Params): StackState['onFailure'] {
  const onFailure = params.text('OnFailure');
  if (onFailure !== undefined && params.has('DisableRollback'))
    throw validationError('You can specify either OnFailure or DisableRollback, but not both.');
  if (params.flag('DisableRollback')) return 'DO_NOTHING';
  if (onFailure === undefined) return 'ROLLBACK';
  if (onFailure === 'ROLLBACK' || onFailure === 'DELETE' || onFailure === 'DO_NOTHING') return onFailure;
  throw validationError(
    `1 validation error detected: Value '${onFailure}' at 'onFailure' failed to satisfy constraint: Member must satisfy enum value set: [ROLLBACK, DELETE, DO_NOTHING]`,
  );
}

function createStack(call: AwsCall): { StackId: string } {
  const { params, world, region, now } = call;
  const name = params.text('StackName') ?? '';
  if (!/^[a-zA-Z][-a-zA-Z0-9]*$/.test(name))
    throw validationError(
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  if (name.length > 128)
    throw validationError(
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must have length less than or equal to 128`,
    );
  const token = params.text('ClientRequestToken') ?? null;
  const existing = findStack(region, name);
  if (existing) {
    if (token !== null && existing.token === token) return { StackId: existing.id };
    throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`);
  }
  const body = templateBody(params);
  const template = readTemplate(body, TYPE_NAMES);
  const stack: StackState = {
    id: `arn:aws:cloudformation:${region.name}:${world.account}:stack/${name}/${uuid(world)}`,
    name,
    status: '',
    statusReason: null,
    createdAt: now,
    updatedAt: null,
    deletedAt: null,
    description: template.description,
    templateBody: body,
    parameters: resolveParameters(template, readParameters(params)),
    tags: readTags(params),
    capabilities: params.texts('Capabilities'),
    onFailure: readOnFailure(params),
    token,
    resources: [],
    events: [],
    outputs: [],
    operation: { kind: 'create', since: now, leftovers: [], previous: null, cleaning: false },
  };
  const step: StackStep = { world, region, stack, now };
  rehearse(step, template);
  stack.resources = includedResources(template, scopeOf(step, template)).map((one) => newResource(one, now));
  region.stacks[stack.id] = stack;
  stackEvent(step, 'CREATE_IN_PROGRESS', 'User Initiated');
  return { StackId: stack.id };
}

function updateStack(call: AwsCall): { StackId: string } {
  const { params, world, region, now } = call;
  const stack = namedStack(region, params, (name) => `Stack [${name}] does not exist`);
  changeable(stack);
  const step: StackStep = { world, region, stack, now };
  const request = readUpdate(step, params);
  startUpdate(step, request);
  stack.description = templateOf(request.templateBody).description;
  return { StackId: stack.id };
}

function deleteStack(call: AwsCall): Record<string, never> {
  const { params, world, region, now } = call;
  const name = params.text('StackName') ?? '';
  const stack = findStack(region, name);
  // Deleting what is not there is no error in CloudFormation.
  if (!stack || stack.operation?.kind === 'delete' || stack.status === 'DELETE_COMPLETE') return {};
  if (stack.operation?.kind === 'update' || stack.operation?.kind === 'update-rollback')
    throw validationError(`Stack [${stack.name}] cannot be deleted while in status ${stack.status}`);
  startDeletion({ world, region, stack, now }, 'delete', 'User Initiated');
  return {};
}

export const cloudFormationActions: Actions = {
  ...describeActions,
  ...changeSetActions,
  CreateStack: createStack,
  UpdateStack: updateStack,
  DeleteStack: deleteStack,
};
