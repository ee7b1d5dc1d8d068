/**
 * Owns what fleetd 0.8.3 does over the saved registry: presence, the engine that schedules units, and the agents that
 * load and start them on their hosts and publish what systemd says. Its timings are fleet's own and are not
 * compressed: presence lives 30 s, agents reconcile every 5 s, the engine every 2 s.
 */
import type { EtcdCluster, FleetUnit, Host } from '../contract.ts';
import { globMatches, parseUnit, type Requirements, requirements } from './unit-file.ts';

export const FLEET_VERSION = '0.8.3';
/** Agent TTL: how long a machine that went silent stays listed. */
export const PRESENCE_TTL_MS = 30_000;
const ENGINE_PERIOD_MS = 2_000;
const AGENT_PERIOD_MS = 5_000;
const PUBLISH_PERIOD_MS = 1_000;

/** Timers of one process; lost on a restart, when all of them simply fire again. */
interface Timers {
  engine: number;
  agents: Map<string, number>;
  published: Map<string, { at: number; names: Set<string> }>;
  /** Target states of the last step. */
  seen: Map<string, string>;
  required: Map<string, { content: string; requirements: Requirements }>;
}
const timersOf = new WeakMap<EtcdCluster, Timers>();

function timers(cluster: EtcdCluster): Timers {
  let found = timersOf.get(cluster);
  if (found === undefined) {
    found = { engine: 0, agents: new Map(), published: new Map(), seen: new Map(), required: new Map() };
    timersOf.set(cluster, found);
  }
  return found;
}

/** Requirements of a unit, parsed once per content. */
export function unitRequirements(cluster: EtcdCluster, unit: FleetUnit): Requirements {
  const cache = timers(cluster).required;
  const cached = cache.get(unit.name);
  if (cached !== undefined && cached.content === unit.content) return cached.requirements;
  const fresh = requirements(unit.name, parseUnit(unit.content));
  cache.set(unit.name, { content: unit.content, requirements: fresh });
  return fresh;
}

/** What fleetctl calls STATE: what the agent of the target machine has acknowledged. */
export function currentState(unit: FleetUnit): 'inactive' | 'loaded' | 'launched' {
  return unit.target === null ? 'inactive' : (unit.acks?.[unit.target] ?? 'inactive');
}

/** Byte order, as etcd sorts keys. */
export const byKey = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** One step over a cluster that has quorum. `hosts` are its members that can be reached. */
export function fleetStep(cluster: EtcdCluster, hosts: readonly Host[], now: number): void {
  presence(cluster, hosts, now);
  const state = timers(cluster);
  if (changed(cluster, state.seen) || now - state.engine >= ENGINE_PERIOD_MS) {
    state.engine = now;
    schedule(cluster);
  }
  let units: Placed | null = null;
  for (const host of hosts) {
    if (!host.active('fleet.service')) continue;
    // what is published is older than what is then done: after a stop the list says active for a moment
    const id = host.state.machineId;
    if (now - (state.published.get(id)?.at ?? 0) >= PUBLISH_PERIOD_MS) publish(cluster, host, now);
    if (now - (state.agents.get(id) ?? 0) < AGENT_PERIOD_MS) continue;
    state.agents.set(id, now);
    units ??= placedUnits(cluster);
    reconcile(cluster, host, units);
  }
}

function presence(cluster: EtcdCluster, hosts: readonly Host[], now: number): void {
  const { machines } = cluster.fleet;
  for (const host of hosts) {
    const id = host.state.machineId;
    if (host.active('fleet.service')) {
      const { metadata } = host.state;
      const ip = host.instance.privateIp;
      machines[id] ??= { id, ip, metadata, version: FLEET_VERSION, heartbeat: now };
      Object.assign(machines[id], { ip, metadata, heartbeat: now });
    } else if (machines[id] !== undefined) {
      // fleetd takes its presence and its units with it when it is stopped
      for (const unit of Object.values(host.state.units)) {
        if (unit.origin === 'fleet') host.unloadUnit(unit.name);
      }
      forget(cluster, id);
    }
  }
  for (const machine of Object.values(machines)) {
    if (now - machine.heartbeat > PRESENCE_TTL_MS) forget(cluster, machine.id);
  }
}

function forget(cluster: EtcdCluster, id: string): void {
  delete cluster.fleet.machines[id];
  for (const [unit, states] of Object.entries(cluster.fleet.states)) {
    delete states[id];
    if (Object.keys(states).length === 0) delete cluster.fleet.states[unit];
  }
  for (const unit of Object.values(cluster.fleet.units)) {
    if (unit.acks !== undefined) delete unit.acks[id];
  }
}

// ---------------------------------------------------------------- engine

/** Can this machine run it, by its metadata alone? */
function fits(wanted: Requirements, machine: { id: string; metadata: Record<string, string> }): boolean {
  if (wanted.machineId !== null && wanted.machineId !== machine.id) return false;
  return Object.entries(wanted.metadata).every(([key, values]) =>
    values.includes(machine.metadata[key] ?? ''),
  );
}

