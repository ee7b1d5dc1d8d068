/** Owns AWS::EC2::SecurityGroup and AWS::EC2::SecurityGroupIngress. */
import { AwsError } from '../../aws-error.ts';
import { DURATION } from '../../durations.ts';
import { findSecurityGroup } from '../../ec2/instances.ts';
import {
  addRule,
  createSecurityGroup,
  deleteSecurityGroup,
  makeRule,
  noGroup,
  type RuleRequest,
} from '../../ec2/security-groups.ts';
import { nameSuffix } from '../../ids.ts';
import type { CloudRegion, SecurityGroupState } from '../../state.ts';
import { type Making, objects, optionalText, type Properties, type ResourceType, text } from './type.ts';

const RULE_PROPERTIES = [
  'CidrIp',
  'CidrIpv6',
  'Description',
  'FromPort',
  'ToPort',
  'IpProtocol',
  'SourceSecurityGroupId',
  'SourceSecurityGroupName',
  'SourceSecurityGroupOwnerId',
  'SourcePrefixListId',
];

const ruleOf = (properties: Properties): RuleRequest => ({
  protocol: text(properties, 'IpProtocol'),
  fromPort: optionalText(properties, 'FromPort'),
  toPort: optionalText(properties, 'ToPort'),
  cidr: optionalText(properties, 'CidrIp'),
  group:
    optionalText(properties, 'SourceSecurityGroupId') ?? optionalText(properties, 'SourceSecurityGroupName'),
  description: optionalText(properties, 'Description'),
});

/** By the physical id: the name in the default VPC, else the id. */
function groupOf(region: CloudRegion, physicalId: string): SecurityGroupState | undefined {
  const id = findSecurityGroup(region, physicalId);
  return id === null ? undefined : region.securityGroups[id];
}

export const securityGroup: ResourceType = {
  name: 'AWS::EC2::SecurityGroup',
  service: 'AmazonEC2',
  actions: { create: 'ec2:CreateSecurityGroup', remove: 'ec2:DeleteSecurityGroup' },
  properties: [
    'GroupDescription',
    'GroupName',
    'SecurityGroupIngress',
    'SecurityGroupEgress',
    'Tags',
    'VpcId',
  ],
  required: ['GroupDescription'],
  replacedOn: ['GroupDescription', 'GroupName', 'VpcId'],
  duration: DURATION.securityGroup,
  create(making, properties) {
    const { world, region } = making;
    const rules = objects(properties, 'SecurityGroupIngress').map((rule) =>
      makeRule(world, region, ruleOf(rule)),
    );
    const vpcId = optionalText(properties, 'VpcId');
    const group = createSecurityGroup(world, region, making.now, {
      name:
        optionalText(properties, 'GroupName') ??
        `${making.stackName}-${making.logicalId}-${nameSuffix(world)}`,
      description: text(properties, 'GroupDescription'),
      vpcId,
      tags: { ...making.tags, ...tagsOf(properties) },
    });
    for (const rule of rules) addRule(group, rule);
    // In the default VPC without VpcId, Ref has always given the name.
    return vpcId === undefined ? group.name : group.id;
  },
  ready: () => true,
  update({ world, region }, physicalId, properties, before) {
    const group = groupOf(region, physicalId);
    if (!group) throw noGroup(region, physicalId);
    // Rules of other resources (SecurityGroupIngress) stay.
    const own = objects(before, 'SecurityGroupIngress').map((rule) => ruleKey(ruleOf(rule)));
    const next = objects(properties, 'SecurityGroupIngress').map((rule) =>
      makeRule(world, region, ruleOf(rule)),
    );
    group.ingress = group.ingress.filter(
      (rule) => !own.includes(ruleKey({ ...rule, group: rule.groupId ?? undefined })),
    );
    for (const rule of next) addRule(group, rule);
    Object.assign(group.tags, tagsOf(properties));
  },
  remove({ region }, physicalId) {
    const group = groupOf(region, physicalId);
    if (group) deleteSecurityGroup(region, group.id);
  },
  removed: (region, physicalId) => groupOf(region, physicalId) === undefined,
  attribute(region, physicalId, name) {
    const group = groupOf(region, physicalId);
    if (name === 'GroupId' || name === 'Id') return group?.id;
    if (name === 'VpcId') return group?.vpcId;
    return undefined;
  },
};

/** Equal for a rule of the template and the rule that was made from it. */
const ruleKey = (rule: {
  protocol: string;
  fromPort?: string | number | null | undefined;
  toPort?: string | number | null | undefined;
  cidr?: string | null | undefined;
  group?: string | undefined;
}): string =>
  [rule.protocol, rule.fromPort ?? '', rule.toPort ?? '', rule.cidr ?? '', rule.group ?? ''].join(' ');

export function tagsOf(properties: Properties): Record<string, string> {
  return Object.fromEntries(objects(properties, 'Tags').map((tag) => [text(tag, 'Key'), text(tag, 'Value')]));
}

function ingressTarget(making: Making, properties: Properties): SecurityGroupState {
  const name = optionalText(properties, 'GroupId') ?? optionalText(properties, 'GroupName');
  if (!name) throw new AwsError('ValidationError', 'Property GroupId cannot be empty.');
  const group = groupOf(making.region, name);
  if (!group) throw noGroup(making.region, name);
  return group;
}

export const securityGroupIngress: ResourceType = {
  name: 'AWS::EC2::SecurityGroupIngress',
  service: 'AmazonEC2',
  actions: { create: 'ec2:AuthorizeSecurityGroupIngress', remove: 'ec2:RevokeSecurityGroupIngress' },
  properties: ['GroupId', 'GroupName', ...RULE_PROPERTIES],
  required: ['IpProtocol'],
  replacedOn: ['GroupId', 'GroupName', ...RULE_PROPERTIES],
  duration: DURATION.ingress,
  create(making, properties) {
    const group = ingressTarget(making, properties);
    const rule = makeRule(making.world, making.region, ruleOf(properties));
    addRule(group, rule);
    return rule.id;
  },
  ready: () => true,
  remove({ region }, physicalId) {
    for (const group of Object.values(region.securityGroups))
      group.ingress = group.ingress.filter((rule) => rule.id !== physicalId);
  },
  removed: (region, physicalId) =>
    !Object.values(region.securityGroups).some((group) =>
      group.ingress.some((rule) => rule.id === physicalId),
    ),
  attribute: (_region, physicalId, name) => (name === 'Id' ? physicalId : undefined),
};
