/** What the preflight asks of AWS, held to AWS's answers: refusals by DryRun, quotas with and without a value of one's own, prices. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { createCloud } from '../../src/aws/cloud.ts';
import { onDemandHour } from '../../src/aws/pricing.ts';
import type { DryRun } from '../../src/cluster/ports.ts';
import { type AwsServer, awsServer, ec2Error, instantClock, type Script } from './aws-server.ts';

const PRODUCT = readFileSync(new URL('../fixtures/aws/product.json', import.meta.url), 'utf8');

const cloudOf = (server: AwsServer) =>
  createCloud({
    region: 'eu-west-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    clock: instantClock,
    random: () => 0.5,
    attempts: 1,
  });

/** Runs against a server that answers from the script. */
async function against<T>(
  script: Script,
  act: (cloud: ReturnType<typeof cloudOf>, server: AwsServer) => Promise<T>,
) {
  await using server = await awsServer(script);
  return await act(cloudOf(server), server);
}

const RUN: DryRun = {
  action: 'RunInstances',
  imageId: 'ami-a47fd5d3',
  instanceType: 'm3.medium',
  keyName: 'coreos',
  subnet: 'subnet-0a1b2c3d',
};

const dryRunOperation = ec2Error(
  'DryRunOperation',
  'Request would have succeeded, but DryRun flag is set.',
  412,
);

describe('DryRun', () => {
  it('sends the flag, and one instance with tags; the answer that all is well is no error', async () => {
    await against({ runInstances: () => dryRunOperation }, async (cloud, server) => {
      await cloud.dryRun(RUN);
      expect(server.of('RunInstances')).toMatchObject([
        {
          DryRun: 'true',
          MinCount: '1',
          MaxCount: '1',
          ImageId: 'ami-a47fd5d3',
          KeyName: 'coreos',
          SubnetId: 'subnet-0a1b2c3d',
          'TagSpecification.1.Tag.1.Key': 'kubecore:cluster',
        },
      ]);
    });
  });

  it('an endpoint that does not know the flag is not asked a second time', async () => {
    const made = {
      body: '<CreateSecurityGroupResponse><return>true</return><groupId>sg-1</groupId></CreateSecurityGroupResponse>',
    };
    await against({ createSecurityGroup: () => made }, async (cloud, server) => {
      const asked = cloud.dryRun({ action: 'CreateSecurityGroup', name: 'web', vpc: 'vpc-1' });
      await expect(asked).rejects.toMatchObject({ code: 'DryRunIgnored' });
      expect(server.of('CreateSecurityGroup')).toMatchObject([{ DryRun: 'true', VpcId: 'vpc-1' }]);
    });
  });
});

test('the right to open a port stays unknown where the group to try it on may not be looked up', async () => {
  const refused = ec2Error('UnauthorizedOperation', 'not authorized to perform: ec2:DescribeVpcs', 403);
  await against({ describeVpcs: () => refused }, async (cloud) => {
    const asked = cloud.dryRun({ action: 'AuthorizeSecurityGroupIngress', vpc: null });
    await expect(asked).rejects.toMatchObject({
      code: 'NotTried',
      next: expect.stringContaining('DescribeVpcs'),
    });
  });
});

describe('quotas', () => {
  const json = (status: number, value: unknown) => ({ status, body: JSON.stringify(value) });
  const none = json(400, { __type: 'NoSuchResourceException', Message: 'it does not exist' });

  it('an account without a value of its own has AWS’s default', async () => {
    const script: Script = { '/': (_, nth) => (nth === 1 ? none : json(200, { Quota: { Value: 5 } })) };
    expect(await against(script, (cloud) => cloud.ec2Quota('L-1216C47A'))).toBe(5);
  });

  it('a quota that there is not has none', async () => {
    expect(await against({ '/': () => none }, (cloud) => cloud.ec2Quota('L-0'))).toBeNull();
  });
});

describe('prices', () => {
  it('are asked of us-east-1, whatever the region, and read from the price list', async () => {
    const body = JSON.stringify({ FormatVersion: 'aws_v1', PriceList: [PRODUCT] });
    await against({ '/': () => ({ body }) }, async (cloud, server) => {
      expect(await cloud.hourlyPrice('m3.medium')).toBe(0.073);
      expect(server.asked[0]?.authorization).toMatch(/\/us-east-1\/pricing\/aws4_request/);
    });
  });

  it.each([
    ['nothing', '{}'],
    ['no JSON', 'not JSON'],
    ['a reservation alone', '{"terms":{"Reserved":{}}}'],
    [
      'a price of nothing',
      '{"terms":{"OnDemand":{"a":{"priceDimensions":{"b":{"unit":"Hrs","pricePerUnit":{"USD":"0.0"}}}}}}}',
    ],
    [
      'another unit',
      '{"terms":{"OnDemand":{"a":{"priceDimensions":{"b":{"unit":"GB","pricePerUnit":{"USD":"1"}}}}}}}',
    ],
    [
      'another currency',
      '{"terms":{"OnDemand":{"a":{"priceDimensions":{"b":{"unit":"Hrs","pricePerUnit":{"CNY":"1"}}}}}}}',
    ],
  ])('%s is no price', (_, text) => {
    expect(onDemandHour(text)).toBeNull();
  });
});
