/**
 * Owns every launch parameter once: its names (flag, config key, template parameter), default, allowed values,
 * check, help and prompt. The wizard, the flags, the config file and the template all read this one table.
 * Descriptions and limits of the seven template parameters are the article's (Parameters of its CloudFormation template).
 */
import { BINARY_SOURCES, SOURCE_NAMES } from './binaries.ts';
import type { BlueprintName, RecipeName } from './model.ts';
import {
  checkBinaries,
  checkDockerCidr,
  checkImages,
  checkKeyPairName,
  checkName,
  checkSize,
  checkSshFrom,
  checkSubnets,
  checkUrl,
  checkVolume,
  isAwsId,
  no,
  ok,
  oneOf,
  whenTyped,
  wordOf,
} from './parameter-checks.ts';

export { cidrsOverlap, parseCidr } from './cidr.ts';
export { AMI_BY_REGION } from './images.ts';
export { editDistance, nearest } from './nearest.ts';
export { checkKeyPairName } from './parameter-checks.ts';

/** Values as they are typed: strings, so that what was typed can be shown again; `size` etc. are read by the accessors. */
export interface Parameters {
  readonly name: string;
  readonly recipe: RecipeName;
  readonly blueprint: BlueprintName;
  readonly instanceType: string;
  readonly clusterSize: number;
  readonly dockerCidr: string;
  readonly advertisedIp: 'private' | 'public';
  /** null: the caller's own address /32, asked at launch. */
  readonly allowSshFrom: string | null;
  /** null: a new token made for this launch from `discoveryService`. */
  readonly discoveryUrl: string | null;
  readonly discoveryService: string;
  /** null: asked, `coreos` is offered. */
  readonly keyPair: string | null;
  /** An AMI id, or a map `REGION=AMI,REGION=AMI` (images.ts); null: the article's map. */
  readonly ami: string | null;
  readonly updateGroup: string;
  readonly rebootStrategy: string;
  /** GiB of each node's root volume. */
  readonly rootVolumeSize: number;
  /** null: the region's default VPC. */
  readonly vpc: string | null;
  /** Comma-separated subnet ids of `vpc`; null exactly when `vpc` is. */
  readonly subnets: string | null;
  /** One base URL, or one per source (binaries.ts); null: the article's addresses. */
  readonly binariesUrl: string | null;
}

export type ParameterKey = keyof Parameters;

export const BLUEPRINTS = ['single', 'fleet', 'kubernetes'] as const satisfies readonly BlueprintName[];

/** The verdict on a typed value. A `warning` lets it pass. */
export type Verdict =
  | { readonly ok: true; readonly warning?: string }
  | { readonly ok: false; readonly why: string; readonly hint: string };

export interface ParameterSpec {
  readonly key: ParameterKey;
  /** `--cluster-size`, without the dashes. The config key is the same word. */
  readonly flag: string;
  /** Name in the CloudFormation template, null when it is not a parameter there. */
  readonly template: string | null;
  /** A short label for the form. */
  readonly label: string;
  /** One or two sentences for a person. */
  readonly help: string;
  /** Placeholder for `--help`: `CIDR`, `N`, … */
  readonly value: string;
  /** Shown when nothing is typed; null when there is no fixed default. */
  readonly defaultText: string | null;
  /** What an empty field means, when defaultText is null. */
  readonly whenEmpty: string | null;
  readonly allowed: readonly string[] | null;
  readonly check: (text: string, others: Partial<Parameters>) => Verdict;
}

/** The article's 25 (AllowedValues of InstanceType), in its order. */
export const INSTANCE_TYPES = [
  'm3.medium',
  'm3.large',
  'm3.xlarge',
  'm3.2xlarge',
  'c3.large',
  'c3.xlarge',
  'c3.2xlarge',
  'c3.4xlarge',
  'c3.8xlarge',
  'cc2.8xlarge',
  'cr1.8xlarge',
  'hi1.4xlarge',
  'hs1.8xlarge',
  'i2.xlarge',
  'i2.2xlarge',
  'i2.4xlarge',
  'i2.8xlarge',
  'r3.large',
  'r3.xlarge',
  'r3.2xlarge',
  'r3.4xlarge',
  'r3.8xlarge',
  't2.micro',
  't2.small',
  't2.medium',
] as const;

