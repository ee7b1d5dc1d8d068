/** Owns the seven parameters of the template: descriptions, defaults and limits exactly the article's. */
import { DEFAULTS, INSTANCE_TYPES } from '../../../cluster/parameters.ts';
import type { Template } from '../../template-types.ts';

export const templateParameterSpecs: Template['Parameters'] = {
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
