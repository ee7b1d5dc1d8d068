/** Owns the life of an instance in EC2: checked, launched, running, ended, forgotten. What runs inside belongs to hosts/. */
import type { World } from '../../contract.ts';
import { AwsError } from '../aws-error.ts';
import { DURATION, real, SLOW_BOOT_FACTOR } from '../durations.ts';
import { activeFault } from '../fault-state.ts';
import { awsId, chance } from '../ids.ts';
import { imagesOf, OFFERED_TYPES } from '../regions.ts';
import type { CloudInstance, CloudRegion, LaunchSpec, SubnetState } from '../state.ts';
import { freePrivateAddress, freePublicAddress } from './addresses.ts';

export const MAX_USER_DATA = 16_384;

/** Refuses what RunInstances would refuse. */
export function checkLaunch(region: CloudRegion, spec: LaunchSpec): void {
  if (!/^ami-[0-9a-f]{8,17}$/.test(spec.imageId))
    throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${spec.imageId}" (expecting "ami-...")`);
  if (!imagesOf(region.name).some((image) => image.id === spec.imageId))
    throw new AwsError('InvalidAMIID.NotFound', `The image id '[${spec.imageId}]' does not exist`);
  if (!OFFERED_TYPES.includes(spec.instanceType))
    throw new AwsError('InvalidParameterValue', `Invalid value '${spec.instanceType}' for InstanceType.`);
  if (spec.keyName !== null && !region.keyPairs[spec.keyName])
    throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${spec.keyName}' does not exist`);
  if (Buffer.byteLength(spec.userData) > MAX_USER_DATA)
    throw new AwsError('InvalidParameterValue', 'User data is limited to 16384 bytes');
}

/** A group by id, or by name in the default VPC. */
export function findSecurityGroup(region: CloudRegion, idOrName: string): string | null {
  if (region.securityGroups[idOrName]) return idOrName;
  const byName = Object.values(region.securityGroups).find((group) => group.name === idOrName);
  return byName?.id ?? null;
}

export interface Launch {
  readonly spec: LaunchSpec;
  readonly subnet: SubnetState;
  readonly tags: Record<string, string>;
  readonly autoScalingGroup?: string;
  readonly launchConfiguration?: string | null;
  readonly reservationId?: string;
  readonly clientToken?: string | null;
}

/** Starts one instance; it is `pending` and runs some twenty simulated seconds later. */
export function launchInstance(
  world: World,
  region: CloudRegion,
  now: number,
  launch: Launch,
): CloudInstance {
  const { spec, subnet } = launch;
  const slow = activeFault(world, 'slow-boot', now) ? SLOW_BOOT_FACTOR : 1;
  const pending = (DURATION.instancePending + chance(world) * DURATION.instancePendingJitter) * slow;
  const instance: CloudInstance = {
    id: awsId(world, 'i'),
    region: region.name,
    zone: subnet.zone,
    type: spec.instanceType,
    imageId: spec.imageId,
    keyName: spec.keyName,
    publicKey: spec.keyName === null ? null : (region.keyPairs[spec.keyName]?.publicKey ?? null),
    privateIp: freePrivateAddress(world, subnet.cidr),
    publicIp: freePublicAddress(world),
    state: 'pending',
    stateReason: null,
    launchTime: now,
    since: now,
    userData: spec.userData,
    securityGroups: [...spec.securityGroups],
    tags: { ...launch.tags },
    autoScalingGroup: launch.autoScalingGroup ?? null,
    launchConfiguration: launch.launchConfiguration ?? null,
    console: '',
    host: null,
    reservationId: launch.reservationId ?? awsId(world, 'r'),
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    clientToken: launch.clientToken ?? null,
    until: now + real(world, pending),
  };
  region.instances[instance.id] = instance;
  return instance;
}

/** Asks an instance to end; harmless when it is ending already. */
export function shutDown(world: World, instance: CloudInstance, now: number, reason: string): void {
  if (instance.state === 'shutting-down' || instance.state === 'terminated') return;
  instance.state = 'shutting-down';
  instance.stateReason = reason;
  instance.since = now;
  instance.until = now + real(world, DURATION.instanceShutsDown);
}

/** The machine is gone at once, as when its hardware fails. */
export function kill(world: World, instance: CloudInstance, now: number, reason: string): void {
  if (instance.state === 'terminated') return;
  instance.state = 'terminated';
  instance.stateReason = reason;
  instance.since = now;
  instance.until = now + real(world, DURATION.instanceForgotten);
}

/** Moves on the instances that are due. True when one moved. */
export function stepInstances(world: World, region: CloudRegion, now: number): boolean {
  let moved = false;
  for (const instance of Object.values(region.instances)) {
    if (instance.until === null || instance.until > now) continue;
    moved = true;
    if (instance.state === 'pending') {
      instance.state = 'running';
      instance.since = now;
      instance.until = null;
    } else if (instance.state === 'shutting-down') {
      instance.state = 'terminated';
      instance.since = now;
      instance.until = now + real(world, DURATION.instanceForgotten);
    } else if (instance.state === 'terminated') {
      delete region.instances[instance.id];
    } else {
      instance.until = null;
    }
  }
  return moved;
}
