/** Owns starting and ending instances, and what they were started with. */
import {
  DescribeInstanceAttributeCommand,
  type EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Instance, RunInstances } from '../cluster/ports.ts';
import { call } from './call.ts';
import type { Asked } from './error-meanings.ts';
import { isAwsError } from './errors.ts';
import { readInstance } from './instances.ts';
import { awsTags } from './tags.ts';

/** Starts all of them or none. */
export async function runInstances(
  client: EC2Client,
  asked: Asked,
  run: RunInstances,
  signal: AbortSignal | undefined,
): Promise<readonly Instance[]> {
  const answer = await call(
    {
      what: `${run.count === 1 ? 'the instance was' : `the ${run.count} instances were`} not started`,
      action: 'ec2:RunInstances',
    },
    asked,
    signal,
    (options) =>
      client.send(
        new RunInstancesCommand({
          ClientToken: run.token,
          MinCount: run.count,
          MaxCount: run.count,
          ImageId: run.imageId,
          InstanceType: run.instanceType as never,
          KeyName: run.keyPair,
          SecurityGroupIds: [run.securityGroup],
          ...(run.subnet === null ? {} : { SubnetId: run.subnet }),
          UserData: Buffer.from(run.userData).toString('base64'),
          // coreos-cloudinit of 2014 reads user data without a token; one hop keeps containers away from the service.
          MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'optional', HttpPutResponseHopLimit: 1 },
          BlockDeviceMappings: [
            {
              // The root device of CoreOS's HVM images.
              DeviceName: '/dev/xvda',
              Ebs: {
                VolumeType: 'gp3',
                VolumeSize: run.rootVolumeSize,
                Encrypted: true,
                DeleteOnTermination: true,
              },
            },
          ],
          TagSpecifications: [
            { ResourceType: 'instance', Tags: awsTags(run.tags) },
            { ResourceType: 'volume', Tags: awsTags(run.tags) },
          ],
        }),
        options,
      ),
  );
  return (answer.Instances ?? []).map(readInstance);
}

/** EC2 takes a thousand at most in one call, and refuses all of them for one that it does not know. */
const AT_ONCE = 100;

export async function terminateInstances(
  client: EC2Client,
  asked: Asked,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const end = async (some: readonly string[]): Promise<void> => {
    await call(
      { what: 'the instances were not terminated', action: 'ec2:TerminateInstances' },
      asked,
      signal,
      async (options) => {
        try {
          await client.send(new TerminateInstancesCommand({ InstanceIds: [...some] }), options);
        } catch (error) {
          if (!isAwsError(error, 'InvalidInstanceID.NotFound')) throw error;
          if (some.length > 1) for (const id of some) await end([id]);
        }
      },
    );
  };
  for (let i = 0; i < ids.length; i += AT_ONCE) await end(ids.slice(i, i + AT_ONCE));
}

export async function userData(
  client: EC2Client,
  asked: Asked,
  instanceId: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const answer = await call(
    { what: `the user data of ${instanceId} was not read`, action: 'ec2:DescribeInstanceAttribute' },
    asked,
    signal,
    (options) =>
      client.send(
        new DescribeInstanceAttributeCommand({ InstanceId: instanceId, Attribute: 'userData' }),
        options,
      ),
  );
  return Buffer.from(answer.UserData?.Value ?? '', 'base64').toString('utf8');
}
