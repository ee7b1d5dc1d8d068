/** Owns what a change set means to a person: what becomes of each resource, of the machines, their data and etcd. Pure. */
import type { ResourceChange } from './ports.ts';
import { printable } from './printable.ts';
import { endangersQuorum } from './scale.ts';

/** What becomes of a resource. `may-replace`: it depends on what another change brings. */
export type Fate = 'add' | 'modify' | 'replace' | 'may-replace' | 'remove';

export interface Effect {
  readonly resource: string;
  readonly type: string;
  readonly fate: Fate;
  /** What brings it: `InstanceType: m3.medium → m3.large`, `MasterLaunchTemplate changes`. */
  readonly because: readonly string[];
  /** What it means for machines, data and etcd; null when for none of them. */
  readonly means: string | null;
}

type Values = Readonly<Record<string, string>>;

/** The effects of a change set, in the template's order. `before` and `after` are the values of the template's parameters. */
export function effectsOf(
  changes: readonly ResourceChange[],
  before: Values,
  after: Values,
): readonly Effect[] {
  return changes.map((change) => {
    const fate = fateOf(change);
    return {
      resource: printable(change.logicalId),
      type: printable(change.type),
      fate,
      because: [...new Set(change.details.map((detail) => becauseOf(detail, before, after)))],
      means: unexpected(change, fate, changes) ?? meaningOf(change, fate, before, after),
    };
  });
}

function fateOf({ action, replacement }: ResourceChange): Fate {
  if (action === 'Add') return 'add';
  if (action === 'Remove') return 'remove';
  return replacement === 'True' ? 'replace' : replacement === 'Conditional' ? 'may-replace' : 'modify';
}

/** CloudFormation does not look which attribute it is: an id does not change with what is changed in place. */
function unexpected(change: ResourceChange, fate: Fate, changes: readonly ResourceChange[]): string | null {
  if (fate !== 'may-replace') return null;
  const causes = change.details.map(({ causedBy }) => causedBy ?? '');
  const kept = causes.every((cause) => {
    const [resource, attribute = ''] = cause.split('.');
    const other = changes.find(({ logicalId }) => logicalId === resource);
    return /Id$/.test(attribute) && other?.action === 'Modify' && other.replacement === 'False';
  });
  return kept && causes.length > 0
    ? `not to be expected: ${printable(causes[0]?.split('.')[0] ?? '')} is changed in place and keeps its id`
    : null;
}

/** A value that is no more than a word or an address can be shown. */
const SHORT = 48;

function becauseOf(detail: ResourceChange['details'][number], before: Values, after: Values): string {
  const { property, causedBy } = detail;
  if (causedBy !== null && causedBy in after)
    return `${printable(causedBy)}: ${value(before[causedBy])} → ${value(after[causedBy])}`;
  if (causedBy !== null) return `${printable(causedBy.split('.')[0] ?? '')} changes`;
  if (property === null) return 'its tags';
  const both = [detail.before ?? '', detail.after ?? ''];
  return both.some((text) => text.length > SHORT || text.includes('\n') || /^[[{]/.test(text)) ||
    both.every((text) => text === '')
    ? printable(property)
    : `${printable(property)}: ${value(both[0])} → ${value(both[1])}`;
}

const value = (text: string | undefined): string =>
  text === undefined || text === '' ? '(empty)' : printable(text, SHORT);

const STAY = 'machines that run stay as they are; those that start later are made the new way';

function meaningOf(change: ResourceChange, fate: Fate, before: Values, after: Values): string | null {
  const maybe = fate === 'may-replace' ? 'if so, ' : '';
  const gone = fate === 'replace' || fate === 'may-replace' || fate === 'remove';
  switch (change.type) {
    case 'AWS::AutoScaling::AutoScalingGroup':
    case 'AWS::EC2::Instance':
      if (gone)
        return `${maybe}its machines end${fate === 'remove' ? '' : ' and others start'}: what is on their disks, their containers and their etcd members are lost${
          /master/i.test(change.logicalId) ? ', and the Kubernetes API and its master are away meanwhile' : ''
        }`;
      if (fate === 'add') return 'machines start, which AWS bills';
      return groupMeaning(change, before, after);
    case 'AWS::EC2::LaunchTemplate':
      return fate === 'modify'
        ? 'a new version of it; nothing that runs is touched'
        : gone
          ? `${maybe}${STAY}`
          : null;
    case 'AWS::AutoScaling::LaunchConfiguration':
      return gone ? `${maybe}${STAY}` : null;
    case 'AWS::EC2::SecurityGroup':
      return fate === 'replace' || fate === 'may-replace'
        ? `${maybe}machines that run stay in the old group, which is left over until they end`
        : fate === 'modify'
          ? 'its rules change at once, for the machines that run too'
          : null;
    case 'AWS::EC2::SecurityGroupIngress':
      return gone && fate !== 'remove' ? `${maybe}the rule is made anew; machines and data stay` : null;
    default:
      return gone ? `${maybe}what it holds is lost` : null;
  }
}

function groupMeaning(change: ResourceChange, before: Values, after: Values): string {
  const properties = change.details.map(({ property }) => property);
  const [from, to] = [Number(before.ClusterSize), Number(after.ClusterSize)];
  if (properties.includes('DesiredCapacity') && from !== to && Number.isFinite(from) && Number.isFinite(to)) {
    const count = (n: number): string => `${n} ${n === 1 ? 'machine' : 'machines'}`;
    return to > from
      ? `${to - from} more ${to - from === 1 ? 'machine starts' : 'machines start'}, which AWS bills`
      : `${count(from - to)} end${from - to === 1 ? 's' : ''}, chosen by AWS: what is on their disks is lost, their units and pods move, and etcd loses so many members`;
  }
  if (properties.some((one) => one === 'AvailabilityZones' || one === 'VPCZoneIdentifier'))
    return 'machines outside the new zones or subnets end and others start in them: what is on their disks and their etcd members are lost';
  return STAY;
}

/** What must be known before a yes, beside the effects themselves. */
export function warningsOf(effects: readonly Effect[], before: Values, after: Values): readonly string[] {
  const changed = (name: string): boolean => name in after && before[name] !== after[name];
  const [from, to] = [Number(before.ClusterSize), Number(after.ClusterSize)];
  const warnings: string[] = [];
  const replacing = effects.filter(
    ({ fate, type }) =>
      (fate === 'replace' || fate === 'remove') && /AutoScalingGroup$|::Instance$/.test(type),
  );
  if (replacing.length > 0)
    warnings.push(
      `${replacing.map(({ resource }) => resource).join(' and ')}: machines end and others take their place, so that the cluster loses their data and its etcd members at once; what etcd holds (units, pods, services) can be lost with them`,
    );
  if (to < from && endangersQuorum(from, to))
    warnings.push(
      'every node is a member of etcd: with so many ending at once it can lose its quorum, and then nothing can be changed any more; smaller steps keep it',
    );
  if (changed('DiscoveryURL'))
    warnings.push(
      'DiscoveryURL: machines that start later join another etcd cluster than those that run, and so never this one',
    );
  if (changed('DockerCIDR'))
    warnings.push(
      'DockerCIDR: the network of the running cluster is written down in its etcd; machines with another one do not reach its containers',
    );
  if (changed('KeyPair'))
    warnings.push('KeyPair: machines that run keep the old key; those that start later have the new one');
  if (changed('AllowSSHFrom'))
    warnings.push(
      `AllowSSHFrom: SSH is open to ${value(after.AllowSSHFrom)} alone; from elsewhere kubecore cannot reach the cluster any more`,
    );
  return warnings;
}
