/** Owns an Auto Scaling group's own data: making it, sizing it, what it launches from. */
import type { World } from '../../contract.ts';
import { AwsError, validationError } from '../aws-error.ts';
import { checkLaunch } from '../ec2/instances.ts';
import { hasDefaultVpc, isDenied } from '../fault-state.ts';
import { uuid } from '../ids.ts';
import type { AutoScalingGroupState, CloudRegion, GroupTag, LaunchSpec, ScalingActivity } from '../state.ts';

const ACTIVITIES_KEPT = 100;

export interface NewGroup {
  readonly name: string;
  readonly launchConfiguration: string | null;
  readonly launchTemplate: { id: string; version: string } | null;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** Zones, or subnets that say the zones. */
  readonly zones: readonly string[];
  readonly subnets: readonly string[];
  readonly tags: readonly GroupTag[];
}

/** Sizes as Auto Scaling checks them. */
export function checkSizes(min: number, max: number, desired: number): void {
  for (const [word, value] of Object.entries({ MinSize: min, MaxSize: max, DesiredCapacity: desired }))
    if (!(Number.isInteger(value) && value >= 0))
      throw validationError(
        `Value '${value}' at '${word}' failed to satisfy constraint: it must be a whole number of at least 0`,
      );
  if (min > max)
    throw validationError(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  if (desired < min || desired > max)
    throw validationError(
      `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
    );
}

export function createGroup(
  world: World,
  region: CloudRegion,
  now: number,
  request: NewGroup,
): AutoScalingGroupState {
  if (region.autoScalingGroups[request.name])
    throw new AwsError(
      'AlreadyExists',
      `AutoScalingGroup by this name already exists - A group with the name ${request.name} already exists`,
    );
  checkSizes(request.min, request.max, request.desired);
  const subnets = request.subnets.map((id) => {
    const subnet = region.subnets[id];
    if (!subnet) throw validationError(`The subnet ID '${id}' does not exist`);
    return subnet;
  });
  const zones = request.zones.length > 0 ? request.zones : [...new Set(subnets.map((subnet) => subnet.zone))];
  if (zones.length === 0) throw validationError('At least one Availability Zone or VPC Subnet is required.');
  const known = Object.values(region.subnets);
  const strange = zones.filter((zone) => !known.some((subnet) => subnet.zone === zone));
  if (strange.length > 0) throw validationError(`Invalid availability zones: [${strange.join(', ')}]`);
  const group: AutoScalingGroupState = {
    name: request.name,
    arn: `arn:aws:autoscaling:${region.name}:${world.account}:autoScalingGroup:${uuid(world)}:autoScalingGroupName/${request.name}`,
    launchConfiguration: request.launchConfiguration,
    launchTemplate: request.launchTemplate,
    min: request.min,
    max: request.max,
    desired: request.desired,
    zones: [...zones],
    subnets: subnets.map((subnet) => subnet.id),
    createdAt: now,
    tags: [...request.tags],
    members: [],
    activities: [],
    retryAt: null,
    deleting: false,
  };
  checkSpec(world, region, now, group);
  region.autoScalingGroups[group.name] = group;
  return group;
}

/** Refuses a group that could not launch what it is given, in Auto Scaling's words. */
export function checkSpec(
  world: World,
  region: CloudRegion,
  now: number,
  group: Pick<AutoScalingGroupState, 'launchConfiguration' | 'launchTemplate' | 'subnets'>,
): void {
  const spec = specOf(region, group);
  if (group.subnets.length === 0 && !hasDefaultVpc(world, now))
    throw validationError('No default VPC for this user');
  if (group.launchTemplate === null) return;
  if (isDenied(world, 'ec2:RunInstances', now))
    throw new AwsError(
      'AccessDenied',
      `You are not authorized to use launch template: ${group.launchTemplate.id}`,
      403,
    );
  try {
    checkLaunch(world, region, now, spec);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw validationError(`You must use a valid fully-formed launch template. ${error.message}`);
  }
}

/** What the group launches from now. */
export function specOf(
  region: CloudRegion,
  group: Pick<AutoScalingGroupState, 'launchConfiguration' | 'launchTemplate'>,
): LaunchSpec {
  if (group.launchConfiguration !== null) {
    const configuration = region.launchConfigurations[group.launchConfiguration];
    if (!configuration)
      throw validationError(
        `Launch configuration name not found - Launch configuration ${group.launchConfiguration} not found`,
      );
    return configuration;
  }
  if (!group.launchTemplate)
    throw validationError(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
    );
  const template = region.launchTemplates[group.launchTemplate.id];
  if (!template)
    throw validationError(
      `You must use a valid fully-formed launch template. The specified launch template, with template ID ${group.launchTemplate.id}, does not exist.`,
    );
  const wanted = group.launchTemplate.version;
  const version =
    wanted === '$Latest'
      ? template.versions.at(-1)
      : template.versions[wanted === '$Default' ? 0 : Number(wanted) - 1];
  if (!version) throw validationError(`The specified launch template version ${wanted} does not exist.`);
  return version;
}

/** Opens a scaling activity; the newest comes first. */
export function openActivity(
  world: World,
  group: AutoScalingGroupState,
  now: number,
  description: string,
  cause: string,
  details: string,
): ScalingActivity {
  const activity: ScalingActivity = {
    id: uuid(world),
    description,
    cause,
    status: 'InProgress',
    message: null,
    startedAt: now,
    endedAt: null,
    details,
  };
  group.activities.unshift(activity);
  group.activities.length = Math.min(group.activities.length, ACTIVITIES_KEPT);
  return activity;
}

export function closeActivity(group: AutoScalingGroupState, id: string | null, now: number): void {
  const activity = group.activities.find((one) => one.id === id);
  if (activity?.status !== 'InProgress') return;
  activity.status = 'Successful';
  activity.endedAt = now;
}

/** The number of members that are in service. */
export const inService = (group: AutoScalingGroupState): number =>
  group.members.filter((member) => member.lifecycle === 'InService' && member.deadSince === null).length;
