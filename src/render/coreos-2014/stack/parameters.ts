/** Owns the templates' parameters: the article's seven, exactly, and what the default form says of them and adds. */
import { DEFAULTS, INSTANCE_TYPES, RETIRED_TYPES } from '../../../cluster/parameters.ts';
import type { PublishedParameterName, TemplateParameter } from '../../template-types.ts';
import type { StackTemplate } from './types.ts';

export const publishedParameters: Readonly<Record<PublishedParameterName, TemplateParameter>> = {
  DockerCIDR: {
    Default: DEFAULTS.dockerCidr,
    Description:
      'The network CIDR to use with for the docker0 network interface. Fleet uses 192.168/16 internally so your choices are basically 10/8 or 172.16/12. None-VPC AWS uses 10/8 also.',
    Type: 'String',
  },
  AdvertisedIPAddress: {
    AllowedValues: ['private', 'public'],
    Default: DEFAULTS.advertisedIp,
    Description:
      "Use 'private' if your etcd cluster is within one region or 'public' if it spans regions or cloud providers.",
    Type: 'String',
  },
  AllowSSHFrom: {
    Default: '0.0.0.0/0',
    Description: 'The net block (CIDR) that SSH is available to.',
    Type: 'String',
  },
  ClusterSize: {
    Default: String(DEFAULTS.clusterSize),
    Description: "Number of 'minion' nodes in cluster.",
    MaxValue: '256',
    MinValue: '2',
    Type: 'Number',
  },
  DiscoveryURL: {
    Description: 'An unique etcd cluster discovery URL. Grab a new token from https://discovery.etcd.io/new',
    Type: 'String',
  },
  InstanceType: {
    AllowedValues: INSTANCE_TYPES,
    ConstraintDescription: 'Must be a valid EC2 HVM instance type.',
    Default: DEFAULTS.instanceType,
    Description: 'EC2 instance type (m3.medium, etc).',
    Type: 'String',
  },
  KeyPair: {
    Description: 'The name of an EC2 Key Pair to allow SSH access to the instance.',
    Type: 'String',
  },
};

const NET_BLOCK = '(\\d{1,3}\\.){3}\\d{1,3}/\\d{1,2}';

export const stackParameters: StackTemplate['Parameters'] = {
  ...publishedParameters,
  DockerCIDR: {
    ...publishedParameters.DockerCIDR,
    AllowedPattern: NET_BLOCK,
    ConstraintDescription: 'Must be a net block such as 172.24.0.0/16.',
  },
  AllowSSHFrom: {
    ...publishedParameters.AllowSSHFrom,
    AllowedPattern: NET_BLOCK,
    ConstraintDescription: 'Must be a net block such as 192.0.2.1/32.',
  },
  InstanceType: {
    ...publishedParameters.InstanceType,
    Description: `EC2 instance type (m3.medium, etc). EC2 can no longer start ${RETIRED_TYPES.join(', ')}.`,
  },
  KeyPair: { ...publishedParameters.KeyPair, Type: 'AWS::EC2::KeyPair::KeyName' },
  RootVolumeSize: {
    Default: String(DEFAULTS.rootVolumeSize),
    Description: "Size of each node's encrypted gp3 root volume, in GiB.",
    MaxValue: '16384',
    MinValue: '8',
    Type: 'Number',
  },
  VPC: {
    AllowedPattern: '(vpc-[0-9a-f]{8,17})?',
    ConstraintDescription: 'Must be a VPC id, or empty for the default VPC.',
    Default: '',
    Description: "The VPC to launch into, with Subnets; empty for the region's default VPC.",
    Type: 'String',
  },
  Subnets: {
    Default: '',
    Description: 'The subnets of VPC to launch into, comma-separated; empty for the default VPC.',
    Type: 'CommaDelimitedList',
  },
};
