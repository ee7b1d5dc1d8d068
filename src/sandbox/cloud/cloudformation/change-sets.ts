/** Owns CloudFormation's change sets: made, looked at, carried out once, deleted. Only of kind UPDATE. */
import { AwsError, validationError } from '../aws-error.ts';
import { DURATION, real } from '../durations.ts';
import { uuid } from '../ids.ts';
import type { Actions, AwsCall } from '../request.ts';
import type { ChangeSetState, ResourceChangeState, StackState } from '../state.ts';
import { iso, members, type XmlObject } from '../xml.ts';
import { changesOf } from './changes.ts';
import { namedStack, paged } from './find.ts';
import { unknownValue } from './parameters.ts';
import { type StackStep, templateOf } from './stack.ts';
import { same, startUpdate } from './update.ts';
import { changeable, readUpdate } from './update-request.ts';

const PAGE = 100;

const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

const missing = (name: string): AwsError =>
  new AwsError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, 404);

/** By ARN, or by name in the stack that StackName means. */
function find({ params, region }: AwsCall): { stack: StackState; changeSet: ChangeSetState } {
  const name = params.text('ChangeSetName') ?? '';
  const stacks = name.startsWith('arn:') ? Object.values(region.stacks) : [namedStack(region, params)];
  for (const stack of stacks) {
    const changeSet = stack.changeSets?.find((one) => one.id === name || one.name === name);
    if (changeSet) return { stack, changeSet };
  }
  throw missing(name);
}

interface Standing {
  readonly status: string;
  readonly execution: string;
}

/** Where it stands now: it takes a moment to be made, and is carried out as long as its update runs. */
function standing(stack: StackState, changeSet: ChangeSetState, now: number): Standing {
  if (now < changeSet.readyAt) return { status: 'CREATE_IN_PROGRESS', execution: 'UNAVAILABLE' };
  if (changeSet.refusal !== null) return { status: 'FAILED', execution: 'UNAVAILABLE' };
  const { executed } = changeSet;
  if (executed === null) return { status: 'CREATE_COMPLETE', execution: 'AVAILABLE' };
  const running = stack.operation !== null && stack.operation.since === executed;
  if (running && stack.operation?.kind === 'update')
    return { status: 'CREATE_COMPLETE', execution: 'EXECUTE_IN_PROGRESS' };
  return {
    status: 'CREATE_COMPLETE',
    execution: stack.status === 'UPDATE_COMPLETE' ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED',
  };
}

