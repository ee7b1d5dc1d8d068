/** Owns how a stack and a cluster belong together: the tags kubecore leaves, which instance is the master, the launch plan. */
import type { StackPlan } from './launch-contract.ts';
import type { BlueprintName, Cluster, MasterAddress } from './model.ts';
import { nodeCount, PARAMETERS, type Parameters, parameterText } from './parameters.ts';
import type { Instance, Stack } from './ports.ts';

/** Tags of every stack that kubecore makes; `role` is on a role's own groups, instances and volumes. */
export const TAG = {
  cluster: 'kubecore:cluster',
  recipe: 'kubecore:recipe',
  blueprint: 'kubecore:blueprint',
  version: 'kubecore:version',
  role: 'kubecore:role',
  /** Of a launch without a stack, on all of it: which launch it belongs to. */
  launch: 'kubecore:launch',
  /** On its security group, which stands for it: how far it is, in CloudFormation's words. */
  status: 'kubecore:status',
  reason: 'kubecore:reason',
  createdAt: 'kubecore:created-at',
} as const;

/** A launch without a stack is named by its id wherever a stack is by its ARN. */
export const launchRef = (launchId: string): string => `launch:${launchId}`;

/** The id in `launch:ID`; null for the name or ARN of a stack. */
export const launchIdOf = (stackNameOrId: string): string | null =>
  stackNameOrId.startsWith('launch:') ? stackNameOrId.slice('launch:'.length) : null;

/** Logical ids of the article's two Auto Scaling groups. */
const MASTER_GROUP = 'MasterAutoScale';

/** Did kubecore make this stack? */
export function isOurs(stack: Stack): boolean {
  return stack.tags[TAG.cluster] !== undefined;
}

/** The physical id of a group begins with `STACK-LOGICALID-` (CloudFormation, resource physical ids). */
function inGroup(instance: Instance, stackName: string, logicalId: string): boolean {
  const group = instance.tags['aws:autoscaling:groupName'] ?? '';
  return (
    group.startsWith(`${stackName}-${logicalId}-`) ||
    instance.tags['aws:cloudformation:logical-id'] === logicalId
  );
}

/**
 * The master: of its group's instances the newest that runs (and has an address); null when there is none. The machines of a
 * launch without a stack are all alike: the first of them is the way in, and stays it as long as it runs.
 */
export function masterOf(stackName: string, instances: readonly Instance[]): MasterAddress | null {
  const running = instances.filter(({ state }) => state === 'running');
  const [chosen] = [
    ...running
      .filter((instance) => inGroup(instance, stackName, MASTER_GROUP))
      .sort((a, b) => b.launchTime - a.launchTime),
    ...running.filter(({ tags }) => tags[TAG.launch] !== undefined).sort(byAge),
  ];
  if (!chosen) return null;
  const address = chosen.publicAddress ?? chosen.publicName ?? chosen.privateAddress;
  return address ? { instanceId: chosen.id, address, privateAddress: chosen.privateAddress } : null;
}

/** The oldest first; those of one age in an order that stays. */
export const byAge = (a: Instance, b: Instance): number =>
  a.launchTime - b.launchTime || (a.id < b.id ? -1 : 1);

/** `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID`. */
function regionOf(stackId: string): string {
  return stackId.split(':')[3] ?? '';
}

/** The cluster that a stack is. `region` is read from the stack's id when it is not given. */
export function clusterFromStack(stack: Stack, instances: readonly Instance[], region?: string): Cluster {
  const blueprint = (stack.tags[TAG.blueprint] as BlueprintName | undefined) ?? 'kubernetes';
  const size = blueprint === 'single' ? 1 : Number(stack.parameters.ClusterSize);
  return {
    name: stack.tags[TAG.cluster] ?? stack.name,
    region: region ?? regionOf(stack.id),
    recipe: 'coreos-2014',
    blueprint,
    size: Number.isInteger(size) ? size : 0,
    keyPair: stack.parameters.KeyPair ?? '',
    stackId: stack.id,
    master: masterOf(stack.name, instances),
  };
}

/** How many machines a cluster should have. */
export const nodesOf = ({ blueprint, size }: Pick<Cluster, 'blueprint' | 'size'>): number =>
  nodeCount({ blueprint, clusterSize: size });

/** What was settled outside the form before a launch. */
export interface Resolved {
  readonly region: string;
  readonly keyPair: string;
  /** CIDR: the caller's own address /32 when none was typed. */
  readonly allowSshFrom: string;
  readonly discoveryUrl: string;
  /** kubecore's version, for the tag. */
  readonly version: string;
}

/** The tags of all that a launch creates. */
export const clusterTags = (
  { name, recipe, blueprint }: Pick<Parameters, 'name' | 'recipe' | 'blueprint'>,
  version: string,
): Readonly<Record<string, string>> => ({
  [TAG.cluster]: name,
  [TAG.recipe]: recipe,
  [TAG.blueprint]: blueprint,
  [TAG.version]: version,
});

/** The plan of a launch by a stack, from its parameters and the rendered template (JSON text). */
export function launchPlan(parameters: Parameters, templateBody: string, resolved: Resolved): StackPlan {
  const settled: Parameters = {
    ...parameters,
    keyPair: resolved.keyPair,
    allowSshFrom: resolved.allowSshFrom,
    discoveryUrl: resolved.discoveryUrl,
  };
  const template = JSON.parse(templateBody) as {
    readonly Parameters?: Readonly<Record<string, unknown>>;
    readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
  };
  const templateParameters = Object.fromEntries(
    PARAMETERS.flatMap((spec) =>
      spec.template !== null && template.Parameters?.[spec.template] !== undefined
        ? [[spec.template, parameterText(settled, spec.key)] as const]
        : [],
    ),
  );
  return {
    name: parameters.name,
    region: resolved.region,
    recipe: parameters.recipe,
    blueprint: 'kubernetes',
    size: parameters.clusterSize,
    keyPair: resolved.keyPair,
    templateBody,
    templateParameters,
    tags: clusterTags(parameters, resolved.version),
    resources: Object.entries(template.Resources).map(([logicalId, { Type }]) => ({ logicalId, type: Type })),
  };
}
