/** Owns security groups: made, opened, found by their tags, deleted. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  type EC2Client,
  type IpPermission,
  paginateDescribeSecurityGroups,
} from '@aws-sdk/client-ec2';
import type { CreateSecurityGroup, IngressRule } from '../cluster/ports.ts';
import { call } from './call.ts';
import type { Asked } from './error-meanings.ts';
import { isAwsError } from './errors.ts';
import { awsTags, type Filter, readTags } from './tags.ts';

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Groups that pass all filters, by id. */
export async function securityGroups(
  client: EC2Client,
  asked: Asked,
  filters: readonly Filter[],
  signal: AbortSignal | undefined,
): Promise<readonly SecurityGroup[]> {
  const found: SecurityGroup[] = [];
  await call(
    {
      what: `the security groups of ${asked.region} were not listed`,
      action: 'ec2:DescribeSecurityGroups',
    },
    asked,
    signal,
    async (options) => {
      const pages = paginateDescribeSecurityGroups(
        { client, pageSize: 1_000 },
        { Filters: [...filters] },
        options,
      );
      for await (const page of pages)
        for (const group of page.SecurityGroups ?? [])
          found.push({ id: group.GroupId ?? '', name: group.GroupName ?? '', tags: readTags(group.Tags) });
    },
  );
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export async function createSecurityGroup(
  client: EC2Client,
  asked: Asked,
  create: CreateSecurityGroup,
  signal: AbortSignal | undefined,
): Promise<string> {
  const answer = await call(
    { what: `the security group "${create.name}" was not created`, action: 'ec2:CreateSecurityGroup' },
    asked,
    signal,
    (options) =>
      client.send(
        new CreateSecurityGroupCommand({
          GroupName: create.name,
          Description: create.description,
          ...(create.vpc === null ? {} : { VpcId: create.vpc }),
          TagSpecifications: [{ ResourceType: 'security-group', Tags: awsTags(create.tags) }],
        }),
        options,
      ),
  );
  return answer.GroupId ?? '';
}

const permission = (groupId: string, rule: IngressRule): IpPermission => ({
  IpProtocol: rule.protocol,
  FromPort: rule.fromPort,
  ToPort: rule.toPort,
  ...(rule.from === 'members'
    ? { UserIdGroupPairs: [{ GroupId: groupId, Description: rule.description }] }
    : { IpRanges: [{ CidrIp: rule.from, Description: rule.description }] }),
});

/** One rule a call: EC2 refuses the whole of a call in which one is there already. */
export async function allowIngress(
  client: EC2Client,
  asked: Asked,
  groupId: string,
  rules: readonly IngressRule[],
  tags: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const rule of rules)
    await call(
      {
        what: `the security group ${groupId} was not opened`,
        action: 'ec2:AuthorizeSecurityGroupIngress',
      },
      asked,
      signal,
      async (options) => {
        try {
          await client.send(
            new AuthorizeSecurityGroupIngressCommand({
              GroupId: groupId,
              IpPermissions: [permission(groupId, rule)],
              TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: awsTags(tags) }],
            }),
            options,
          );
        } catch (error) {
          if (!isAwsError(error, 'InvalidPermission.Duplicate')) throw error;
        }
      },
    );
}

export async function deleteSecurityGroup(
  client: EC2Client,
  asked: Asked,
  groupId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await call(
    { what: `the security group ${groupId} was not deleted`, action: 'ec2:DeleteSecurityGroup' },
    asked,
    signal,
    async (options) => {
      try {
        await client.send(new DeleteSecurityGroupCommand({ GroupId: groupId }), options);
      } catch (error) {
        if (!isAwsError(error, 'InvalidGroup.NotFound', 'InvalidGroupId.NotFound')) throw error;
      }
    },
  );
}