/** Those of INSTANCE_TYPES that EC2 starts no more: retired first-generation cluster, memory and storage types. */
export const RETIRED_TYPES: readonly string[] = ['cc2.8xlarge', 'cr1.8xlarge', 'hi1.4xlarge', 'hs1.8xlarge'];

export const DEFAULTS: Parameters = {
  name: 'kubernetes',
  recipe: 'coreos-2014',
  blueprint: 'kubernetes',
  instanceType: 'm3.medium',
  clusterSize: 2,
  dockerCidr: '172.24.0.0/16',
  advertisedIp: 'private',
  allowSshFrom: null,
  discoveryUrl: null,
  discoveryService: 'https://discovery.etcd.io',
  keyPair: null,
  ami: null,
  updateGroup: 'alpha',
  rebootStrategy: 'off',
  rootVolumeSize: 8,
  vpc: null,
  subnets: null,
  binariesUrl: null,
};

/** In the order of the form. */
export const PARAMETERS: readonly ParameterSpec[] = [
  {
    key: 'name',
    flag: 'name',
    template: null,
    label: 'Name',
    value: 'NAME',
    defaultText: DEFAULTS.name,
    whenEmpty: null,
    allowed: null,
    help: 'Name of the cluster, and of its CloudFormation stack. Every instance carries it as its Name tag.',
    check: checkName,
  },
  {
    key: 'recipe',
    flag: 'recipe',
    template: null,
    label: 'Recipe',
    value: 'RECIPE',
    defaultText: DEFAULTS.recipe,
    whenEmpty: null,
    allowed: ['coreos-2014'],
    help: "How the cluster is built and talked to. coreos-2014 is the article's: etcd, fleet, flannel and Kubernetes 0.4 on CoreOS.",
    check: oneOf(['coreos-2014']),
  },
  {
    key: 'blueprint',
    flag: 'blueprint',
    template: null,
    label: 'Blueprint',
    value: 'BLUEPRINT',
    defaultText: DEFAULTS.blueprint,
    whenEmpty: null,
    allowed: BLUEPRINTS,
    help: 'How much of the article is launched. single is one CoreOS machine, fleet N machines with etcd and fleet, kubernetes the CloudFormation stack: a master and its minions.',
    check: oneOf(BLUEPRINTS),
  },
  {
    key: 'instanceType',
    flag: 'instance-type',
    template: 'InstanceType',
    label: 'Instance type',
    value: 'TYPE',
    defaultText: DEFAULTS.instanceType,
    whenEmpty: null,
    allowed: INSTANCE_TYPES,
    help: "EC2 instance type of the master and the minions: one of the article's 25 HVM types, of which EC2 no longer starts cc2, cr1, hi1 and hs1.",
    check: (text) =>
      RETIRED_TYPES.includes(text)
        ? { ok: true, warning: `EC2 can no longer start ${text}` }
        : oneOf(INSTANCE_TYPES)(text),
  },
  {
    key: 'clusterSize',
    flag: 'cluster-size',
    template: 'ClusterSize',
    label: 'Minions',
    value: 'N',
    defaultText: String(DEFAULTS.clusterSize),
    whenEmpty: null,
    allowed: null,
    help: "Number of 'minion' nodes in the cluster, 2 to 256; one master comes on top. Of fleet: its machines, 1 to 256, three by default.",
    check: checkSize,
  },
  {
    key: 'dockerCidr',
    flag: 'docker-cidr',
    template: 'DockerCIDR',
    label: 'Docker network',
    value: 'CIDR',
    defaultText: DEFAULTS.dockerCidr,
    whenEmpty: null,
    allowed: null,
    help: "Network that flannel spreads over the nodes, a /24 of it to each docker0. Inside 10/8 or 172.16/12; not the VPC's; fleet uses 192.168/16 itself.",
    check: checkDockerCidr,
  },
  {
    key: 'advertisedIp',
    flag: 'advertised-ip',
    template: 'AdvertisedIPAddress',
    label: 'Advertised address',
    value: 'WHICH',
    defaultText: DEFAULTS.advertisedIp,
    whenEmpty: null,
    allowed: ['private', 'public'],
    help: "Address etcd and the kubelets announce. 'private' within one region, 'public' when the etcd cluster spans regions or providers.",
    check: (text) => {
      const verdict = oneOf(['private', 'public'])(text);
      return text === 'public'
        ? {
            ok: true,
            warning: 'the internal ingress is given to a security group: it does not cover public addresses',
          }
        : verdict;
    },
  },
  {
    key: 'allowSshFrom',
    flag: 'allow-ssh-from',
    template: 'AllowSSHFrom',
    label: 'SSH allowed from',
    value: 'CIDR',
    defaultText: null,
    whenEmpty: "this computer's address alone",
    allowed: null,
    help: "The net block that may reach port 22. Empty: this computer's public address /32, as checkip.amazonaws.com sees it.",
    check: checkSshFrom,
  },
  {
    key: 'discoveryUrl',
    flag: 'discovery-url',
    template: 'DiscoveryURL',
    label: 'Discovery URL',
    value: 'URL',
    defaultText: null,
    whenEmpty: 'a new token for this launch',
    allowed: null,
    help: 'etcd discovery URL, a different one for every launch: a used one keeps the new cluster from forming. Empty: a new token is made.',
    check: whenTyped(checkUrl('the discovery URL')),
  },
  {
    key: 'discoveryService',
    flag: 'discovery-service',
    template: null,
    label: 'Discovery service',
    value: 'URL',
    defaultText: DEFAULTS.discoveryService,
    whenEmpty: null,
    allowed: null,
    help: 'Where a new token comes from. The public service is deprecated; any etcd can serve instead. The sandbox has its own.',
    check: checkUrl('the discovery service'),
  },
  {
    key: 'keyPair',
    flag: 'key-pair',
    template: 'KeyPair',
    label: 'Key pair',
    value: 'NAME',
    defaultText: null,
    whenEmpty: 'asked; coreos is offered',
    allowed: null,
    help: 'Name of an EC2 key pair to allow SSH access to the instances. Its private key must be at hand.',
    check: whenTyped(checkKeyPairName),
  },
  {
    key: 'ami',
    flag: 'ami',
    template: null,
    label: 'AMI',
    value: 'AMI',
    defaultText: null,
    whenEmpty: "the article's, by region",
    allowed: null,
    help: "Image the instances boot, or a map REGION=AMI,REGION=AMI. Empty: the article's CoreOS alpha image of the region.",
    check: whenTyped(checkImages),
  },
  {
    key: 'updateGroup',
    flag: 'update-group',
    template: null,
    label: 'Update group',
    value: 'GROUP',
    defaultText: DEFAULTS.updateGroup,
    whenEmpty: null,
    allowed: ['alpha', 'beta', 'stable'],
    help: 'CoreOS update channel that the nodes follow.',
    check: wordOf('a CoreOS update group', ['alpha', 'beta', 'stable']),
  },
  {
    key: 'rebootStrategy',
    flag: 'reboot-strategy',
    template: null,
    label: 'Reboot strategy',
    value: 'STRATEGY',
    defaultText: DEFAULTS.rebootStrategy,
    whenEmpty: null,
    allowed: ['off', 'reboot', 'etcd-lock', 'best-effort'],
    help: 'What a node does after an update: off (you reboot it), reboot at once, etcd-lock (one at a time), best-effort.',
    check: wordOf('a CoreOS reboot strategy', ['off', 'reboot', 'etcd-lock', 'best-effort']),
  },
  {
    key: 'rootVolumeSize',
    flag: 'root-volume-size',
    template: 'RootVolumeSize',
    label: 'Root volume',
    value: 'GIB',
    defaultText: String(DEFAULTS.rootVolumeSize),
    whenEmpty: null,
    allowed: null,
    help: "Size of each node's root volume in GiB: an encrypted gp3 volume that goes with the instance.",
    check: checkVolume,
  },
  {
    key: 'vpc',
    flag: 'vpc',
    template: 'VPC',
    label: 'VPC',
    value: 'VPC',
    defaultText: null,
    whenEmpty: "the region's default VPC",
    allowed: null,
    help: "Network the nodes live in. Empty: the region's default VPC; otherwise its subnets are named too.",
    check: whenTyped((text) =>
      isAwsId('vpc', text)
        ? ok
        : no(`"${text}" is not a VPC id`, 'a VPC id is vpc- and 8 or 17 hexadecimal digits'),
    ),
  },
  {
    key: 'subnets',
    flag: 'subnets',
    template: 'Subnets',
    label: 'Subnets',
    value: 'SUBNETS',
    defaultText: null,
    whenEmpty: "the default VPC's",
    allowed: null,
    help: 'Subnets of that VPC to start nodes in, comma-separated. They must reach the internet, and you must reach the address they give a node.',
    check: checkSubnets,
  },
  {
    key: 'binariesUrl',
    flag: 'binaries-url',
    template: null,
    label: 'Programs from',
    value: 'URL',
    defaultText: null,
    whenEmpty: "the article's addresses",
    allowed: null,
    help: `Mirror to fetch Kubernetes, flanneld and kube-register from: one base URL for all, or ${SOURCE_NAMES.map((source) => `${source}=URL`).join(',')}. Empty: ${Object.values(BINARY_SOURCES).join(' and ')}.`,
    check: whenTyped(checkBinaries),
  },
];

