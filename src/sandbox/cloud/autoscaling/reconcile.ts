/**
 * Owns what an Auto Scaling group does by itself: start members up to its desired capacity over its zones, end those that
 * are too many, and replace those that died. One call per tick; everything it remembers is in the group.
 */
import type { World } from '../../contract.ts';
import { AwsError } from '../aws-error.ts';
import { DURATION, real } from '../durations.ts';
import { checkLaunch, launchInstance, shutDown } from '../ec2/instances.ts';
import { uuid } from '../ids.ts';
import { inActivity, type Refusal, refusalOf, stackFault } from '../launch-refusal.ts';
import type { AutoScalingGroupState, CloudRegion, GroupMember, StackState, SubnetState } from '../state.ts';
import { closeActivity, openActivity, specOf } from './group.ts';

/** Moves one group on. True when something changed. */
export function reconcile(
  world: World,
  region: CloudRegion,
  group: AutoScalingGroupState,
  now: number,
): boolean {
  const moved = [
    watchMembers(world, region, group, now),
    shrink(world, region, group, now),
    grow(world, region, group, now),
  ].some(Boolean);
  if (group.deleting && group.members.length === 0) {
    delete region.autoScalingGroups[group.name];
    return true;
  }
  return moved;
}

/** Members that came up, that died, and that are gone. */
function watchMembers(world: World, region: CloudRegion, group: AutoScalingGroupState, now: number): boolean {
  let moved = false;
  for (const member of [...group.members]) {
    const instance = region.instances[member.id];
    const state = instance?.state ?? 'terminated';
    if (member.lifecycle === 'Terminating') {
      if (state !== 'terminated') continue;
      closeActivity(group, member.activityId, now);
      group.members = group.members.filter((other) => other !== member);
      moved = true;
    } else if (state === 'running') {
      if (member.lifecycle !== 'Pending') continue;
      member.lifecycle = 'InService';
      closeActivity(group, member.activityId, now);
      member.activityId = null;
      moved = true;
    } else if (state !== 'pending') {
      moved = retire(world, group, member, now) || moved;
    }
  }
  return moved;
}

/** A member that died is noticed by a health check, and then leaves the group. */
function retire(world: World, group: AutoScalingGroupState, member: GroupMember, now: number): boolean {
  if (member.deadSince === null) {
    member.deadSince = now;
    return true;
  }
  if (now < member.deadSince + real(world, DURATION.healthCheck)) return false;
  member.lifecycle = 'Terminating';
  member.healthy = false;
  closeActivity(group, member.activityId, now);
  member.activityId = openActivity(
    world,
    group,
    now,
    `Terminating EC2 instance: ${member.id}`,
    `At ${stamp(now)} an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.`,
    details(member.zone),
  ).id;
  return true;
}

