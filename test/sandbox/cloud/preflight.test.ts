/** What a preflight asks, through the real SDK of the simulated AWS: DryRun, types, quotas, prices, and the faults that spoil them. */
import {
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCloud } from '../../../src/aws/cloud.ts';
import type { Cloud, DryRun } from '../../../src/cluster/ports.ts';
import { injectFault, withdrawFault } from '../../../src/sandbox/cloud/faults.ts';
import { usedRegions } from '../../../src/sandbox/cloud/regions.ts';
import { instantClock } from '../../aws/aws-server.ts';
import { type Lab, openLab, refusal } from './lab.ts';

const IMAGE = 'ami-66e6680e';
let lab: Lab;
let cloud: Cloud;
const credentials = { accessKeyId: 'KUBECORESANDBOX', secretAccessKey: 'sandbox' };
const fault = (name: string, target: string | null = null) =>
  injectFault(lab.world, { name, target }, lab.clock.now());

beforeEach(async () => {
  lab = await openLab();
  cloud = createCloud({
    region: 'us-east-1',
    endpoint: lab.endpoint.url,
    credentials,
    clock: instantClock,
    random: () => 0.5,
    attempts: 1,
  });
});
afterEach(() => lab[Symbol.asyncDispose]());

const REQUESTS: readonly DryRun[] = [
  { action: 'RunInstances', imageId: IMAGE, instanceType: 'm3.medium', keyName: null, subnet: null },
  { action: 'CreateSecurityGroup', name: 'kubernetes', vpc: null },
  { action: 'AuthorizeSecurityGroupIngress', vpc: null },
  { action: 'CreateLaunchTemplate', name: 'kubernetes', imageId: IMAGE, instanceType: 'm3.medium' },
  { action: 'CreateKeyPair', name: 'kubernetes' },
];

describe('DryRun', () => {
  it.each(REQUESTS)('$action: EC2 would do it, and nothing is made', async (request) => {
    await cloud.dryRun(request);
    const [region] = usedRegions(lab.world);
    expect(Object.keys(region?.instances ?? {})).toEqual([]);
    expect(Object.values(region?.securityGroups ?? {}).map(({ name }) => name)).toEqual(['default']);
    expect(Object.values(region?.securityGroups ?? {})[0]?.ingress).toHaveLength(1);
    expect(Object.keys(region?.launchTemplates ?? {})).toEqual([]);
    expect(Object.keys(region?.keyPairs ?? {})).toEqual([]);
  });

  it.each(REQUESTS)('$action: a missing right, by its name', async (request) => {
    fault('permission-denied', `ec2:${request.action}`);
    const refused = cloud.dryRun(request);
    await expect(refused).rejects.toMatchObject({
      code: 'UnauthorizedOperation',
      why: expect.stringContaining(`these credentials may not ec2:${request.action}`),
    });
  });

  it('what is wrong with the request itself comes back as that', async () => {
    const request = { ...REQUESTS[0], imageId: 'ami-00000000' } as DryRun;
    await expect(cloud.dryRun(request)).rejects.toMatchObject({ code: 'InvalidAMIID.NotFound' });
    fault('no-default-vpc');
    await expect(cloud.dryRun({ action: 'AuthorizeSecurityGroupIngress', vpc: null })).rejects.toMatchObject({
      code: 'NoVpc',
    });
  });
});

