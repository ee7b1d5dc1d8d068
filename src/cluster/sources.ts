/** Owns one look at each kind of thing over the Shell: the command, its limits, and the reading. Without memory; see store.ts. */
import type { KubecoreError } from './errors.ts';
import type { Cluster, Machine, Minion, Pod, ReplicationController, Service, Unit } from './model.ts';
import { type Instance, MASTER, type NodeRef, type RunOptions, type RunResult, type Shell } from './ports.ts';
import type { EtcdState } from './store-contract.ts';
import * as docker from './tools/docker.ts';
import { type Leases, leasesArgv, readLeases } from './tools/etcd-leases.ts';
import * as fleetctl from './tools/fleetctl.ts';
import * as kubecfg from './tools/kubecfg.ts';
import { decode, ending, toolError } from './tools/output.ts';
import * as systemctl from './tools/systemctl.ts';

/** How long each look may take. `list pods` needs 26–30 s at 256 minions, and a dead minion can make it 50 (FACTS.md). */
export const LIMITS = { list: 15_000, pods: 90_000, node: 8_000 } as const;

async function look<T>(
  shell: Shell,
  argv: readonly string[],
  options: RunOptions,
  read: (stdout: Uint8Array) => T,
  failure: (result: RunResult) => KubecoreError | null,
): Promise<T> {
  const result = await shell.run(MASTER, argv, options);
  const error = failure(result);
  if (error) throw error;
  return read(result.stdout);
}

const within = (timeoutMs: number, signal?: AbortSignal): RunOptions =>
  signal ? { timeoutMs, signal } : { timeoutMs };

export const lookAtMachines = (
  shell: Shell,
  signal?: AbortSignal,
): Promise<readonly fleetctl.FleetMachine[]> =>
  look(shell, fleetctl.listMachinesArgv, within(LIMITS.list, signal), fleetctl.readMachines, (result) =>
    fleetctl.failure('fleet does not list its machines', result),
  );

