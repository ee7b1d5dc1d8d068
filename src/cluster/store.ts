/**
 * Owns the live picture of a cluster: one poller per kind, the last good data of each with its age, and the view that
 * screens subscribe to. A source that fails turns its pane stale; it never blanks what was known.
 */
import type { KubecoreError } from './errors.ts';
import { createMachineBook } from './machines.ts';
import { type Cluster, KINDS, type Kind, kindsOf, type Machine, type RowOf } from './model.ts';
import { createNodeUnits } from './node-units.ts';
import type { Clock, Cloud, Instance, Random, Shell } from './ports.ts';
import { reconcile } from './reconcile.ts';
import { KEY_OF } from './row-key.ts';
import {
  etcdOf,
  LIMITS,
  lookAtControllers,
  lookAtLeases,
  lookAtMinions,
  lookAtPods,
  lookAtServices,
  machinesOf,
} from './sources.ts';
import type { ClusterStore, ClusterView, EtcdState, PaneState } from './store-contract.ts';
import type { FleetMachine } from './tools/fleetctl.ts';
import { type Poller, startPoller } from './watch.ts';

export { rowKey } from './row-key.ts';
export { unitsOf } from './sources.ts';

export interface StoreOptions {
  readonly shell: Shell;
  /** null when attached without AWS: machines then have no instance. */
  readonly cloud: Cloud | null;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  readonly visibleMs?: number;
  readonly hiddenMs?: number;
}

/** Between two looks at what etcd writes: presence in it lives 30 s. */
const ETCD_MS = 15_000;

/** What a poll found. The rows are made when the answer counts, not when it comes: a late one changes nothing. */
interface Answer<T> {
  readonly rows: () => readonly T[];
  /** Set when a part of the rows is old. */
  readonly error: KubecoreError | null;
}

/** How long the first look at the units waits for the first list of machines. */
const MACHINES_PATIENCE_MS = 3_000;

/** In place of what is not asked. */
const NO_POLLER: Poller = {
  refresh() {},
  setVisible() {},
  stop() {},
  pulse: () => ({ askedSince: null, tookMs: null, everyMs: 0 }),
};

/**
 * Starts polling all kinds of the blueprint at once. `get()` keeps its identity until something changes; when an answer only confirms
 * what is known, the pane's `asOf` moves on without a notification, so nothing is drawn for it.
 */
