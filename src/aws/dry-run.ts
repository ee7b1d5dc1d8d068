/** Owns asking EC2 whether it would carry a request out, by its DryRun flag: nothing is ever made here. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateKeyPairCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { KubecoreError } from '../cluster/errors.ts';
import type { DryRun } from '../cluster/ports.ts';
import { call, type SendOptions } from './call.ts';
import type { Asked } from './error-meanings.ts';
import { isAwsError } from './errors.ts';

/** EC2's answer to a permitted request that asked not to be carried out (EC2 API reference, "Common client errors"). */
const WOULD_DO = 'DryRunOperation';

/** An address of the block set aside for documentation (RFC 5737): the rule is never made, but has to be one. */
const NOBODY = '192.0.2.1/32';

/**
 * Resolves when EC2 would do it.
 * @throws KubecoreError with EC2's refusal: `UnauthorizedOperation` when a right is missing, else what is wrong with the
 *   request itself (EC2 looks at some of it before it looks at the rights)
 */
export async function dryRun(
  client: EC2Client,
  asked: Asked,
  request: DryRun,
  signal: AbortSignal | undefined,
): Promise<void> {
  const action = `ec2:${request.action}`;
  await call({ what: `EC2 would not do ${request.action}`, action }, asked, signal, async (options) => {
    try {
      await send(client, request, options);
    } catch (error) {
      if (isAwsError(error, WOULD_DO)) return;
      throw error;
    }
    // Never seen of AWS; an endpoint that does not know DryRun must not be trusted with a second try.
    throw new KubecoreError({
      what: `${action} could not be tried`,
      why: 'what answers does not know DryRun: it may have carried the request out',
      next: 'look for what was made and delete it',
      fault: 'aws',
      code: 'DryRunIgnored',
    });
  });
}

const DRY = { DryRun: true } as const;

async function send(client: EC2Client, request: DryRun, options: SendOptions): Promise<unknown> {
  switch (request.action) {
    case 'RunInstances':
      return client.send(
        new RunInstancesCommand({
          ...DRY,
          MinCount: 1,
          MaxCount: 1,
          ImageId: request.imageId,
          InstanceType: request.instanceType as never,
          ...(request.keyName === null ? {} : { KeyName: request.keyName }),
          ...(request.subnet === null ? {} : { SubnetId: request.subnet }),
          // Tagging at creation is a right of its own, ec2:CreateTags, which EC2 looks at too.
          TagSpecifications: (['instance', 'volume'] as const).map((ResourceType) => ({
            ResourceType,
            Tags: [{ Key: 'kubecore:cluster', Value: 'dry-run' }],
          })),
        }),
        options,
      );
    case 'CreateSecurityGroup':
      return client.send(
        new CreateSecurityGroupCommand({
          ...DRY,
          GroupName: request.name,
          Description: 'never made: kubecore asks whether it may',
          ...(request.vpc === null ? {} : { VpcId: request.vpc }),
        }),
        options,
      );
    case 'AuthorizeSecurityGroupIngress':
      return client.send(
        new AuthorizeSecurityGroupIngressCommand({
          ...DRY,
          GroupId: await defaultGroup(client, request.vpc, options),
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: NOBODY }] }],
        }),
        options,
      );
    case 'CreateLaunchTemplate':
      return client.send(
        new CreateLaunchTemplateCommand({
          ...DRY,
          LaunchTemplateName: request.name,
          LaunchTemplateData: { ImageId: request.imageId, InstanceType: request.instanceType as never },
        }),
        options,
      );
    case 'CreateKeyPair':
      return client.send(new CreateKeyPairCommand({ ...DRY, KeyName: request.name }), options);
  }
}

/**
 * The id of a VPC's `default` security group.
 * @throws KubecoreError when there is none, or when it may not be looked up: the right that is asked about stays unknown
 */
async function defaultGroup(client: EC2Client, vpc: string | null, options: SendOptions): Promise<string> {
  let group: string | undefined;
  try {
    const id = vpc ?? (await defaultVpc(client, options));
    const answer = await client.send(
      new DescribeSecurityGroupsCommand({
        Filters: [
          { Name: 'vpc-id', Values: [id ?? 'none'] },
          { Name: 'group-name', Values: ['default'] },
        ],
      }),
      options,
    );
    group = answer.SecurityGroups?.[0]?.GroupId;
  } catch (error) {
    if (!isAwsError(error, 'UnauthorizedOperation')) throw error;
    throw new KubecoreError({
      what: 'the right to open a port could not be tried',
      why: 'the default security group, to try it on, may not be looked up',
      next: 'have ec2:DescribeVpcs and ec2:DescribeSecurityGroups allowed by an IAM policy',
      fault: 'aws',
      code: 'NotTried',
      cause: error,
    });
  }
  if (group === undefined)
    throw new KubecoreError({
      what: 'the right to open a port could not be tried',
      why: 'there is no VPC to try it in',
      next: 'name a network with --vpc and --subnets',
      fault: 'aws',
      code: 'NoVpc',
    });
  return group;
}

const defaultVpc = async (client: EC2Client, options: SendOptions): Promise<string | undefined> =>
  (
    await client.send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }),
      options,
    )
  ).Vpcs?.[0]?.VpcId;
