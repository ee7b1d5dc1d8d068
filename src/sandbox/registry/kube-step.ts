/**
 * Owns what runs Kubernetes 0.4.4 between calls: kube-register, the replication manager and the scheduler, over the objects in
 * etcd, and then each host's kubelet (kubelet.ts).
 */
import type { EtcdCluster, Host, Hosts } from '../contract.ts';
import { selects } from './kube-labels.ts';
import { array, type JsonObject, object, text } from './kube-schema.ts';
import { create, nextVersion, remove, table, uuid } from './kube-store.ts';
import { healthyMinions, minionIds, podStatus } from './kube-view.ts';
import { containersOf, type KubeletMemory, kubelet } from './kubelet.ts';

/** What a minion says of itself unless told otherwise: controller-manager's -node_milli_cpu and -node_memory. */
export const CAPACITY = { cpu: 1000, memory: 3_221_225_472 };
const PERIOD_MS = 400;
interface Timers extends KubeletMemory {
  last: number;
}
const timersOf = new WeakMap<EtcdCluster, Timers>();

/** One step over a cluster that has quorum. `hosts` are its members that can be reached. */
export function kubeStep(cluster: EtcdCluster, members: readonly Host[], hosts: Hosts): void {
  const now = hosts.clock.now();
  const timers = timersOf.get(cluster) ?? { last: 0, pulls: new Map(), settled: new WeakSet() };
  timersOf.set(cluster, timers);
  if (now - timers.last < PERIOD_MS / Math.max(1, hosts.world.speed / 4)) return;
  timers.last = now;
  const master = members.find((host) => host.active('kube-apiserver.service'));
  if (master !== undefined) {
    if (master.active('kube-register.service')) register(cluster, now);
    if (master.active('kube-controller-manager.service')) replicate(cluster, hosts);
    if (master.active('kube-scheduler.service')) schedule(cluster, hosts);
  }
  const bound = new Map<string, JsonObject[]>();
  for (const pod of Object.values(table(cluster, 'pods'))) {
    const ip = text(object(pod.desiredState).host);
    const own = bound.get(ip);
    if (own === undefined) bound.set(ip, [pod]);
    else own.push(pod);
  }
  for (const host of members) {
    if (!host.active('kube-kubelet.service') || !host.active('docker.service')) continue;
    kubelet(cluster, host, bound.get(host.instance.privateIp) ?? [], hosts, timers);
  }
}

/** kube-register: every fleet machine with role=minion becomes a minion under its address. It never removes one. */
function register(cluster: EtcdCluster, now: number): void {
  for (const machine of Object.values(cluster.fleet.machines)) {
    if (machine.metadata.role !== 'minion' || machine.ip === '') continue;
    if (table(cluster, 'minions')[machine.ip] !== undefined) continue;
    create(
      cluster,
      'minions',
      { id: machine.ip, hostIP: machine.ip, resources: { capacity: { ...CAPACITY } } },
      now,
    );
  }
}

// ---------------------------------------------------------------- replication manager

function replicate(cluster: EtcdCluster, hosts: Hosts): void {
  const controllers = Object.values(table(cluster, 'replicationControllers'));
  if (controllers.length === 0) return;
  const minions = minionIds(hosts, cluster);
  const pods = Object.values(table(cluster, 'pods')).filter(
    (pod) => podStatus(pod, minions) !== 'Terminated',
  );
  const now = hosts.clock.now();
  for (const controller of controllers) {
    const desired = object(controller.desiredState);
    const selector = object(desired.replicaSelector);
    const alive = pods.filter((pod) => selects(selector, object(pod.labels)));
    const difference = Number(desired.replicas ?? 0) - alive.length;
    for (let i = 0; i < difference; i++) replica(cluster, controller, now);
    for (const pod of alive.slice(0, Math.max(0, -difference))) remove(cluster, 'pods', text(pod.id));
  }
}

function replica(cluster: EtcdCluster, controller: JsonObject, now: number): void {
  const template = object(object(controller.desiredState).podTemplate);
  const state = structuredClone(object(template.desiredState));
  const id = uuid(cluster, now);
  create(
    cluster,
    'pods',
    {
      id,
      labels: { ...object(template.labels), replicationController: controller.id ?? '' },
      desiredState: { ...state, manifest: { ...object(state.manifest), uuid: id } },
    },
    now,
  );
}

// ---------------------------------------------------------------- scheduler

const hostPorts = (pod: JsonObject) =>
  containersOf(pod)
    .flatMap((container) => array(container.ports))
    .map((port) => Number(object(port).hostPort ?? 0))
    .filter((port) => port > 0);

const requested = (pod: JsonObject, what: 'cpu' | 'memory') =>
  containersOf(pod).reduce((sum, container) => sum + Number(container[what] ?? 0), 0);

function schedule(cluster: EtcdCluster, hosts: Hosts): void {
  const pods = Object.values(table(cluster, 'pods'));
  const waiting = pods.filter((pod) => text(object(pod.desiredState).host) === '');
  if (waiting.length === 0) return;
  const nodes = healthyMinions(hosts, cluster).map((minion) => {
    const id = text(minion.id);
    const capacity = object(object(minion.resources).capacity);
    const own = pods.filter((pod) => text(object(pod.desiredState).host) === id);
    return {
      id,
      cpu: Number(capacity.cpu ?? 0),
      memory: Number(capacity.memory ?? 0),
      usedCpu: own.reduce((sum, pod) => sum + requested(pod, 'cpu'), 0),
      usedMemory: own.reduce((sum, pod) => sum + requested(pod, 'memory'), 0),
      ports: new Set(own.flatMap(hostPorts)),
    };
  });
  for (const pod of waiting) {
    const cpu = requested(pod, 'cpu');
    const memory = requested(pod, 'memory');
    const score = (capacity: number, used: number) =>
      capacity === 0 || used > capacity ? 0 : Math.floor(((capacity - used) * 10) / capacity);
    const fitting = nodes
      .filter(
        (node) =>
          !hostPorts(pod).some((port) => node.ports.has(port)) &&
          (cpu === 0 || node.usedCpu + cpu <= node.cpu) &&
          (memory === 0 || node.usedMemory + memory <= node.memory),
      )
      .map((node) => ({
        node,
        // least requested first
        score: Math.floor(
          (score(node.cpu, node.usedCpu + cpu) + score(node.memory, node.usedMemory + memory)) / 2,
        ),
      }));
    const highest = Math.max(...fitting.map((candidate) => candidate.score));
    const best = fitting.filter((candidate) => candidate.score === highest);
    const chosen = best.length > 1 ? best[Math.floor(hosts.random() * best.length)] : best[0];
    if (chosen === undefined) continue;
    object(pod.desiredState).host = chosen.node.id;
    pod.resourceVersion = nextVersion(cluster);
    chosen.node.usedCpu += cpu;
    chosen.node.usedMemory += memory;
    for (const port of hostPorts(pod)) chosen.node.ports.add(port);
  }
}
