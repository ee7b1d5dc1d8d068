/** Owns instance types: where they are offered, how many vCPUs they have, and how many vCPUs this account uses. */
import {
  DescribeInstanceTypesCommand,
  type EC2Client,
  type Instance,
  paginateDescribeInstances,
  paginateDescribeInstanceTypeOfferings,
} from '@aws-sdk/client-ec2';
import { call } from './call.ts';
import type { Asked } from './error-meanings.ts';
import { isAwsError } from './errors.ts';

/** Zones in which EC2 offers the type, sorted; none when it is not offered in the region. */
export async function instanceTypeZones(
  client: EC2Client,
  asked: Asked,
  type: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  return call(
    { what: `where ${type} is offered was not said`, action: 'ec2:DescribeInstanceTypeOfferings' },
    asked,
    signal,
    async (options) => {
      const zones: string[] = [];
      const pages = paginateDescribeInstanceTypeOfferings(
        { client },
        { LocationType: 'availability-zone', Filters: [{ Name: 'instance-type', Values: [type] }] },
        options,
      );
      for await (const page of pages)
        for (const { Location } of page.InstanceTypeOfferings ?? []) if (Location) zones.push(Location);
      return zones.sort();
    },
  );
}

/** vCPUs as quotas count them; null when EC2 does not know the type in this region. */
export async function instanceTypeVcpus(
  client: EC2Client,
  asked: Asked,
  type: string,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  return call(
    { what: `the vCPUs of ${type} were not said`, action: 'ec2:DescribeInstanceTypes' },
    asked,
    signal,
    async (options) => {
      try {
        const answer = await client.send(
          new DescribeInstanceTypesCommand({ InstanceTypes: [type as never] }),
          options,
        );
        return answer.InstanceTypes?.[0]?.VCpuInfo?.DefaultVCpus ?? null;
      } catch (error) {
        if (isAwsError(error, 'InvalidInstanceType', 'InvalidParameterValue')) return null;
        throw error;
      }
    },
  );
}

/** Every on-demand instance that runs or starts, with its vCPUs. Spot and reserved-block instances count elsewhere. */
export async function runningVcpus(
  client: EC2Client,
  asked: Asked,
  signal: AbortSignal | undefined,
): Promise<readonly { type: string; vcpus: number }[]> {
  const running = await call(
    { what: `the instances of ${asked.region} were not counted`, action: 'ec2:DescribeInstances' },
    asked,
    signal,
    async (options) => {
      const found: Instance[] = [];
      const pages = paginateDescribeInstances(
        { client, pageSize: 1_000 },
        { Filters: [{ Name: 'instance-state-name', Values: ['pending', 'running'] }] },
        options,
      );
      for await (const page of pages)
        for (const reservation of page.Reservations ?? []) found.push(...(reservation.Instances ?? []));
      return found.filter(({ InstanceLifecycle }) => InstanceLifecycle === undefined);
    },
  );
  const counted = running.map(({ InstanceType, CpuOptions }) => ({
    type: InstanceType ?? '',
    vcpus: (CpuOptions?.CoreCount ?? 0) * (CpuOptions?.ThreadsPerCore ?? 1),
  }));
  // An endpoint that leaves CpuOptions out is asked once a type.
  const unsaid = [...new Set(counted.filter(({ vcpus }) => vcpus === 0).map(({ type }) => type))];
  const known = new Map(
    await Promise.all(
      unsaid.map(
        async (type) => [type, (await instanceTypeVcpus(client, asked, type, signal)) ?? 1] as const,
      ),
    ),
  );
  return counted.map(({ type, vcpus }) => ({ type, vcpus: vcpus || (known.get(type) ?? 1) }));
}