export function createStore(options: StoreOptions): ClusterStore {
  const { shell, cloud, cluster, clock, random } = options;
  const listeners = new Set<() => void>();
  const stopping = new AbortController();
  const loading = { status: 'loading' } as const;
  let view: ClusterView = {
    machines: loading,
    units: loading,
    minions: loading,
    pods: loading,
    services: loading,
    controllers: loading,
    connection: shell.connection(),
  };
  let fleetMachines: readonly FleetMachine[] = [];
  let instances: readonly Instance[] | null = null;
  let tellMachines = (): void => {};
  /** Settles with the first answer about the machines, good or bad. */
  const machinesTold = new Promise<void>((resolve) => {
    tellMachines = resolve;
  });

  const notify = (): void => {
    for (const listener of listeners) listener();
  };

  /** Good data, or good data with a part that is old (`partial`). */
  function accept<K extends Kind>(
    kind: K,
    rows: readonly RowOf[K][],
    asOf: number,
    partial: KubecoreError | null,
  ): void {
    if (stopping.signal.aborted) return;
    const before = view[kind] as PaneState<readonly RowOf[K][]>;
    const known = before.status === 'live' || before.status === 'stale' ? before : undefined;
    const data = reconcile(known?.data, rows, KEY_OF[kind]);
    const pane: PaneState<readonly RowOf[K][]> = partial
      ? { status: 'stale', data, asOf: known?.asOf ?? asOf, error: sameError(before, partial) }
      : { status: 'live', data, asOf };
    view = { ...view, [kind]: pane };
    const unchanged =
      known?.data === data &&
      before.status === pane.status &&
      (pane.status !== 'stale' || before.status !== 'stale' || before.error === pane.error);
    if (!unchanged) notify();
  }

  function fail(kind: Kind, failure: KubecoreError): void {
    if (stopping.signal.aborted) return;
    const before = view[kind] as PaneState<readonly unknown[]>;
    const error = sameError(before, failure);
    if ('error' in before && before.error === error) return;
    const pane =
      before.status === 'live' || before.status === 'stale'
        ? { status: 'stale', data: before.data, asOf: before.asOf, error }
        : { status: 'failed', error };
    view = { ...view, [kind]: pane };
    notify();
  }

  function poller<K extends Kind>(
    kind: K,
    name: string,
    poll: (signal: AbortSignal) => Promise<Answer<RowOf[K]>>,
    timeoutMs: number,
  ): Poller {
    return startPoller({
      name,
      poll,
      onData({ rows, error }, asOf) {
        accept(kind, rows(), asOf, error);
        if (kind === 'machines') tellMachines();
      },
      onError(error) {
        fail(kind, error);
        if (kind === 'machines') tellMachines();
      },
      clock,
      random,
      // A little more than the command's own limit, so that its better error comes first.
      timeoutMs: timeoutMs + 5_000,
      ...(options.visibleMs === undefined ? {} : { visibleMs: options.visibleMs }),
      ...(options.hiddenMs === undefined ? {} : { hiddenMs: options.hiddenMs }),
    });
  }

  const whole =
    <T>(look: (shell: Shell, signal: AbortSignal) => Promise<readonly T[]>) =>
    async (signal: AbortSignal): Promise<Answer<T>> => {
      const found = await look(shell, signal);
      return { rows: () => found, error: null };
    };

  /** Drawn anew only when the answer is another. */
  function acceptEtcd(next: EtcdState): void {
    const before = view.etcd;
    if (stopping.signal.aborted || before?.agrees === next.agrees) return;
    view = { ...view, etcd: next };
    // That etcd agrees is no news while nobody doubted it.
    if (before !== undefined || !next.agrees) notify();
  }

  const book = createMachineBook();
  let instancePoller: Poller | null = null;

  async function pollMachines(signal: AbortSignal): Promise<Answer<Machine>> {
    const found = await machinesOf(shell, cluster, signal);
    return {
      rows() {
        const before = new Set(fleetMachines.map(({ id }) => id));
        const changed = found.length !== before.size || found.some(({ id }) => !before.has(id));
        fleetMachines = found;
        // A machine came or went: EC2's slower view is asked out of turn, and the nodes' units with it.
        if (changed && before.size > 0) {
          if (instances !== null) instancePoller?.refresh();
          pollers.units.refresh();
        }
        return book.rows(found, instances, clock.now());
      },
      error: null,
    };
  }

  const kinds = kindsOf(cluster.blueprint);
  const etcdPoller =
    cluster.blueprint === 'single'
      ? NO_POLLER
      : startPoller({
          name: 'etcd',
          poll: (signal) => lookAtLeases(shell, signal),
          onData(leases) {
            if (leases !== null) acceptEtcd(etcdOf(leases));
          },
          // Who cannot be asked is told by the panes.
          onError() {},
          clock,
          random,
          visibleMs: ETCD_MS,
          hiddenMs: ETCD_MS,
        });

  const nodeUnits = createNodeUnits({ shell, cluster, clock, random });
  /** A kind that the blueprint does not have is not asked for: it is known to be empty. */
  const ifThere = <K extends Kind>(kind: K, start: () => Poller): Poller => {
    if (kinds.includes(kind)) return start();
    view = { ...view, [kind]: { status: 'live', data: [], asOf: clock.now() } };
    return NO_POLLER;
  };
  const pollers: { readonly [K in Kind]: Poller } = {
    machines: poller('machines', 'the machines', pollMachines, LIMITS.list),
    units: poller(
      'units',
      'the units',
      async (signal) => {
        // The nodes to ask come from fleet; where it takes too long to say, the master is asked alone.
        const enough = new AbortController();
        await Promise.race([
          machinesTold,
          clock.sleep(MACHINES_PATIENCE_MS, AbortSignal.any([signal, enough.signal])),
        ]);
        enough.abort();
        const { units, error } = await nodeUnits.look(fleetMachines, signal);
        return { rows: () => units, error };
      },
      LIMITS.list,
    ),
    minions: ifThere('minions', () => poller('minions', 'the minions', whole(lookAtMinions), LIMITS.list)),
    pods: ifThere('pods', () => poller('pods', 'the pods', whole(lookAtPods), LIMITS.pods)),
    services: ifThere('services', () =>
      poller('services', 'the services', whole(lookAtServices), LIMITS.list),
    ),
    controllers: ifThere('controllers', () =>
      poller('controllers', 'the replication controllers', whole(lookAtControllers), LIMITS.list),
    ),
  };

  const stackId = cluster.stackId ?? cluster.name;
  if (cloud !== null) {
    instancePoller = startPoller({
      name: 'the instances',
      poll: (signal) => cloud.instances(stackId, signal),
      onData(found) {
        instances = found;
        const pane = view.machines;
        if (pane.status === 'live' || pane.status === 'stale')
          accept(
            'machines',
            book.rows(fleetMachines, instances, clock.now()),
            pane.asOf,
            pane.status === 'stale' ? pane.error : null,
          );
      },
      // Best effort: the machines stay as fleet shows them, with what EC2 said last.
      onError() {},
      clock,
      random,
      visibleMs: 10_000,
      hiddenMs: 30_000,
    });
  }

  function refresh(kinds: readonly Kind[] = KINDS): void {
    for (const kind of kinds) pollers[kind].refresh();
    if (kinds.includes('machines')) instancePoller?.refresh();
  }

  const unsubscribe = shell.subscribe(() => {
    const connection = shell.connection();
    if (connection === view.connection || stopping.signal.aborted) return;
    const back = connection.phase === 'connected' && view.connection.phase !== 'connected';
    view = { ...view, connection };
    notify();
    if (back) refresh();
  });

  return {
    get: () => view,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    setVisible(kinds) {
      for (const kind of KINDS) pollers[kind].setVisible(kinds.includes(kind));
      instancePoller?.setVisible(kinds.includes('machines'));
    },
    pulse: (kind) => pollers[kind].pulse(),
    refresh,
    stop() {
      stopping.abort();
      for (const kind of KINDS) pollers[kind].stop();
      instancePoller?.stop();
      etcdPoller.stop();
      unsubscribe();
      listeners.clear();
    },
  };
}

/** The pane's own error when the new one says the same. */
function sameError(pane: PaneState<unknown>, error: KubecoreError): KubecoreError {
  return 'error' in pane && pane.error.message === error.message ? pane.error : error;
}
