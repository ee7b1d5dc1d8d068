/**
 * Owns the units of all nodes: fleet's own list, and what each node's systemd says of the cluster's own units (etcd,
 * fleet, flannel, docker, kube-*), since the article's cluster runs those without fleet. A node that does not answer
 * keeps its last rows and is asked again beside the poll, so that it holds nobody up.
 */
import { backoffMs } from './backoff.ts';
import { asKubecoreError, KubecoreError } from './errors.ts';
import type { Cluster, Unit } from './model.ts';
import { type Clock, MASTER, type NodeRef, type Random, type Shell } from './ports.ts';
import { lookAtFleetUnits, lookAtNodeUnits } from './sources.ts';
import type { FleetMachine } from './tools/fleetctl.ts';
import { decode } from './tools/output.ts';
import { isClusterUnit } from './tools/systemctl.ts';

export interface UnitsLook {
  readonly units: readonly Unit[];
  /** Set when some of the rows are old or missing: which, and why. */
  readonly error: KubecoreError | null;
}

export interface NodeUnits {
  /** One look; `machines` are fleet's, empty when it does not answer. Throws only when nothing at all could be read. */
  look(machines: readonly FleetMachine[], signal?: AbortSignal): Promise<UnitsLook>;
}

interface NodeState {
  units: readonly Unit[];
  error: KubecoreError | null;
  failures: number;
  /** When it was last asked, and when it may be asked again after failing. */
  askedAt: number;
  notBefore: number;
  asking: boolean;
}

export interface NodeUnitsOptions {
  readonly shell: Shell;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  /** Nodes asked in one look; a larger cluster is gone through in turn, the master always. Default 16. */
  readonly nodesPerLook?: number;
  /** How long a look waits for a node; one that takes longer answers into a later look. Default 3,000. */
  readonly patienceMs?: number;
}

const RETRY = { firstMs: 4_000, maxMs: 30_000 };

interface Target {
  readonly key: string;
  readonly node: NodeRef;
  readonly machineId: string | null;
  readonly ip: string | null;
}

