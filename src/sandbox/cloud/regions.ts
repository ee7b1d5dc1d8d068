/** Owns what an account finds in each region before it made anything: zones, default VPC, images, instance types. */
import { AMI_BY_REGION, INSTANCE_TYPES } from '../../cluster/parameters.ts';
import type { World } from '../contract.ts';
import { awsId } from './ids.ts';
import type { CloudRegion, ImageState } from './state.ts';

/** Regions enabled by default, and the letters of their zones. */
export const ZONES: Readonly<Record<string, string>> = {
  'ap-northeast-1': 'acd',
  'ap-northeast-2': 'abcd',
  'ap-northeast-3': 'abc',
  'ap-south-1': 'abc',
  'ap-southeast-1': 'abc',
  'ap-southeast-2': 'abc',
  'ca-central-1': 'abd',
  'eu-central-1': 'abc',
  'eu-north-1': 'abc',
  'eu-west-1': 'abc',
  'eu-west-2': 'abc',
  'eu-west-3': 'abc',
  'sa-east-1': 'abc',
  'us-east-1': 'abcdef',
  'us-east-2': 'abc',
  'us-west-1': 'ac',
  'us-west-2': 'abcd',
};

export const zonesOf = (region: string): string[] =>
  [...(ZONES[region] ?? '')].map((letter) => `${region}${letter}`);

/** The owner account of CoreOS's images. */
const COREOS_OWNER = '595879546273';

/** The article's nine images. They are gone from real EC2; the sandbox is of their time. */
export function imagesOf(region: string): ImageState[] {
  const id = AMI_BY_REGION[region];
  if (id === undefined) return [];
  return [
    {
      id,
      name: 'CoreOS-alpha-490.0.0-hvm',
      description: 'CoreOS alpha 490.0.0 (HVM)',
      ownerId: COREOS_OWNER,
      creationDate: '2014-11-05T21:34:14.000Z',
      virtualizationType: 'hvm',
      architecture: 'x86_64',
      rootDeviceName: '/dev/xvda',
    },
  ];
}

/** Types that RunInstances accepts here: the article's, and today's small ones. */
export const OFFERED_TYPES: readonly string[] = [
  ...INSTANCE_TYPES,
  't3.micro',
  't3.small',
  't3.medium',
  't3.large',
  'm5.large',
  'm5.xlarge',
  'c5.large',
  'c5.xlarge',
];

/** A region as a new account finds it: default VPC 172.31.0.0/16, one default subnet (/20) a zone, the VPC's default group. */
export function freshRegion(world: World, name: string): CloudRegion {
  const vpcId = awsId(world, 'vpc');
  const groupId = awsId(world, 'sg');
  const subnets = zonesOf(name).map((zone, index) => ({
    id: awsId(world, 'subnet'),
    vpcId,
    zone,
    cidr: `172.31.${index * 16}.0/20`,
  }));
  return {
    name,
    instances: {},
    keyPairs: {},
    vpcs: { [vpcId]: { id: vpcId, cidr: '172.31.0.0/16', isDefault: true } },
    subnets: Object.fromEntries(subnets.map((subnet) => [subnet.id, subnet])),
    securityGroups: {
      [groupId]: {
        id: groupId,
        name: 'default',
        description: 'default VPC security group',
        vpcId,
        ingress: [
          {
            id: awsId(world, 'sgr'),
            protocol: '-1',
            fromPort: null,
            toPort: null,
            cidr: null,
            groupId,
            description: null,
          },
        ],
        tags: {},
      },
    },
    launchConfigurations: {},
    launchTemplates: {},
    autoScalingGroups: {},
    stacks: {},
  };
}

/** The region's state, made on first use. `name` must be one of ZONES. */
export function regionOf(world: World, name: string): CloudRegion {
  const known = world.regions[name];
  if (known) return known as CloudRegion;
  const fresh = freshRegion(world, name);
  world.regions[name] = fresh;
  return fresh;
}

/** Regions that have been used so far. */
export const usedRegions = (world: World): CloudRegion[] => Object.values(world.regions) as CloudRegion[];

export function defaultVpc(region: CloudRegion): { id: string; cidr: string } {
  const vpc = Object.values(region.vpcs).find((one) => one.isDefault);
  if (!vpc) throw new Error(`region ${region.name} has lost its default VPC`);
  return vpc;
}
