/** Owns EC2 instances, their consoles, and images. */
import {
  DescribeImagesCommand,
  type EC2Client,
  type Instance as Ec2Instance,
  GetConsoleOutputCommand,
  paginateDescribeInstances,
} from '@aws-sdk/client-ec2';
import { byAge } from '../cluster/identity.ts';
import type { Cloud, Instance } from '../cluster/ports.ts';
import { call } from './call.ts';
import type { Asked } from './error-meanings.ts';
import { isAwsError } from './errors.ts';
import { type Filter, readTags, tagFilter } from './tags.ts';
import { plain } from './text.ts';

/** Instances of a stack by the tags that CloudFormation gives. */
export function instances(
  client: EC2Client,
  asked: Asked,
  stackNameOrId: string,
  signal: AbortSignal | undefined,
): Promise<readonly Instance[]> {
  const tag = stackNameOrId.startsWith('arn:') ? 'stack-id' : 'stack-name';
  const filter = tagFilter(`aws:cloudformation:${tag}`, stackNameOrId);
  return instancesWith(client, asked, [filter], `"${stackNameOrId}"`, signal);
}

/** Instances that pass all filters, oldest first; terminated ones while EC2 lists them. `whose` is for the error. */
export async function instancesWith(
  client: EC2Client,
  asked: Asked,
  filters: readonly Filter[],
  whose: string,
  signal: AbortSignal | undefined,
): Promise<readonly Instance[]> {
  const found: Instance[] = [];
  await call(
    { what: `the instances of ${whose} were not listed`, action: 'ec2:DescribeInstances' },
    asked,
    signal,
    async (options) => {
      const pages = paginateDescribeInstances(
        { client, pageSize: 1_000 },
        { Filters: [...filters] },
        options,
      );
      for await (const page of pages)
        for (const reservation of page.Reservations ?? [])
          found.push(...(reservation.Instances ?? []).map(readInstance));
    },
  );
  return found.sort(byAge);
}

export function readInstance(instance: Ec2Instance): Instance {
  return {
    id: instance.InstanceId ?? '',
    type: instance.InstanceType ?? '',
    zone: instance.Placement?.AvailabilityZone ?? '',
    imageId: instance.ImageId ?? '',
    keyName: instance.KeyName || null,
    state: instance.State?.Name ?? 'pending',
    stateReason: instance.StateReason?.Message ? plain(instance.StateReason.Message) : null,
    launchTime: instance.LaunchTime?.getTime() ?? 0,
    publicAddress: instance.PublicIpAddress || null,
    publicName: instance.PublicDnsName || null,
    privateAddress: instance.PrivateIpAddress || null,
    tags: readTags(instance.Tags),
  };
}

/** Refusals of `Latest`, which only instances of the Nitro kind know. */
const NO_LATEST = [
  'UnsupportedOperation',
  'Unsupported',
  'UnsupportedParameter',
  'InvalidParameterCombination',
  'InvalidParameterValue',
];

/** The serial console: the newest where the instance can, else what EC2 kept of the boot. */
export async function consoleOutput(
  client: EC2Client,
  asked: Asked,
  instanceId: string,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const answer = await call(
    { what: `the console of ${instanceId} was not read`, action: 'ec2:GetConsoleOutput' },
    asked,
    signal,
    async (options) => {
      try {
        return await client.send(
          new GetConsoleOutputCommand({ InstanceId: instanceId, Latest: true }),
          options,
        );
      } catch (error) {
        if (!isAwsError(error, ...NO_LATEST)) throw error;
        return client.send(new GetConsoleOutputCommand({ InstanceId: instanceId }), options);
      }
    },
  );
  return answer.Output ? Buffer.from(answer.Output, 'base64').toString('utf8') : null;
}

/** An image, or null when EC2 does not know it or it is not shared with this account any more. */
export async function image(
  client: EC2Client,
  asked: Asked,
  id: string,
  signal: AbortSignal | undefined,
): ReturnType<Cloud['image']> {
  return call(
    { what: `the image ${id} was not looked up`, action: 'ec2:DescribeImages' },
    asked,
    signal,
    async (options) => {
      try {
        const answer = await client.send(
          new DescribeImagesCommand({ ImageIds: [id], IncludeDeprecated: true }),
          options,
        );
        const found = answer.Images?.[0];
        if (found === undefined) return null;
        return {
          id: found.ImageId ?? id,
          name: found.Name ?? '',
          state: found.State ?? '',
          deprecatedAt: found.DeprecationTime === undefined ? null : Date.parse(found.DeprecationTime),
          virtualization: found.VirtualizationType ?? '',
        };
      } catch (error) {
        if (isAwsError(error, 'InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable', 'InvalidAMIID.Malformed'))
          return null;
        throw error;
      }
    },
  );
}
