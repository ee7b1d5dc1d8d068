/** Owns one look at a cluster and its JSON: what `kubecore status` prints. The document's shape is CLI.md's, and scripts rely on it. */
import { asKubecoreError } from './errors.ts';
import { assess } from './health.ts';
import { inPlace } from './in-place.ts';
import { type Cluster, type HealthWord, type Kind, kindsOf, type Problem, type Role } from './model.ts';
import { createNodeUnits } from './node-units.ts';
import type { Clock, Cloud, Random, Shell } from './ports.ts';
import {
  etcdOf,
  joinInstances,
  LIMITS,
  lookAtControllers,
  lookAtLeases,
  lookAtMinions,
  lookAtPods,
  lookAtServices,
  machinesOf,
} from './sources.ts';
import type { ClusterView, PaneState } from './store-contract.ts';

export interface SnapshotOptions {
  readonly shell: Shell;
  readonly cloud: Cloud | null;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  /** Only these kinds; the others stay `loading`. Default all that the blueprint has. */
  readonly only?: readonly Kind[];
  readonly signal?: AbortSignal;
}

/** Asks all kinds at once and waits for all; a kind that fails is a `failed` pane, not an error. */
export async function snapshot(options: SnapshotOptions): Promise<ClusterView> {
  const { shell, cloud, cluster, clock, random, signal } = options;
  const wanted = new Set(options.only ?? kindsOf(cluster.blueprint));

  const pane = async <T>(kind: Kind, look: () => Promise<readonly T[]>): Promise<PaneState<readonly T[]>> => {
    if (!wanted.has(kind)) return { status: 'loading' };
    try {
      return { status: 'live', data: await look(), asOf: clock.now() };
    } catch (thrown) {
      if (signal?.aborted) throw asKubecoreError(signal.reason);
      return { status: 'failed', error: asKubecoreError(thrown) };
    }
  };

  const needsMachines = wanted.has('machines') || wanted.has('units');
  const fleet = needsMachines ? machinesOf(shell, cluster, signal) : Promise.resolve([]);
  // Awaited in two places, of which the first to look may be late: its failure is never unhandled.
  fleet.catch(() => {});
  const instances =
    cloud === null || !wanted.has('machines')
      ? Promise.resolve(null)
      : cloud.instances(cluster.stackId ?? cluster.name, signal).catch(() => null);

  async function units(): Promise<ClusterView['units']> {
    if (!wanted.has('units')) return { status: 'loading' };
    const reader = createNodeUnits({
      shell,
      cluster,
      clock,
      random,
      nodesPerLook: Number.POSITIVE_INFINITY,
      patienceMs: LIMITS.node + 2_000,
    });
    try {
      const look = await reader.look(await fleet.catch(() => []), signal);
      const asOf = clock.now();
      return look.error
        ? { status: 'stale', data: look.units, asOf, error: look.error }
        : { status: 'live', data: look.units, asOf };
    } catch (thrown) {
      if (signal?.aborted) throw asKubecoreError(signal.reason);
      return { status: 'failed', error: asKubecoreError(thrown) };
    }
  }

  // Only asked beside the machines, whose list is the one that goes on without a quorum.
  const leases =
    wanted.has('machines') && cluster.blueprint !== 'single'
      ? lookAtLeases(shell, signal).catch(() => null)
      : Promise.resolve(null);

  const [machines, unitsPane, minions, pods, services, controllers, found] = await Promise.all([
    pane('machines', async () => joinInstances(await fleet, await instances)),
    units(),
    pane('minions', () => lookAtMinions(shell, signal)),
    pane('pods', () => lookAtPods(shell, signal)),
    pane('services', () => lookAtServices(shell, signal)),
    pane('controllers', () => lookAtControllers(shell, signal)),
    leases,
  ]);
  return {
    ...(found === null ? {} : { etcd: etcdOf(found) }),
    machines,
    units: unitsPane,
    minions,
    pods,
    services,
    controllers,
    connection: shell.connection(),
  };
}

