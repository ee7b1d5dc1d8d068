/**
 * Owns the plan of a launch: parameters and what was found out, as what is sent to AWS. Of each blueprint, and for a launch
 * that is there already, so that it can be watched and finished.
 */
import { launchIdOf, launchPlan, type Resolved } from '../cluster/identity.ts';
import { instancesPlan, parametersOfTags } from '../cluster/instances-plan.ts';
import type { LaunchPlan } from '../cluster/launch-contract.ts';
import { AMI_BY_REGION, DEFAULTS, type Parameters } from '../cluster/parameters.ts';
import type { Stack } from '../cluster/ports.ts';
import { checkSizes, cloudConfig, imageFor, renderTemplate, templateParameters } from './template.ts';

/** What was settled before a launch. `discoveryUrl` is empty for `single`, which has no etcd. */
export interface PlanAnswers extends Resolved {
  /** Names a launch without a stack; newLaunchId makes one. */
  readonly launchId: string;
}

/**
 * The plan of a launch.
 * @throws KubecoreError (input) for a region without an image, and for what is over AWS's limits
 */
export function planFor(parameters: Parameters, answers: PlanAnswers): LaunchPlan {
  const { keyPair, allowSshFrom, discoveryUrl } = answers;
  if (parameters.blueprint === 'kubernetes') {
    const { body } = renderTemplate(parameters, answers.region);
    // Checked against AWS's limits once more, now that nothing is left open.
    templateParameters(parameters, { discoveryUrl, allowSshFrom, keyPair });
    return launchPlan(parameters, body, answers);
  }
  const userData = cloudConfig('master', { ...parameters, discoveryUrl: discoveryUrl || null });
  checkSizes({ userData: { node: userData } });
  return instancesPlan(parameters, {
    ...answers,
    imageId: imageFor(parameters, answers.region),
    userData,
  });
}

/**
 * The plan of a launch that is there already, read back from AWS: to watch and finish it, not to create it again.
 * @param running the template of its stack, whose resources are shown; without it those of today's form are
 */
export function planOfStack(
  stack: Stack,
  region: string,
  version: string,
  running: string | null = null,
): LaunchPlan {
  const launchId = launchIdOf(stack.id);
  const given = stack.parameters;
  const answers = {
    region,
    keyPair: given.KeyPair ?? '',
    allowSshFrom: given.AllowSSHFrom ?? '',
    discoveryUrl: given.DiscoveryURL ?? '',
    version,
    launchId: launchId ?? '',
  };
  if (launchId !== null) return planFor(parametersOfTags(stack.tags), answers);
  const size = Number(given.ClusterSize);
  const parameters: Parameters = {
    ...DEFAULTS,
    name: stack.name,
    clusterSize: Number.isInteger(size) && size > 0 ? size : DEFAULTS.clusterSize,
    instanceType: given.InstanceType ?? DEFAULTS.instanceType,
    dockerCidr: given.DockerCIDR ?? DEFAULTS.dockerCidr,
    advertisedIp: given.AdvertisedIPAddress === 'public' ? 'public' : 'private',
    // Which image it boots is in its own template; a region without one must not keep it from being watched.
    ami: AMI_BY_REGION[region] ?? 'ami-00000000',
  };
  const plan = launchPlan(parameters, renderTemplate(parameters, region).body, answers);
  const resources = running === null ? null : resourcesIn(running);
  return resources === null ? plan : { ...plan, resources };
}

/** A template's resources; null when it is not the JSON that kubecore sends. */
function resourcesIn(template: string): LaunchPlan['resources'] | null {
  try {
    const { Resources } = JSON.parse(template) as {
      readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
    };
    return Object.entries(Resources).map(([logicalId, { Type }]) => ({ logicalId, type: String(Type) }));
  } catch {
    return null;
  }
}
