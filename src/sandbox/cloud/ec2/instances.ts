/** Owns the life of an instance in EC2: checked, launched, running, ended, forgotten. What runs inside belongs to hosts/. */
import type { InstanceState, World } from '../../contract.ts';
import { AwsError } from '../aws-error.ts';
import { DURATION, real, SLOW_BOOT_FACTOR } from '../durations.ts';
import { activeFault, activeFaults, strike } from '../fault-state.ts';
import { awsId, chance } from '../ids.ts';
import { refuseByFault } from '../launch-refusal.ts';
import { imagesOf, OFFERED_TYPES } from '../regions.ts';
import type { CloudInstance, CloudRegion, ImageState, LaunchSpec, SubnetState } from '../state.ts';
import { freePrivateAddress, freePublicAddress } from './addresses.ts';

export const MAX_USER_DATA = 16_384;

/** Refuses what RunInstances would refuse. */
export function checkLaunch(world: World, region: CloudRegion, now: number, spec: LaunchSpec): void {
  if (!/^ami-[0-9a-f]{8,17}$/.test(spec.imageId))
    throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${spec.imageId}" (expecting "ami-...")`);
  if (!imagesThere(world, region.name, now).some((image) => image.id === spec.imageId))
    throw new AwsError('InvalidAMIID.NotFound', `The image id '[${spec.imageId}]' does not exist`);
  if (!OFFERED_TYPES.includes(spec.instanceType))
    throw new AwsError('InvalidParameterValue', `Invalid value '${spec.instanceType}' for InstanceType.`);
  if (spec.keyName !== null && !region.keyPairs[spec.keyName])
    throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${spec.keyName}' does not exist`);
  checkUserData(spec);
}

export function checkUserData({ userData }: Pick<LaunchSpec, 'userData'>): void {
  if (Buffer.byteLength(userData) > MAX_USER_DATA)
    throw new AwsError('InvalidParameterValue', 'User data is limited to 16384 bytes');
}

/** The region's images, without those that the fault `ami-withdrawn` took away. */
export function imagesThere(world: World, region: string, now: number): ImageState[] {
  const gone = activeFaults(world, 'ami-withdrawn', now).map(({ target }) => target);
  return imagesOf(region).filter(({ id }) => !gone.includes(null) && !gone.includes(id));
}

/** What its cloud-config makes it in fleet; a master's also names `role=minion`, as what kube-register looks for. */
export const isRole = (instance: Pick<InstanceState, 'userData'>, role: 'master' | 'minion'): boolean =>
  new RegExp(`^\\s*metadata:\\s*["']?role=${role}\\b`, 'm').test(instance.userData);

/** Does the fault `node-never-boots` strike this one? It is then spent. */
function struckDead(world: World, spec: LaunchSpec, now: number): boolean {
  const fault = activeFaults(world, 'node-never-boots', now).find(({ target }) =>
    target === null ? !isRole(spec, 'master') : isRole(spec, target === 'master' ? 'master' : 'minion'),
  );
  if (fault) strike(world, fault);
  return fault !== undefined;
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

/**
 * Starts one instance; it is `pending` and runs some twenty simulated seconds later.
 * @throws AwsError when a fault has it that there is no room, or no quota
 */
export function launchInstance(
  world: World,
  region: CloudRegion,
  now: number,
  launch: Launch,
): CloudInstance {
  const { spec, subnet } = launch;
  refuseByFault(world, region, now, spec.instanceType, subnet.zone);
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
    ...(spec.rootVolume === undefined ? {} : { rootVolume: structuredClone(spec.rootVolume) }),
    until: now + real(world, pending),
    ...(struckDead(world, spec, now) ? { neverBoots: true as const } : {}),
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