/** The JSON of `status -o json`: absent values are null, lists never absent, machine ids whole. */
export interface StatusDocument {
  readonly cluster: {
    readonly name: string;
    readonly region: string;
    readonly recipe: string;
    readonly blueprint: string;
    readonly master: { readonly address: string; readonly machineId: string | null } | null;
  };
  readonly health: HealthWord;
  readonly asOf: string;
  readonly machines: readonly {
    readonly id: string;
    readonly ip: string | null;
    readonly role: Role | null;
    readonly metadata: Readonly<Record<string, string>>;
    readonly instanceId: string | null;
    readonly instanceType: string | null;
    readonly zone: string | null;
    readonly state: string | null;
  }[];
  readonly units: readonly {
    readonly name: string;
    readonly machineId: string | null;
    readonly ip: string | null;
    readonly load: string;
    readonly active: string;
    readonly sub: string;
  }[];
  readonly minions: readonly {
    readonly name: string;
    readonly cpu: number | null;
    readonly memory: number | null;
    readonly registered: boolean;
  }[];
  readonly pods: readonly {
    readonly name: string;
    readonly images: readonly string[];
    readonly host: string | null;
    readonly labels: Readonly<Record<string, string>>;
    readonly status: string;
  }[];
  readonly services: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly selector: Readonly<Record<string, string>>;
    readonly port: number;
  }[];
  readonly replicationControllers: readonly {
    readonly name: string;
    readonly images: readonly string[];
    readonly selector: Readonly<Record<string, string>>;
    readonly replicas: number;
  }[];
  readonly problems: readonly Problem[];
}

const rows = <T>(pane: PaneState<readonly T[]>): readonly T[] =>
  pane.status === 'live' || pane.status === 'stale' ? pane.data : [];

const orNull = (text: string): string | null => (text === '' ? null : text);

/** The document of a view. `asOf` in milliseconds since the epoch; `flags` name the place in suggested commands. */
export function statusDocument(
  view: ClusterView,
  cluster: Cluster,
  asOf: number,
  flags: readonly string[] = [],
): StatusDocument {
  const { health, problems } = assess(view, cluster);
  const machines = rows(view.machines);
  const masters = machines.filter(({ role }) => role === 'master');
  const master =
    machines.find(({ ip }) => ip !== '' && ip === cluster.master?.privateAddress) ??
    (masters.length === 1 ? masters[0] : undefined);
  return {
    cluster: {
      name: cluster.name,
      region: cluster.region,
      recipe: cluster.recipe,
      blueprint: cluster.blueprint,
      master: cluster.master ? { address: cluster.master.address, machineId: master?.id ?? null } : null,
    },
    health,
    asOf: new Date(asOf).toISOString(),
    machines: machines.map(({ id, ip, role, metadata, instanceId, instanceType, zone, state }) => ({
      id,
      ip: orNull(ip),
      role,
      metadata,
      instanceId,
      instanceType,
      zone,
      state,
    })),
    units: rows(view.units).map(({ name, machineId, ip, load, active, sub }) => ({
      name,
      machineId,
      ip,
      load,
      active,
      sub,
    })),
    minions: rows(view.minions).map(({ name, cpu, memory, registered }) => ({
      name,
      cpu,
      memory,
      registered,
    })),
    pods: rows(view.pods).map(({ name, images, host, labels, status }) => ({
      name,
      images,
      host,
      labels,
      status,
    })),
    services: rows(view.services).map(({ name, labels, selector, port }) => ({
      name,
      labels,
      selector,
      port,
    })),
    replicationControllers: rows(view.controllers).map(({ name, images, selector, replicas }) => ({
      name,
      images,
      selector,
      replicas,
    })),
    problems: problems.map(({ what, why, next }) => ({ what, why, next: inPlace(next, flags) })),
  };
}
