/**
 * Owns etcd 0.4 as far as the sandbox needs it: registering with discovery, joining, quorum, and dropping the dead.
 * Facts: etcd 0.4's discovery (the first to register forms the cluster, later ones join its peers; who comes after the
 * cluster is complete stands by and forwards).
 */
import { burnByFault } from '../cloud/discovery.ts';
import type { DiscoveryToken, Hosts } from '../contract.ts';
import type { Machine } from './machine.ts';

/** Simulated ms after which a member that is gone is removed from its cluster. */
export const DEAD_MEMBER_MS = 30_000;

export type Joining =
  | { readonly state: 'leader' | 'follower' | 'standby'; readonly peers: readonly string[] }
  | { readonly state: 'failed'; readonly why: readonly string[] };

function machines(hosts: Hosts): readonly Machine[] {
  return hosts.all() as readonly Machine[];
}

/** Members whose etcd runs and can be reached. */
export function liveMembers(hosts: Hosts, members: readonly string[]): Machine[] {
  return machines(hosts).filter(
    (host) => members.includes(host.instance.id) && host.active('etcd.service') && !host.unreachable(),
  );
}

/** Registers with discovery and joins the cluster, or says why it cannot. */
export function join(machine: Machine): Joining {
  const { world } = machine.hosts;
  const cluster = machine.etcdCluster();
  const id = machine.instance.id;
  const others = liveMembers(machine.hosts, cluster.members).filter((one) => one !== machine);
  const peers = others.map((one) => `http://${one.instance.privateIp}:7001`);
  if (cluster.members.includes(id)) return { state: others.length === 0 ? 'leader' : 'follower', peers };
  const token = machine.state.etcdToken;
  if (token === null) {
    cluster.members.push(id);
    return { state: 'leader', peers };
  }
  const discovery: DiscoveryToken | undefined = world.discovery[token];
  if (discovery === undefined) {
    return {
      state: 'failed',
      why: [
        `Discovery encountered an unexpected error: 100: Key not found (/_etcd/registry/${token}) [0]`,
        `Discovery failed: the token ${token} is not known to the discovery service`,
      ],
    };
  }
  if (cluster.members.length === 0) burnByFault(world, discovery, machine.now());
  const registered = Object.keys(discovery.members).filter((member) => member !== id);
  if (registered.length > 0 && others.length === 0) {
    return {
      state: 'failed',
      why: [
        `Discovery found peers ${JSON.stringify(Object.values(discovery.members))}`,
        `cannot connect to existing peers ${JSON.stringify(Object.values(discovery.members))}: this discovery URL was used before (${registered.length} of ${discovery.size} registered) and none of them answers`,
      ],
    };
  }
  const complete = registered.length >= discovery.size;
  if (!complete) {
    discovery.members[id] = `http://${machine.instance.privateIp}:7001`;
    cluster.members.push(id);
  }
  const state = complete ? 'standby' : others.length === 0 ? 'leader' : 'follower';
  return { state, peers };
}

/** Does a majority of the members run and see each other, as seen from this host? */
export function quorum(machine: Machine): boolean {
  if (!machine.active('etcd.service')) return false;
  const { members } = machine.etcdCluster();
  if (members.length === 0) return false;
  const live = machine.unreachable()
    ? members.filter((id) => id === machine.instance.id).length
    : liveMembers(machine.hosts, members).length;
  return live > members.length / 2;
}

/** Takes members whose instance ended more than DEAD_MEMBER_MS ago out of clusters and discovery. Returns whether any was. */
export function dropDead(hosts: Hosts, now: number): boolean {
  const { world } = hosts;
  let changed = false;
  const isDead = (id: string): boolean => {
    for (const region of Object.values(world.regions)) {
      const instance = region.instances[id];
      if (instance === undefined) continue;
      const gone = instance.state === 'terminated' || instance.state === 'shutting-down';
      return gone && now - instance.since >= DEAD_MEMBER_MS / world.speed;
    }
    return true;
  };
  for (const cluster of Object.values(world.etcd)) {
    const dead = cluster.members.filter(isDead);
    if (dead.length === 0) continue;
    const left = cluster.members.filter((id) => !dead.includes(id));
    // The last ones stay registered: a used discovery URL remains used.
    if (left.length === 0) continue;
    cluster.members = left;
    changed = true;
    const discovery = world.discovery[cluster.token];
    for (const id of dead) if (discovery !== undefined) delete discovery.members[id];
  }
  return changed;
}
