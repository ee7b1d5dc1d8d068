/** Owns EC2's instance actions: RunInstances, the Describes, TerminateInstances, GetConsoleOutput. */
import { AwsError, missingParameter } from '../aws-error.ts';
import { hasDefaultVpc, noDefaultVpc } from '../fault-state.ts';
import { awsId } from '../ids.ts';
import type { Params } from '../params.ts';
import type { Actions } from '../request.ts';
import type { CloudInstance, CloudRegion, LaunchSpec } from '../state.ts';
import { iso, set, tagSet, type XmlObject } from '../xml.ts';
import { privateName, publicName } from './addresses.ts';
import { isKnown, justMade } from './consistency.ts';
import { applyFilters, page, tagsFor, tagValues } from './filters.ts';
import { cpuOptions } from './instance-types.ts';
import { checkLaunch, findSecurityGroup, launchInstance, shutDown } from './instances.ts';
import { noGroup } from './security-groups.ts';
import { requestedVolume, volumeId } from './volumes.ts';

const STATE_CODE = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48 } as const;

const stateOf = (state: CloudInstance['state']): XmlObject => ({ code: STATE_CODE[state], name: state });

/** `Server.InternalError: Internal error` → its code and message, as StateReason carries them. */
const reasonOf = (reason: string | null): XmlObject | undefined =>
  reason === null ? undefined : { code: reason.split(':')[0] ?? reason, message: reason };

