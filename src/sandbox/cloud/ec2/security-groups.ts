/** Owns EC2 security groups and their ingress rules. */
import ipaddr from 'ipaddr.js';
import type { World } from '../../contract.ts';
import { AwsError, missingParameter } from '../aws-error.ts';
import { DURATION, real } from '../durations.ts';
import { activeFault, hasDefaultVpc, noDefaultVpc, strike } from '../fault-state.ts';
import { awsId } from '../ids.ts';
import type { Params } from '../params.ts';
import { defaultVpc } from '../regions.ts';
import type { Actions } from '../request.ts';
import type { CloudInstance, CloudRegion, IngressRule, SecurityGroupState } from '../state.ts';
import { set, tagSet, type XmlObject } from '../xml.ts';
import { isKnown, justMade } from './consistency.ts';
import { applyFilters, page, tagsFor, tagValues } from './filters.ts';
import { findSecurityGroup } from './instances.ts';

/** A CIDR as EC2 keeps it: host bits are cleared. */
export function checkedCidr(text: string): string {
  try {
    const [address, bits] = ipaddr.IPv4.parseCIDR(text);
    if (text.split('/')[0] === address.toString())
      return `${ipaddr.IPv4.networkAddressFromCIDR(text).toString()}/${bits}`;
  } catch {
    // Told below.
  }
  throw new AwsError('InvalidParameterValue', `CIDR block ${text} is malformed`);
}

export interface RuleRequest {
  readonly protocol: string;
  readonly fromPort: string | number | undefined;
  readonly toPort: string | number | undefined;
  readonly cidr: string | undefined;
  /** Id or name. */
  readonly group: string | undefined;
  readonly description?: string | undefined;
}

const NUMBERS: Record<string, string> = { '6': 'tcp', '17': 'udp', '1': 'icmp', all: '-1' };

/** Checks a rule as AuthorizeSecurityGroupIngress does. */
export function makeRule(world: World, region: CloudRegion, request: RuleRequest): IngressRule {
  const protocol = NUMBERS[request.protocol] ?? request.protocol;
  if (!['tcp', 'udp', 'icmp', 'icmpv6', '-1'].includes(protocol))
    throw new AwsError(
      'InvalidParameterValue',
      `Invalid value '${request.protocol}' for IP protocol. Unknown protocol.`,
    );
  const port = (value: string | number | undefined): number | null =>
    value === undefined || value === '' ? null : Number(value);
  const fromPort = protocol === '-1' ? null : port(request.fromPort);
  const toPort = protocol === '-1' ? null : port(request.toPort);
  if (protocol === 'tcp' || protocol === 'udp') {
    if (fromPort === null || toPort === null)
      throw new AwsError(
        'InvalidParameterValue',
        "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
      );
    for (const value of [fromPort, toPort])
      if (!(Number.isInteger(value) && value >= 0 && value <= 65_535))
        throw new AwsError(
          'InvalidParameterValue',
          `Invalid value '${value}' for port. Must be between 0 and 65535.`,
        );
    if (fromPort > toPort)
      throw new AwsError('InvalidParameterValue', `Invalid TCP/UDP port range (${fromPort}:${toPort})`);
  }
  let groupId: string | null = null;
  if (request.group !== undefined) {
    groupId = findSecurityGroup(region, request.group);
    if (!groupId) throw noGroup(region, request.group);
  }
  if (request.cidr === undefined && groupId === null)
    throw missingParameter('CidrIp or SourceSecurityGroupId');
  return {
    id: awsId(world, 'sgr'),
    protocol,
    fromPort,
    toPort,
    cidr: request.cidr === undefined ? null : checkedCidr(request.cidr),
    groupId,
    description: request.description ?? null,
  };
}

export const noGroup = (region: CloudRegion, name: string): AwsError =>
  name.startsWith('sg-')
    ? new AwsError('InvalidGroup.NotFound', `The security group '${name}' does not exist`)
    : new AwsError(
        'InvalidGroup.NotFound',
        `The security group '${name}' does not exist in default VPC '${defaultVpc(region).id}'`,
      );

