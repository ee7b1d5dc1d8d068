/** Owns the Auto Scaling API: describing groups, members, activities and launch configurations; changing a group's size. */
import { AwsError, validationError } from '../aws-error.ts';
import type { Params } from '../params.ts';
import type { Actions } from '../request.ts';
import type { AutoScalingGroupState, CloudRegion, GroupMember, ScalingActivity } from '../state.ts';
import { iso, members, type XmlObject } from '../xml.ts';
import { checkSizes } from './group.ts';
import { endMember } from './reconcile.ts';

function paged<T>(
  items: readonly T[],
  params: Params,
  max: number,
): { items: T[]; next: string | undefined } {
  const size = params.number('MaxRecords') ?? max;
  if (!(size >= 1 && size <= max))
    throw validationError(
      `Value '${size}' at 'maxRecords' failed to satisfy constraint: Member must have value less than or equal to ${max}`,
    );
  const token = params.text('NextToken');
  const from = token ? Number(Buffer.from(token, 'base64url').toString()) : 0;
  if (!Number.isInteger(from) || from < 0)
    throw new AwsError('InvalidNextToken', 'The NextToken value is not valid.');
  const to = from + size;
  return {
    items: items.slice(from, to),
    next: to < items.length ? Buffer.from(String(to)).toString('base64url') : undefined,
  };
}

const healthOf = (member: GroupMember): string =>
  member.healthy && member.deadSince === null ? 'Healthy' : 'Unhealthy';

function launchedFrom(region: CloudRegion, group: AutoScalingGroupState): XmlObject {
  if (group.launchConfiguration !== null) return { LaunchConfigurationName: group.launchConfiguration };
  if (!group.launchTemplate) return {};
  return {
    LaunchTemplate: {
      LaunchTemplateId: group.launchTemplate.id,
      LaunchTemplateName: region.launchTemplates[group.launchTemplate.id]?.name,
      Version: group.launchTemplate.version,
    },
  };
}

const memberFields = (region: CloudRegion, group: AutoScalingGroupState, member: GroupMember): XmlObject => ({
  InstanceId: member.id,
  InstanceType: region.instances[member.id]?.type,
  AvailabilityZone: member.zone,
  LifecycleState: member.lifecycle,
  HealthStatus: healthOf(member),
  ProtectedFromScaleIn: false,
  ...launchedFrom(region, group),
});

const activityFields = (group: AutoScalingGroupState, activity: ScalingActivity): XmlObject => ({
  ActivityId: activity.id,
  AutoScalingGroupName: group.name,
  AutoScalingGroupARN: group.arn,
  Description: activity.description,
  Cause: activity.cause,
  StartTime: iso(activity.startedAt),
  EndTime: activity.endedAt === null ? undefined : iso(activity.endedAt),
  StatusCode: activity.status,
  StatusMessage: activity.message ?? undefined,
  Progress: activity.status === 'InProgress' ? 50 : 100,
  Details: activity.details,
});

function named(region: CloudRegion, name: string | undefined): AutoScalingGroupState {
  const group = name === undefined ? undefined : region.autoScalingGroups[name];
  if (!group)
    throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name ?? ''}' not found`);
  return group;
}

function matchesFilters(group: AutoScalingGroupState, params: Params): boolean {
  return params.items('Filters').every((filter) => {
    const name = filter.text('Name') ?? '';
    const values = filter.texts('Values');
    if (name === 'tag-key') return group.tags.some((tag) => values.includes(tag.key));
    if (name === 'tag-value') return group.tags.some((tag) => values.includes(tag.value));
    if (name.startsWith('tag:'))
      return group.tags.some((tag) => tag.key === name.slice(4) && values.includes(tag.value));
    throw validationError(`The filter '${name}' is not valid`);
  });
}

