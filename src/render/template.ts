/**
 * Owns what the rest of the program asks of the renderer: the published template, the template of a launch with its
 * parameters, and a node's cloud-config. Pure and deterministic: same parameters, same bytes.
 */
import { inputError } from '../cluster/errors.ts';
import { AMI_BY_REGION, imagesFor } from '../cluster/images.ts';
import type { Role } from '../cluster/model.ts';
import { type Parameters, parameter, parameterText } from '../cluster/parameters.ts';
import { cloudConfigLines } from './coreos-2014/cloud-config.ts';
import { type Form, nodeChoices } from './coreos-2014/node.ts';
import { publishedStack } from './coreos-2014/published/stack.ts';
import type { PublishedTemplate } from './coreos-2014/published/types.ts';
import { stackTemplate } from './coreos-2014/stack/stack.ts';
import type { StackTemplate } from './coreos-2014/stack/types.ts';
import { fillPieces, joinPieces } from './lines.ts';
import { checkSizes } from './sizes.ts';
import type { TemplateParameterName } from './template-types.ts';
import { holeValues } from './values.ts';

export type { Form } from './coreos-2014/node.ts';
export { checkSizes, LIMITS, type Sizes } from './sizes.ts';
export type { Template, TemplateParameterName } from './template-types.ts';
export { type UnitFile, unitFile, unitNames } from './units.ts';
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
export const publishedTemplate = (): PublishedTemplate => publishedStack();

/** The image that a launch boots in this region. Throws (fault `input`) when the article has none and none was chosen. */
export function imageFor(parameters: Pick<Parameters, 'ami'>, region: string): string {
  const ami = imagesFor(parameters.ami, region)[region];
  if (ami === undefined)
    throw inputError(
      `there is no image for ${region}`,
      `the article's map has ${Object.keys(AMI_BY_REGION).join(', ')}`,
      `choose an image of ${region} with --ami, or one of those regions with --region`,
    );
  return ami;
}

/**
 * The default form: the published cluster in the shape AWS accepts today. What differs from launch to launch is in its
 * parameters, but for the image map, the mirrors and the update policy, which are written into it.
 * Throws (fault `input`) for a region without an image, and for a VPC without subnets.
 */
export function launchTemplate(parameters: Parameters, region: string): StackTemplate {
  imageFor(parameters, region);
  checkNetwork(parameters);
  return stackTemplate({
    images: imagesFor(parameters.ami, region),
    node: nodeChoices(parameters, 'default'),
  });
}

/** What a launch sends. Throws (fault `input`) as `launchTemplate` does, and for what is over AWS's limits. */
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

/** All parameters of the template, checked against AWS's limits. `parameters` win over the answers. */
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
 * A node's user data as the node reads it, of the blueprint in `parameters`; the role matters to `kubernetes` alone. An
 * undecided discovery URL stands as `<service>/<new token>`. `$private_ipv4` is filled in on the node.
 */
export function cloudConfig(role: Role, parameters: Parameters, form: Form = 'default'): string {
  const lines = cloudConfigLines(parameters.blueprint, role, nodeChoices(parameters, form));
  return fillPieces(joinPieces(lines), holeValues(parameters));
}

/** What the checks of single parameters cannot see when only some of them were typed. */
function checkNetwork(parameters: Parameters): void {
  const verdict = parameter('subnets').check(parameterText(parameters, 'subnets'), parameters);
  if (!verdict.ok) throw inputError('this network cannot be used', verdict.why, verdict.hint);
}

function fixedParameters(parameters: Parameters) {
  return {
    DockerCIDR: parameters.dockerCidr,
    AdvertisedIPAddress: parameters.advertisedIp,
    ClusterSize: String(parameters.clusterSize),
    InstanceType: parameters.instanceType,
    RootVolumeSize: String(parameters.rootVolumeSize),
    VPC: parameters.vpc ?? '',
    Subnets: parameters.subnets ?? '',
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
