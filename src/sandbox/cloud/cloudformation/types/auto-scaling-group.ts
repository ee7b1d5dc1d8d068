/** Owns AWS::AutoScaling::AutoScalingGroup: it is ready when its members are in service, and fails when they cannot start. */

import { checkSizes, checkSpec, createGroup, inService } from '../../autoscaling/group.ts';
import { AwsError, validationError } from '../../aws-error.ts';
import { DURATION, real } from '../../durations.ts';
import { nameSuffix } from '../../ids.ts';
import type { GroupTag } from '../../state.ts';
import {
  flag,
  type Making,
  objects,
  optionalText,
  type Properties,
  type ResourceType,
  text,
  texts,
  wholeNumber,
} from './type.ts';

function launchedFrom(properties: Properties): {
  launchConfiguration: string | null;
  launchTemplate: { id: string; version: string } | null;
} {
  const template = properties.LaunchTemplate;
  if (template === undefined)
    return {
      launchConfiguration: optionalText(properties, 'LaunchConfigurationName') ?? null,
      launchTemplate: null,
    };
  if (typeof template !== 'object' || template === null)
    throw validationError('Value of property LaunchTemplate must be an object');
  const fields = template as Properties;
  return {
    launchConfiguration: null,
    launchTemplate: {
      id: text(fields, 'LaunchTemplateId'),
      version: optionalText(fields, 'Version') ?? '$Default',
    },
  };
}

function sizes(properties: Properties): { min: number; max: number; desired: number } {
  const min = wholeNumber(properties, 'MinSize', 0);
  const max = wholeNumber(properties, 'MaxSize', 0);
  return { min, max, desired: wholeNumber(properties, 'DesiredCapacity', min) };
}

/** The template's tags, the stack's, and CloudFormation's own: all but the template's always propagate. */
function tagsOf(making: Making, properties: Properties): GroupTag[] {
  const own = objects(properties, 'Tags').map((tag) => {
    if (tag.PropagateAtLaunch === undefined)
      throw validationError('Property PropagateAtLaunch cannot be empty.');
    return { key: text(tag, 'Key'), value: text(tag, 'Value'), propagate: flag(tag, 'PropagateAtLaunch') };
  });
  const inherited = Object.entries(making.tags)
    .filter(([key]) => !own.some((tag) => tag.key === key))
    .map(([key, value]) => ({ key, value, propagate: true }));
  return [...inherited, ...own];
}

export const autoScalingGroup: ResourceType = {
  name: 'AWS::AutoScaling::AutoScalingGroup',
  service: 'AmazonAutoScaling',
  actions: { create: 'autoscaling:CreateAutoScalingGroup', remove: 'autoscaling:DeleteAutoScalingGroup' },
  properties: [
    'AutoScalingGroupName',
    'AvailabilityZones',
    'CapacityRebalance',
    'Cooldown',
    'DesiredCapacity',
    'HealthCheckGracePeriod',
    'HealthCheckType',
    'LaunchConfigurationName',
    'LaunchTemplate',
    'MaxSize',
    'MetricsCollection',
    'MinSize',
    'NewInstancesProtectedFromScaleIn',
    'Tags',
    'TerminationPolicies',
    'VPCZoneIdentifier',
  ],
  required: ['MaxSize', 'MinSize'],
  replacedOn: ['AutoScalingGroupName'],
  duration: DURATION.autoScalingGroup,
  create(making, properties) {
    const { world, region, now, stackName, logicalId } = making;
    return createGroup(world, region, now, {
      name:
        optionalText(properties, 'AutoScalingGroupName') ?? `${stackName}-${logicalId}-${nameSuffix(world)}`,
      ...launchedFrom(properties),
      ...sizes(properties),
      zones: texts(properties, 'AvailabilityZones'),
      subnets: texts(properties, 'VPCZoneIdentifier'),
      tags: tagsOf(making, properties),
    }).name;
  },
  ready({ world, region, now }, physicalId, since) {
    const group = region.autoScalingGroups[physicalId];
    if (!group)
      throw new AwsError('ValidationError', `AutoScalingGroup name not found - ${physicalId} not found`);
    const serving = inService(group);
    const settled = group.members.filter((member) => member.lifecycle !== 'Terminating').length;
    if (serving === group.desired && settled === group.desired) return true;
    const failed = group.activities.find(
      (activity) => activity.status === 'Failed' && activity.startedAt >= since,
    );
    // A zone without room does not matter while another has some.
    if (failed && settled < group.desired && now >= since + real(world, DURATION.groupPatience))
      throw new AwsError(
        'NotStabilized',
        `Group did not stabilize. {current/minSize/maxSize} group size = {${serving}/${group.min}/${group.max}}. Failed Scaling Activity: ${failed.message}`,
      );
    return false;
  },
  update(making, physicalId, properties) {
    const group = making.region.autoScalingGroups[physicalId];
    if (!group)
      throw new AwsError('ValidationError', `AutoScalingGroup name not found - ${physicalId} not found`);
    const next = { ...sizes(properties), ...launchedFrom(properties) };
    checkSizes(next.min, next.max, next.desired);
    checkSpec(making.world, making.region, making.now, { ...next, subnets: group.subnets });
    Object.assign(group, next, { tags: tagsOf(making, properties), retryAt: null });
    const zones = texts(properties, 'AvailabilityZones');
    if (zones.length > 0) group.zones = zones;
  },
  remove({ region }, physicalId) {
    const group = region.autoScalingGroups[physicalId];
    if (!group) return;
    group.min = 0;
    group.desired = 0;
    group.deleting = true;
  },
  removed: (region, physicalId) => region.autoScalingGroups[physicalId] === undefined,
  attribute: (region, physicalId, name) =>
    name === 'AutoScalingGroupARN' ? region.autoScalingGroups[physicalId]?.arn : undefined,
};