export const autoScalingActions: Actions = {
  DescribeAutoScalingGroups: ({ params, region }) => {
    const names = params.texts('AutoScalingGroupNames');
    const chosen = Object.values(region.autoScalingGroups).filter(
      (group) => (names.length === 0 || names.includes(group.name)) && matchesFilters(group, params),
    );
    const { items, next } = paged(chosen, params, 100);
    return {
      AutoScalingGroups: members(
        items.map((group) => ({
          AutoScalingGroupName: group.name,
          AutoScalingGroupARN: group.arn,
          ...launchedFrom(region, group),
          MinSize: group.min,
          MaxSize: group.max,
          DesiredCapacity: group.desired,
          DefaultCooldown: 300,
          AvailabilityZones: members(group.zones),
          LoadBalancerNames: members([]),
          TargetGroupARNs: members([]),
          HealthCheckType: 'EC2',
          HealthCheckGracePeriod: 0,
          Instances: members(group.members.map((member) => memberFields(region, group, member))),
          CreatedTime: iso(group.createdAt),
          SuspendedProcesses: members([]),
          VPCZoneIdentifier: group.subnets.join(','),
          EnabledMetrics: members([]),
          Status: group.deleting ? 'Delete in progress' : undefined,
          Tags: members(
            group.tags.map((tag) => ({
              ResourceId: group.name,
              ResourceType: 'auto-scaling-group',
              Key: tag.key,
              Value: tag.value,
              PropagateAtLaunch: tag.propagate,
            })),
          ),
          TerminationPolicies: members(['Default']),
          NewInstancesProtectedFromScaleIn: false,
        })),
      ),
      NextToken: next,
    };
  },

  DescribeAutoScalingInstances: ({ params, region }) => {
    const ids = params.texts('InstanceIds');
    const all = Object.values(region.autoScalingGroups).flatMap((group) =>
      group.members
        .filter((member) => ids.length === 0 || ids.includes(member.id))
        .map((member) => ({ group, member })),
    );
    const { items, next } = paged(all, params, 50);
    return {
      AutoScalingInstances: members(
        items.map(({ group, member }) => ({
          ...memberFields(region, group, member),
          HealthStatus: healthOf(member).toUpperCase(),
          AutoScalingGroupName: group.name,
        })),
      ),
      NextToken: next,
    };
  },

  SetDesiredCapacity: ({ params, region }) => {
    const group = named(region, params.text('AutoScalingGroupName'));
    const desired = params.number('DesiredCapacity') ?? Number.NaN;
    if (desired > group.max)
      throw validationError(
        `New SetDesiredCapacity value ${desired} is above max value ${group.max} for the AutoScalingGroup.`,
      );
    if (desired < group.min)
      throw validationError(
        `New SetDesiredCapacity value ${desired} is below min value ${group.min} for the AutoScalingGroup.`,
      );
    checkSizes(group.min, group.max, desired);
    group.desired = desired;
    return {};
  },

  TerminateInstanceInAutoScalingGroup: ({ params, region, world, now }) => {
    const id = params.text('InstanceId') ?? '';
    const group = Object.values(region.autoScalingGroups).find((one) =>
      one.members.some((member) => member.id === id),
    );
    const member = group?.members.find((one) => one.id === id);
    if (!group || !member)
      throw validationError(`Instance Id not found - No managed instance found for instance ID ${id}`);
    if (params.flag('ShouldDecrementDesiredCapacity')) {
      checkSizes(group.min, group.max, group.desired - 1);
      group.desired -= 1;
    }
    endMember(
      world,
      region,
      group,
      member,
      now,
      `At ${iso(now).slice(0, 19)}Z instance ${id} was taken out of service in response to a user request.`,
    );
    const activity = group.activities[0];
    return { Activity: activity ? activityFields(group, activity) : {} };
  },

  DescribeScalingActivities: ({ params, region }) => {
    const name = params.text('AutoScalingGroupName');
    const groups = name === undefined ? Object.values(region.autoScalingGroups) : [named(region, name)];
    const ids = params.texts('ActivityIds');
    const all = groups
      .flatMap((group) => group.activities.map((activity) => ({ group, activity })))
      .filter(({ activity }) => ids.length === 0 || ids.includes(activity.id))
      .sort((a, b) => b.activity.startedAt - a.activity.startedAt);
    const { items, next } = paged(all, params, 100);
    return {
      Activities: members(items.map(({ group, activity }) => activityFields(group, activity))),
      NextToken: next,
    };
  },

  DescribeLaunchConfigurations: ({ params, region }) => {
    const names = params.texts('LaunchConfigurationNames');
    const all = Object.values(region.launchConfigurations).filter(
      (configuration) => names.length === 0 || names.includes(configuration.name),
    );
    const { items, next } = paged(all, params, 100);
    return {
      LaunchConfigurations: members(
        items.map((configuration) => ({
          LaunchConfigurationName: configuration.name,
          LaunchConfigurationARN: configuration.arn,
          ImageId: configuration.imageId,
          KeyName: configuration.keyName ?? '',
          SecurityGroups: members(configuration.securityGroups),
          ClassicLinkVPCSecurityGroups: members([]),
          UserData: Buffer.from(configuration.userData).toString('base64'),
          InstanceType: configuration.instanceType,
          KernelId: '',
          RamdiskId: '',
          BlockDeviceMappings: members([]),
          InstanceMonitoring: { Enabled: true },
          CreatedTime: iso(configuration.createdAt),
          EbsOptimized: false,
        })),
      ),
      NextToken: next,
    };
  },
};
