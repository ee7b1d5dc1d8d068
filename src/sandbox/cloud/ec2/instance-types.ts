/** Owns EC2's answers about instance types: what they have, and where they are offered. */
import type { World } from '../../contract.ts';
import { AwsError } from '../aws-error.ts';
import { activeFaults } from '../fault-state.ts';
import { vcpusOf } from '../launch-refusal.ts';
import { OFFERED_TYPES, zonesOf } from '../regions.ts';
import type { Actions } from '../request.ts';
import { set, type XmlObject } from '../xml.ts';
import { applyFilters, page } from './filters.ts';

/** Cores and threads as EC2 tells them of an instance: their product is its vCPUs. */
export function cpuOptions(type: string): { coreCount: number; threadsPerCore: number } {
  const vcpus = vcpusOf(type);
  return vcpus === 1 ? { coreCount: 1, threadsPerCore: 1 } : { coreCount: vcpus / 2, threadsPerCore: 2 };
}

/** Zones without any of these types, by the fault `type-not-offered`: its target, or all of them. */
function closedZones(world: World, region: string, now: number): string[] {
  const targets = activeFaults(world, 'type-not-offered', now).map(({ target }) => target);
  return zonesOf(region).filter((zone) => targets.includes(null) || targets.includes(zone));
}

function describe(type: string): XmlObject {
  const { coreCount, threadsPerCore } = cpuOptions(type);
  return {
    instanceType: type,
    currentGeneration: /^(t3|m5|c5)/.test(type),
    supportedUsageClasses: set(['on-demand', 'spot']),
    supportedRootDeviceTypes: set(['ebs']),
    supportedVirtualizationTypes: set(['hvm']),
    bareMetal: false,
    processorInfo: { supportedArchitectures: set(['x86_64']) },
    vCpuInfo: {
      defaultVCpus: coreCount * threadsPerCore,
      defaultCores: coreCount,
      defaultThreadsPerCore: threadsPerCore,
    },
  };
}

export const instanceTypeActions: Actions = {
  DescribeInstanceTypes: ({ params }) => {
    const wanted = params.texts('InstanceType');
    const strange = wanted.filter((type) => !OFFERED_TYPES.includes(type));
    if (strange.length > 0)
      throw new AwsError(
        'InvalidInstanceType',
        `The following supplied instance types do not exist: [${strange.join(', ')}]`,
      );
    const types = applyFilters(wanted.length > 0 ? wanted : OFFERED_TYPES, params, (type, name) =>
      name === 'instance-type' ? [type] : undefined,
    );
    const paged = page(types, params, { min: 5, max: 100 });
    return { instanceTypeSet: set(paged.items.map(describe)), nextToken: paged.nextToken };
  },

  DescribeInstanceTypeOfferings: ({ params, region, world, now }) => {
    const kind = params.text('LocationType') ?? 'region';
    const closed = closedZones(world, region.name, now);
    const open = zonesOf(region.name).filter((zone) => !closed.includes(zone));
    const locations =
      kind === 'region' ? (open.length > 0 ? [region.name] : []) : kind === 'availability-zone' ? open : null;
    if (!locations)
      throw new AwsError(
        'InvalidParameterValue',
        `The sandbox knows the location types region and availability-zone, not '${kind}'`,
      );
    const offerings = applyFilters(
      OFFERED_TYPES.flatMap((type) => locations.map((location) => ({ type, location }))),
      params,
      (offering, name) => {
        if (name === 'instance-type') return [offering.type];
        if (name === 'location') return [offering.location];
        return undefined;
      },
    );
    const paged = page(offerings, params, { min: 5, max: 1_000 });
    return {
      instanceTypeOfferingSet: set(
        paged.items.map(({ type, location }) => ({ instanceType: type, locationType: kind, location })),
      ),
      nextToken: paged.nextToken,
    };
  },
};
