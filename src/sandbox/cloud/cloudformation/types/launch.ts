/** Owns AWS::AutoScaling::LaunchConfiguration, AWS::EC2::LaunchTemplate and AWS::EC2::Instance. */
import { AwsError, validationError } from '../../aws-error.ts';
import { DURATION } from '../../durations.ts';
import { privateName, publicName } from '../../ec2/addresses.ts';
import {
  checkLaunch,
  checkUserData,
  findSecurityGroup,
  launchInstance,
  shutDown,
} from '../../ec2/instances.ts';
import { noGroup } from '../../ec2/security-groups.ts';
import { activeFault, launchConfigurationsRefused } from '../../fault-state.ts';
import { awsId, nameSuffix, uuid } from '../../ids.ts';
import { refusalOf, stackFault } from '../../launch-refusal.ts';
import { zonesOf } from '../../regions.ts';
import type { CloudRegion, LaunchSpec } from '../../state.ts';
import { tagsOf } from './security-group.ts';
import {
  flag,
  objects,
  optionalText,
  type Properties,
  type ResourceType,
  text,
  texts,
  userData,
  wholeNumber,
} from './type.ts';

/** As the properties say it; that it can be launched is seen when it is. */
function specOf(region: CloudRegion, properties: Properties, groups: readonly string[]): LaunchSpec {
  const ids = groups.map((name) => {
    const id = findSecurityGroup(region, name);
    if (!id) throw noGroup(region, name);
    return id;
  });
  const byDefault = findSecurityGroup(region, 'default');
  const spec = {
    imageId: text(properties, 'ImageId'),
    instanceType: optionalText(properties, 'InstanceType') ?? 'm1.small',
    keyName: optionalText(properties, 'KeyName') ?? null,
    securityGroups: ids.length > 0 ? ids : byDefault ? [byDefault] : [],
    userData: userData(properties),
    ...rootVolumeOf(properties),
  };
  checkUserData(spec);
  return spec;
}

/** What the properties ask of the root volume; nothing: as the image has it. */
function rootVolumeOf(properties: Properties): Pick<LaunchSpec, 'rootVolume'> {
  const root = objects(properties, 'BlockDeviceMappings').find(
    (mapping) => optionalText(mapping, 'DeviceName') === '/dev/xvda',
  );
  const ebs = root?.Ebs;
  if (typeof ebs !== 'object' || ebs === null || Array.isArray(ebs)) return {};
  const fields = ebs as Properties;
  const tagged = objects(properties, 'TagSpecifications').filter(
    (one) => optionalText(one, 'ResourceType') === 'volume',
  );
  return {
    rootVolume: {
      size: wholeNumber(fields, 'VolumeSize', 8),
      type: optionalText(fields, 'VolumeType') ?? 'standard',
      encrypted: flag(fields, 'Encrypted'),
      tags: Object.assign({}, ...tagged.map(tagsOf)),
    },
  };
}

const LAUNCH_CONFIGURATION_PROPERTIES = [
  'AssociatePublicIpAddress',
  'BlockDeviceMappings',
  'EbsOptimized',
  'IamInstanceProfile',
  'ImageId',
  'InstanceMonitoring',
  'InstanceType',
  'KeyName',
  'LaunchConfigurationName',
  'MetadataOptions',
  'PlacementTenancy',
  'SecurityGroups',
  'SpotPrice',
  'UserData',
];

export const launchConfiguration: ResourceType = {
  name: 'AWS::AutoScaling::LaunchConfiguration',
  service: 'AmazonAutoScaling',
  actions: {
    create: 'autoscaling:CreateLaunchConfiguration',
    remove: 'autoscaling:DeleteLaunchConfiguration',
  },
  properties: LAUNCH_CONFIGURATION_PROPERTIES,
  required: ['ImageId', 'InstanceType'],
  replacedOn: LAUNCH_CONFIGURATION_PROPERTIES,
  duration: DURATION.launchConfiguration,
  create({ world, region, now, stackName, logicalId }, properties) {
    if (activeFault(world, 'launch-configurations-refused', now)) throw launchConfigurationsRefused();
    const spec = specOf(region, properties, texts(properties, 'SecurityGroups'));
    checkLaunch(world, region, now, spec);
    const name =
      optionalText(properties, 'LaunchConfigurationName') ?? `${stackName}-${logicalId}-${nameSuffix(world)}`;
    if (region.launchConfigurations[name])
      throw new AwsError(
        'AlreadyExists',
        `Launch Configuration by this name already exists - A launch configuration already exists with the name ${name}`,
      );
    region.launchConfigurations[name] = {
      ...spec,
      name,
      arn: `arn:aws:autoscaling:${region.name}:${world.account}:launchConfiguration:${uuid(world)}:launchConfigurationName/${name}`,
      createdAt: now,
    };
    return name;
  },
  ready: () => true,
  remove({ region }, physicalId) {
    const used = Object.values(region.autoScalingGroups).some(
      (group) => group.launchConfiguration === physicalId,
    );
    if (used)
      throw new AwsError(
        'ResourceInUse',
        `Cannot delete launch configuration ${physicalId} because it is attached to an AutoScalingGroup`,
      );
    delete region.launchConfigurations[physicalId];
  },
  removed: (region, physicalId) => region.launchConfigurations[physicalId] === undefined,
  attribute: () => undefined,
};

