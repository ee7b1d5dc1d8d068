/** Each fault of the cloud, in the words that AWS has for it. */
import { DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeImagesCommand,
  DescribeVpcsCommand,
  GetConsoleOutputCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULTS } from '../../../src/cluster/parameters.ts';
import { renderTemplate, templateParameters } from '../../../src/render/template.ts';
import { injectFault, withdrawFault } from '../../../src/sandbox/cloud/faults.ts';
import { createStack, type Lab, openLab, refusal, TEMPLATE } from './lab.ts';

const ANSWERS = {
  discoveryUrl: 'http://127.0.0.1:1/discovery/abc',
  allowSshFrom: '203.0.113.10/32',
  keyPair: 'coreos',
};

let lab: Lab;
beforeEach(async () => {
  lab = await openLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

const fault = (name: string, target: string | null = null): string =>
  injectFault(lab.world, { name, target }, lab.clock.now());

/** Launches the default form; how it ended, and the reasons of what failed by itself. */
async function launch(body?: string): Promise<{ status: string; reasons: Record<string, string> }> {
  const id = await createStack(lab, {
    body: body ?? renderTemplate(DEFAULTS, 'us-east-1').body,
    ...(body === undefined ? { parameters: { ...templateParameters(DEFAULTS, ANSWERS) } } : {}),
  });
  const status = await lab.until(id, /_COMPLETE$|_FAILED$/);
  const { StackEvents } = await lab.cfn.send(new DescribeStackEventsCommand({ StackName: id }));
  const failed = (StackEvents ?? []).filter(
    (event) =>
      event.ResourceStatus?.endsWith('_FAILED') &&
      event.ResourceType !== 'AWS::CloudFormation::Stack' &&
      !/cancelled/.test(event.ResourceStatusReason ?? ''),
  );
  return {
    status,
    reasons: Object.fromEntries(failed.map((one) => [one.LogicalResourceId, one.ResourceStatusReason ?? ''])),
  };
}

const run = (zone?: string): Promise<unknown> =>
  lab.ec2.send(
    new RunInstancesCommand({
      ImageId: 'ami-66e6680e',
      InstanceType: 'm3.medium',
      MinCount: 1,
      MaxCount: 1,
      ...(zone === undefined ? {} : { Placement: { AvailabilityZone: zone } }),
    }),
  );

test('vcpu-quota: so many vCPUs and no more, by whomever they are started', async () => {
  expect(fault('vcpu-quota', '2')).toMatch(/^vcpu-quota \(2\)/);
  await run();
  await run();
  expect(await refusal(run())).toMatchObject({
    name: 'VcpuLimitExceeded',
    message: expect.stringMatching(
      /^You have requested more vCPU capacity than your current vCPU limit of 2 /,
    ),
  });
  const { status, reasons } = await launch();
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(Object.values(reasons).join('\n')).toMatch(
    /^Group did not stabilize\..* Failed Scaling Activity: You have requested more vCPU capacity .* Launching EC2 instance failed\.$/m,
  );
  expect(withdrawFault(lab.world, 'vcpu-quota')).toBe(1);
  await run();
});

test('no-capacity in one zone: the groups go elsewhere; in all: the launch fails', async () => {
  fault('no-capacity', 'us-east-1a');
  expect(await refusal(run('us-east-1a'))).toMatchObject({
    name: 'InsufficientInstanceCapacity',
    message: expect.stringMatching(
      /Zone you requested \(us-east-1a\)\..* or choosing us-east-1b, us-east-1c/,
    ),
  });
  await run('us-east-1b');
  expect(await launch()).toEqual({ status: 'CREATE_COMPLETE', reasons: {} });
  const { zone } = Object.values(lab.world.regions['us-east-1']?.instances ?? {})[1] ?? {};
  expect(zone).not.toBe('us-east-1a');
});

test('no-capacity anywhere', async () => {
  fault('no-capacity');
  const { status, reasons } = await launch();
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(Object.values(reasons)[0]).toMatch(/We currently do not have sufficient m3\.medium capacity/);
});

test('ami-withdrawn: EC2 does not know it; the groups cannot be made', async () => {
  fault('ami-withdrawn', 'ami-66e6680e');
  expect(
    await refusal(lab.ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-66e6680e'] }))),
  ).toMatchObject({ name: 'InvalidAMIID.NotFound' });
  expect(await refusal(run())).toMatchObject({ name: 'InvalidAMIID.NotFound' });
  const { reasons } = await launch();
  expect(Object.values(reasons)[0]).toMatch(
    /^You must use a valid fully-formed launch template\. The image id '\[ami-66e6680e\]' does not exist \(Service: AmazonAutoScaling; Status Code: 400; Error Code: ValidationError/,
  );
});

test('permission-denied: the call itself, and CloudFormation with our rights', async () => {
  fault('permission-denied', 'ec2:RunInstances');
  expect(await refusal(run())).toMatchObject({
    name: 'UnauthorizedOperation',
    status: 403,
    message: expect.stringContaining('is not authorized to perform: ec2:RunInstances'),
  });
  // A group that starts from a launch template needs that right too, and says so in words of its own.
  expect(Object.values((await launch()).reasons)[0]).toMatch(
    /^You are not authorized to use launch template: lt-/,
  );
  withdrawFault(lab.world, 'permission-denied');
  fault('permission-denied', 'cloudformation:CreateStack');
  expect(await refusal(launch())).toMatchObject({ name: 'AccessDenied' });
});

test('permission-denied: a resource of the template, by the action that CloudFormation called', async () => {
  fault('permission-denied');
  expect(Object.values((await launch()).reasons)[0]).toMatch(
    /^API: autoscaling:CreateAutoScalingGroup User: arn:aws:iam::\d{12}:user\/sandbox is not authorized to perform: autoscaling:CreateAutoScalingGroup /,
  );
});

test('launch-configurations-refused: the template of the article cannot be made, ours can', async () => {
  fault('launch-configurations-refused');
  expect((await launch(TEMPLATE)).reasons).toMatchObject({
    MasterLaunchConfig: expect.stringMatching(
      /^The Launch Configuration creation operation is not available in your account\./,
    ),
  });
});

test('no-default-vpc: nothing is found, and nothing can be made in it', async () => {
  fault('no-default-vpc');
  const { Vpcs } = await lab.ec2.send(new DescribeVpcsCommand({}));
  expect(Vpcs).toEqual([]);
  expect(await refusal(run())).toMatchObject({
    name: 'VPCIdNotSpecified',
    message: 'No default VPC for this user',
  });
  expect(Object.values((await launch()).reasons)[0]).toMatch(
    /^No default VPC for this user \(Service: AmazonEC2; Status Code: 400; Error Code: VPCIdNotSpecified/,
  );
});

test('rollback-fails: the stack is left over', async () => {
  fault('no-capacity');
  fault('rollback-fails', 'KubeSecurityGroup');
  const { status, reasons } = await launch();
  expect(status).toBe('ROLLBACK_FAILED');
  expect(reasons.KubeSecurityGroup).toMatch(/has a dependent object .*DependencyViolation/);
});

test('node-never-boots: EC2 says running', async () => {
  fault('node-never-boots', 'master');
  expect((await launch()).status).toBe('CREATE_COMPLETE');
  const dead = Object.values(lab.world.regions['us-east-1']?.instances ?? {}).filter((one) => one.neverBoots);
  expect(dead).toHaveLength(1);
  expect(dead[0]).toMatchObject({ state: 'running', userData: expect.stringContaining('role=master') });
  const { Output } = await lab.ec2.send(new GetConsoleOutputCommand({ InstanceId: dead[0]?.id ?? '' }));
  // The hosts write it; here there are none.
  expect(Output).toBeUndefined();
});

test('a target that cannot be is refused', () => {
  expect(() => fault('vcpu-quota', 'many')).toThrow('takes a number of vCPUs, not "many"');
  expect(() => fault('no-capacity', 'us-east-1')).toThrow('a zone such as us-east-1b');
  expect(() => fault('launch-configurations-refused', 'x')).toThrow('takes no target');
});

test('a key pair that is not there: CloudFormation sees it before the first resource', async () => {
  await createStack(lab, {
    body: renderTemplate(DEFAULTS, 'us-east-1').body,
    parameters: { ...templateParameters(DEFAULTS, { ...ANSWERS, keyPair: 'nosuch' }) },
  });
  expect(await lab.until('kubernetes', /_COMPLETE$|_FAILED$/)).toBe('ROLLBACK_COMPLETE');
  const { StackEvents } = await lab.cfn.send(new DescribeStackEventsCommand({ StackName: 'kubernetes' }));
  expect(StackEvents?.map((event) => event.ResourceStatus)).toEqual([
    'ROLLBACK_COMPLETE',
    'ROLLBACK_IN_PROGRESS',
    'CREATE_IN_PROGRESS',
  ]);
  expect(StackEvents?.[1]?.ResourceStatusReason).toBe(
    'Parameter validation failed: parameter value nosuch for parameter name KeyPair does not exist. Rollback requested by user.',
  );
});
