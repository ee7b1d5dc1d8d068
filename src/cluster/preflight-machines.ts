/** Owns the checks of what would run and where: instance type, image, vCPU quota, network, price. */
import { inputError } from './errors.ts';
import { networkWords } from './network.ts';
import { nodeCount } from './parameters.ts';
import { type Answer, type Asking, refusal } from './preflight-contract.ts';
import { vcpuQuotaOf } from './vcpu-quota.ts';

export async function checkType({ cloud, parameters, network, signal }: Asking): Promise<Answer> {
  const { instanceType } = parameters;
  const offered = await cloud.instanceTypeZones(instanceType, signal);
  if (offered.length === 0)
    return refusal(
      inputError(
        `EC2 does not offer ${instanceType} in ${cloud.region}`,
        'no availability zone of the region has it',
        'choose another with --instance-type, or another --region',
      ),
      'instanceType',
    );
  // Where the network can't be looked at, its own check says so.
  const zones = await network().then(
    (found) => found.zones,
    () => offered,
  );
  const words = `${instanceType}, offered in ${zoneWords(offered)}`;
  const without = zones.filter((zone) => !offered.includes(zone));
  if (without.length === zones.length)
    return refusal(
      inputError(
        `${instanceType} is not offered where the nodes would start`,
        `the subnets are in ${zoneWords(zones)}, it is offered in ${zoneWords(offered)}`,
        'choose subnets in those zones with --vpc and --subnets, or another --instance-type',
      ),
      'instanceType',
    );
  return without.length === 0
    ? { found: words }
    : {
        state: 'warning',
        found: `${words}; not in ${zoneWords(without)}, where it will be tried too`,
        next: 'choose another --instance-type, or subnets of the other zones with --vpc and --subnets',
        parameter: 'instanceType',
      };
}

/** Zones of one region, sorted: `us-east-1a, b, c`. */
const zoneWords = ([first = '', ...others]: readonly string[]): string =>
  [first, ...others.map((zone) => (zone.slice(0, -1) === first.slice(0, -1) ? zone.slice(-1) : zone))].join(
    ', ',
  );

export async function checkImage({ cloud, parameters, outgoing, clock, signal }: Asking): Promise<Answer> {
  const id = outgoing.imageId();
  const image = await cloud.image(id, signal);
  if (image === null)
    return refusal(
      inputError(
        `the image ${id} is not in ${cloud.region}`,
        parameters.ami === null
          ? "it is the article's, and CoreOS withdrew its images in 2020"
          : 'EC2 does not know it there, or it was withdrawn',
        'give an image of that region with --ami, or use the sandbox: kubecore --sandbox',
      ),
      'ami',
    );
  if (image.state !== 'available' || image.virtualization !== 'hvm')
    return refusal(
      inputError(
        `the image ${id} cannot be launched`,
        `it is ${image.state}, ${image.virtualization}; it has to be available, hvm`,
        'give another with --ami',
      ),
      'ami',
    );
  const words = image.name === '' ? id : `${id} ${image.name}`;
  if (image.deprecatedAt === null || image.deprecatedAt > clock.now()) return { found: words };
  return {
    state: 'warning',
    found: `${words}, deprecated on ${new Date(image.deprecatedAt).toISOString().slice(0, 10)}: once it is withdrawn, no lost node is replaced`,
    next: 'give a newer one with --ami',
    parameter: 'ami',
  };
}

export async function checkQuota({ cloud, parameters, signal }: Asking): Promise<Answer> {
  const { instanceType } = parameters;
  const quota = vcpuQuotaOf(instanceType);
  if (quota === null)
    return { state: 'unchecked', found: `it is not known which quota ${instanceType} counts against` };
  const [each, limit, running] = await Promise.all([
    cloud.instanceTypeVcpus(instanceType, signal),
    cloud.ec2Quota(quota.code, signal),
    cloud.runningVcpus(signal),
  ]);
  if (each === null || limit === null)
    return {
      state: 'unchecked',
      found:
        each === null ? `EC2 does not say how many vCPUs ${instanceType} has` : 'AWS tells no such quota',
    };
  const used = running
    .filter(({ type }) => vcpuQuotaOf(type)?.code === quota.code)
    .reduce((sum, { vcpus }) => sum + vcpus, 0);
  const nodes = nodeCount(parameters);
  const wanted = nodes * each;
  const words = `${wanted} ${wanted === 1 ? 'vCPU' : 'vCPUs'} wanted, ${used} in use, ${limit} allowed`;
  if (used + wanted <= limit) return { found: words };
  const fits = Math.max(0, Math.floor((limit - used) / each));
  return refusal(
    inputError(
      'the vCPU quota does not suffice',
      `${words} (${quota.name}, ${quota.code})`,
      `ask for more in the Service Quotas console, or take smaller or fewer machines: ${fits} of the ${nodes} would start`,
    ),
    'instanceType',
  );
}

export async function checkNetwork({ parameters, network }: Asking): Promise<Answer> {
  const found = await network();
  const words = networkWords(found, parameters.vpc);
  const inward = found.subnets.filter(({ givesPublicAddress }) => givesPublicAddress === false);
  if (inward.length === 0) return { found: words };
  return {
    state: 'warning',
    found: `${words}; ${inward.map(({ id }) => id).join(', ')} gives no public address`,
    next: 'use kubecore from inside that network, where nodes are reached by their private addresses, or choose other --subnets',
    parameter: 'subnets',
  };
}

/** AWS bills a month of 730 hours. */
const HOURS = 730;

const usd = (amount: number): string =>
  `$${amount >= 100 ? Math.round(amount).toLocaleString('en-US') : amount.toFixed(amount < 1 ? 3 : 2)}`;

export async function checkPrice({ cloud, parameters, signal }: Asking): Promise<Answer> {
  const { instanceType } = parameters;
  const price = await cloud.hourlyPrice(instanceType, signal);
  if (price === null)
    return {
      state: 'unchecked',
      found: `AWS lists no price of ${instanceType} in ${cloud.region}`,
      next: 'see https://aws.amazon.com/ec2/pricing/on-demand',
    };
  const nodes = nodeCount(parameters);
  const hour = nodes * price;
  return {
    found: `${usd(hour)} an hour, about ${usd(hour * HOURS)} a month (${nodes} × $${price}); volumes and traffic come on top`,
  };
}
