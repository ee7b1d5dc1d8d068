/** Owns why EC2 refuses to start an instance while the fault `stack-fails` is in force: quota or capacity, in its own words. */
import type { World } from '../contract.ts';
import { activeFault } from './fault-state.ts';

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

export function refusalText(how: Refusal, type: string, zone: string, zones: readonly string[]): string {
  const others = zones.filter((one) => one !== zone).join(', ');
  return how === 'quota'
    ? 'You have requested more vCPU capacity than your current vCPU limit of 1 allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit. Launching EC2 instance failed.'
    : `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity. You can currently get ${type} capacity by not specifying an Availability Zone in your request or choosing ${others}. Launching EC2 instance failed.`;
}

export const REFUSAL_CODE: Record<Refusal, string> = {
  quota: 'VcpuLimitExceeded',
  capacity: 'InsufficientInstanceCapacity',
};
