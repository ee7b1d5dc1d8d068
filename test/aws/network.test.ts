/** Looking up a VPC and its subnets. */
import { describe, expect, it } from 'vitest';
import { createCloud } from '../../src/aws/cloud.ts';
import { type AwsServer, awsServer, ec2Error, instantClock, recorded, type Script } from './aws-server.ts';

const cloudAt = (server: AwsServer) =>
  createCloud({
    region: 'us-east-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    clock: instantClock,
    random: () => 0.5,
  });

const answers: Script = {
  describeVpcs: () => ({ body: recorded('DescribeVpcs') }),
  describeSubnets: (query) => ({
    body: recorded(`DescribeSubnets-${query.NextToken === undefined ? 1 : 2}`),
  }),
};

describe('network', () => {
  it('finds the default VPC, the blocks it has now, and its subnets over every page', async () => {
    await using server = await awsServer(answers);
    expect(await cloudAt(server).network(null)).toEqual({
      id: 'vpc-0a1b2c3d',
      cidrs: ['172.31.0.0/16', '10.9.0.0/16'],
      subnets: [
        { id: 'subnet-00000001', zone: 'us-east-1a', isDefault: true, givesPublicAddress: true },
        { id: 'subnet-00000002', zone: 'us-east-1b', isDefault: false, givesPublicAddress: true },
      ],
    });
    expect(server.of('DescribeVpcs')[0]).toMatchObject({
      'Filter.1.Name': 'is-default',
      'Filter.1.Value.1': 'true',
    });
    expect(server.of('DescribeSubnets')[0]).toMatchObject({
      'Filter.1.Name': 'vpc-id',
      'Filter.1.Value.1': 'vpc-0a1b2c3d',
    });
  });

  it('is null where there is no default VPC, or none of that id', async () => {
    const none = recorded('DescribeVpcs').replace(/<item>[\s\S]*<\/item>/, '');
    await using without = await awsServer({ describeVpcs: () => ({ body: none }) });
    expect(await cloudAt(without).network(null)).toBeNull();
    await using unknown = await awsServer({
      describeVpcs: () => ec2Error('InvalidVpcID.NotFound', "The vpc ID 'vpc-1' does not exist"),
    });
    expect(await cloudAt(unknown).network('vpc-0000dead')).toBeNull();
    expect(unknown.of('DescribeVpcs')[0]).toMatchObject({ 'VpcId.1': 'vpc-0000dead' });
  });

  it('says which permission is missing', async () => {
    await using server = await awsServer({
      describeVpcs: () => ec2Error('UnauthorizedOperation', 'You are not authorized', 403),
    });
    await expect(cloudAt(server).network(null)).rejects.toMatchObject({
      fault: 'aws',
      what: 'the VPC of us-east-1 was not looked up',
    });
  });
});