describe('instance types', () => {
  it('are offered in zones, over several pages, unless a fault closes them', async () => {
    const zones = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `us-east-1${letter}`);
    expect(await cloud.instanceTypeZones('m3.medium')).toEqual(zones);
    expect(await cloud.instanceTypeZones('x9.huge')).toEqual([]);
    fault('type-not-offered', 'us-east-1b');
    expect(await cloud.instanceTypeZones('m3.medium')).toEqual(zones.filter((zone) => !zone.endsWith('b')));
    fault('type-not-offered');
    expect(await cloud.instanceTypeZones('m3.medium')).toEqual([]);
    expect(() => fault('type-not-offered', 'nowhere')).toThrow('a zone such as us-east-1b');
  });

  it('have vCPUs, in pages of what is asked; an unknown one is refused', async () => {
    expect(await cloud.instanceTypeVcpus('m3.medium')).toBe(1);
    expect(await cloud.instanceTypeVcpus('c3.8xlarge')).toBe(32);
    expect(await cloud.instanceTypeVcpus('x9.huge')).toBeNull();
    const first = await lab.ec2.send(new DescribeInstanceTypesCommand({ MaxResults: 5 }));
    expect(first.InstanceTypes).toHaveLength(5);
    const second = await lab.ec2.send(
      new DescribeInstanceTypesCommand({ MaxResults: 5, NextToken: first.NextToken }),
    );
    expect(second.InstanceTypes?.[0]?.InstanceType).not.toBe(first.InstanceTypes?.[0]?.InstanceType);
  });

  it('that run are counted with their vCPUs', async () => {
    await lab.ec2.send(
      new RunInstancesCommand({ ImageId: IMAGE, InstanceType: 'c3.xlarge', MinCount: 2, MaxCount: 2 }),
    );
    expect(await cloud.runningVcpus()).toEqual([
      { type: 'c3.xlarge', vcpus: 4 },
      { type: 'c3.xlarge', vcpus: 4 },
    ]);
    const { Reservations } = await lab.ec2.send(new DescribeInstancesCommand({}));
    expect(Reservations?.[0]?.Instances?.[0]?.CpuOptions).toEqual({ CoreCount: 2, ThreadsPerCore: 2 });
  });
});

describe('images', () => {
  it('are deprecated, or gone, by a fault', async () => {
    expect(await cloud.image(IMAGE)).toMatchObject({ deprecatedAt: null, state: 'available' });
    fault('ami-deprecated');
    expect(await cloud.image(IMAGE)).toMatchObject({ deprecatedAt: lab.clock.now() - 30 * 86_400_000 });
    withdrawFault(lab.world, 'ami-deprecated');
    fault('ami-withdrawn');
    expect(await cloud.image(IMAGE)).toBeNull();
  });
});

describe('the JSON services', () => {
  it('quotas: the account’s, a fault’s, none of an unknown code', async () => {
    expect(await cloud.ec2Quota('L-1216C47A')).toBe(1_152);
    fault('vcpu-quota', '4');
    expect(await cloud.ec2Quota('L-1216C47A')).toBe(4);
    expect(await cloud.ec2Quota('L-00000000')).toBeNull();
    const client = new ServiceQuotasClient({ region: 'us-east-1', endpoint: lab.endpoint.url, credentials });
    const { Quota } = await client.send(
      new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: 'L-1216C47A' }),
    );
    expect(Quota).toMatchObject({ ServiceCode: 'ec2', Adjustable: true, Value: 4 });
    client.destroy();
  });

  it('prices: one product for the filters, none where nothing matches', async () => {
    expect(await cloud.hourlyPrice('m3.medium')).toBe(0.067);
    expect(await cloud.hourlyPrice('cc2.8xlarge')).toBeNull();
    const client = new PricingClient({ region: 'us-east-1', endpoint: lab.endpoint.url, credentials });
    const { PriceList } = await client.send(
      new GetProductsCommand({
        ServiceCode: 'AmazonEC2',
        Filters: [{ Type: 'TERM_MATCH', Field: 'tenancy', Value: 'Dedicated' }],
      }),
    );
    expect(PriceList).toEqual([]);
    const other = client.send(new GetProductsCommand({ ServiceCode: 'AmazonMoon' }));
    expect(await refusal(other)).toMatchObject({ name: 'NotFoundException' });
    client.destroy();
  });

  it.each([
    ['pricing:GetProducts', () => cloud.hourlyPrice('m3.medium')],
    ['servicequotas:GetServiceQuota', () => cloud.ec2Quota('L-1216C47A')],
  ] as const)('%s denied', async (action, ask) => {
    fault('permission-denied', action);
    await expect(ask()).rejects.toMatchObject({
      code: 'AccessDeniedException',
      why: expect.stringContaining(`may not ${action}`),
    });
  });

  it('throttled, and asked with bad credentials', async () => {
    fault('throttling');
    await expect(cloud.hourlyPrice('m3.medium')).rejects.toMatchObject({ code: 'Throttling' });
    withdrawFault(lab.world, 'throttling');
    fault('bad-credentials');
    await expect(cloud.ec2Quota('L-1216C47A')).rejects.toMatchObject({ fault: 'aws' });
  });
});
