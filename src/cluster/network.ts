/** Owns the check of where the nodes would live, before anything is created: the VPC is there, its subnets are, nothing overlaps. */
import { inputError } from './errors.ts';
import { appliesTo, cidrsOverlap, type Parameters } from './parameters.ts';
import type { Cloud, Network } from './ports.ts';

export interface LaunchNetwork {
  readonly network: Network;
  /** Those that nodes would start in. */
  readonly subnets: Network['subnets'];
  /** Of those subnets, sorted, each once. */
  readonly zones: readonly string[];
}

/**
 * The network of a launch, looked at and checked.
 * @throws KubecoreError (input): no such VPC (or no default one), subnets of another, a Docker network that overlaps it; what
 *   AWS refuses otherwise
 */
export async function launchNetwork(
  cloud: Pick<Cloud, 'network' | 'region'>,
  parameters: Pick<Parameters, 'vpc' | 'subnets' | 'dockerCidr' | 'blueprint'>,
  signal?: AbortSignal,
): Promise<LaunchNetwork> {
  const network = await cloud.network(parameters.vpc, signal);
  if (network === null)
    throw inputError(
      `there is no ${parameters.vpc === null ? 'default VPC' : `VPC ${parameters.vpc}`} in ${cloud.region}`,
      parameters.vpc === null
        ? 'it was deleted, or the account never had one'
        : 'EC2 does not know it in this region',
      parameters.vpc === null
        ? 'make one (aws ec2 create-default-vpc), or name a network with --vpc and --subnets'
        : 'look the id up: aws ec2 describe-vpcs',
    );
  const wanted = parameters.subnets?.split(',') ?? null;
  const there = network.subnets.map(({ id }) => id);
  const strange = (wanted ?? []).filter((id) => !there.includes(id));
  if (strange.length > 0)
    throw inputError(
      `${strange.join(' and ')} cannot be used`,
      `${network.id} has no such subnet`,
      there.length === 0 ? 'make a subnet in it first' : `it has ${there.join(', ')}`,
    );
  const subnets = network.subnets.filter(({ id, isDefault }) => wanted?.includes(id) ?? isDefault);
  if (subnets.length === 0)
    throw inputError(
      `${network.id} has no subnet to start nodes in`,
      'none of its zones has a default subnet',
      'make one (aws ec2 create-default-subnet), or name a network with --vpc and --subnets',
    );
  const overlapped = appliesTo('dockerCidr', parameters.blueprint)
    ? network.cidrs.find((cidr) => cidrsOverlap(cidr, parameters.dockerCidr))
    : undefined;
  if (overlapped !== undefined)
    throw inputError(
      `the Docker network ${parameters.dockerCidr} cannot be used`,
      `it overlaps ${overlapped} of ${network.id}`,
      'choose another with --docker-cidr, such as 172.24.0.0/16 or 10.244.0.0/16',
    );
  return { network, subnets, zones: [...new Set(subnets.map(({ zone }) => zone))].sort() };
}

/** A network in words for a person: `the default VPC vpc-1, 172.31.0.0/16, 6 subnets`. */
export function networkWords({ network, subnets }: LaunchNetwork, vpc: string | null): string {
  const count = `${subnets.length} ${subnets.length === 1 ? 'subnet' : 'subnets'}`;
  return `${vpc === null ? `the default VPC ${network.id}` : network.id}, ${network.cidrs.join(' and ')}, ${count}`;
}