function describe(region: CloudRegion, instance: CloudInstance): XmlObject {
  // A terminated instance has lost its addresses.
  const gone = instance.state === 'terminated';
  const groups = set(
    gone
      ? []
      : instance.securityGroups.map((id) => ({
          groupId: id,
          groupName: region.securityGroups[id]?.name ?? id,
        })),
  );
  return {
    instanceId: instance.id,
    imageId: instance.imageId,
    instanceState: stateOf(instance.state),
    privateDnsName: gone ? '' : privateName(region.name, instance.privateIp),
    dnsName: gone || !instance.publicIp ? '' : publicName(region.name, instance.publicIp),
    reason: instance.stateReason ?? '',
    keyName: instance.keyName,
    amiLaunchIndex: 0,
    productCodes: set([]),
    instanceType: instance.type,
    launchTime: iso(instance.launchTime),
    placement: { availabilityZone: instance.zone, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    subnetId: gone ? undefined : instance.subnetId,
    vpcId: gone ? undefined : instance.vpcId,
    privateIpAddress: gone ? undefined : instance.privateIp,
    ipAddress: gone ? undefined : instance.publicIp,
    sourceDestCheck: gone ? undefined : true,
    groupSet: groups,
    stateReason: reasonOf(instance.stateReason),
    architecture: 'x86_64',
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/xvda',
    blockDeviceMapping: set(
      gone
        ? []
        : [
            {
              deviceName: '/dev/xvda',
              ebs: {
                volumeId: volumeId(instance),
                status: 'attached',
                attachTime: iso(instance.launchTime),
                deleteOnTermination: true,
              },
            },
          ],
    ),
    virtualizationType: 'hvm',
    clientToken: instance.clientToken ?? '',
    tagSet: tagSet(instance.tags),
    hypervisor: 'xen',
    ebsOptimized: false,
    cpuOptions: cpuOptions(instance.type),
  };
}

function filterValues(region: CloudRegion, instance: CloudInstance, name: string): string[] | undefined {
  const gone = instance.state === 'terminated';
  switch (name) {
    case 'instance-id':
      return [instance.id];
    case 'instance-state-name':
      return [instance.state];
    case 'instance-state-code':
      return [String(STATE_CODE[instance.state])];
    case 'instance-type':
      return [instance.type];
    case 'image-id':
      return [instance.imageId];
    case 'key-name':
      return instance.keyName ? [instance.keyName] : [];
    case 'availability-zone':
      return [instance.zone];
    case 'private-ip-address':
      return gone ? [] : [instance.privateIp];
    case 'ip-address':
      return gone || !instance.publicIp ? [] : [instance.publicIp];
    case 'private-dns-name':
      return gone ? [] : [privateName(region.name, instance.privateIp)];
    case 'dns-name':
      return gone || !instance.publicIp ? [] : [publicName(region.name, instance.publicIp)];
    case 'vpc-id':
      return gone ? [] : [instance.vpcId];
    case 'subnet-id':
      return gone ? [] : [instance.subnetId];
    case 'instance.group-id':
    case 'group-id':
      return instance.securityGroups;
    case 'instance.group-name':
    case 'group-name':
      return instance.securityGroups.map((id) => region.securityGroups[id]?.name ?? id);
    case 'reservation-id':
      return [instance.reservationId];
    case 'client-token':
      return instance.clientToken ? [instance.clientToken] : [];
    default:
      return tagValues(instance.tags, name);
  }
}

function named(region: CloudRegion, ids: readonly string[], now: number): CloudInstance[] {
  const missing = ids.filter((id) => !region.instances[id] || !isKnown(region.instances[id], now));
  const malformed = missing.find((id) => !/^i-[0-9a-f]{8}([0-9a-f]{9})?$/.test(id));
  if (malformed !== undefined)
    throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
  if (missing.length > 0)
    throw new AwsError(
      'InvalidInstanceID.NotFound',
      missing.length === 1
        ? `The instance ID '${missing[0]}' does not exist`
        : `The instance IDs '${missing.join(', ')}' do not exist`,
    );
  return ids.map((id) => region.instances[id] as CloudInstance);
}

function select(params: Params, region: CloudRegion, now: number): CloudInstance[] {
  const ids = params.texts('InstanceId');
  return applyFilters(
    ids.length > 0
      ? named(region, ids, now)
      : Object.values(region.instances).filter((instance) => isKnown(instance, now)),
    params,
    (instance, name) => filterValues(region, instance, name),
  );
}

function readSpec(params: Params, region: CloudRegion, now: number): LaunchSpec {
  const imageId = params.text('ImageId');
  if (!imageId) throw missingParameter('ImageId');
  const groups = [...params.texts('SecurityGroupId'), ...params.texts('SecurityGroup')].map((name) => {
    const id = findSecurityGroup(region, name);
    const group = id === null ? undefined : region.securityGroups[id];
    if (!group || !isKnown(group, now)) throw noGroup(region, name);
    return group.id;
  });
  const byDefault = findSecurityGroup(region, 'default');
  return {
    imageId,
    instanceType: params.text('InstanceType') ?? 'm1.small',
    keyName: params.text('KeyName') ?? null,
    securityGroups: groups.length > 0 ? groups : byDefault ? [byDefault] : [],
    userData: Buffer.from(params.text('UserData') ?? '', 'base64').toString('utf8'),
    rootVolume: requestedVolume(params),
  };
}

/** EC2 takes a repeated request for the first one only when it asks for the same. */
function refuseOther(repeated: readonly CloudInstance[], spec: LaunchSpec, max: number): void {
  const same = repeated.every(
    (instance) =>
      instance.imageId === spec.imageId &&
      instance.type === spec.instanceType &&
      instance.keyName === spec.keyName &&
      instance.userData === spec.userData,
  );
  if (!same || repeated.length !== max)
    throw new AwsError(
      'IdempotentParameterMismatch',
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
}

const reservation = (
  region: CloudRegion,
  account: string,
  instances: readonly CloudInstance[],
): XmlObject => ({
  reservationId: instances[0]?.reservationId,
  ownerId: account,
  groupSet: set([]),
  instancesSet: set(
    instances.map((instance, index) => ({ ...describe(region, instance), amiLaunchIndex: index })),
  ),
});

export const instanceActions: Actions = {
  RunInstances: ({ params, region, world, now }) => {
    const min = params.number('MinCount') ?? 1;
    const max = params.number('MaxCount') ?? 1;
    if (!(Number.isInteger(min) && Number.isInteger(max) && min >= 1 && max >= min && max <= 256))
      throw new AwsError(
        'InvalidParameterValue',
        `Value (${max}) for parameter maxCount is invalid. It must be between minCount (${min}) and 256.`,
      );
    const clientToken = params.text('ClientToken') || null;
    const repeated = Object.values(region.instances).filter(
      (instance) => clientToken !== null && instance.clientToken === clientToken,
    );
    const spec = readSpec(params, region, now);
    if (repeated.length > 0) {
      refuseOther(repeated, spec, max);
      return reservation(region, world.account, repeated);
    }
    checkLaunch(world, region, now, spec);
    const tags = tagsFor(params, 'instance');
    const zone = params.part('Placement').text('AvailabilityZone');
    const subnetId = params.text('SubnetId');
    if (!subnetId && !hasDefaultVpc(world, now)) throw noDefaultVpc();
    if (subnetId && !region.subnets[subnetId])
      throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
    const subnet = Object.values(region.subnets).find(
      (one) => (!subnetId || one.id === subnetId) && (!zone || one.zone === zone),
    );
    if (!subnet) throw new AwsError('InvalidParameterValue', `Invalid availability zone: [${zone}]`);
    if (params.flag('DryRun')) throw dryRun();
    const reservationId = awsId(world, 'r');
    const instances: CloudInstance[] = [];
    try {
      while (instances.length < max)
        instances.push(
          launchInstance(world, region, now, { spec, subnet, tags, reservationId, clientToken }),
        );
    } catch (refused) {
      // As many as there is room for, but not fewer than were wanted at least: then none.
      if (instances.length < min) {
        for (const { id } of instances) delete region.instances[id];
        throw refused;
      }
    }
    for (const instance of instances) justMade(world, now, instance);
    return reservation(region, world.account, instances);
  },

  DescribeInstances: ({ params, region, world, now }) => {
    const groups = new Map<string, CloudInstance[]>();
    for (const instance of select(params, region, now)) {
      const group = groups.get(instance.reservationId);
      if (group) group.push(instance);
      else groups.set(instance.reservationId, [instance]);
    }
    const paged = page([...groups.values()], params, { min: 5, max: 1_000 });
    return {
      reservationSet: set(paged.items.map((instances) => reservation(region, world.account, instances))),
      nextToken: paged.nextToken,
    };
  },

  DescribeInstanceStatus: ({ params, region, world, now }) => {
    const all = params.flag('IncludeAllInstances');
    const shown = select(params, region, now).filter((instance) => all || instance.state === 'running');
    const paged = page(shown, params, { min: 5, max: 1_000 });
    return {
      instanceStatusSet: set(
        paged.items.map((instance) => {
          // EC2's two checks need some minutes after the start.
          const checked = (now - instance.since) * world.speed > 120_000;
          const status = instance.state !== 'running' ? 'not-applicable' : checked ? 'ok' : 'initializing';
          const check = {
            status,
            details: set(
              instance.state === 'running'
                ? [{ name: 'reachability', status: checked ? 'passed' : 'initializing' }]
                : [],
            ),
          };
          return {
            instanceId: instance.id,
            availabilityZone: instance.zone,
            instanceState: stateOf(instance.state),
            systemStatus: check,
            instanceStatus: check,
          };
        }),
      ),
      nextToken: paged.nextToken,
    };
  },

  TerminateInstances: ({ params, region, world, now }) => {
    const ids = params.texts('InstanceId');
    if (ids.length === 0) throw missingParameter('InstanceId');
    const instances = named(region, ids, now);
    if (params.flag('DryRun')) throw dryRun();
    return {
      instancesSet: set(
        instances.map((instance) => {
          const previous = instance.state;
          shutDown(world, instance, now, 'Client.UserInitiatedShutdown: User initiated shutdown');
          return {
            instanceId: instance.id,
            currentState: stateOf(instance.state),
            previousState: stateOf(previous),
          };
        }),
      ),
    };
  },

  DescribeInstanceAttribute: ({ params, region, now }) => {
    const id = params.text('InstanceId');
    const attribute = params.text('Attribute');
    if (!id) throw missingParameter('InstanceId');
    const [instance] = named(region, [id], now);
    if (attribute !== 'userData')
      throw new AwsError('InvalidParameterValue', `The sandbox does not know the attribute '${attribute}'`);
    const text = instance?.userData ?? '';
    return {
      instanceId: id,
      userData: text === '' ? {} : { value: Buffer.from(text).toString('base64') },
    };
  },

  GetConsoleOutput: ({ params, region, now }) => {
    const id = params.text('InstanceId');
    if (!id) throw missingParameter('InstanceId');
    const [instance] = named(region, [id], now);
    // EC2 keeps the last 64 KB.
    const output = Buffer.from(instance?.console ?? '').subarray(-65_536);
    return {
      instanceId: id,
      timestamp: iso(now),
      output: output.length > 0 ? output.toString('base64') : undefined,
    };
  },
};

/** What EC2 answers to a permitted request that asked not to be carried out. */
export const dryRun = (): AwsError =>
  new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
