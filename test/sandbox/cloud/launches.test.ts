/** What EC2 holds of a launch without a stack: idempotence, room for all or none, what holds a group, volumes, late knowledge. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { injectFault } from '../../../src/sandbox/cloud/faults.ts';
import { type Lab, openLab } from './lab.ts';

const USER_DATA = '#cloud-config\n\ncoreos:\n  update:\n    group: alpha\n';

async function groupIn(lab: Lab, name = 'kubecore-web'): Promise<string> {
  const made = await lab.ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: name,
      Description: 'kubecore',
      TagSpecifications: [
        { ResourceType: 'security-group', Tags: [{ Key: 'kubecore:launch', Value: 'a1' }] },
      ],
    }),
  );
  return made.GroupId ?? '';
}

const run = (group: string, more: Partial<RunInstancesCommandInput> = {}): RunInstancesCommand =>
  new RunInstancesCommand({
    MinCount: 3,
    MaxCount: 3,
    ClientToken: 'token-1',
    ImageId: 'ami-66e6680e',
    InstanceType: 'm3.medium',
    KeyName: 'coreos',
    SecurityGroupIds: [group],
    UserData: Buffer.from(USER_DATA).toString('base64'),
    BlockDeviceMappings: [
      { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, VolumeType: 'gp3', Encrypted: true } },
    ],
    TagSpecifications: [
      { ResourceType: 'instance', Tags: [{ Key: 'kubecore:launch', Value: 'a1' }] },
      { ResourceType: 'volume', Tags: [{ Key: 'kubecore:launch', Value: 'a1' }] },
    ],
    ...more,
  });

const ids = async (lab: Lab): Promise<string[]> => {
  const { Reservations = [] } = await lab.ec2.send(new DescribeInstancesCommand({}));
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId ?? ''));
};

test('a token repeated gives the first instances; with other contents it is refused', async () => {
  await using lab = await openLab();
  await lab.ec2.send(new CreateKeyPairCommand({ KeyName: 'coreos' }));
  const group = await groupIn(lab);
  const first = await lab.ec2.send(run(group));
  const second = await lab.ec2.send(run(group));
  expect(second.Instances?.map(({ InstanceId }) => InstanceId)).toEqual(
    first.Instances?.map(({ InstanceId }) => InstanceId),
  );
  await expect(lab.ec2.send(run(group, { UserData: '' }))).rejects.toMatchObject({
    name: 'IdempotentParameterMismatch',
  });
  await expect(lab.ec2.send(run(group, { MinCount: 2, MaxCount: 2 }))).rejects.toMatchObject({
    name: 'IdempotentParameterMismatch',
  });
  expect(await ids(lab)).toHaveLength(3);
  const told = await lab.ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId: (await ids(lab))[0], Attribute: 'userData' }),
  );
  expect(Buffer.from(told.UserData?.Value ?? '', 'base64').toString()).toBe(USER_DATA);
});

test('a name of a group is taken once in a VPC', async () => {
  await using lab = await openLab();
  await groupIn(lab);
  await expect(groupIn(lab)).rejects.toMatchObject({ name: 'InvalidGroup.Duplicate' });
});

test('all instances or none, but as many as there is room for when fewer will do', async () => {
  await using lab = await openLab();
  await lab.ec2.send(new CreateKeyPairCommand({ KeyName: 'coreos' }));
  const group = await groupIn(lab);
  injectFault(lab.world, { name: 'vcpu-quota', target: '2' }, lab.clock.now());
  await expect(lab.ec2.send(run(group))).rejects.toMatchObject({ name: 'VcpuLimitExceeded' });
  expect(await ids(lab)).toEqual([]);
  const some = await lab.ec2.send(run(group, { MinCount: 1, ClientToken: 'token-2' }));
  expect(some.Instances).toHaveLength(2);
});

test('a group is held by its instances, and by their interfaces a little longer', async () => {
  await using lab = await openLab();
  await lab.ec2.send(new CreateKeyPairCommand({ KeyName: 'coreos' }));
  const group = await groupIn(lab);
  await lab.ec2.send(run(group));
  const remove = () => lab.ec2.send(new DeleteSecurityGroupCommand({ GroupId: group }));
  await expect(remove()).rejects.toMatchObject({ name: 'DependencyViolation' });
  await lab.ec2.send(new TerminateInstancesCommand({ InstanceIds: await ids(lab) }));
  lab.pass(16);
  const { Reservations = [] } = await lab.ec2.send(new DescribeInstancesCommand({}));
  expect(Reservations[0]?.Instances?.map(({ State }) => State?.Name)).toEqual(Array(3).fill('terminated'));
  await expect(remove()).rejects.toMatchObject({ name: 'DependencyViolation' });
  lab.pass(10);
  await remove();
});

test('root volumes are as they were asked for, tagged, and gone with their instances', async () => {
  await using lab = await openLab();
  await lab.ec2.send(new CreateKeyPairCommand({ KeyName: 'coreos' }));
  const group = await groupIn(lab);
  await lab.ec2.send(run(group));
  const volumes = async () =>
    (
      await lab.ec2.send(
        new DescribeVolumesCommand({ Filters: [{ Name: 'tag:kubecore:launch', Values: ['a1'] }] }),
      )
    ).Volumes ?? [];
  expect(await volumes()).toMatchObject(
    Array(3).fill({ Size: 20, VolumeType: 'gp3', Encrypted: true, State: 'in-use' }),
  );
  await lab.ec2.send(new TerminateInstancesCommand({ InstanceIds: await ids(lab) }));
  lab.pass(20);
  expect(await volumes()).toEqual([]);
});

test('eventual-consistency: what was just made is known a little later', async () => {
  await using lab = await openLab();
  await lab.ec2.send(new CreateKeyPairCommand({ KeyName: 'coreos' }));
  injectFault(lab.world, { name: 'eventual-consistency' }, lab.clock.now());
  const group = await groupIn(lab);
  const open = () =>
    lab.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: group,
        IpPermissions: [
          { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '203.0.113.7/32' }] },
        ],
      }),
    );
  await expect(open()).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' });
  await expect(lab.ec2.send(run(group))).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' });
  const listed = async () =>
    (await lab.ec2.send(new DescribeSecurityGroupsCommand({}))).SecurityGroups?.map(({ GroupId }) => GroupId);
  expect(await listed()).not.toContain(group);
  lab.pass(6);
  expect(await listed()).toContain(group);
  await open();
  await lab.ec2.send(run(group));
  expect(await ids(lab)).toEqual([]);
  lab.pass(6);
  expect(await ids(lab)).toHaveLength(3);
});

test('the faults of a stack that strike a launch by hand: a group that is not deleted at once, tags that may not be set', async () => {
  await using lab = await openLab();
  const group = await groupIn(lab);
  injectFault(lab.world, { name: 'delete-refused' }, lab.clock.now());
  const gone = () => lab.ec2.send(new DeleteSecurityGroupCommand({ GroupId: group }));
  await expect(gone()).rejects.toMatchObject({ name: 'DependencyViolation' });
  await gone();
  injectFault(lab.world, { name: 'permission-denied', target: 'ec2:CreateTags' }, lab.clock.now());
  await expect(groupIn(lab)).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
    message: expect.stringContaining('ec2:CreateTags'),
  });
  const untagged = new CreateSecurityGroupCommand({ GroupName: 'plain', Description: 'x' });
  expect((await lab.ec2.send(untagged)).GroupId).toMatch(/^sg-/);
});
