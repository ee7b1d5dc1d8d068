/** Owns CloudFormation: stacks, their events, and the client, imported when it is first asked. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  GetTemplateCommand,
  type Parameter,
  paginateDescribeStackEvents,
  paginateDescribeStacks,
  type Stack as SdkStack,
  UpdateStackCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import type { Cloud, Stack, StackEvent } from '../cluster/ports.ts';
import { call } from './call.ts';
import { type ChangeSets, changeSets, type Wanted } from './change-sets.ts';
import type { ClientSetup } from './client-config.ts';
import { isAwsError } from './errors.ts';
import { plain } from './text.ts';

/** Every stack of ours carries it; its value is the cluster's name. */
const CLUSTER_TAG = 'kubecore:cluster';

export type CloudFormation = Pick<
  Cloud,
  | 'validateTemplate'
  | 'createStack'
  | 'stack'
  | 'stackTemplate'
  | 'stacks'
  | 'stackEvents'
  | 'updateStack'
  | 'deleteStack'
  | keyof ChangeSets
>;

const parameterList = (parameters: Readonly<Record<string, string>>): Parameter[] =>
  Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));

const record = <T>(
  items: readonly T[] | undefined,
  pair: (item: T) => [string | undefined, string | undefined],
) => Object.fromEntries((items ?? []).map(pair).map(([key, value]) => [key ?? '', value ?? '']));

function readStack(stack: SdkStack): Stack {
  return {
    id: stack.StackId ?? '',
    name: stack.StackName ?? '',
    status: stack.StackStatus ?? '',
    statusReason: stack.StackStatusReason ? plain(stack.StackStatusReason) : null,
    createdAt: stack.CreationTime?.getTime() ?? 0,
    parameters: record(stack.Parameters, (p) => [p.ParameterKey, p.ParameterValue]),
    tags: record(stack.Tags, (t) => [t.Key, t.Value]),
    outputs: record(stack.Outputs, (o) => [o.OutputKey, o.OutputValue]),
  };
}

/** CloudFormation has no error of its own for it. */
const isNoSuchStack = (error: unknown): boolean =>
  isAwsError(error, 'ValidationError') && /does not exist/.test(error.message);

export function createCloudFormation({ sdk, asked }: ClientSetup): CloudFormation {
  const client = new CloudFormationClient(sdk);

  const stack: CloudFormation['stack'] = (nameOrId, signal) =>
    call(
      { what: `the stack "${nameOrId}" was not looked up`, action: 'cloudformation:DescribeStacks' },
      asked,
      signal,
      async (options) => {
        try {
          const pages = paginateDescribeStacks({ client }, { StackName: nameOrId }, options);
          for await (const page of pages) {
            const [found] = page.Stacks ?? [];
            if (found !== undefined) return readStack(found);
          }
          return null;
        } catch (error) {
          if (isNoSuchStack(error)) return null;
          throw error;
        }
      },
    );

  /** With the template kept, every parameter must be named again, if only to say that it stays. */
  const keptParameters = async (
    nameOrId: string,
    changed: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<Parameter[]> => {
    const now = await stack(nameOrId, signal);
    return Object.keys(now?.parameters ?? {})
      .filter((key) => changed[key] === undefined)
      .map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true }));
  };

  /** What a new template or new values come to; with values alone, the template and the other values stay. */
  const wanted: Wanted = async (nameOrId, template, signal) => {
    const changed = parameterList(template.parameters);
    return 'body' in template
      ? { TemplateBody: template.body, Parameters: changed }
      : {
          UsePreviousTemplate: true,
          Parameters: [...changed, ...(await keptParameters(nameOrId, template.parameters, signal))],
        };
  };

  return {
    stack,
    ...changeSets(client, asked, wanted),

    async validateTemplate(body, signal) {
      await call(
        { what: 'the template was not accepted', action: 'cloudformation:ValidateTemplate' },
        asked,
        signal,
        (options) => client.send(new ValidateTemplateCommand({ TemplateBody: body }), options),
      );
    },

    async createStack(create, signal) {
      const answer = await call(
        { what: `the stack "${create.name}" was not created`, action: 'cloudformation:CreateStack' },
        asked,
        signal,
        (options) =>
          client.send(
            new CreateStackCommand({
              StackName: create.name,
              TemplateBody: create.body,
              Parameters: parameterList(create.parameters),
              Tags: Object.entries(create.tags).map(([Key, Value]) => ({ Key, Value })),
              ClientRequestToken: create.token,
            }),
            options,
          ),
      );
      return answer.StackId ?? '';
    },

    async stackTemplate(nameOrId, signal) {
      const answer = await call(
        { what: `the template of "${nameOrId}" was not read`, action: 'cloudformation:GetTemplate' },
        asked,
        signal,
        (options) =>
          client.send(new GetTemplateCommand({ StackName: nameOrId, TemplateStage: 'Original' }), options),
      );
      return answer.TemplateBody ?? '';
    },

    stacks: (signal) =>
      call(
        { what: `the stacks of ${asked.region} were not listed`, action: 'cloudformation:DescribeStacks' },
        asked,
        signal,
        async (options) => {
          const found: Stack[] = [];
          for await (const page of paginateDescribeStacks({ client }, {}, options))
            found.push(...(page.Stacks ?? []).map(readStack));
          return found.filter(
            ({ status, tags }) => status !== 'DELETE_COMPLETE' && tags[CLUSTER_TAG] !== undefined,
          );
        },
      ),

    stackEvents: (nameOrId, afterId, signal) =>
      call(
        { what: `the events of "${nameOrId}" were not listed`, action: 'cloudformation:DescribeStackEvents' },
        asked,
        signal,
        async (options) => {
          // AWS gives the newest first, so the first known one ends the search.
          const newestFirst: StackEvent[] = [];
          const pages = paginateDescribeStackEvents({ client }, { StackName: nameOrId }, options);
          for await (const page of pages) {
            for (const event of page.StackEvents ?? []) {
              if (event.EventId === afterId) return newestFirst.reverse();
              newestFirst.push({
                id: event.EventId ?? '',
                at: event.Timestamp?.getTime() ?? 0,
                logicalId: event.LogicalResourceId ?? '',
                physicalId: event.PhysicalResourceId || null,
                type: event.ResourceType ?? '',
                status: event.ResourceStatus ?? '',
                reason: event.ResourceStatusReason ? plain(event.ResourceStatusReason) : null,
              });
            }
          }
          return newestFirst.reverse();
        },
      ),

    async updateStack(nameOrId, template, signal) {
      const update = await wanted(nameOrId, template, signal);
      await call(
        { what: `the stack "${nameOrId}" was not updated`, action: 'cloudformation:UpdateStack' },
        asked,
        signal,
        (options) => client.send(new UpdateStackCommand({ StackName: nameOrId, ...update }), options),
      );
    },

    async deleteStack(nameOrId, signal) {
      await call(
        { what: `the stack "${nameOrId}" was not deleted`, action: 'cloudformation:DeleteStack' },
        asked,
        signal,
        (options) => client.send(new DeleteStackCommand({ StackName: nameOrId }), options),
      );
    },
  };
}