/** Adds a rule; refuses one that is there already. */
export function addRule(group: SecurityGroupState, rule: IngressRule): void {
  const key = (one: IngressRule): string =>
    JSON.stringify([one.protocol, one.fromPort, one.toPort, one.cidr, one.groupId]);
  if (group.ingress.some((one) => key(one) === key(rule)))
    throw new AwsError(
      'InvalidPermission.Duplicate',
      `the specified rule "peer: ${rule.cidr ?? rule.groupId}, ${rule.protocol.toUpperCase()}, from port: ${rule.fromPort}, to port: ${rule.toPort}, ALLOW" already exists`,
    );
  group.ingress.push(rule);
}

export function createSecurityGroup(
  world: World,
  region: CloudRegion,
  now: number,
  request: { name: string; description: string; vpcId?: string | undefined; tags: Record<string, string> },
): SecurityGroupState {
  if (!request.vpcId && !hasDefaultVpc(world, now)) throw noDefaultVpc();
  const vpcId = request.vpcId ?? defaultVpc(region).id;
  if (!region.vpcs[vpcId])
    throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
  if (Object.values(region.securityGroups).some((one) => one.name === request.name && one.vpcId === vpcId))
    throw new AwsError(
      'InvalidGroup.Duplicate',
      `The security group '${request.name}' already exists for VPC '${vpcId}'`,
    );
  const group: SecurityGroupState = {
    id: awsId(world, 'sg'),
    name: request.name,
    description: request.description,
    vpcId,
    ingress: [],
    tags: request.tags,
  };
  region.securityGroups[group.id] = group;
  return group;
}

/** The network interface of an instance is let go a little after the instance has ended: real ms since it did. */
export const interfaceHeld = (instance: CloudInstance, world: World, now: number): boolean =>
  instance.state === 'terminated' && now - instance.since < real(world, DURATION.interfaceLingers);

/** Deletes a group; refuses while an instance, by `holds` also one that has ended, or another group's rule uses it. */
export function deleteSecurityGroup(
  region: CloudRegion,
  id: string,
  holds: (instance: CloudInstance) => boolean = () => false,
): void {
  const group = region.securityGroups[id];
  if (!group) throw noGroup(region, id);
  if (group.name === 'default')
    throw new AwsError(
      'CannotDelete',
      `the specified group: "${id}" name: "default" cannot be deleted by a user`,
    );
  const inUse =
    Object.values(region.instances).some(
      (instance) =>
        (instance.state !== 'terminated' || holds(instance)) && instance.securityGroups.includes(id),
    ) ||
    Object.values(region.securityGroups).some(
      (other) => other.id !== id && other.ingress.some((rule) => rule.groupId === id),
    );
  if (inUse) throw new AwsError('DependencyViolation', `resource ${id} has a dependent object`);
  delete region.securityGroups[id];
}

/** Rules of IpPermissions.N, or of the old flat parameters. */
function requestedRules(params: Params): RuleRequest[] {
  const rules = params.items('IpPermissions').flatMap((permission) => {
    const base = {
      protocol: permission.text('IpProtocol') ?? '-1',
      fromPort: permission.text('FromPort'),
      toPort: permission.text('ToPort'),
    };
    return [
      ...permission.items('IpRanges').map((range) => ({
        ...base,
        cidr: range.text('CidrIp') ?? '',
        group: undefined,
        description: range.text('Description'),
      })),
      ...permission.items('Groups').map((peer) => ({
        ...base,
        cidr: undefined,
        group: peer.text('GroupId') ?? peer.text('GroupName') ?? '',
        description: peer.text('Description'),
      })),
    ];
  });
  if (rules.length > 0 || !params.has('IpProtocol')) return rules;
  return [
    {
      protocol: params.text('IpProtocol') ?? '-1',
      fromPort: params.text('FromPort'),
      toPort: params.text('ToPort'),
      cidr: params.text('CidrIp'),
      group: params.text('SourceSecurityGroupName'),
      description: undefined,
    },
  ];
}

const permission = (rule: IngressRule, owner: string): XmlObject => ({
  ipProtocol: rule.protocol,
  fromPort: rule.fromPort,
  toPort: rule.toPort,
  groups: set(rule.groupId ? [{ userId: owner, groupId: rule.groupId, description: rule.description }] : []),
  ipRanges: set(rule.cidr ? [{ cidrIp: rule.cidr, description: rule.description }] : []),
  ipv6Ranges: set([]),
  prefixListIds: set([]),
});

