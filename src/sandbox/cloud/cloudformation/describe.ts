/** Owns CloudFormation's read-only actions. */
import { validationError } from '../aws-error.ts';
import type { Actions } from '../request.ts';
import type { StackEventState, StackResourceState, StackState } from '../state.ts';
import { iso, members, type XmlObject } from '../xml.ts';
import { findStack, namedStack, paged } from './find.ts';
import { shownValue } from './parameters.ts';
import { templateOf } from './stack.ts';
import { readTemplate } from './template.ts';
import { TYPE_NAMES } from './types/index.ts';

const PAGE = 100;

const tagList = (tags: Readonly<Record<string, string>>): XmlObject =>
  members(Object.entries(tags).map(([Key, Value]) => ({ Key, Value })));

const summary = (stack: StackState): XmlObject => ({
  StackId: stack.id,
  StackName: stack.name,
  CreationTime: iso(stack.createdAt),
  LastUpdatedTime: stack.updatedAt === null ? undefined : iso(stack.updatedAt),
  DeletionTime: stack.deletedAt === null ? undefined : iso(stack.deletedAt),
  StackStatus: stack.status,
  StackStatusReason: stack.statusReason,
  DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
});

function describe(stack: StackState): XmlObject {
  const template = templateOf(stack.templateBody);
  return {
    ...summary(stack),
    Description: stack.description,
    Parameters: members(
      Object.entries(stack.parameters).map(([ParameterKey, value]) => ({
        ParameterKey,
        ParameterValue: shownValue(template.parameters[ParameterKey], value),
      })),
    ),
    RollbackConfiguration: {},
    DisableRollback: stack.onFailure === 'DO_NOTHING',
    NotificationARNs: members([]),
    Capabilities: members(stack.capabilities),
    Outputs: members(
      stack.outputs.map((output) => ({
        OutputKey: output.key,
        OutputValue: output.value,
        Description: output.description,
      })),
    ),
    Tags: tagList(stack.tags),
    EnableTerminationProtection: false,
  };
}

const eventFields = (stack: StackState, event: StackEventState): XmlObject => ({
  StackId: stack.id,
  EventId: event.id,
  StackName: stack.name,
  LogicalResourceId: event.logicalId,
  PhysicalResourceId: event.physicalId ?? '',
  ResourceType: event.type,
  Timestamp: iso(event.at),
  ResourceStatus: event.status,
  ResourceStatusReason: event.reason,
  ResourceProperties: event.properties,
});

const resourceFields = (resource: StackResourceState): XmlObject => ({
  LogicalResourceId: resource.logicalId,
  PhysicalResourceId: resource.physicalId,
  ResourceType: resource.type,
  ResourceStatus: resource.status,
  ResourceStatusReason: resource.reason,
  DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
});

/** Those that have had an event. */
const begun = (stack: StackState): StackResourceState[] =>
  stack.resources.filter((resource) => resource.status !== null);

export const describeActions: Actions = {
  ValidateTemplate: ({ params }) => {
    const template = readTemplate(params.text('TemplateBody') ?? '', TYPE_NAMES);
    return {
      Description: template.description,
      Parameters: members(
        Object.entries(template.parameters).map(([ParameterKey, parameter]) => ({
          ParameterKey,
          DefaultValue: parameter.Default === undefined ? undefined : String(parameter.Default),
          NoEcho: String(parameter.NoEcho ?? 'false') === 'true',
          Description: parameter.Description,
        })),
      ),
      Capabilities: members([]),
      DeclaredTransforms: members([]),
    };
  },

  DescribeStacks: ({ params, region }) => {
    const stacks = params.text('StackName')
      ? [namedStack(region, params)]
      : Object.values(region.stacks)
          .filter((stack) => stack.status !== 'DELETE_COMPLETE')
          .sort((a, b) => b.createdAt - a.createdAt);
    const { items, next } = paged(stacks, params, PAGE);
    return { Stacks: members(items.map(describe)), NextToken: next };
  },

  ListStacks: ({ params, region }) => {
    const wanted = params.texts('StackStatusFilter');
    const stacks = Object.values(region.stacks)
      .filter((stack) => wanted.length === 0 || wanted.includes(stack.status))
      .sort((a, b) => b.createdAt - a.createdAt);
    const { items, next } = paged(stacks, params, PAGE);
    return {
      StackSummaries: members(
        items.map((stack) => ({ ...summary(stack), TemplateDescription: stack.description })),
      ),
      NextToken: next,
    };
  },

  DescribeStackEvents: ({ params, region }) => {
    const stack = namedStack(region, params, (name) => `Stack [${name}] does not exist`);
    const newestFirst = [...stack.events].reverse();
    const { items, next } = paged(newestFirst, params, PAGE);
    return { StackEvents: members(items.map((event) => eventFields(stack, event))), NextToken: next };
  },

  DescribeStackResources: ({ params, region }) => {
    const physicalId = params.text('PhysicalResourceId');
    const stack = physicalId
      ? Object.values(region.stacks).find((one) =>
          one.resources.some((resource) => resource.physicalId === physicalId),
        )
      : namedStack(region, params);
    if (!stack) throw validationError(`Stack for ${physicalId} does not exist`);
    const logicalId = params.text('LogicalResourceId');
    return {
      StackResources: members(
        begun(stack)
          .filter((resource) => logicalId === undefined || resource.logicalId === logicalId)
          .map((resource) => ({
            StackName: stack.name,
            StackId: stack.id,
            ...resourceFields(resource),
            Timestamp: iso(resource.at),
          })),
      ),
    };
  },

  DescribeStackResource: ({ params, region }) => {
    const stack = namedStack(region, params, (name) => `Stack '${name}' does not exist`);
    const logicalId = params.text('LogicalResourceId') ?? '';
    const resource = begun(stack).find((one) => one.logicalId === logicalId);
    if (!resource) throw validationError(`Resource ${logicalId} does not exist for stack ${stack.name}`);
    return {
      StackResourceDetail: {
        StackName: stack.name,
        StackId: stack.id,
        ...resourceFields(resource),
        LastUpdatedTimestamp: iso(resource.at),
      },
    };
  },

  ListStackResources: ({ params, region }) => {
    const stack = namedStack(region, params, (name) => `Stack [${name}] does not exist`);
    const { items, next } = paged(begun(stack), params, PAGE);
    return {
      StackResourceSummaries: members(
        items.map((resource) => ({ ...resourceFields(resource), LastUpdatedTimestamp: iso(resource.at) })),
      ),
      NextToken: next,
    };
  },

  GetTemplate: ({ params, region }) => {
    const name = params.text('StackName') ?? '';
    const stack = findStack(region, name);
    if (!stack) throw validationError(`Stack with id ${name} does not exist`);
    return { TemplateBody: stack.templateBody, StagesAvailable: members(['Original', 'Processed']) };
  },
};
