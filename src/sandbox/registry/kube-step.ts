/**
 * Owns what runs Kubernetes 0.4.4 between calls: kube-register, the scheduler, the replication manager and the
 * kubelets, over the objects in etcd and the hosts they run on.
 *
 * Images stand for behaviour, as in the recordings: `missing/…` can't be pulled, `exit/…` ends at once with 1, all
 * others run. Pull and restart times are simulated time, so `speed` compresses them.
 */
import { createHash } from 'node:crypto';
import type { Container, EtcdCluster, Host, Hosts } from '../contract.ts';
import { selects } from './kube-labels.ts';
import { array, type JsonObject, object, text } from './kube-schema.ts';
import { create, nextVersion, remove, table, uuid } from './kube-store.ts';
import { healthyMinions, minionIds, podStatus } from './kube-view.ts';

/** What a minion says of itself unless told otherwise: controller-manager's -node_milli_cpu and -node_memory. */
export const CAPACITY = { cpu: 1000, memory: 3_221_225_472 };
const PAUSE_IMAGE = 'kubernetes/pause:latest';
const PERIOD_MS = 400;
const PULL_MS = 4_000;
const RESTART_MS = 10_000;

interface Timers {
  last: number;
  /** pod id/container → when its image's pull began. */
  pulls: Map<string, number>;
  /** Pods all of whose containers run, by object: nothing to do until that changes. */
  settled: WeakSet<JsonObject>;
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

const containersOf = (pod: JsonObject) =>
  array(object(object(pod.desiredState).manifest).containers).map((item) => object(item));

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

// ---------------------------------------------------------------- kubelet

/** The name docker knows a pod's container by. */
function dockerName(pod: JsonObject, container: string, image: string): string {
  const hash = createHash('md5').update(`${container}\0${image}`).digest('hex').slice(0, 8);
  const id = text(pod.id).replaceAll('-', '_-_');
  const manifest = object(object(pod.desiredState).manifest);
  const attempt = createHash('md5')
    .update(`${text(manifest.uuid)}${container}`)
    .digest('hex')
    .slice(0, 8);
  return `k8s--${container.replaceAll('-', '_-_')}.${hash}--${id}.default.etcd--${text(manifest.uuid).replaceAll('-', '_-_')}--${attempt}`;
}

function start(
  cluster: EtcdCluster,
  host: Host,
  pod: JsonObject,
  name: string,
  spec: JsonObject,
  now: number,
): Container {
  const image = text(spec.image);
  const id = createHash('sha256')
    .update(`${text(pod.id)}/${name}/${nextVersion(cluster)}`)
    .digest('hex');
  const command = array(spec.command).map(text).join(' ');
  const exits = image.startsWith('exit/');
  const container: Container = {
    id,
    name: dockerName(pod, name, image),
    image,
    command: command || (name === 'net' ? '/pause' : '/bin/sh'),
    createdAt: now,
    startedAt: now,
    finishedAt: exits ? now : null,
    exitCode: exits ? 1 : null,
    ports: array(spec.ports)
      .map((port) => object(port))
      .filter((port) => Number(port.hostPort ?? 0) > 0)
      .map(
        (port) =>
          `0.0.0.0:${port.hostPort}->${port.containerPort}/${text(port.protocol).toLowerCase() || 'tcp'}`,
      ),
    owner: { kind: 'pod', name: text(pod.id) },
    logs: [],
  };
  host.state.containers.push(container);
  const iso = new Date(now).toISOString();
  const pid = host.unit('kube-kubelet.service')?.mainPid ?? null;
  const header = `I${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000 ${String(pid ?? 0).padStart(5, '0')} event.go:78]`;
  host.log({
    unit: 'kube-kubelet.service',
    identifier: 'kubelet',
    pid,
    message: `${header} Event(api.ObjectReference{Kind:"Pod", Namespace:"default", Name:"${text(pod.id)}"}): status: 'running', reason: 'started' Started with docker id ${id}`,
  });
  return container;
}

/** The first free address of the host's docker network after the bridge's own. */
function podAddress(pods: readonly JsonObject[], host: Host): string {
  const network = (host.state.flannelSubnet ?? '172.17.0.0/16')
    .split('/')[0]!
    .split('.')
    .slice(0, 3)
    .join('.');
  const used = new Set(pods.map((pod) => text(object(pod.currentState).podIP)));
  for (let last = 2; last < 255; last++) {
    if (!used.has(`${network}.${last}`)) return `${network}.${last}`;
  }
  return `${network}.254`;
}

const instant = (time: number | null) =>
  time === null ? '0001-01-01T00:00:00Z' : new Date(time).toISOString();

const waiting = (image: string) => ({
  state: { waiting: { reason: `Image: ${image} is not ready on the node` } },
  restartCount: 0,
  image: '',
});

function kubelet(
  cluster: EtcdCluster,
  host: Host,
  pods: readonly JsonObject[],
  hosts: Hosts,
  timers: Timers,
): void {
  const wanted = new Set(pods.map((pod) => text(pod.id)));
  const kept = host.state.containers.filter(
    (container) => container.owner.kind !== 'pod' || wanted.has(container.owner.name),
  );
  if (kept.length !== host.state.containers.length) host.state.containers = kept;
  const containers = new Map<string, Container[]>();
  for (const container of kept) {
    if (container.owner.kind !== 'pod') continue;
    containers.set(container.owner.name, [...(containers.get(container.owner.name) ?? []), container]);
  }
  const images = new Set(kept.map((container) => container.image));
  for (const pod of pods) {
    const own = containers.get(text(pod.id)) ?? [];
    const running = own.length > containersOf(pod).length && own.every((one) => one.finishedAt === null);
    if (running && timers.settled.has(pod)) continue;
    syncPod({ cluster, host, hosts, timers, pods, images }, pod, own);
    if (running) timers.settled.add(pod);
    else timers.settled.delete(pod);
  }
}

interface Node {
  cluster: EtcdCluster;
  host: Host;
  hosts: Hosts;
  timers: Timers;
  pods: readonly JsonObject[];
  /** Images that some container of the host was made from: they need no pull. */
  images: ReadonlySet<string>;
}

/** Is the image there? Begins the pull when nobody has. */
function pulled(node: Node, pod: JsonObject, name: string, image: string): boolean {
  if (image.startsWith('missing/')) return false;
  const now = node.hosts.clock.now();
  const key = `${node.host.instance.privateIp}/${text(pod.id)}/${name}`;
  const began = node.timers.pulls.get(key) ?? now;
  node.timers.pulls.set(key, began);
  const done = began + (node.images.has(image) ? 0 : PULL_MS / node.hosts.world.speed) <= now;
  if (done) node.timers.pulls.delete(key);
  return done;
}

function statusOf(container: Container, restartCount: number): JsonObject {
  const { exitCode, startedAt, finishedAt, image } = container;
  const state: JsonObject =
    finishedAt === null
      ? { running: { startedAt: instant(startedAt) } }
      : {
          termination: {
            exitCode: exitCode ?? 0,
            startedAt: instant(startedAt),
            finishedAt: instant(finishedAt),
          },
        };
  return { state, restartCount, image };
}

/** Starts what a pod lacks, restarts what ended as its policy says, and reports its containers. */
function syncPod(node: Node, pod: JsonObject, containers: readonly Container[]): void {
  const { host, hosts } = node;
  const now = hosts.clock.now();
  const current = object(pod.currentState);
  const before = object(current.info);
  const info: JsonObject = {};
  const own = (name: string) =>
    containers.findLast((container) => container.name.startsWith(`k8s--${name.replaceAll('-', '_-_')}.`));
  const remove = (dead: Container) => {
    host.state.containers = host.state.containers.filter((container) => container !== dead);
  };

  // the net container holds the pod's address and published ports
  let net = own('net');
  if (net !== undefined && net.finishedAt !== null) {
    remove(net);
    net = undefined;
  }
  if (net === undefined && pulled(node, pod, 'net', PAUSE_IMAGE)) {
    const ports = containersOf(pod).flatMap((container) => array(container.ports));
    net = start(node.cluster, host, pod, 'net', { image: PAUSE_IMAGE, ports }, now);
    current.podIP = podAddress(node.pods, host);
  }
  if (net !== undefined) {
    const { state, restartCount, image } = statusOf(net, 0);
    info.net = { state: state!, restartCount: restartCount!, podIP: text(current.podIP), image: image! };
  }
  const policy = object(object(object(pod.desiredState).manifest).restartPolicy);
  for (const spec of net === undefined ? [] : containersOf(pod)) {
    const name = text(spec.name);
    const image = text(spec.image);
    let container = own(name);
    let restarts = Number(object(before[name]).restartCount ?? 0);
    const again = policy.never === undefined && (policy.always !== undefined || container?.exitCode !== 0);
    const ended = container?.finishedAt ?? null;
    if (container === undefined) {
      if (pulled(node, pod, name, image)) {
        container = start(node.cluster, host, pod, name, { ...spec, ports: [] }, now);
      }
    } else if (ended !== null && again && now - ended >= RESTART_MS / hosts.world.speed) {
      remove(container);
      restarts += 1;
      container = start(node.cluster, host, pod, name, { ...spec, ports: [] }, now);
    }
    info[name] = container === undefined ? waiting(image) : statusOf(container, restarts);
  }
  pod.currentState = { ...current, ...(Object.keys(info).length === 0 ? {} : { info }) };
}
