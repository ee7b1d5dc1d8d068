/**
 * Owns the way to a cluster for commands that work over SSH: one that kubecore launched, found by its stack, or any master
 * named by --host, without AWS and without credentials.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { inputError, KubecoreError } from '../cluster/errors.ts';
import type { Cluster } from '../cluster/model.ts';
import { type Cloud, MASTER, type NodeRef } from '../cluster/ports.ts';
import { lookAtMachines } from '../cluster/sources.ts';
import { decode } from '../cluster/tools/output.ts';
import { createShell, type MasterFound, type SshShell } from '../ssh/shell.ts';
import { createHostTrust, type FirstContact } from '../ssh/trust.ts';
import { attachedRecords } from './attached.ts';
import { type ChosenBackend, chooseBackend } from './backend.ts';
import type { Context } from './context.ts';
import { watchedShell } from './debug-log.ts';
import { confirm } from './prompt.ts';
import { identityFor, openShell } from './session.ts';
import { askPassphrase, loginTo } from './ssh-config.ts';
import { keepHeapSteady } from './steady-heap.ts';
import { systemClock, systemRandom } from './system.ts';
import { findCluster } from './target.ts';
import { unlocked } from './unlocked.ts';

export interface HostAddress {
  /** null: as ~/.ssh/config says, else `core`. */
  readonly user: string | null;
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly address: string;
  /** null: as ~/.ssh/config says, else 22. */
  readonly port: number | null;
}

/** A cluster with its connection; the connection is the caller's to close. */
export interface Target {
  readonly cluster: Cluster;
  readonly shell: SshShell;
  /** null when attached by --host: nobody knows the instances behind it. */
  readonly cloud: Cloud | null;
  readonly backend: ChosenBackend | null;
  /** What a suggested command needs to mean the same cluster: `--sandbox`, `--host core@10.0.0.1`. */
  readonly flags: readonly string[];
  /** The private key that was named or found; null: as ssh and its agent have it. */
  readonly identityFile: string | null;
  /** Files with the host keys that are trusted, kubecore's own first. */
  readonly knownHosts: readonly string[];
}

const FORM =
  'write [USER@]ADDRESS[:PORT], such as core@ec2-54-211-93-34.compute-1.amazonaws.com or [2001:db8::1]:22';

/**
 * Reads `--host`. An IPv6 address stands in brackets.
 * @throws KubecoreError (input)
 */
export function parseHost(text: string): HostAddress {
  const refuse = (why: string, next = FORM): KubecoreError =>
    inputError(`--host ${text} cannot be used`, why, next);
  const at = text.lastIndexOf('@');
  const user = at < 0 ? null : text.slice(0, at);
  const rest = text.slice(at + 1);
  if (user !== null && !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(user))
    throw refuse(`"${user}" is not the name of a user`);
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(rest);
  if (bracketed) {
    const [, address = '', port] = bracketed;
    if (!isIPv6(address)) throw refuse(`"${address}" is not an IPv6 address`);
    return { user, address, port: portOf(port, refuse) };
  }
  if (isIPv6(rest))
    throw refuse(
      'an IPv6 address needs brackets',
      `did you mean ${user === null ? '' : `${user}@`}[${rest}]?`,
    );
  const [address = '', port, ...more] = rest.split(':');
  if (more.length > 0) throw refuse('it has more than one colon');
  if (address === '') throw refuse('it names no address');
  if (/^[0-9.]+$/.test(address) && !isIPv4(address)) throw refuse(`"${address}" is not an IPv4 address`);
  if (!/^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/.test(address))
    throw refuse(`"${address}" is neither an address nor a name`);
  return { user, address, port: portOf(port, refuse) };
}

function portOf(text: string | undefined, refuse: (why: string) => KubecoreError): number | null {
  if (text === undefined) return null;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw refuse(`"${text}" is not a port from 1 to 65535`);
  return port;
}

/**
 * The cluster that the options mean, with its shell.
 * @param name from the command's own argument, before --cluster
 * @throws KubecoreError: no such cluster, no key, --host cannot be read or reached
 */
export async function openTarget(context: Context, name?: string): Promise<Target> {
  const { options } = context;
  if (options.host !== undefined) {
    const other = options.sandbox
      ? '--sandbox'
      : (name ?? options.cluster) === undefined
        ? null
        : 'a cluster';
    if (other !== null)
      throw inputError(
        `--host and ${other} cannot be given together`,
        '--host names the master itself, and no cloud is asked',
        'leave one of them out',
      );
    return attach(context, parseHost(options.host));
  }
  const backend = await chooseBackend(context);
  const cluster = await findCluster(backend, name ?? options.cluster, context.guards.signal);
  const identityFile = await identityFor(context, backend, cluster);
  const shell = openShell(context, { backend, cluster, identityFile, mayAsk: true });
  const { records, flags, cloud } = backend;
  const knownHosts = [
    records.knownHosts(cluster.region, cluster.name),
    ...(backend.kind === 'sandbox' ? [] : USER_KNOWN_HOSTS()),
  ];
  return { cluster, shell, cloud, backend, flags, identityFile, knownHosts };
}