const FLEET_ONLY: readonly ParameterKey[] = [
  'clusterSize',
  'advertisedIp',
  'discoveryUrl',
  'discoveryService',
];
const KUBERNETES_ONLY: readonly ParameterKey[] = ['dockerCidr', 'binariesUrl'];

/** Does a parameter mean anything to a blueprint? One machine has no etcd, and only Kubernetes has a Docker network of its own. */
export const appliesTo = (key: ParameterKey, blueprint: BlueprintName): boolean =>
  blueprint === 'kubernetes' ||
  (!KUBERNETES_ONLY.includes(key) && (blueprint === 'fleet' || !FLEET_ONLY.includes(key)));

/** The defaults of a blueprint: the article starts three machines with fleet. */
export const defaultsFor = (blueprint: BlueprintName): Partial<Parameters> =>
  blueprint === 'fleet' ? { blueprint, clusterSize: 3 } : { blueprint };

/** What a parameter is called for a blueprint. */
export const labelFor = (spec: ParameterSpec, blueprint: BlueprintName): string =>
  spec.key === 'clusterSize' && blueprint === 'fleet' ? 'Machines' : spec.label;

/** The spec of a parameter. */
export function parameter(key: ParameterKey): ParameterSpec {
  const spec = PARAMETERS.find((candidate) => candidate.key === key);
  if (!spec) throw new RangeError(`no parameter ${key}`);
  return spec;
}