/** A reader that remembers each node's last rows. */
export function createNodeUnits(options: NodeUnitsOptions): NodeUnits {
  const { shell, cluster, clock, random } = options;
  const perLook = options.nodesPerLook ?? 16;
  const patienceMs = options.patienceMs ?? 3_000;
  const nodes = new Map<string, NodeState>();
  let fleetUnits: readonly Unit[] = [];
  let fleetError: KubecoreError | null = null;
  let masterId: string | null = null;
  /** Which connection `masterId` was read on; a new one may lead to a new master. */
  let masterIdOf: number | null = null;
  let firstConnection: number | null = null;

  /** Which of the machines is the master: on the first connection the one with its address, later the one it says it is. */
  async function findMaster(
    machines: readonly FleetMachine[],
    signal?: AbortSignal,
  ): Promise<FleetMachine | undefined> {
    if (machines.length === 0) return undefined;
    const connection = shell.connection();
    const since = connection.phase === 'connected' ? connection.since : null;
    firstConnection ??= since;
    const address = cluster.master?.privateAddress ?? null;
    const byAddress = machines.find(({ ip }) => ip !== '' && ip === address);
    if (byAddress && since === firstConnection) return byAddress;
    if (masterId === null || since !== masterIdOf) {
      const result = await shell
        .run(MASTER, ['cat', '/etc/machine-id'], signal ? { signal } : {})
        .catch(() => null);
      masterId = result?.code === 0 ? decode(result.stdout).trim() : null;
      masterIdOf = since;
    }
    const byId = machines.find(({ id }) => id === masterId);
    if (byId) return byId;
    const masters = machines.filter(({ role }) => role === 'master');
    return masters.length === 1 ? masters[0] : undefined;
  }

  async function ask(target: Target, signal?: AbortSignal): Promise<void> {
    const state = stateOf(target.key);
    if (state.asking) return;
    state.asking = true;
    state.askedAt = clock.now();
    try {
      const rows = await lookAtNodeUnits(shell, target.node, signal);
      state.units = rows
        .filter(({ name, load }) => isClusterUnit(name) && load !== 'not-found')
        .map(({ name, load, active, sub, description }) => ({
          name,
          machineId: target.machineId,
          ip: target.ip,
          load,
          active,
          sub,
          hash: null,
          source: 'systemd' as const,
          description,
        }));
      state.error = null;
      state.failures = 0;
    } catch (thrown) {
      if (signal?.aborted) return;
      state.error = asKubecoreError(thrown);
      state.failures++;
      state.notBefore = clock.now() + backoffMs(state.failures, RETRY, random);
    } finally {
      state.asking = false;
    }
  }

  function stateOf(key: string): NodeState {
    let state = nodes.get(key);
    if (!state) {
      state = { units: [], error: null, failures: 0, askedAt: 0, notBefore: 0, asking: false };
      nodes.set(key, state);
    }
    return state;
  }

  async function askFleet(signal?: AbortSignal): Promise<void> {
    try {
      fleetUnits = await lookAtFleetUnits(shell, signal);
      fleetError = null;
    } catch (thrown) {
      if (!signal?.aborted) fleetError = asKubecoreError(thrown);
    }
  }

  async function targetsOf(machines: readonly FleetMachine[], signal?: AbortSignal): Promise<Target[]> {
    const master = await findMaster(machines, signal);
    const others = machines.filter((machine) => machine !== master && machine.ip !== '');
    return [
      {
        key: 'master',
        node: MASTER,
        machineId: master?.id ?? null,
        ip: master?.ip || (cluster.master?.privateAddress ?? null),
      },
      ...others.map(
        ({ id, ip }): Target => ({ key: id, node: { kind: 'node', address: ip }, machineId: id, ip }),
      ),
    ];
  }

  return {
    async look(machines, signal) {
      // A single machine brings fleet along, but does not run it.
      const fleet = cluster.blueprint === 'single' ? Promise.resolve() : askFleet(signal);
      const targets = await targetsOf(machines, signal);
      const keys = new Set(targets.map(({ key }) => key));
      for (const key of nodes.keys()) if (!keys.has(key)) nodes.delete(key);

      const now = clock.now();
      const [master, ...others] = targets;
      const due = others
        .filter(({ key }) => stateOf(key).notBefore <= now && !stateOf(key).asking)
        .sort((a, b) => stateOf(a.key).askedAt - stateOf(b.key).askedAt)
        .slice(0, perLook);
      const asked = [master!, ...due];
      const answers = asked.map((target) => {
        // Asked already, or failed the last time: its answer counts when it comes, and is not waited for.
        const awaited = !stateOf(target.key).asking && stateOf(target.key).failures === 0;
        const answer = ask(target, signal);
        return awaited || target.node.kind === 'master' ? answer : undefined;
      });
      const enough = new AbortController();
      const patience = clock
        .sleep(patienceMs, signal ? AbortSignal.any([signal, enough.signal]) : enough.signal)
        .catch(() => {});
      await Promise.race([Promise.all(answers), patience]);
      enough.abort();
      for (const { key } of asked) {
        const state = stateOf(key);
        if (state.asking) state.error ??= slow(clock.now() - state.askedAt);
      }
      await fleet;
      if (signal?.aborted) throw signal.reason;

      const failed = targets.flatMap(({ key, ip }) => {
        const { error } = stateOf(key);
        return error ? [{ ip, error }] : [];
      });
      const masterState = stateOf('master');
      if (
        fleetError &&
        failed.length === targets.length &&
        [...nodes.values()].every(({ units }) => units.length === 0)
      )
        throw masterState.error ?? fleetError;
      return {
        units: merged(
          fleetUnits,
          targets.flatMap(({ key }) => stateOf(key).units),
        ),
        error: partialError(fleetError, failed, targets.length),
      };
    },
  };
}

/** A node that is still being asked. */
function slow(ms: number): KubecoreError {
  return new KubecoreError({
    what: 'the units of a node could not be listed',
    why: `no answer for ${Math.round(ms / 1000)} s`,
    next: 'it is asked again by itself',
    fault: 'node',
    code: 'Timeout',
  });
}

/** Both lists, by name then machine; where fleet runs a unit that the node lists too, fleet's row stands. */
function merged(fleet: readonly Unit[], systemd: readonly Unit[]): Unit[] {
  const key = (unit: Unit): string => `${unit.name}\u0000${unit.machineId ?? ''}`;
  const known = new Set(fleet.map(key));
  return [...fleet, ...systemd.filter((unit) => !known.has(key(unit)))].sort((a, b) => {
    if (a.name !== b.name) return a.name < b.name ? -1 : 1;
    return (a.machineId ?? '') < (b.machineId ?? '') ? -1 : 1;
  });
}

/** What is wrong with a node, with its name unless the words say it already. */
const of = (node: string, why: string): string => (why.includes(node) ? why : `${node}: ${why}`);

function partialError(
  fleet: KubecoreError | null,
  failed: readonly { readonly ip: string | null; readonly error: KubecoreError }[],
  total: number,
): KubecoreError | null {
  const [first] = failed;
  if (!first) return fleet;
  return new KubecoreError({
    what: `the units of ${failed.length} of ${total} nodes are not known`,
    why: of(first.ip ?? 'the master', first.error.why || first.error.what),
    next: first.error.next,
    fault: first.error.fault,
    code: first.error.code ?? 'NodeSilent',
    cause: first.error,
  });
}
