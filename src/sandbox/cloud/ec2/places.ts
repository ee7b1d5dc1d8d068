/** Owns EC2's read-only answers about where instances can live: regions, zones, networks, images. */
import { AwsError } from '../aws-error.ts';
import { activeFault, hasDefaultVpc } from '../fault-state.ts';
import { ZONES, zonesOf } from '../regions.ts';
import type { Actions } from '../request.ts';
import { iso, set, tagSet } from '../xml.ts';
import { applyFilters } from './filters.ts';
import { imagesThere } from './instances.ts';

/** `us-east-1a` → `use1-az1`. */
function zoneId(region: string, zone: string): string {
  const [area = '', side = '', number = ''] = region.split('-');
  const short = side === 'northeast' ? 'ne' : side === 'southeast' ? 'se' : side.charAt(0);
  return `${area}${short}${number}-az${zone.charCodeAt(zone.length - 1) - 96}`;
}

export const placeActions: Actions = {
  DescribeRegions: ({ params }) => {
    const wanted = params.texts('RegionName');
    for (const name of wanted)
      if (!ZONES[name]) throw new AwsError('InvalidParameterValue', `Invalid region names: [${name}]`);
    const all = Object.keys(ZONES).filter((name) => wanted.length === 0 || wanted.includes(name));
    const regions = applyFilters(all, params, (region, name) => {
      if (name === 'region-name') return [region];
      if (name === 'endpoint') return [`ec2.${region}.amazonaws.com`];
      if (name === 'opt-in-status') return ['opt-in-not-required'];
      return undefined;
    });
    return {
      regionInfo: set(
        regions.map((region) => ({
          regionName: region,
          regionEndpoint: `ec2.${region}.amazonaws.com`,
          optInStatus: 'opt-in-not-required',
        })),
      ),
    };
  },

  DescribeAvailabilityZones: ({ params, region }) => {
    const wanted = params.texts('ZoneName');
    const all = zonesOf(region.name);
    for (const name of wanted)
      if (!all.includes(name))
        throw new AwsError('InvalidParameterValue', `Invalid availability zone: [${name}]`);
    const zones = applyFilters(
      all.filter((zone) => wanted.length === 0 || wanted.includes(zone)),
      params,
      (zone, name) => {
        if (name === 'zone-name') return [zone];
        if (name === 'state') return ['available'];
        if (name === 'region-name') return [region.name];
        if (name === 'zone-type') return ['availability-zone'];
        if (name === 'opt-in-status') return ['opt-in-not-required'];
        return undefined;
      },
    );
    return {
      availabilityZoneInfo: set(
        zones.map((zone) => ({
          zoneName: zone,
          zoneState: 'available',
          regionName: region.name,
          groupName: region.name,
          networkBorderGroup: region.name,
          optInStatus: 'opt-in-not-required',
          zoneType: 'availability-zone',
          zoneId: zoneId(region.name, zone),
          messageSet: set([]),
        })),
      ),
    };
  },

  DescribeVpcs: ({ params, region, world, now }) => {
    const wanted = params.texts('VpcId');
    const there = Object.values(region.vpcs).filter((vpc) => !vpc.isDefault || hasDefaultVpc(world, now));
    for (const id of wanted)
      if (!there.some((vpc) => vpc.id === id))
        throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`);
    const vpcs = applyFilters(
      there.filter((vpc) => wanted.length === 0 || wanted.includes(vpc.id)),
      params,
      (vpc, name) => {
        if (name === 'vpc-id') return [vpc.id];
        if (name === 'cidr' || name === 'cidr-block') return [vpc.cidr];
        if (name === 'is-default' || name === 'isDefault') return [String(vpc.isDefault)];
        if (name === 'state') return ['available'];
        return undefined;
      },
    );
    return {
      vpcSet: set(
        vpcs.map((vpc) => ({
          vpcId: vpc.id,
          ownerId: world.account,
          state: 'available',
          cidrBlock: vpc.cidr,
          cidrBlockAssociationSet: set([
            {
              associationId: vpc.id.replace('vpc-', 'vpc-cidr-assoc-'),
              cidrBlock: vpc.cidr,
              cidrBlockState: { state: 'associated' },
            },
          ]),
          instanceTenancy: 'default',
          isDefault: vpc.isDefault,
          tagSet: set([]),
        })),
      ),
    };
  },

  DescribeSubnets: ({ params, region, world, now }) => {
    const wanted = params.texts('SubnetId');
    const there = Object.values(region.subnets).filter(
      (subnet) => region.vpcs[subnet.vpcId]?.isDefault !== true || hasDefaultVpc(world, now),
    );
    for (const id of wanted)
      if (!there.some((subnet) => subnet.id === id))
        throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
    const subnets = applyFilters(
      there.filter((subnet) => wanted.length === 0 || wanted.includes(subnet.id)),
      params,
      (subnet, name) => {
        if (name === 'subnet-id') return [subnet.id];
        if (name === 'vpc-id') return [subnet.vpcId];
        if (name === 'availability-zone' || name === 'availabilityZone') return [subnet.zone];
        if (name === 'default-for-az' || name === 'defaultForAz') return ['true'];
        if (name === 'cidr-block' || name === 'cidrBlock') return [subnet.cidr];
        if (name === 'state') return ['available'];
        return undefined;
      },
    );
    const inUse = (id: string): number =>
      Object.values(region.instances).filter(
        (instance) => instance.subnetId === id && instance.state !== 'terminated',
      ).length;
    return {
      subnetSet: set(
        subnets.map((subnet) => ({
          subnetId: subnet.id,
          subnetArn: `arn:aws:ec2:${region.name}:${world.account}:subnet/${subnet.id}`,
          state: 'available',
          ownerId: world.account,
          vpcId: subnet.vpcId,
          cidrBlock: subnet.cidr,
          availableIpAddressCount: 4_091 - inUse(subnet.id),
          availabilityZone: subnet.zone,
          defaultForAz: true,
          mapPublicIpOnLaunch: true,
          tagSet: set([]),
        })),
      ),
    };
  },

  DescribeImages: ({ params, region, world, now }) => {
    const all = imagesThere(world, region.name, now);
    const wanted = params.texts('ImageId');
    for (const id of wanted) {
      if (!/^ami-[0-9a-f]{8,17}$/.test(id))
        throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`);
    }
    const missing = wanted.filter((id) => !all.some((image) => image.id === id));
    if (missing.length > 0)
      throw new AwsError(
        'InvalidAMIID.NotFound',
        missing.length === 1
          ? `The image id '[${missing[0]}]' does not exist`
          : `The image ids '[${missing.join(', ')}]' do not exist`,
      );
    const owners = params.texts('Owner');
    const images = applyFilters(
      all.filter(
        (image) =>
          (wanted.length === 0 || wanted.includes(image.id)) &&
          (owners.length === 0 || owners.includes(image.ownerId)),
      ),
      params,
      (image, name) => {
        if (name === 'image-id') return [image.id];
        if (name === 'name') return [image.name];
        if (name === 'owner-id') return [image.ownerId];
        if (name === 'virtualization-type') return [image.virtualizationType];
        if (name === 'architecture') return [image.architecture];
        if (name === 'state') return ['available'];
        if (name === 'root-device-type') return ['ebs'];
        if (name === 'is-public') return ['true'];
        return undefined;
      },
    );
    return {
      imagesSet: set(
        images.map((image) => ({
          imageId: image.id,
          imageLocation: `${image.ownerId}/${image.name}`,
          imageState: 'available',
          imageOwnerId: image.ownerId,
          creationDate: image.creationDate,
          isPublic: true,
          architecture: image.architecture,
          imageType: 'machine',
          name: image.name,
          description: image.description,
          rootDeviceType: 'ebs',
          rootDeviceName: image.rootDeviceName,
          blockDeviceMapping: set([]),
          virtualizationType: image.virtualizationType,
          hypervisor: 'xen',
          // A month ago: still launched by its id, but listed for its owner alone.
          deprecationTime: activeFault(world, 'ami-deprecated', now) ? iso(now - 30 * 86_400_000) : undefined,
          tagSet: tagSet({}),
        })),
      ),
    };
  },
};
