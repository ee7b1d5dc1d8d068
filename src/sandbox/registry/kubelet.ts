/**
 * Owns the kubelets of Kubernetes 0.4.4: images pulled, containers started and restarted, and what each says of its pods.
 *
 * Images stand for behaviour, as in the recordings: `missing/…` can't be pulled, `exit/…` ends at once with 1, all
 * others run. Pull and restart times are simulated time, so `speed` compresses them.
 */
import { createHash } from 'node:crypto';
import type { Container, EtcdCluster, Host, Hosts } from '../contract.ts';
import { array, type JsonObject, object, text } from './kube-schema.ts';
import { nextVersion } from './kube-store.ts';

const PAUSE_IMAGE = 'kubernetes/pause:latest';
const PULL_MS = 4_000;
const RESTART_MS = 10_000;

/** What the kubelets remember from step to step. */
export interface KubeletMemory {
  /** pod id/container → when its image's pull began. */
  pulls: Map<string, number>;
  /** Pods all of whose containers run, by object: nothing to do until that changes. */
  settled: WeakSet<JsonObject>;
}

/** The containers that a pod asks for. */
export const containersOf = (pod: JsonObject) =>
  array(object(object(pod.desiredState).manifest).containers).map((item) => object(item));

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

/** One step of a host's kubelet: what its pods lack is started, and what runs is reported. */
export function kubelet(
  cluster: EtcdCluster,
  host: Host,
  pods: readonly JsonObject[],
  hosts: Hosts,
  timers: KubeletMemory,
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
  timers: KubeletMemory;
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