/** The machines of a cluster as fleet lists them; a single machine, whose fleet does not run, is asked for its own id. */
export async function machinesOf(
  shell: Shell,
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<readonly fleetctl.FleetMachine[]> {
  if (cluster.blueprint !== 'single') return lookAtMachines(shell, signal);
  const result = await shell.run(MASTER, ['cat', '/etc/machine-id'], within(LIMITS.node, signal));
  if (result.code !== 0)
    throw toolError({
      what: 'the machine does not say which it is',
      why: ending(result),
      next: 'look at it: kubecore ssh -- cat /etc/machine-id',
      code: 'NoMachineId',
    });
  const ip = cluster.master?.privateAddress ?? '';
  return [{ id: decode(result.stdout).trim(), ip, metadata: {}, role: null }];
}

export const lookAtFleetUnits = (shell: Shell, signal?: AbortSignal): Promise<readonly Unit[]> =>
  look(shell, fleetctl.listUnitsArgv, within(LIMITS.list, signal), fleetctl.readUnits, (result) =>
    fleetctl.failure('fleet does not list its units', result),
  );

export const lookAtMinions = (shell: Shell, signal?: AbortSignal): Promise<readonly Minion[]> =>
  look(shell, kubecfg.listArgv('minions'), within(LIMITS.list, signal), kubecfg.readMinions, (result) =>
    kubecfg.failure('the minions could not be listed', result),
  );

export const lookAtPods = (shell: Shell, signal?: AbortSignal): Promise<readonly Pod[]> =>
  look(shell, kubecfg.listArgv('pods'), within(LIMITS.pods, signal), kubecfg.readPods, (result) =>
    kubecfg.failure('the pods could not be listed', result),
  );

export const lookAtServices = (shell: Shell, signal?: AbortSignal): Promise<readonly Service[]> =>
  look(shell, kubecfg.listArgv('services'), within(LIMITS.list, signal), kubecfg.readServices, (result) =>
    kubecfg.failure('the services could not be listed', result),
  );

export const lookAtControllers = (
  shell: Shell,
  signal?: AbortSignal,
): Promise<readonly ReplicationController[]> =>
  look(
    shell,
    kubecfg.listArgv('replicationControllers'),
    within(LIMITS.list, signal),
    kubecfg.readControllers,
    (result) => kubecfg.failure('the replication controllers could not be listed', result),
  );

/** The presence that fleet's machines renew in etcd; null when nothing can be said of it. */
export async function lookAtLeases(shell: Shell, signal?: AbortSignal): Promise<Leases | null> {
  return readLeases(await shell.run(MASTER, leasesArgv, within(LIMITS.node, signal)));
}

/** What the leases say of etcd. */
export function etcdOf({ count, freshest }: Leases): EtcdState {
  if (freshest > 0) return { agrees: true };
  return {
    agrees: false,
    why: `none of ${count} machines could renew its presence, which ran out ${-freshest} s ago: nothing is written any more`,
  };
}

/** All services and sockets of one node, as its systemd lists them. */
export async function lookAtNodeUnits(
  shell: Shell,
  node: NodeRef,
  signal?: AbortSignal,
  timeoutMs: number = LIMITS.node,
): Promise<readonly systemctl.SystemdRow[]> {
  const result = await shell.run(node, systemctl.listUnitsArgv, within(timeoutMs, signal));
  if (result.code === 0) return systemctl.readUnits(result.stdout);
  const where = node.kind === 'master' ? 'the master' : node.address;
  throw toolError({
    what: `the units of ${where} could not be listed`,
    why: fleetctl.reason(result.stderr) ?? ending(result),
    next: `look at it: kubecore ssh -- systemctl list-units`,
    code: 'SystemctlFailed',
  });
}

/** Fleet's machines joined with their EC2 instances, by private address; of several the newest that runs. */
export function joinInstances(
  machines: readonly fleetctl.FleetMachine[],
  instances: readonly Instance[] | null,
): Machine[] {
  const byIp = new Map<string, Instance>();
  for (const instance of instances ?? []) {
    for (const address of [instance.privateAddress, instance.publicAddress]) {
      if (address === null) continue;
      const other = byIp.get(address);
      if (!other || rank(instance) > rank(other)) byIp.set(address, instance);
    }
  }
  return machines.map((machine) => {
    const instance = machine.ip === '' ? undefined : byIp.get(machine.ip);
    return {
      ...machine,
      instanceId: instance?.id ?? null,
      instanceType: instance?.type ?? null,
      zone: instance?.zone ?? null,
      state: instance?.state ?? null,
      launchTime: instance?.launchTime ?? null,
    };
  });
}

const rank = (instance: Instance): number => (instance.state === 'running' ? 1e15 : 0) + instance.launchTime;

/** Units of one node for the log picker: all its services and sockets, those of fleet among them, by name. */
export async function unitsOf(
  shell: Shell,
  ip: string | null,
  options: { readonly masterAddress?: string | null; readonly signal?: AbortSignal } = {},
): Promise<readonly { name: string; active: string; sub: string; description: string }[]> {
  const node: NodeRef = ip === null || ip === options.masterAddress ? MASTER : { kind: 'node', address: ip };
  const rows = await lookAtNodeUnits(shell, node, options.signal, LIMITS.list);
  return rows
    .filter(({ load }) => load !== 'not-found')
    .map(({ name, active, sub, description }) => ({ name, active, sub, description }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** All containers of a node, ended ones too. */
export async function lookAtContainers(
  shell: Shell,
  node: NodeRef,
  signal?: AbortSignal,
): Promise<readonly docker.ContainerRow[]> {
  const result = await shell.run(node, docker.psArgv({ all: true }), {
    ...within(LIMITS.list, signal),
    priority: 'interactive',
  });
  if (result.code === 0) return docker.readContainers(result.stdout);
  const where = node.kind === 'master' ? 'the master' : node.address;
  throw toolError({
    what: `the containers of ${where} could not be listed`,
    why: fleetctl.reason(result.stderr) ?? ending(result),
    next: 'look at its docker: kubecore logs docker.service',
    code: 'DockerFailed',
  });
}

/** The containers of one pod, the one that holds its address left out; of each the newest. */
export function containersOfPod(
  rows: readonly docker.ContainerRow[],
  pod: string,
): readonly { readonly id: string; readonly container: string }[] {
  const newest = new Map<string, string>();
  for (const { id, names } of rows) {
    const found = docker.podContainer(names);
    if (found?.pod !== pod || found.container === 'net') continue;
    // docker ps lists the newest first.
    if (!newest.has(found.container)) newest.set(found.container, id);
  }
  return [...newest].map(([container, id]) => ({ id, container }));
}
