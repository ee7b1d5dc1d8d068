/**
 * Owns Kubernetes' objects as the apiserver shows them: lists and single objects with their computed state, which minions it
 * takes for alive, and the state of a pod.
 */
import type { EtcdCluster, Host, Hosts } from '../contract.ts';
import { KINDS, notFound, type Resource } from './kube-kinds.ts';
import { parseSelector, selects } from './kube-labels.ts';
import { array, canonical, isObject, type JsonObject, object, text } from './kube-schema.ts';
import { table } from './kube-store.ts';

/** The host of a minion whose kubelet answers the apiserver's health check; undefined when it does not. */
export function healthyHost(hosts: Hosts, ip: string): Host | undefined {
  const host = hosts.byIp(ip);
  if (host === undefined || host.instance.state !== 'running') return undefined;
  if ((host.state.unreachableUntil ?? 0) > hosts.clock.now()) return undefined;
  return host.active('kube-kubelet.service') ? host : undefined;
}

/** Minions as the apiserver lists them: those whose health check fails are filtered out. */
export function healthyMinions(hosts: Hosts, cluster: EtcdCluster): JsonObject[] {
  return Object.values(table(cluster, 'minions'))
    .filter((minion) => healthyHost(hosts, text(minion.id)) !== undefined)
    .sort((a, b) => (text(a.id) < text(b.id) ? -1 : 1));
}

/** A pod's state as the API computes it from what its kubelet last said. */
export function podStatus(pod: JsonObject, minions: ReadonlySet<string>): string {
  const desired = object(pod.desiredState);
  const host = text(desired.host);
  if (host === '') return 'Waiting';
  if (!minions.has(host)) return 'Terminated';
  const info = object(object(pod.currentState).info);
  let running = 0;
  let stopped = 0;
  let unknown = 0;
  for (const item of array(object(desired.manifest).containers)) {
    const state = object(object(info[text(object(item).name)]).state);
    if (isObject(state.running)) running += 1;
    else if (isObject(state.termination)) stopped += 1;
    else unknown += 1;
  }
  if (running > 0 && stopped === 0 && unknown === 0) return 'Running';
  if (running === 0 && stopped > 0 && unknown === 0) return 'Terminated';
  return 'Waiting';
}

function readable(
  cluster: EtcdCluster,
  resource: Resource,
  stored: JsonObject,
  minions: ReadonlySet<string>,
): JsonObject {
  if (resource === 'pods') {
    const current = object(stored.currentState);
    const host = text(object(stored.desiredState).host);
    return { ...stored, currentState: { ...current, status: podStatus(stored, minions), host } };
  }
  if (resource === 'replicationControllers') {
    const selector = object(object(stored.desiredState).replicaSelector);
    const pods = Object.values(table(cluster, 'pods'));
    const replicas = pods.filter((pod) => selects(selector, object(pod.labels))).length;
    return { ...stored, currentState: { ...object(stored.currentState), replicas } };
  }
  return stored;
}

/** Addresses of the minions that the apiserver takes for alive. */
export const minionIds = (hosts: Hosts, cluster: EtcdCluster) =>
  new Set(healthyMinions(hosts, cluster).map((minion) => text(minion.id)));

/** Objects of a kind, with computed state, in an order that changes on every call as the real API's does. */
export function items(hosts: Hosts, cluster: EtcdCluster, resource: Resource, selector = ''): JsonObject[] {
  const test = parseSelector(selector);
  if (resource === 'minions') return healthyMinions(hosts, cluster);
  const minions = minionIds(hosts, cluster);
  const found = Object.values(table(cluster, resource))
    .filter((item) => test(object(item.labels)))
    .map((item) => readable(cluster, resource, item, minions));
  // the API walks a Go map, which starts anywhere
  const start = found.length === 0 ? 0 : hosts.clock.now() % found.length;
  return [...found.slice(start), ...found.slice(0, start)];
}

/** The list object of a kind, as `kubecfg -json list` prints it but for its times. */
export function list(hosts: Hosts, cluster: EtcdCluster, resource: Resource, selector = ''): JsonObject {
  const found = items(hosts, cluster, resource, selector);
  const kind = `${KINDS[resource]}List`;
  const common = { kind, selfLink: `/api/v1beta1/${resource}`, apiVersion: 'v1beta1', items: found };
  return canonical(
    { struct: kind },
    resource === 'minions'
      ? { ...common, minions: found }
      : { ...common, resourceVersion: cluster.kube.resourceVersion },
  ) as JsonObject;
}

/** A whole object with kind, version and link; throws ApiError. */
export function get(hosts: Hosts, cluster: EtcdCluster, resource: Resource, id: string): JsonObject {
  const stored = table(cluster, resource)[id];
  if (stored === undefined) throw notFound(resource, id);
  return whole(hosts, cluster, resource, stored);
}

/** Adds what only a single object's answer carries. */
export function whole(
  hosts: Hosts,
  cluster: EtcdCluster,
  resource: Resource,
  stored: JsonObject,
): JsonObject {
  const kind = KINDS[resource];
  return canonical(
    { struct: kind },
    {
      ...readable(cluster, resource, stored, minionIds(hosts, cluster)),
      kind,
      apiVersion: 'v1beta1',
      selfLink: `/api/v1beta1/${resource}/${text(stored.id)}`,
    },
  ) as JsonObject;
}