function createChangeSet(call: AwsCall): XmlObject {
  const { params, region, world, now } = call;
  const name = params.text('ChangeSetName') ?? '';
  if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name))
    throw validationError(
      `1 validation error detected: Value '${name}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  if ((params.text('ChangeSetType') ?? 'UPDATE') !== 'UPDATE')
    throw validationError('The sandbox makes change sets for stacks that are there (ChangeSetType UPDATE).');
  const stack = namedStack(region, params, (unknown) => `Stack [${unknown}] does not exist`);
  changeable(stack);
  if (stack.changeSets?.some((one) => one.name === name))
    throw new AwsError('AlreadyExistsException', `ChangeSet ${name} already exists on stack ${stack.name}`);
  const step: StackStep = { world, region, stack, now };
  const request = readUpdate(step, params);
  const wanted: StackStep = { ...step, stack: { ...stack, ...request } };
  const changes = changesOf(step, request);
  const outputs = same(templateOf(request.templateBody).outputs, templateOf(stack.templateBody).outputs);
  const changeSet: ChangeSetState = {
    id: `arn:aws:cloudformation:${region.name}:${world.account}:changeSet/${name}/${uuid(world)}`,
    name,
    description: params.text('Description') ?? null,
    createdAt: now,
    readyAt: now + real(world, DURATION.changeSet),
    refusal: unknownValue(wanted) ?? (changes.length === 0 && outputs ? NO_CHANGES : null),
    executed: null,
    ...request,
    changes,
  };
  stack.changeSets = [...(stack.changeSets ?? []), changeSet];
  return { Id: changeSet.id, StackId: stack.id };
}

const changeXml = (change: ResourceChangeState, values: boolean): XmlObject => ({
  Type: 'Resource',
  ResourceChange: {
    PolicyAction:
      change.action === 'Remove' ? 'Delete' : change.replacement === 'True' ? 'ReplaceAndDelete' : undefined,
    Action: change.action,
    LogicalResourceId: change.logicalId,
    PhysicalResourceId: change.physicalId,
    ResourceType: change.type,
    Replacement: change.replacement,
    Scope: members(change.scope),
    Details: members(
      change.details.map((detail) => ({
        Target: {
          Attribute: detail.attribute,
          Name: detail.name,
          RequiresRecreation: detail.requiresRecreation,
          BeforeValue: values ? detail.before : undefined,
          AfterValue: values ? detail.after : undefined,
        },
        Evaluation: detail.evaluation,
        ChangeSource: detail.source,
        CausingEntity: detail.causedBy,
      })),
    ),
  },
});

const summary = (stack: StackState, changeSet: ChangeSetState, now: number): XmlObject => {
  const { status, execution } = standing(stack, changeSet, now);
  return {
    StackId: stack.id,
    StackName: stack.name,
    ChangeSetId: changeSet.id,
    ChangeSetName: changeSet.name,
    ExecutionStatus: execution,
    Status: status,
    StatusReason: status === 'FAILED' ? changeSet.refusal : undefined,
    CreationTime: iso(changeSet.createdAt),
    Description: changeSet.description,
    IncludeNestedStacks: false,
  };
};

export const changeSetActions: Actions = {
  CreateChangeSet: createChangeSet,

  DescribeChangeSet: (call) => {
    const { stack, changeSet } = find(call);
    const made = call.now >= changeSet.readyAt;
    const { items, next } = paged(made ? changeSet.changes : [], call.params, PAGE);
    return {
      ...summary(stack, changeSet, call.now),
      Parameters: members(
        Object.entries(changeSet.parameters).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
      ),
      Tags: members(Object.entries(changeSet.tags).map(([Key, Value]) => ({ Key, Value }))),
      Changes: members(items.map((change) => changeXml(change, call.params.flag('IncludePropertyValues')))),
      NextToken: next,
    };
  },

  ListChangeSets: ({ params, region, now }) => {
    const stack = namedStack(region, params, (name) => `Stack [${name}] does not exist`);
    const { items, next } = paged(stack.changeSets ?? [], params, PAGE);
    return { Summaries: members(items.map((one) => summary(stack, one, now))), NextToken: next };
  },

  ExecuteChangeSet: (call) => {
    const { world, region, now } = call;
    const { stack, changeSet } = find(call);
    const { status, execution } = standing(stack, changeSet, now);
    if (execution !== 'AVAILABLE')
      throw new AwsError(
        'InvalidChangeSetStatus',
        `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${execution === 'UNAVAILABLE' ? status : execution}]`,
      );
    changeable(stack);
    const { templateBody, parameters, tags } = changeSet;
    startUpdate({ world, region, stack, now }, { templateBody, parameters, tags });
    stack.description = templateOf(templateBody).description;
    changeSet.executed = now;
    // The others were made for a stack that is no more.
    stack.changeSets = [changeSet];
    return {};
  },

  DeleteChangeSet: (call) => {
    const { stack, changeSet } = find(call);
    if (standing(stack, changeSet, call.now).execution === 'EXECUTE_IN_PROGRESS')
      throw new AwsError(
        'InvalidChangeSetStatus',
        `ChangeSet [${changeSet.id}] cannot be deleted in its current status of [EXECUTE_IN_PROGRESS]`,
      );
    stack.changeSets = stack.changeSets?.filter((one) => one !== changeSet) ?? [];
    return {};
  },
};