/** A parameter's value as text for a form: empty when it is null. */
export function parameterText(parameters: Parameters, key: ParameterKey): string {
  const value = parameters[key];
  return value === null ? '' : String(value);
}

/** `parameters` with one of them set from text. The text must have passed its check. */
export function withParameter(parameters: Parameters, key: ParameterKey, text: string): Parameters {
  const spec = parameter(key);
  if (key === 'clusterSize' || key === 'rootVolumeSize') return { ...parameters, [key]: Number(text) };
  return { ...parameters, [key]: text === '' && spec.defaultText === null ? null : text } as Parameters;
}

/** All that is wrong with a set of parameters, in the form's order. Includes what no single field can see. */
export function checkParameters(
  parameters: Parameters,
): readonly { readonly spec: ParameterSpec; readonly verdict: Verdict }[] {
  return PARAMETERS.map((spec) => ({
    spec,
    verdict: spec.check(parameterText(parameters, spec.key), parameters),
  })).filter(({ verdict }) => !verdict.ok || verdict.warning !== undefined);
}

/** Machines of a blueprint of this size: Kubernetes has a master beside its minions. */
export function nodeCount(parameters: Pick<Parameters, 'blueprint' | 'clusterSize'>): number {
  if (parameters.blueprint === 'single') return 1;
  return parameters.blueprint === 'fleet' ? parameters.clusterSize : parameters.clusterSize + 1;
}