const USER_KNOWN_HOSTS = (): readonly string[] => [
  path.join(homedir(), '.ssh', 'known_hosts'),
  '/etc/ssh/ssh_known_hosts',
];

/** Opens the target, does `work` with it and closes it. */
export async function withTarget<T>(
  context: Context,
  name: string | undefined,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const target = await openTarget(context, name);
  try {
    return await work(target);
  } finally {
    await target.shell.close();
  }
}

/** The node with this fleet address, as the shell names it. */
export function nodeAt(cluster: Cluster, ip: string | null): NodeRef {
  return ip === null || ip === '' || ip === cluster.master?.privateAddress
    ? MASTER
    : { kind: 'node', address: ip };
}

async function attach(context: Context, host: HostAddress): Promise<Target> {
  const { address } = host;
  const where = `${address.includes(':') ? `[${address}]` : address}${host.port === null ? '' : `:${host.port}`}`;
  const identityFile = context.options.identity ?? null;
  const login = (): Promise<MasterFound> =>
    loginTo(context, { ...host, defaultUser: 'core', identityFile }).then((found) => ({
      ...found,
      instanceId: null,
    }));
  const first = await login();
  if ((first.identities ?? []).length === 0)
    throw inputError(
      `there is no private key for --host ${where}`,
      'no ssh-agent runs, and neither ~/.ssh/config names a key nor is one of the usual names in ~/.ssh',
      'give it with --identity FILE',
    );
  const records = attachedRecords(context.stateDir);
  const port = first.port ?? 22;
  const ownFile = records.knownHosts(address, port);
  keepHeapSteady();
  const opened = createShell({
    user: first.user ?? 'core',
    master: login,
    agentSocket: context.env.SSH_AUTH_SOCK ?? null,
    // The nodes behind the master are opened with the same keys.
    identities: first.identities ?? [],
    // A screen comes only after the first connection, which asks what there is to ask.
    askPassphrase: askPassphrase(context, true),
    unlocked: unlocked(context),
    trust: createHostTrust({
      ownFile,
      userFiles: USER_KNOWN_HOSTS(),
      firstContact: (info) => firstContact(context, info),
    }),
    clock: systemClock,
    random: systemRandom,
  });
  const shell = context.options.debug ? watchedShell(opened, context.debug, systemClock.now) : opened;
  try {
    const cluster = await clusterBehind(shell, host, context.guards.signal);
    const given = host.user === null ? where : `${host.user}@${where}`;
    await records.put(address, port, {
      host: given,
      identityFile,
      machines: cluster.size + 1,
      attachedAt: new Date(systemClock.now()).toISOString(),
    });
    return {
      cluster,
      shell,
      cloud: null,
      backend: null,
      flags: ['--host', given],
      identityFile,
      knownHosts: [ownFile, ...(first.userKnownHostsFiles ?? USER_KNOWN_HOSTS())],
    };
  } catch (thrown) {
    await shell.close();
    throw thrown;
  }
}

/** What the master says of itself. Fleet may be down: then its own address stays unknown and everything else still works. */
async function clusterBehind(shell: SshShell, host: HostAddress, signal: AbortSignal): Promise<Cluster> {
  const id = await shell.run(MASTER, ['cat', '/etc/machine-id'], { signal, priority: 'interactive' });
  const machines = await lookAtMachines(shell, signal).catch((thrown: unknown) => {
    if (signal.aborted || (thrown instanceof KubecoreError && thrown.fault === 'network')) throw thrown;
    return [];
  });
  const own = machines.find((machine) => machine.id === decode(id.stdout).trim());
  return {
    name: host.address,
    region: '',
    recipe: 'coreos-2014',
    blueprint: 'kubernetes',
    size: machines.filter(({ role }) => role === 'minion').length,
    keyPair: '',
    stackId: null,
    master: { instanceId: null, address: host.address, privateAddress: own?.ip || null },
  };
}

async function firstContact(context: Context, info: FirstContact): Promise<'trust' | 'refuse'> {
  const described = `${info.keyType} ${info.sha256}`;
  if (context.options.acceptNewHostKey) {
    context.io.note(`accepted the new host key of ${info.address}: ${described}`);
    return 'trust';
  }
  if (context.io.interactive) {
    const question = `The host key of ${info.address} is in no known_hosts file.\n  ${described}\n  ${info.md5}\nTrust it? (yes/no) `;
    return (await confirm(context, question)) ? 'trust' : 'refuse';
  }
  throw new KubecoreError({
    what: `the host key of ${info.address} is not known`,
    why: `it is ${described}, and no known_hosts file has one for this host`,
    next: 'compare it with what the host says of itself (ssh-keygen -lf on its /etc/ssh/ssh_host_*_key.pub), then give --accept-new-host-key',
    fault: 'node',
    code: 'HostKeyUnknown',
  });
}