const stamp = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`;

const details = (zone: string): string => JSON.stringify({ 'Availability Zone': zone });

/** Members that count: a dead one counts until a health check has found it. */
const active = (group: AutoScalingGroupState): GroupMember[] =>
  group.members.filter((member) => member.lifecycle !== 'Terminating');

function shrink(world: World, region: CloudRegion, group: AutoScalingGroupState, now: number): boolean {
  let surplus = active(group).length - group.desired;
  if (surplus <= 0) return false;
  const before = active(group).length;
  for (; surplus > 0; surplus -= 1) {
    const member = pickToEnd(region, group);
    if (!member) break;
    endMember(
      world,
      region,
      group,
      member,
      now,
      `At ${stamp(now)} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${before} to ${group.desired}.`,
    );
  }
  return true;
}

/** From the zone with the most members, the oldest. */
function pickToEnd(region: CloudRegion, group: AutoScalingGroupState): GroupMember | undefined {
  const living = active(group);
  const inZone = (zone: string): number => living.filter((member) => member.zone === zone).length;
  const age = (member: GroupMember): number => region.instances[member.id]?.launchTime ?? 0;
  return living.sort((a, b) => inZone(b.zone) - inZone(a.zone) || age(a) - age(b))[0];
}

/** Takes a member out of service and ends its instance. */
export function endMember(
  world: World,
  region: CloudRegion,
  group: AutoScalingGroupState,
  member: GroupMember,
  now: number,
  cause: string,
): string {
  member.lifecycle = 'Terminating';
  closeActivity(group, member.activityId, now);
  const activity = openActivity(
    world,
    group,
    now,
    `Terminating EC2 instance: ${member.id}`,
    cause,
    details(member.zone),
  );
  member.activityId = activity.id;
  const instance = region.instances[member.id];
  if (instance) shutDown(world, instance, now, 'Client.UserInitiatedShutdown: User initiated shutdown');
  return activity.id;
}

function grow(world: World, region: CloudRegion, group: AutoScalingGroupState, now: number): boolean {
  const missing = group.desired - active(group).length;
  if (missing <= 0 || group.deleting || (group.retryAt !== null && now < group.retryAt)) return false;
  group.retryAt = null;
  const before = active(group).length;
  const cause = `At ${stamp(now)} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${before} to ${group.desired}.`;
  for (let count = 0; count < missing; count += 1) {
    if (!startMember(world, region, group, now, cause)) break;
  }
  return true;
}

function startMember(
  world: World,
  region: CloudRegion,
  group: AutoScalingGroupState,
  now: number,
  cause: string,
): boolean {
  // A zone without room is passed over for the next one.
  for (const subnet of emptiestSubnets(region, group)) {
    const refused = startIn(subnet, world, region, group, now, cause);
    if (refused === null) return true;
    const activity = openActivity(
      world,
      group,
      now,
      'Launching a new EC2 instance',
      cause,
      details(subnet.zone),
    );
    activity.status = 'Failed';
    activity.message = inActivity(refused.message);
    activity.endedAt = now;
    if (refused.code !== 'InsufficientInstanceCapacity') break;
  }
  group.retryAt = now + real(world, DURATION.launchRetry);
  return false;
}

/** Starts one member in a subnet; gives the refusal when EC2 refuses. */
function startIn(
  subnet: SubnetState,
  world: World,
  region: CloudRegion,
  group: AutoScalingGroupState,
  now: number,
  cause: string,
): AwsError | null {
  const refusal = refusalFor(world, region, group, now);
  try {
    const spec = specOf(region, group);
    if (refusal) return refusalOf(refusal, spec.instanceType, subnet.zone, group.zones);
    // The key pair or the image may be gone since the group was made.
    checkLaunch(world, region, now, spec);
    const instance = launchInstance(world, region, now, {
      spec,
      subnet,
      tags: memberTags(group),
      autoScalingGroup: group.name,
      launchConfiguration: group.launchConfiguration,
      clientToken: uuid(world),
    });
    const activity = openActivity(
      world,
      group,
      now,
      `Launching a new EC2 instance: ${instance.id}`,
      cause,
      details(subnet.zone),
    );
    group.members.push({
      id: instance.id,
      zone: subnet.zone,
      lifecycle: 'Pending',
      healthy: true,
      deadSince: null,
      activityId: activity.id,
    });
    return null;
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
}

/** The group's subnets, those of zones with few members first. */
function emptiestSubnets(region: CloudRegion, group: AutoScalingGroupState): SubnetState[] {
  const living = active(group);
  const inZone = (zone: string): number => living.filter((member) => member.zone === zone).length;
  return Object.values(region.subnets)
    .filter((subnet) =>
      group.subnets.length > 0 ? group.subnets.includes(subnet.id) : group.zones.includes(subnet.zone),
    )
    .sort((a, b) => inZone(a.zone) - inZone(b.zone));
}

/** Tags of a new member: the propagated ones (CloudFormation's among them) and the group's name. */
const memberTags = (group: AutoScalingGroupState): Record<string, string> => ({
  ...Object.fromEntries(group.tags.filter((tag) => tag.propagate).map((tag) => [tag.key, tag.value])),
  'aws:autoscaling:groupName': group.name,
});

/** The fault `stack-fails` strikes a group while its stack is being created. */
function refusalFor(
  world: World,
  region: CloudRegion,
  group: AutoScalingGroupState,
  now: number,
): Refusal | null {
  const tag = (key: string): string =>
    group.tags.find((one) => one.key === `aws:cloudformation:${key}`)?.value ?? '';
  const stack = region.stacks[tag('stack-id')];
  if (stack?.operation?.kind !== 'create') return null;
  return stackFault(world, now, tag('logical-id'), lastToFail(stack));
}

/** What `stack-fails` means without a target: the template's last Auto Scaling group, else its last resource. */
export function lastToFail(stack: StackState): string | null {
  const groups = stack.resources.filter((one) => one.type === 'AWS::AutoScaling::AutoScalingGroup');
  return (groups.at(-1) ?? stack.resources.at(-1))?.logicalId ?? null;
}
