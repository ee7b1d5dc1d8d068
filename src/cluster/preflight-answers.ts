/** Owns the checks of what the parameters say or leave open: name, key pair, who may log in, etcd discovery. */
import ipaddr from 'ipaddr.js';
import { asKubecoreError, inputError, KubecoreError } from './errors.ts';
import { isOurs } from './identity.ts';
import { findKeyPair } from './key-pair.ts';
import { nodeCount, parseCidr } from './parameters.ts';
import { type Answer, type Asking, refusal } from './preflight-contract.ts';

export async function checkName({ cloud, parameters, flags, signal }: Asking): Promise<Answer> {
  const { name } = parameters;
  const there = await cloud.stack(name, signal);
  if (there === null || there.status === 'DELETE_COMPLETE') return { found: `"${name}" is free` };
  const refused = (what: string, why: string, next: string): Answer =>
    refusal(inputError(what, why, next), 'name');
  if (!isOurs(there))
    return refused(
      `the name "${name}" is taken`,
      `a stack of that name is there (${there.status}), and kubecore did not make it`,
      'choose another --name',
    );
  if (/^DELETE_IN_PROGRESS$/.test(there.status))
    return refused(
      `"${name}" is being deleted`,
      `it is ${there.status}`,
      'wait until it is gone (kubecore events), or choose another --name',
    );
  if (/^(CREATE_FAILED|ROLLBACK_|DELETE_FAILED)/.test(there.status))
    return refused(
      `"${name}" is what an earlier launch left over`,
      `it is ${there.status}`,
      `delete it: ${['kubecore down', name, ...flags].join(' ')}; or choose another --name`,
    );
  return {
    state: 'warning',
    found:
      there.status === 'CREATE_IN_PROGRESS'
        ? `a launch of "${name}" is in flight`
        : `"${name}" is there already (${there.status})`,
    next: `${['kubecore up --name', name, ...flags].join(' ')} takes it up; choose another --name for a second cluster`,
    parameter: 'name',
  };
}

export async function checkKeyPair(asking: Asking): Promise<Answer> {
  const found = await findKeyPair({ ...asking, keyPair: asking.parameters.keyPair });
  if ('error' in found)
    return asking.makesKeyPair && asking.parameters.keyPair === null
      ? { found: `"${found.missing}" is not there yet; the launch creates it` }
      : refusal(found.error, 'keyPair');
  const { pair, key } = found;
  return {
    found: `${pair.name}, opened by ${key.label}${key.encrypted ? ' (asks for its passphrase)' : ''}`,
  };
}

export async function checkSshFrom({
  cloud,
  parameters,
  signal,
}: Asking): Promise<Answer & { cidr: string | null }> {
  const given = parameters.allowSshFrom;
  let own: string;
  try {
    own = await cloud.callerAddress(signal);
  } catch (thrown) {
    if (given !== null) return { found: given, cidr: given };
    const { why, fault } = asKubecoreError(thrown);
    return {
      ...refusal(
        new KubecoreError({
          what: "this computer's public address could not be found out",
          why,
          next: 'give the net block that may use SSH with --allow-ssh-from CIDR',
          fault,
          cause: thrown,
        }),
        'allowSshFrom',
      ),
      cidr: null,
    };
  }
  if (given === null) return { found: `${own}/32, this computer's address`, cidr: `${own}/32` };
  const answer = { cidr: given, parameter: 'allowSshFrom' } as const;
  const parsed = parseCidr(given);
  if ('net' in parsed && parsed.net.bits === 0)
    return {
      ...answer,
      state: 'warning',
      found: `${given}: the whole internet`,
      next: `leave --allow-ssh-from out to let ${own} in alone`,
    };
  return ipaddr.parse(own).match(ipaddr.parseCIDR(given))
    ? { ...answer, found: `${given}, which has this computer's ${own}` }
    : {
        ...answer,
        state: 'warning',
        found: `${given}, which leaves this computer's ${own} out`,
        next: 'kubecore waits for SSH from here: use it from inside that net block, or change --allow-ssh-from',
      };
}

export async function checkDiscovery(asking: Asking): Promise<Answer & { url: string | null }> {
  const { cloud, parameters, signal } = asking;
  const nodes = nodeCount(parameters);
  const url = parameters.discoveryUrl;
  if (url === null) return newToken(asking, nodes);
  const refused = (error: KubecoreError): Answer & { url: string } => ({
    ...refusal(error, 'discoveryUrl'),
    url,
  });
  let found: { members: number; size: number | null };
  try {
    found = await cloud.discovery(url, signal);
  } catch (thrown) {
    const error = asKubecoreError(thrown);
    // Only the nodes must reach it: one inside their own network need not answer here.
    if (error.fault === 'network' && isPrivate(url))
      return { state: 'warning', found: `${url} does not answer here: ${error.why}`, next: error.next, url };
    return refused(error);
  }
  if (found.members > 0)
    return refused(
      inputError(
        'this discovery URL is used up',
        `${found.members} machines of another launch are registered there`,
        'leave --discovery-url empty: a new token is made then',
      ),
    );
  if (found.size !== null && found.size !== nodes)
    return refused(
      inputError(
        'this discovery URL is for another size',
        `it expects ${found.size} machines, this cluster has ${nodes}`,
        'leave --discovery-url empty: a new token of the right size is made then',
      ),
    );
  const size = found.size === null ? 'which does not say for how many machines' : `for ${nodes} machines`;
  return { found: `${url}, unused, ${size}`, url };
}

/** A token is no resource of the account: one that is not used afterwards costs nothing and is forgotten. */
async function newToken(
  { cloud, parameters, signal }: Asking,
  nodes: number,
): Promise<Answer & { url: string | null }> {
  const service = parameters.discoveryService;
  try {
    const url = await cloud.newDiscoveryUrl(service, nodes, signal);
    return { found: `a new token for ${nodes} machines from ${service}`, url };
  } catch (thrown) {
    const { why, fault } = asKubecoreError(thrown);
    const error = new KubecoreError({
      what: `no discovery token could be had from ${service}`,
      why,
      next: 'give another service with --discovery-service (any etcd will do), or a token of your own with --discovery-url',
      fault,
      cause: thrown,
    });
    return { ...refusal(error, 'discoveryService'), url: null };
  }
}

/** Is the host of a URL inside a private network, or named as such? */
function isPrivate(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(host)
    ? ['private', 'uniqueLocal', 'carrierGradeNat'].includes(ipaddr.parse(host).range())
    : !host.includes('.') || /\.(internal|local|lan)$/.test(host);
}
