/** Owns looking up a VPC and its subnets. */
import {
  DescribeVpcsCommand,
  type EC2Client,
  paginateDescribeSubnets,
  type Subnet,
} from '@aws-sdk/client-ec2';
import type { Network } from '../cluster/ports.ts';
import { call } from './call.ts';
import type { Asked } from './error-meanings.ts';
import { isAwsError } from './errors.ts';

/** A VPC by id, or the region's default one; null when there is none. */
export async function network(
  client: EC2Client,
  asked: Asked,
  vpc: string | null,
  signal: AbortSignal | undefined,
): Promise<Network | null> {
  const which = vpc === null ? { Filters: [{ Name: 'is-default', Values: ['true'] }] } : { VpcIds: [vpc] };
  const found = await call(
    { what: `the VPC ${vpc ?? `of ${asked.region}`} was not looked up`, action: 'ec2:DescribeVpcs' },
    asked,
    signal,
    async (options) => {
      try {
        return (await client.send(new DescribeVpcsCommand(which), options)).Vpcs?.[0] ?? null;
      } catch (error) {
        if (isAwsError(error, 'InvalidVpcID.NotFound')) return null;
        throw error;
      }
    },
  );
  if (found === null) return null;
  const id = found.VpcId ?? '';
  const subnets = await call(
    { what: `the subnets of ${id} were not listed`, action: 'ec2:DescribeSubnets' },
    asked,
    signal,
    async (options) => {
      const all: Subnet[] = [];
      const pages = paginateDescribeSubnets(
        { client },
        { Filters: [{ Name: 'vpc-id', Values: [id] }] },
        options,
      );
      for await (const page of pages) all.push(...(page.Subnets ?? []));
      return all;
    },
  );
  const blocks = (found.CidrBlockAssociationSet ?? [])
    .filter(({ CidrBlockState }) => (CidrBlockState?.State ?? 'associated') === 'associated')
    .map(({ CidrBlock }) => CidrBlock);
  return {
    id,
    cidrs: [...new Set([found.CidrBlock, ...blocks])].filter((cidr) => cidr !== undefined),
    subnets: subnets.map((subnet) => ({
      id: subnet.SubnetId ?? '',
      zone: subnet.AvailabilityZone ?? '',
      isDefault: subnet.DefaultForAz === true,
      ...(subnet.MapPublicIpOnLaunch === undefined ? {} : { givesPublicAddress: subnet.MapPublicIpOnLaunch }),
    })),
  };
}