function schedule(cluster: EtcdCluster): void {
  const machines = Object.values(cluster.fleet.machines).sort((a, b) => byKey(a.id, b.id));
  const units = Object.values(cluster.fleet.units);
  const wants = new Map(units.map((unit) => [unit.name, unitRequirements(cluster, unit)]));
  const placed = new Map<string, Set<string>>(machines.map((machine) => [machine.id, new Set<string>()]));
  const pending: FleetUnit[] = [];
  for (const unit of units) {
    const wanted = wants.get(unit.name)!;
    if (wanted.global) {
      if (unit.desired === 'inactive') continue;
      for (const machine of machines) if (fits(wanted, machine)) placed.get(machine.id)?.add(unit.name);
    } else if (unit.desired === 'inactive') {
      unit.target = null;
    } else if (unit.target !== null && placed.has(unit.target)) {
      placed.get(unit.target)?.add(unit.name);
    } else {
      unit.target = null;
      pending.push(unit);
    }
  }
  const able = (unit: FleetUnit, machine: (typeof machines)[number]): boolean => {
    const wanted = wants.get(unit.name)!;
    const here = placed.get(machine.id)!;
    if (!fits(wanted, machine) || !wanted.peers.every((peer) => here.has(peer))) return false;
    for (const other of here) {
      if (other === unit.name) continue;
      if (wanted.conflicts.some((glob) => globMatches(glob, other))) return false;
      if (wants.get(other)?.conflicts.some((glob) => globMatches(glob, unit.name))) return false;
    }
    return true;
  };
  for (const unit of units) {
    const machine = unit.target === null ? undefined : cluster.fleet.machines[unit.target];
    if (machine !== undefined && !wants.get(unit.name)?.global && !able(unit, machine)) {
      placed.get(machine.id)?.delete(unit.name);
      unit.target = null;
      pending.push(unit);
    }
  }
  // fleet walks a Go map, in no order at all; by hash is as good, and the same each time
  pending.sort((a, b) => byKey(b.hash, a.hash) || byKey(a.name, b.name));
  let progress = true;
  while (progress) {
    progress = false;
    for (const unit of pending) {
      if (unit.target !== null) continue;
      const best = machines
        .filter((machine) => able(unit, machine))
        .sort((a, b) => placed.get(a.id)!.size - placed.get(b.id)!.size || byKey(a.id, b.id))[0];
      if (best === undefined) continue;
      unit.target = best.id;
      placed.get(best.id)?.add(unit.name);
      // a peer that was just placed may let another unit in
      progress = true;
    }
  }
}

// ---------------------------------------------------------------- agents

/** Did a target state change since the last step? That wakes the engine. */
function changed(cluster: EtcdCluster, seen: Map<string, string>): boolean {
  let any = false;
  for (const unit of Object.values(cluster.fleet.units)) {
    const signature = `${unit.desired} ${unit.hash}`;
    if (seen.get(unit.name) === signature) continue;
    seen.set(unit.name, signature);
    any = true;
  }
  return any;
}

interface Placed {
  on: ReadonlyMap<string, readonly FleetUnit[]>;
  global: readonly FleetUnit[];
}

function placedUnits(cluster: EtcdCluster): Placed {
  const on = new Map<string, FleetUnit[]>();
  const global: FleetUnit[] = [];
  for (const unit of Object.values(cluster.fleet.units)) {
    if (unit.target !== null) on.set(unit.target, [...(on.get(unit.target) ?? []), unit]);
    else if (unit.desired !== 'inactive' && unitRequirements(cluster, unit).global) global.push(unit);
  }
  return { on, global };
}

function reconcile(cluster: EtcdCluster, host: Host, units: Placed): void {
  const id = host.state.machineId;
  const machine = { id, metadata: cluster.fleet.machines[id]?.metadata ?? {} };
  const global = units.global.filter((unit) => fits(unitRequirements(cluster, unit), machine));
  const mine = [...(units.on.get(id) ?? []), ...global];
  const wanted = new Set(mine.map((unit) => unit.name));
  for (const loaded of Object.values(host.state.units)) {
    if (loaded.origin !== 'fleet' || wanted.has(loaded.name)) continue;
    const unit = cluster.fleet.units[loaded.name];
    host.unloadUnit(loaded.name);
    if (unit?.acks !== undefined) delete unit.acks[id];
  }
  for (const unit of mine) {
    const loaded = host.unit(unit.name);
    unit.acks ??= {};
    if (loaded === undefined || loaded.content !== unit.content) {
      if (loaded?.origin === 'fleet') host.unloadUnit(unit.name);
      host.loadUnit(unit.name, unit.content, 'fleet');
      unit.acks[id] = 'loaded';
    }
    if (unit.desired === 'launched' && unit.acks[id] !== 'launched') {
      host.startUnit(unit.name);
      unit.acks[id] = 'launched';
    } else if (unit.desired === 'loaded' && unit.acks[id] !== 'loaded') {
      host.stopUnit(unit.name);
      unit.acks[id] = 'loaded';
    }
  }
}

function publish(cluster: EtcdCluster, host: Host, now: number): void {
  const id = host.state.machineId;
  const { states, units } = cluster.fleet;
  const names = new Set<string>();
  for (const unit of Object.values(host.state.units)) {
    if (unit.origin !== 'fleet') continue;
    names.add(unit.name);
    const machines = states[unit.name] ?? {};
    states[unit.name] = machines;
    const hash = units[unit.name]?.hash ?? machines[id]?.hash ?? '';
    machines[id] = { load: unit.load, active: unit.active, sub: unit.sub, hash, at: now };
  }
  const { published } = timers(cluster);
  for (const name of published.get(id)?.names ?? Object.keys(states)) {
    const machines = states[name];
    if (names.has(name) || machines?.[id] === undefined) continue;
    delete machines[id];
    if (Object.keys(machines).length === 0) delete states[name];
  }
  published.set(id, { at: now, names });
}