export const launchTemplate: ResourceType = {
  name: 'AWS::EC2::LaunchTemplate',
  service: 'AmazonEC2',
  actions: { create: 'ec2:CreateLaunchTemplate', remove: 'ec2:DeleteLaunchTemplate' },
  properties: ['LaunchTemplateData', 'LaunchTemplateName', 'TagSpecifications', 'VersionDescription'],
  required: ['LaunchTemplateData'],
  replacedOn: ['LaunchTemplateName'],
  duration: DURATION.launchTemplate,
  create({ world, region, now, logicalId, tags }, properties) {
    const id = awsId(world, 'lt');
    const name = optionalText(properties, 'LaunchTemplateName') ?? `${logicalId}_${nameSuffix(world)}`;
    if (Object.values(region.launchTemplates).some((one) => one.name === name))
      throw new AwsError(
        'InvalidLaunchTemplateName.AlreadyExistsException',
        `Launch template name already in use.`,
      );
    region.launchTemplates[id] = {
      id,
      name,
      createdAt: now,
      versions: [templateSpec(region, properties)],
      tags: { ...tags },
    };
    return id;
  },
  ready: () => true,
  update({ region }, physicalId, properties) {
    region.launchTemplates[physicalId]?.versions.push(templateSpec(region, properties));
  },
  remove({ region }, physicalId) {
    delete region.launchTemplates[physicalId];
  },
  removed: (region, physicalId) => region.launchTemplates[physicalId] === undefined,
  attribute(region, physicalId, name) {
    const template = region.launchTemplates[physicalId];
    if (name === 'LaunchTemplateId') return physicalId;
    if (name === 'DefaultVersionNumber') return '1';
    if (name === 'LatestVersionNumber') return String(template?.versions.length ?? 1);
    return undefined;
  },
};

function templateSpec(region: CloudRegion, properties: Properties): LaunchSpec {
  const data = properties.LaunchTemplateData;
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw validationError('Value of property LaunchTemplateData must be an object');
  const fields = data as Properties;
  const interfaces = Array.isArray(fields.NetworkInterfaces)
    ? (fields.NetworkInterfaces as Properties[])
    : [];
  return specOf(region, fields, [
    ...texts(fields, 'SecurityGroupIds'),
    ...texts(fields, 'SecurityGroups'),
    ...interfaces.flatMap((one) => texts(one, 'Groups')),
  ]);
}

export const instance: ResourceType = {
  name: 'AWS::EC2::Instance',
  service: 'AmazonEC2',
  actions: { create: 'ec2:RunInstances', remove: 'ec2:TerminateInstances' },
  properties: [
    'AvailabilityZone',
    'BlockDeviceMappings',
    'EbsOptimized',
    'IamInstanceProfile',
    'ImageId',
    'InstanceType',
    'KeyName',
    'MetadataOptions',
    'Monitoring',
    'NetworkInterfaces',
    'SecurityGroupIds',
    'SecurityGroups',
    'SubnetId',
    'Tags',
    'UserData',
  ],
  required: ['ImageId'],
  replacedOn: [
    'AvailabilityZone',
    'ImageId',
    'InstanceType',
    'KeyName',
    'NetworkInterfaces',
    'SecurityGroups',
    'SubnetId',
    'UserData',
  ],
  duration: DURATION.instanceResource,
  create({ world, region, now, logicalId, tags }, properties) {
    const spec = specOf(region, properties, [
      ...texts(properties, 'SecurityGroupIds'),
      ...texts(properties, 'SecurityGroups'),
    ]);
    checkLaunch(world, region, now, spec);
    const zone = optionalText(properties, 'AvailabilityZone');
    const subnetId = optionalText(properties, 'SubnetId');
    const subnet = Object.values(region.subnets).find(
      (one) => (!subnetId || one.id === subnetId) && (!zone || one.zone === zone),
    );
    if (!subnet)
      throw new AwsError('InvalidParameterValue', `Invalid availability zone: [${zone ?? subnetId}]`);
    const refusal = stackFault(world, now, logicalId, logicalId);
    if (refusal) throw refusalOf(refusal, spec.instanceType, subnet.zone, zonesOf(region.name));
    return launchInstance(world, region, now, {
      spec,
      subnet,
      tags: { ...tags, ...tagsOf(properties) },
    }).id;
  },
  ready({ region }, physicalId) {
    const made = region.instances[physicalId];
    if (!made || made.state === 'terminated' || made.state === 'shutting-down')
      throw new AwsError('ResourceNotReady', `Instance ${physicalId} failed to reach state running`);
    return made.state === 'running';
  },
  update({ region }, physicalId, properties) {
    const made = region.instances[physicalId];
    if (made) Object.assign(made.tags, tagsOf(properties));
  },
  remove({ world, region, now }, physicalId) {
    const made = region.instances[physicalId];
    if (made) shutDown(world, made, now, 'Client.UserInitiatedShutdown: User initiated shutdown');
  },
  removed: (region, physicalId) => (region.instances[physicalId]?.state ?? 'terminated') === 'terminated',
  attribute(region, physicalId, name) {
    const made = region.instances[physicalId];
    if (!made) return undefined;
    switch (name) {
      case 'InstanceId':
        return made.id;
      case 'AvailabilityZone':
        return made.zone;
      case 'PrivateIp':
        return made.privateIp;
      case 'PublicIp':
        return made.publicIp ?? '';
      case 'PrivateDnsName':
        return privateName(region.name, made.privateIp);
      case 'PublicDnsName':
        return made.publicIp ? publicName(region.name, made.publicIp) : '';
      case 'VpcId':
        return made.vpcId;
      default:
        return undefined;
    }
  },
};
