/** Owns CloudFormation's change sets: made, read whole, carried out, deleted. */
import {
  type Change,
  type CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import type { Cloud, ResourceChange, StackTemplate } from '../cluster/ports.ts';
import { call } from './call.ts';
import type { Asked } from './error-meanings.ts';
import { plain } from './text.ts';

export type ChangeSets = Pick<
  Cloud,
  'createChangeSet' | 'changeSet' | 'executeChangeSet' | 'deleteChangeSet'
>;

/** A request's fields for a new template, or for new values under the old one. */
export type Wanted = (
  nameOrId: string,
  template: StackTemplate | { readonly parameters: Readonly<Record<string, string>> },
  signal: AbortSignal | undefined,
) => Promise<Pick<CreateChangeSetCommandInput, 'TemplateBody' | 'UsePreviousTemplate' | 'Parameters'>>;

export function changeSets(client: CloudFormationClient, asked: Asked, wanted: Wanted): ChangeSets {
  return {
    async createChangeSet(nameOrId, name, template, signal) {
      const fields = await wanted(nameOrId, template, signal);
      const answer = await call(
        {
          what: `the change of "${nameOrId}" was not prepared`,
          action: 'cloudformation:CreateChangeSet',
        },
        asked,
        signal,
        (options) =>
          client.send(
            new CreateChangeSetCommand({
              StackName: nameOrId,
              ChangeSetName: name,
              ChangeSetType: 'UPDATE',
              // A repeated request is the same one.
              ClientToken: name,
              ...fields,
            }),
            options,
          ),
      );
      return answer.Id ?? '';
    },

    changeSet: (id, signal) =>
      call(
        { what: 'the change set was not read', action: 'cloudformation:DescribeChangeSet' },
        asked,
        signal,
        async (options) => {
          const changes: Change[] = [];
          let page: DescribeChangeSetCommandOutput;
          let next: string | undefined;
          do {
            page = await client.send(
              new DescribeChangeSetCommand({
                ChangeSetName: id,
                IncludePropertyValues: true,
                ...(next === undefined ? {} : { NextToken: next }),
              }),
              options,
            );
            changes.push(...(page.Changes ?? []));
            next = page.NextToken;
          } while (next !== undefined);
          return {
            id: page.ChangeSetId ?? id,
            status: page.Status ?? '',
            statusReason: page.StatusReason ? plain(page.StatusReason) : null,
            changes: changes.map(readChange),
          };
        },
      ),

    async executeChangeSet(id, token, signal) {
      await call(
        { what: 'the change was not carried out', action: 'cloudformation:ExecuteChangeSet' },
        asked,
        signal,
        (options) =>
          client.send(new ExecuteChangeSetCommand({ ChangeSetName: id, ClientRequestToken: token }), options),
      );
    },

    async deleteChangeSet(id, signal) {
      await call(
        { what: 'the change set was not deleted', action: 'cloudformation:DeleteChangeSet' },
        asked,
        signal,
        (options) => client.send(new DeleteChangeSetCommand({ ChangeSetName: id }), options),
      );
    },
  };
}

function readChange({ ResourceChange: change }: Change): ResourceChange {
  return {
    action: change?.Action === 'Add' || change?.Action === 'Remove' ? change.Action : 'Modify',
    logicalId: change?.LogicalResourceId ?? '',
    physicalId: change?.PhysicalResourceId || null,
    type: change?.ResourceType ?? '',
    replacement: change?.Replacement ?? null,
    details: (change?.Details ?? []).map(({ Target, CausingEntity }) => ({
      property: Target?.Attribute === 'Properties' ? (Target.Name ?? null) : null,
      causedBy: CausingEntity || null,
      before: Target?.BeforeValue ?? null,
      after: Target?.AfterValue ?? null,
    })),
  };
}
