/**
 * Owns the Cloud port over the AWS SDK. Importing this is cheap: each SDK client is loaded when it is first asked.
 * The same code talks to AWS, to the sandbox and to any endpoint named by AWS_ENDPOINT_URL.
 */
import { launchIdOf } from '../cluster/identity.ts';
import type { Clock, Cloud, Random } from '../cluster/ports.ts';
import { CHECKIP_URL, callerAddress } from './caller-address.ts';
import { type ClientOptions, clientSetup } from './client-config.ts';
import { discovery, newDiscoveryUrl } from './discovery.ts';
import type { Http } from './http.ts';

export type { ClientOptions, StaticCredentials, Timeouts } from './client-config.ts';
export { type RegionSources, resolveRegion } from './region.ts';

export interface CloudOptions extends ClientOptions {
  /** Where the caller's address is asked. Default: AWS's https://checkip.amazonaws.com. */
  readonly callerAddressUrl?: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Time for one plain HTTP try, when none is given. */
const HTTP_TIMEOUT_MS = 10_000;

/** Calls `load` once, on first use; a failed load is tried again. */
function lazily<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

/** AWS in one region with one set of credentials. Nothing is asked before the first method is called. */
export function createCloud(options: CloudOptions): Cloud {
  const setup = clientSetup(options, async (encoded) => (await sts()).decode(encoded));
  const sts = lazily(async () => (await import('./identity.ts')).createSts(setup));
  const ec2 = lazily(async () => (await import('./ec2.ts')).createEc2(setup));
  const launches = async () => (await ec2()).launches;
  const stacks = lazily(async () => (await import('./stacks.ts')).createCloudFormation(setup));
  const quotas = lazily(async () => (await import('./quotas.ts')).createQuotas(setup));
  const pricing = lazily(async () => (await import('./pricing.ts')).createPricing(setup));
  const http: Http = {
    clock: options.clock,
    random: options.random,
    timeoutMs: options.timeouts?.requestMs ?? HTTP_TIMEOUT_MS,
  };
  return {
    region: options.region,
    identity: async (signal) => (await sts()).identity(signal),
    keyPairs: async (signal) => (await ec2()).keyPairs(signal),
    createKeyPair: async (name, signal) => (await ec2()).createKeyPair(name, signal),
    deleteKeyPair: async (name, signal) => (await ec2()).deleteKeyPair(name, signal),
    importKeyPair: async (name, publicKey, signal) => (await ec2()).importKeyPair(name, publicKey, signal),
    image: async (id, signal) => (await ec2()).image(id, signal),
    dryRun: async (request, signal) => (await ec2()).dryRun(request, signal),
    instanceTypeZones: async (type, signal) => (await ec2()).instanceTypeZones(type, signal),
    instanceTypeVcpus: async (type, signal) => (await ec2()).instanceTypeVcpus(type, signal),
    runningVcpus: async (signal) => (await ec2()).runningVcpus(signal),
    ec2Quota: async (code, signal) => (await quotas()).ec2Quota(code, signal),
    hourlyPrice: async (type, signal) => (await pricing()).hourlyPrice(type, signal),
    network: async (vpc, signal) => (await ec2()).network(vpc, signal),
    instances: async (stack, signal) => {
      const launch = launchIdOf(stack);
      return launch === null
        ? (await ec2()).instances(stack, signal)
        : (await launches()).instances(launch, signal);
    },
    consoleOutput: async (id, signal) => (await ec2()).consoleOutput(id, signal),
    validateTemplate: async (body, signal) => (await stacks()).validateTemplate(body, signal),
    createStack: async (create, signal) => (await stacks()).createStack(create, signal),
    stack: async (nameOrId, signal) => {
      const launch = launchIdOf(nameOrId);
      if (launch !== null) return (await launches()).byId(launch, signal);
      const stack = await (await stacks()).stack(nameOrId, signal);
      if ((stack !== null && stack.status !== 'DELETE_COMPLETE') || nameOrId.startsWith('arn:')) return stack;
      return (await launches()).byName(nameOrId, signal);
    },
    stackTemplate: async (nameOrId, signal) => (await stacks()).stackTemplate(nameOrId, signal),
    stacks: async (signal) =>
      (
        await Promise.all([
          stacks().then((them) => them.stacks(signal)),
          launches().then((them) => them.all(signal)),
        ])
      ).flat(),
    stackEvents: async (nameOrId, afterId, signal) => {
      const launch = launchIdOf(nameOrId);
      return launch === null
        ? (await stacks()).stackEvents(nameOrId, afterId, signal)
        : (await launches()).events(launch, afterId, signal);
    },
    updateStack: async (nameOrId, template, signal) =>
      (await stacks()).updateStack(nameOrId, template, signal),
    deleteStack: async (nameOrId, signal) => (await stacks()).deleteStack(nameOrId, signal),
    createChangeSet: async (stack, name, template, signal) =>
      (await stacks()).createChangeSet(stack, name, template, signal),
    changeSet: async (id, signal) => (await stacks()).changeSet(id, signal),
    executeChangeSet: async (id, token, signal) => (await stacks()).executeChangeSet(id, token, signal),
    deleteChangeSet: async (id, signal) => (await stacks()).deleteChangeSet(id, signal),
    createSecurityGroup: async (create, signal) => (await ec2()).createSecurityGroup(create, signal),
    allowIngress: async (group, rules, tags, signal) =>
      (await ec2()).allowIngress(group, rules, tags, signal),
    deleteSecurityGroup: async (id, signal) => (await ec2()).deleteSecurityGroup(id, signal),
    runInstances: async (run, signal) => (await ec2()).runInstances(run, signal),
    terminateInstances: async (ids, signal) => (await ec2()).terminateInstances(ids, signal),
    setTags: async (id, tags, signal) => (await ec2()).setTags(id, tags, signal),
    userData: async (id, signal) => (await ec2()).userData(id, signal),
    resourcesOf: async (name, signal) => (await launches()).resourcesOf(name, signal),
    regions: async (signal) => (await ec2()).regions(signal),
    callerAddress: (signal) => callerAddress(http, options.callerAddressUrl ?? CHECKIP_URL, signal),
    newDiscoveryUrl: (service, size, signal) => newDiscoveryUrl(http, service, size, signal),
    discovery: (url, signal) => discovery(http, url, signal),
  };
}
