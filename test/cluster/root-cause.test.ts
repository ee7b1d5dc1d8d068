import { expect, test } from 'vitest';
import type { StackEvent } from '../../src/cluster/ports.ts';
import { explainFailure, explainReason, findCause } from '../../src/cluster/root-cause.ts';
import { eventOf } from '../helpers/fake-cloud.ts';

const failed = (logicalId: string, reason: string): StackEvent =>
  eventOf(logicalId, 'CREATE_FAILED', { reason });

test('the earliest real failure is the cause; what was cancelled and what rolls up is noise', () => {
  const events = [
    eventOf('kubernetes', 'CREATE_IN_PROGRESS'),
    failed('MasterLaunchConfig', 'real one'),
    failed('MinionLaunchConfig', 'Resource creation cancelled'),
    failed('MinionAutoScale', 'another real one'),
    failed('kubernetes', 'The following resource(s) failed to create: [MasterLaunchConfig].'),
    eventOf('kubernetes', 'ROLLBACK_IN_PROGRESS', {
      reason: 'The following resource(s) failed to create: [x].',
    }),
    eventOf('KubeSecurityGroup', 'DELETE_FAILED', { reason: 'has a dependent object' }),
  ];
  const { root, related } = findCause(events);
  expect(root?.reason).toBe('real one');
  expect(related.map(({ reason }) => reason)).toEqual(['another real one', 'has a dependent object']);
});

test('without a failed resource the stack says why itself', () => {
  const { root } = findCause([eventOf('kubernetes', 'ROLLBACK_IN_PROGRESS', { reason: 'User Initiated' })]);
  expect(root?.reason).toBe('User Initiated');
  expect(explainFailure('kubernetes', 'ROLLBACK_COMPLETE', [], 'kubecore down').error.why).toContain(
    'ROLLBACK_COMPLETE',
  );
});

test.each<[string, RegExp, RegExp, string]>([
  [
    'InstanceQuota',
    /quota/,
    /Service Quotas/,
    'You have requested more vCPU capacity than your current vCPU limit of 5 allows for the instance bucket that the specified instance type belongs to.',
  ],
  [
    'InsufficientInstanceCapacity',
    /no room for m3\.medium instances in the zone us-east-1e/,
    /another --instance-type or --region/,
    'We currently do not have sufficient m3.medium capacity in the Availability Zone you requested (us-east-1e). Our system will be working on provisioning additional capacity.',
  ],
  [
    'ImageNotFound',
    /ami-66e6680e is not there any more/,
    /--ami/,
    "The image id '[ami-66e6680e]' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidAMIID.NotFound)",
  ],
  ['KeyPairMissing', /key pair "coreos"/, /kubecore keys create/, "The key pair 'coreos' does not exist"],
  [
    'NotAuthorized',
    /not allowed to do autoscaling:CreateLaunchConfiguration/,
    /have autoscaling:CreateLaunchConfiguration allowed/,
    'API: autoscaling:CreateLaunchConfiguration User: arn:aws:iam::1:user/x is not authorized to perform: autoscaling:CreateLaunchConfiguration on resource: y',
  ],
  [
    'LaunchConfigurationsRefused',
    /2024-10-01/,
    /kubecore up/,
    'The Launch Configuration creation operation is not available in your account. Use launch templates to create configuration templates for your Auto Scaling groups.',
  ],
  [
    'NoDefaultVpc',
    /no default VPC/,
    /create-default-vpc/,
    'No default VPC for this user (Service: AmazonEC2; Status Code: 400; Error Code: VPCIdNotSpecified)',
  ],
  [
    'SecurityGroupLimit',
    /limit of security groups/,
    /delete security groups/,
    'The maximum number of security groups for VPC vpc-1 has been reached. (Error Code: SecurityGroupLimitExceeded)',
  ],
  ['UserDataTooBig', /16,384 bytes/, /cloud-config/, 'User data is limited to 16384 bytes'],
  [
    'InstanceTypeUnsupported',
    /cr1\.8xlarge is not offered/,
    /--instance-type/,
    'Your requested instance type (cr1.8xlarge) is not supported in your requested Availability Zone (us-east-1a).',
  ],
  [
    'InvalidParameter',
    /AllowedValues/,
    /change that parameter/,
    'Parameter InstanceType failed: must be one of AllowedValues',
  ],
])('explains %s', (code, why, next, reason) => {
  const error = explainReason('it was not created', reason, 'look');
  expect(error.code).toBe(code);
  expect(error.why).toMatch(why);
  expect(error.next).toMatch(next);
});

test('what is not known is told as AWS told it, on one line without controls', () => {
  const error = explainReason('x', 'Something\u001b[31m new\nhappened', 'look at it');
  expect(error).toMatchObject({
    why: 'Something\\x1b[31m new happened',
    next: 'look at it',
    code: 'StackFailed',
  });
});