function named(params: Params, region: CloudRegion, now: number): SecurityGroupState {
  const name = params.text('GroupId') ?? params.text('GroupName');
  if (!name) throw missingParameter('GroupName or GroupId');
  const id = findSecurityGroup(region, name);
  const group = id === null ? undefined : region.securityGroups[id];
  if (!group || !isKnown(group, now)) throw noGroup(region, name);
  return group;
}

export const securityGroupActions: Actions = {
  DescribeSecurityGroups: ({ params, region, world, now }) => {
    const wanted = [...params.texts('GroupId'), ...params.texts('GroupName')];
    for (const name of wanted) if (!findSecurityGroup(region, name)) throw noGroup(region, name);
    const chosen = Object.values(region.securityGroups).filter(
      (group) =>
        isKnown(group, now) &&
        (wanted.length === 0 || wanted.includes(group.id) || wanted.includes(group.name)),
    );
    const groups = applyFilters(chosen, params, (group, name) => {
      if (name === 'group-id') return [group.id];
      if (name === 'group-name') return [group.name];
      if (name === 'vpc-id') return [group.vpcId];
      if (name === 'description') return [group.description];
      if (name === 'owner-id') return [world.account];
      if (name === 'ip-permission.cidr') return group.ingress.flatMap((rule) => rule.cidr ?? []);
      return tagValues(group.tags, name);
    });
    const paged = page(groups, params, { min: 5, max: 1_000 });
    return {
      securityGroupInfo: set(
        paged.items.map((group) => ({
          ownerId: world.account,
          groupId: group.id,
          groupName: group.name,
          groupDescription: group.description,
          vpcId: group.vpcId,
          ipPermissions: set(group.ingress.map((rule) => permission(rule, world.account))),
          ipPermissionsEgress: set([
            {
              ipProtocol: '-1',
              groups: set([]),
              ipRanges: set([{ cidrIp: '0.0.0.0/0' }]),
              ipv6Ranges: set([]),
              prefixListIds: set([]),
            },
          ]),
          tagSet: tagSet(group.tags),
        })),
      ),
      nextToken: paged.nextToken,
    };
  },

  CreateSecurityGroup: ({ params, region, world, now }) => {
    const name = params.text('GroupName');
    const description = params.text('GroupDescription');
    if (!name) throw missingParameter('groupName');
    if (!description) throw missingParameter('GroupDescription');
    const tags = tagsFor(params, 'security-group');
    const group = createSecurityGroup(world, region, now, {
      name,
      description,
      vpcId: params.text('VpcId'),
      tags,
    });
    justMade(world, now, group);
    return { return: true, groupId: group.id, tagSet: tagSet(tags) };
  },

  AuthorizeSecurityGroupIngress: ({ params, region, world, now }) => {
    const group = named(params, region, now);
    const rules = requestedRules(params).map((request) => makeRule(world, region, request));
    if (rules.length === 0) throw missingParameter('ipPermissions');
    for (const rule of rules) addRule(group, rule);
    return {
      return: true,
      securityGroupRuleSet: set(
        rules.map((rule) => ({
          securityGroupRuleId: rule.id,
          groupId: group.id,
          groupOwnerId: world.account,
          isEgress: false,
          ipProtocol: rule.protocol,
          fromPort: rule.fromPort ?? -1,
          toPort: rule.toPort ?? -1,
          cidrIpv4: rule.cidr,
          referencedGroupInfo: rule.groupId ? { groupId: rule.groupId, userId: world.account } : undefined,
        })),
      ),
    };
  },

  DeleteSecurityGroup: ({ params, region, world, now }) => {
    const group = named(params, region, now);
    const fault = activeFault(world, 'delete-refused', now);
    if (fault && (fault.target ?? group.id) === group.id) {
      strike(world, fault);
      throw new AwsError('DependencyViolation', `resource ${group.id} has a dependent object`);
    }
    deleteSecurityGroup(region, group.id, (instance) => interfaceHeld(instance, world, now));
    return { return: true, groupId: group.id };
  },
};
