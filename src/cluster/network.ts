/** Owns the check of where the nodes would live, before anything is created: the VPC is there, its subnets are, nothing overlaps. */
import { asKubecoreError, inputError } from './errors.ts';
import { cidrsOverlap, type Parameters } from './parameters.ts';
import type { Cloud, Network } from './ports.ts';

/**
 * Asks for the network of a launch and checks it; resolves to it in words for a person. That one may not look does not
 * mean that one may not launch: a refusal of AWS is told in the words, not thrown.
 * @throws KubecoreError (input): no such VPC (or no default one), subnets of another, a Docker network that overlaps it
 */
export async function checkNetwork(
  cloud: Pick<Cloud, 'network' | 'region'>,
  parameters: Pick<Parameters, 'vpc' | 'subnets' | 'dockerCidr'>,
  signal?: AbortSignal,
): Promise<string> {
  const called = parameters.vpc ?? 'the default VPC';
  let network: Network | null;
  try {
    network = await cloud.network(parameters.vpc, signal);
  } catch (error) {
    const known = asKubecoreError(error);
    if (signal?.aborted || known.fault !== 'aws') throw error;
    return `${called} (could not be looked at: ${known.why})`;
  }
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
  const used = wanted ?? network.subnets.filter(({ isDefault }) => isDefault);
  if (used.length === 0)
    throw inputError(
      `${network.id} has no subnet to start nodes in`,
      'none of its zones has a default subnet',
      'make one (aws ec2 create-default-subnet), or name a network with --vpc and --subnets',
    );
  const overlapped = network.cidrs.find((cidr) => cidrsOverlap(cidr, parameters.dockerCidr));
  if (overlapped !== undefined)
    throw inputError(
      `the Docker network ${parameters.dockerCidr} cannot be used`,
      `it overlaps ${overlapped} of ${network.id}`,
      'choose another with --docker-cidr, such as 172.24.0.0/16 or 10.244.0.0/16',
    );
  const subnets = `${used.length} ${used.length === 1 ? 'subnet' : 'subnets'}`;
  return `${parameters.vpc === null ? `the default VPC ${network.id}` : network.id}, ${network.cidrs.join(' and ')}, ${subnets}`;
}
