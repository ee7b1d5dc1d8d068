/**
 * Owns what the rest of the program asks of the renderer: the published template, the template of a launch with its
 * parameters, and a node's cloud-config. Pure and deterministic: same parameters, same bytes.
 */
import { inputError } from '../cluster/errors.ts';
import type { Role } from '../cluster/model.ts';
import type { Parameters } from '../cluster/parameters.ts';
import { AMI_BY_REGION, DEFAULTS } from '../cluster/parameters.ts';
import { cloudConfigLines } from './coreos-2014/cloud-config.ts';
import { stackTemplate } from './coreos-2014/stack/stack.ts';
import { fillPieces, joinPieces } from './lines.ts';
import { checkSizes } from './sizes.ts';
import type { Template, TemplateParameterName } from './template-types.ts';

export { checkSizes, LIMITS, type Sizes } from './sizes.ts';
export type { Template, TemplateParameterName } from './template-types.ts';
export { templateYaml } from './yaml.ts';

/** A template ready to be sent, and what is known of its parameters. */
export interface RenderedTemplate {
  /** Compact JSON: CloudFormation takes 51,200 bytes of it. */
  readonly body: string;
  /** Those already decided; `templateParameters` gives all of them. */
  readonly templateParameters: Readonly<Partial<Record<TemplateParameterName, string>>>;
  readonly resources: readonly { readonly logicalId: string; readonly type: string }[];
}

/** What is found out at launch when it was not given: a new token, the caller's own address, the chosen key pair. */
export interface LaunchAnswers {
  readonly discoveryUrl: string;
  readonly allowSshFrom: string;
  readonly keyPair: string;
}

/** The article's template as it was published, to the piece. */
export function publishedTemplate(): Template {
  return stackTemplate({
    image: null,
    updateGroup: DEFAULTS.updateGroup,
    rebootStrategy: DEFAULTS.rebootStrategy,
  });
}

/** The image that a launch boots in this region. Throws (fault `input`) when the article has none and none was chosen. */
export function imageFor(parameters: Pick<Parameters, 'ami'>, region: string): string {
  const ami = parameters.ami ?? AMI_BY_REGION[region];
  if (ami === undefined)
    throw inputError(
      `there is no image for ${region}`,
      `the article's map has ${Object.keys(AMI_BY_REGION).join(', ')}`,
      `choose an image of ${region} with --ami, or one of those regions with --region`,
    );
  return ami;
}

/** The published template, changed only where the parameters ask for it: an image of one's own, other update settings. */
export function launchTemplate(parameters: Parameters, region: string): Template {
  const ami = imageFor(parameters, region);
  return stackTemplate({
    image: ami === AMI_BY_REGION[region] ? null : { region, ami },
    updateGroup: parameters.updateGroup,
    rebootStrategy: parameters.rebootStrategy,
  });
}

/** What a launch sends. Throws (fault `input`) for a region without an image and for what is over AWS's limits. */
export function renderTemplate(parameters: Parameters, region: string): RenderedTemplate {
  const template = launchTemplate(parameters, region);
  const body = JSON.stringify(template);
  const known = knownParameters(parameters);
  checkSizes({ body, parameters: known, userData: userDataOf(parameters) });
  return {
    body,
    templateParameters: known,
    resources: Object.entries(template.Resources).map(([logicalId, { Type }]) => ({ logicalId, type: Type })),
  };
}

/** All seven parameters of the template, checked against AWS's limits. `parameters` win over the answers. */
export function templateParameters(
  parameters: Parameters,
  answers: LaunchAnswers,
): Readonly<Record<TemplateParameterName, string>> {
  const complete = {
    ...parameters,
    discoveryUrl: parameters.discoveryUrl ?? answers.discoveryUrl,
    allowSshFrom: parameters.allowSshFrom ?? answers.allowSshFrom,
    keyPair: parameters.keyPair ?? answers.keyPair,
  };
  const values = {
    ...fixedParameters(complete),
    AllowSSHFrom: complete.allowSshFrom,
    DiscoveryURL: complete.discoveryUrl,
    KeyPair: complete.keyPair,
  };
  checkSizes({ parameters: values, userData: userDataOf(complete) });
  return values;
}

/**
 * A node's user data as the node reads it. An undecided discovery URL stands as `<service>/<new token>`.
 * `$private_ipv4` is filled in on the node.
 */
export function cloudConfig(role: Role, parameters: Parameters): string {
  return fillPieces(joinPieces(cloudConfigLines(role, parameters)), {
    AdvertisedIPAddress: parameters.advertisedIp,
    DiscoveryURL: parameters.discoveryUrl ?? `${parameters.discoveryService}/<new token>`,
    DockerCIDR: parameters.dockerCidr,
  });
}

function fixedParameters(parameters: Parameters) {
  return {
    DockerCIDR: parameters.dockerCidr,
    AdvertisedIPAddress: parameters.advertisedIp,
    ClusterSize: String(parameters.clusterSize),
    InstanceType: parameters.instanceType,
  };
}

function knownParameters(parameters: Parameters): RenderedTemplate['templateParameters'] {
  return {
    ...fixedParameters(parameters),
    ...(parameters.allowSshFrom === null ? {} : { AllowSSHFrom: parameters.allowSshFrom }),
    ...(parameters.discoveryUrl === null ? {} : { DiscoveryURL: parameters.discoveryUrl }),
    ...(parameters.keyPair === null ? {} : { KeyPair: parameters.keyPair }),
  };
}

const userDataOf = (parameters: Parameters): Record<Role, string> => ({
  master: cloudConfig('master', parameters),
  minion: cloudConfig('minion', parameters),
});
