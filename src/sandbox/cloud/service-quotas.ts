/** Owns Service Quotas: the one quota of EC2 that the sandbox keeps, how many vCPUs standard instances may have. */
import { AwsError } from './aws-error.ts';
import { vcpuLimit } from './launch-refusal.ts';
import type { Action, Actions, AwsCall } from './request.ts';

/** "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances". */
const STANDARD = 'L-1216C47A';

/** What an account that was used for a while has; AWS's own default is 5. */
const ACCOUNT_VCPUS = 1_152;
const DEFAULT_VCPUS = 5;

const quota =
  (value: (call: AwsCall) => number): Action =>
  (call) => {
    const { params, region, world } = call;
    if (params.text('ServiceCode') !== 'ec2' || params.text('QuotaCode') !== STANDARD)
      throw new AwsError(
        'NoSuchResourceException',
        'The request failed because the specified service quota does not exist.',
      );
    return {
      Quota: {
        ServiceCode: 'ec2',
        ServiceName: 'Amazon Elastic Compute Cloud (Amazon EC2)',
        QuotaArn: `arn:aws:servicequotas:${region.name}:${world.account}:ec2/${STANDARD}`,
        QuotaCode: STANDARD,
        QuotaName: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
        Value: value(call),
        Unit: 'None',
        Adjustable: true,
        GlobalQuota: false,
      },
    };
  };

export const serviceQuotasActions: Actions = {
  GetServiceQuota: quota(({ world, now }) => vcpuLimit(world, now) ?? ACCOUNT_VCPUS),
  GetAWSDefaultServiceQuota: quota(() => DEFAULT_VCPUS),
};
