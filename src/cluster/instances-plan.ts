/**
 * Owns the plan of a launch without a stack (`single`, `fleet`) and how it is kept in tags: its security group carries every
 * parameter, so that any computer can take the launch up, finish it or read it back.
 */
import { inputError } from './errors.ts';
import { clusterTags, launchRef, type Resolved, TAG } from './identity.ts';
import type { InstancesPlan } from './launch-contract.ts';
import {
  appliesTo,
  DEFAULTS,
  nodeCount,
  PARAMETERS,
  type ParameterSpec,
  type Parameters,
  parameter,
  parameterText,
  withParameter,
} from './parameters.ts';
import type { IngressRule, Random, Stack } from './ports.ts';

/** Bytes that EC2 takes for a tag's value, counted in characters (EC2 user guide, "Tag restrictions"). */
const TAG_VALUE = 256;

/** Logical names of what a launch without a stack creates. */
export const RESOURCE = {
  group: 'SecurityGroup',
  ssh: 'SSHIngress',
  tcp: 'InternalIngressTCP',
  udp: 'InternalIngressUDP',
} as const;

export const RESOURCE_TYPE = {
  launch: 'Kubecore::Launch',
  group: 'AWS::EC2::SecurityGroup',
  rule: 'AWS::EC2::SecurityGroupIngress',
  instance: 'AWS::EC2::Instance',
} as const;

/** The n-th machine, counted from 1: `Machine1`. */
export const machineName = (n: number): string => `Machine${n}`;

const tagOf = (spec: ParameterSpec): string => `kubecore:${spec.flag}`;

/** The tag that keeps how many machines a launch shall have. */
export const sizeTag = (size: number): Readonly<Record<string, string>> => ({
  [tagOf(parameter('clusterSize'))]: String(size),
});

/** Parameters that belong to the launch and are not told by another tag. */
const kept = (blueprint: Parameters['blueprint']): readonly ParameterSpec[] =>
  PARAMETERS.filter(
    ({ key }) => appliesTo(key, blueprint) && key !== 'name' && key !== 'recipe' && key !== 'blueprint',
  );

/** What a launch without a stack is made from, beside its parameters. */
export interface InstancesAnswers extends Resolved {
  readonly launchId: string;
  readonly imageId: string;
  /** The cloud-config as the node reads it. */
  readonly userData: string;
}

/** A name for a new launch: 16 hexadecimal digits. */
export const newLaunchId = (random: Random): string =>
  Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join('');

/**
 * The plan of a launch of `single` or `fleet`.
 * @throws KubecoreError (input) when a parameter is too long to be kept in a tag
 */
export function instancesPlan(parameters: Parameters, answers: InstancesAnswers): InstancesPlan {
  const { blueprint } = parameters;
  if (blueprint === 'kubernetes') throw new RangeError('kubernetes is launched by a stack');
  const size = nodeCount(parameters);
  const settled: Parameters = {
    ...parameters,
    clusterSize: size,
    keyPair: answers.keyPair,
    allowSshFrom: answers.allowSshFrom,
    discoveryUrl: answers.discoveryUrl,
    ami: answers.imageId,
  };
  const texts = kept(blueprint).map((spec) => [spec, parameterText(settled, spec.key)] as const);
  for (const [spec, text] of texts)
    if (text.length > TAG_VALUE)
      throw inputError(
        `--${spec.flag} is too long`,
        `${text.length} characters is more than the ${TAG_VALUE} of a tag, in which a launch of ${blueprint} keeps it`,
        'give a shorter value',
      );
  const rules = rulesOf(blueprint, answers.allowSshFrom);
  return {
    blueprint,
    name: parameters.name,
    region: answers.region,
    recipe: parameters.recipe,
    size,
    keyPair: answers.keyPair,
    launchId: answers.launchId,
    imageId: answers.imageId,
    instanceType: parameters.instanceType,
    rootVolumeSize: parameters.rootVolumeSize,
    userData: answers.userData,
    allowSshFrom: answers.allowSshFrom,
    vpc: parameters.vpc,
    subnets: parameters.subnets?.split(',') ?? [],
    tags: {
      Name: parameters.name,
      ...clusterTags(parameters, answers.version),
      [TAG.launch]: answers.launchId,
    },
    parameterTags: Object.fromEntries(
      texts.filter(([, text]) => text !== '').map(([spec, text]) => [tagOf(spec), text]),
    ),
    resources: [
      { logicalId: RESOURCE.group, type: RESOURCE_TYPE.group },
      ...rules.map(({ logicalId }) => ({ logicalId, type: RESOURCE_TYPE.rule })),
      ...Array.from({ length: size }, (_, index) => ({
        logicalId: machineName(index + 1),
        type: RESOURCE_TYPE.instance,
      })),
    ],
  };
}

/** The article's ingress: SSH from outside, and for a fleet every port among its machines. */
export function rulesOf(
  blueprint: InstancesPlan['blueprint'],
  allowSshFrom: string,
): readonly { readonly logicalId: string; readonly rule: IngressRule }[] {
  const internal = (protocol: 'tcp' | 'udp'): IngressRule => ({
    protocol,
    fromPort: 0,
    toPort: 65_535,
    from: 'members',
    description: `All ${protocol.toUpperCase()} among the machines`,
  });
  return [
    {
      logicalId: RESOURCE.ssh,
      rule: { protocol: 'tcp', fromPort: 22, toPort: 22, from: allowSshFrom, description: 'SSH' },
    },
    ...(blueprint === 'fleet'
      ? [
          { logicalId: RESOURCE.tcp, rule: internal('tcp') },
          { logicalId: RESOURCE.udp, rule: internal('udp') },
        ]
      : []),
  ];
}

/** The name of the security group that stands for a launch: one cluster of a name in a VPC, whoever launches it. */
export const groupName = (cluster: string): string => `kubecore-${cluster}`;

/** The parameters of a launch as its tags keep them; what is missing there has the table's default. */
export function parametersOfTags(tags: Readonly<Record<string, string>>): Parameters {
  const blueprint = tags[TAG.blueprint] === 'fleet' ? 'fleet' : 'single';
  const start: Parameters = { ...DEFAULTS, name: tags[TAG.cluster] ?? '', blueprint };
  // Subnets are judged beside their VPC, which comes before them in the table.
  return kept(blueprint).reduce((parameters, spec) => {
    const text = tags[tagOf(spec)];
    return text !== undefined && spec.check(text, parameters).ok
      ? withParameter(parameters, spec.key, text)
      : parameters;
  }, start);
}

/** A launch without a stack in the shape of one, from the security group that stands for it. */
export function launchAsStack(group: {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
}): Stack {
  const { tags } = group;
  const parameters = parametersOfTags(tags);
  return {
    id: launchRef(tags[TAG.launch] ?? ''),
    name: parameters.name,
    status: tags[TAG.status] ?? 'CREATE_IN_PROGRESS',
    statusReason: tags[TAG.reason] ?? null,
    createdAt: Date.parse(tags[TAG.createdAt] ?? '') || 0,
    parameters: Object.fromEntries(
      kept(parameters.blueprint).flatMap((spec) =>
        spec.template === null ? [] : [[spec.template, parameterText(parameters, spec.key)]],
      ),
    ),
    tags,
    outputs: { SecurityGroup: group.id },
  };
}
