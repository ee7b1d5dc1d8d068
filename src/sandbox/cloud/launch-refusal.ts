/** Owns why EC2 refuses to start an instance: quota, capacity, as the faults have it, in EC2's own words. */
import type { World } from '../contract.ts';
import { AwsError } from './aws-error.ts';
import { activeFault, activeFaults } from './fault-state.ts';
import { zonesOf } from './regions.ts';
import type { CloudRegion } from './state.ts';

export type Refusal = 'quota' | 'capacity';

/** `MinionAutoScale:capacity`, `quota`, `MasterLaunchConfig`, or nothing: what shall fail, and how. */
export function readStackFault(target: string | null): { logicalId: string | null; how: Refusal } {
  const [first = '', second] = (target ?? '').split(':');
  if (first === 'quota' || first === 'capacity') return { logicalId: null, how: first };
  return { logicalId: first === '' ? null : first, how: second === 'capacity' ? 'capacity' : 'quota' };
}

/** Whether the fault strikes a stack's resource. `last` is the resource meant when the fault names none. */
export function stackFault(
  world: World,
  now: number,
  logicalId: string,
  last: string | null,
): Refusal | null {
  const fault = activeFault(world, 'stack-fails', now);
  if (!fault) return null;
  const { logicalId: wanted, how } = readStackFault(fault.target);
  return (wanted ?? last) === logicalId ? how : null;
}

/** The refusal that RunInstances gives. `zones`: those that still have room. */
export function refusalOf(
  how: Refusal,
  type: string,
  zone: string,
  zones: readonly string[],
  limit = 1,
): AwsError {
  if (how === 'quota')
    return new AwsError(
      'VcpuLimitExceeded',
      `You have requested more vCPU capacity than your current vCPU limit of ${limit} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.`,
    );
  const others = zones.filter((one) => one !== zone).join(', ');
  const elsewhere =
    others === ''
      ? ''
      : ` You can currently get ${type} capacity by not specifying an Availability Zone in your request or choosing ${others}.`;
  return new AwsError(
    'InsufficientInstanceCapacity',
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity.${elsewhere}`,
    500,
  );
}

/** A refusal as a scaling activity tells it. */
export const inActivity = (message: string): string => `${message} Launching EC2 instance failed.`;

/** vCPUs of the account's on-demand standard instances in a region, where a fault limits them; null: no limit worth meeting. */
export function vcpuLimit(world: World, now: number): number | null {
  const fault = activeFault(world, 'vcpu-quota', now);
  return fault ? Number(fault.target ?? 1) : null;
}

/** vCPUs of an instance type by its size (EC2, instance types: burstable and fifth-generation large ones have 2). */
export function vcpusOf(type: string): number {
  const [family = '', size = ''] = type.split('.');
  if (/^t3/.test(family)) return size === 'xlarge' ? 4 : 2;
  const times = /^(\d+)xlarge$/.exec(size)?.[1];
  if (times !== undefined) return Number(times) * 4;
  return { large: 2, xlarge: 4, medium: family === 't2' ? 2 : 1 }[size] ?? 1;
}

/**
 * Refuses one more instance where the faults `vcpu-quota` and `no-capacity` have it.
 * @throws AwsError VcpuLimitExceeded or InsufficientInstanceCapacity
 */
export function refuseByFault(
  world: World,
  region: CloudRegion,
  now: number,
  type: string,
  zone: string,
): void {
  const limit = vcpuLimit(world, now);
  if (limit !== null) {
    const used = Object.values(region.instances)
      .filter(({ state }) => state === 'running' || state === 'pending')
      .reduce((sum, instance) => sum + vcpusOf(instance.type), 0);
    if (used + vcpusOf(type) > limit) throw refusalOf('quota', type, zone, [], limit);
  }
  const full = activeFaults(world, 'no-capacity', now).map(({ target }) => target);
  if (!full.includes(null) && !full.includes(zone)) return;
  throw refusalOf(
    'capacity',
    type,
    zone,
    full.includes(null) ? [] : zonesOf(region.name).filter((one) => !full.includes(one)),
  );
}
