/**
 * Owns Kubernetes' objects in etcd as the apiserver 0.4.4 keeps them: create, update, delete, list and get of the four
 * kinds, validation with the API's own error texts, label selectors, and the state of a pod as the API computes it.
 * Objects are stored as canonical v1beta1 JSON.
 */
import { createHash } from 'node:crypto';
import type { EtcdCluster, Host, Hosts } from '../contract.ts';
import { canonical, isObject, type Json, type JsonObject } from './kube-schema.ts';

export const KINDS = {
  minions: 'Minion',
  pods: 'Pod',
  replicationControllers: 'ReplicationController',
  services: 'Service',
} as const;
export type Resource = keyof typeof KINDS;

export const isResource = (name: string): name is Resource => Object.hasOwn(KINDS, name);

/** The kind as error messages spell it: `replicationController`. */
export const kindWord = (resource: Resource) => {
  const kind = KINDS[resource];
  return kind.charAt(0).toLowerCase() + kind.slice(1);
};

export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly id: string;
  readonly kind: string;
  constructor(code: number, reason: string, message: string, id: string, kind: string) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.id = id;
    this.kind = kind;
  }
}

const notFound = (resource: Resource, id: string) =>
  resource === 'minions'
    ? new ApiError(404, 'NotFound', 'The requested resource does not exist.', id, 'minion')
    : new ApiError(
        404,
        'NotFound',
        `${kindWord(resource)} ${JSON.stringify(id)} not found`,
        id,
        kindWord(resource),
      );

export const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
export const array = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
export const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** The table of one kind, typed. */
export function table(cluster: EtcdCluster, resource: Resource): Record<string, JsonObject> {
  return cluster.kube[resource] as Record<string, JsonObject>;
}

/** The next etcd index: each write has one. */
export function nextVersion(cluster: EtcdCluster): number {
  cluster.kube.resourceVersion += 1;
  return cluster.kube.resourceVersion;
}

/** An id in the form of a time-based UUID, unique in its cluster. */
export function uuid(cluster: EtcdCluster, now: number): string {
  const ticks = (BigInt(now) + 12_219_292_800_000n) * 10_000n + BigInt(nextVersion(cluster) % 10_000);
  const hex = ticks.toString(16).padStart(15, '0');
  const node = createHash('md5').update(cluster.token).digest('hex');
  return `${hex.slice(-8)}-${hex.slice(-12, -8)}-1${hex.slice(-15, -12)}-9098-${node.slice(0, 12)}`;
}

/** RFC 3339 in seconds, as creationTimestamp has it. */
export const timestamp = (now: number) => `${new Date(now).toISOString().slice(0, 19)}Z`;

// ---------------------------------------------------------------- label selectors

export type Selector = (labels: JsonObject) => boolean;

/** `a=b,c!=d`; every term must hold. Throws the API's error for what it can't read. */
export function parseSelector(query: string): Selector {
  const tests = query
    .split(',')
    .filter((term) => term !== '')
    .map((term): Selector => {
      const match = /^([^=!]+)(!=|==|=)([^=!]*)$/.exec(term);
      if (match === null) {
        throw new ApiError(500, '', `invalid selector: '${query}'; can't understand '${term}'`, '', '');
      }
      const [, key = '', operator, value = ''] = match;
      return (labels) => (labels[key] === value) === (operator !== '!=');
    });
  return (labels) => tests.every((test) => test(labels));
}

/** Do these labels carry all of a replication controller's or service's selector? An empty selector takes none. */
export function selects(selector: JsonObject, labels: JsonObject): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

// ---------------------------------------------------------------- validation

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_952 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

function problemsOfManifest(manifest: JsonObject, at: string): string[] {
  const problems: string[] = [];
  const version = text(manifest.version);
  if (version === '') problems.push(`${at}.version: required value ''`);
  else if (!['v1beta1', 'v1beta2'].includes(version.toLowerCase())) {
    problems.push(`${at}.version: unsupported value '${version}'`);
  }
  const names = new Set<string>();
  for (const [index, item] of array(manifest.containers).entries()) {
    const container = object(item);
    const path = `${at}.containers[${index}]`;
    const name = text(container.name);
    if (name === '') problems.push(`${path}.name: required value ''`);
    else if (name.length > 63 || !DNS_LABEL.test(name))
      problems.push(`${path}.name: invalid value '${name}'`);
    else if (names.has(name)) problems.push(`${path}.name: duplicate value '${name}'`);
    names.add(name);
    if (text(container.image) === '') problems.push(`${path}.image: required value ''`);
    for (const [at_, port] of array(container.ports).entries()) {
      const { containerPort, hostPort } = object(port);
      const bad = (value: Json | undefined) => typeof value === 'number' && (value < 0 || value > 65535);
      if (containerPort === undefined || containerPort === 0) {
        problems.push(`${path}.ports[${at_}].containerPort: required value '0'`);
      } else if (bad(containerPort)) {
        problems.push(`${path}.ports[${at_}].containerPort: invalid value '${containerPort}'`);
      }
      if (bad(hostPort)) problems.push(`${path}.ports[${at_}].hostPort: invalid value '${hostPort}'`);
    }
  }
  return problems;
}

function problemsOf(resource: Resource, candidate: JsonObject): string[] {
  const id = text(candidate.id);
  const problems: string[] = [];
  if (id === '') problems.push(`id: required value ''`);
  const desired = object(candidate.desiredState);
  if (resource === 'pods') {
    problems.push(...problemsOfManifest(object(desired.manifest), 'desiredState.manifest'));
  } else if (resource === 'services') {
    if (id !== '' && (id.length > 24 || !DNS_952.test(id))) problems.push(`id: invalid value '${id}'`);
    const port = candidate.port;
    if (typeof port !== 'number' || port < 1 || port > 65535)
      problems.push(`port: invalid value '${port ?? 0}'`);
    if (Object.keys(object(candidate.selector)).length === 0) {
      problems.push(`selector: required value 'map[]'`);
    }
  } else if (resource === 'replicationControllers') {
    const selector = object(desired.replicaSelector);
    if (Object.keys(selector).length === 0)
      problems.push(`desiredState.replicaSelector: required value 'map[]'`);
    const template = object(desired.podTemplate);
    if (Object.keys(selector).length > 0 && !selects(selector, object(template.labels))) {
      problems.push(`desiredState.podTemplate.labels: invalid value '${goMap(object(template.labels))}'`);
    }
    if (typeof desired.replicas === 'number' && desired.replicas < 0) {
      problems.push(`desiredState.replicas: invalid value '${desired.replicas}'`);
    }
    problems.push(
      ...problemsOfManifest(
        object(object(template.desiredState).manifest),
        'desiredState.podTemplate.desiredState.manifest',
      ),
    );
  }
  return problems;
}

const goMap = (map: JsonObject) =>
  `map[${Object.keys(map)
    .sort()
    .map((key) => `${key}:${map[key]}`)
    .join(' ')}]`;

function validate(resource: Resource, candidate: JsonObject): void {
  const problems = problemsOf(resource, candidate);
  if (problems.length === 0) return;
  const list = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
  const id = text(candidate.id);
  throw new ApiError(
    422,
    'Invalid',
    `${kindWord(resource)} ${JSON.stringify(id)} is invalid: ${list}`,
    id,
    kindWord(resource),
  );
}

// ---------------------------------------------------------------- defaults and writes

function defaultManifest(manifest: JsonObject): void {
  if (Object.keys(object(manifest.restartPolicy)).length === 0) manifest.restartPolicy = { always: {} };
  for (const item of array(manifest.containers)) {
    const container = object(item);
    for (const port of array(container.ports)) object(port).protocol ||= 'TCP';
    for (const variable of array(container.env)) {
      const env = object(variable);
      env.name ||= env.key ?? '';
      env.key = env.name;
    }
    for (const volume of array(container.volumeMounts)) {
      const mount = object(volume);
      mount.mountPath ||= mount.path ?? '';
      mount.path = mount.mountPath;
    }
  }
}

/** The API's spelling of both old and new names, and the defaults of one kind. Changes `candidate`. */
function prepare(cluster: EtcdCluster, resource: Resource, candidate: JsonObject, now: number): void {
  if (resource !== 'minions') candidate.namespace ||= 'default';
  if (resource === 'services') {
    candidate.protocol ||= 'TCP';
  } else if (resource === 'pods') {
    const desired = object(candidate.desiredState);
    const manifest = object(desired.manifest);
    manifest.id = text(candidate.id);
    manifest.uuid ||= uuid(cluster, now);
    defaultManifest(manifest);
    desired.status = 'Running';
    candidate.desiredState = { ...desired, manifest };
    candidate.currentState = { status: 'Waiting' };
  } else if (resource === 'replicationControllers') {
    const template = object(object(candidate.desiredState).podTemplate);
    defaultManifest(object(object(template.desiredState).manifest));
  }
}

/** Stores a new object and returns it; throws ApiError. */
export function create(cluster: EtcdCluster, resource: Resource, given: JsonObject, now: number): JsonObject {
  const type = { struct: KINDS[resource] };
  const candidate = canonical(type, given) as JsonObject;
  delete candidate.kind;
  delete candidate.apiVersion;
  if (resource === 'pods' && text(candidate.id) === '') candidate.id = uuid(cluster, now);
  validate(resource, candidate);
  const id = text(candidate.id);
  if (table(cluster, resource)[id] !== undefined) {
    const message = `${kindWord(resource)} ${JSON.stringify(id)} already exists`;
    throw new ApiError(409, 'AlreadyExists', message, id, kindWord(resource));
  }
  prepare(cluster, resource, candidate, now);
  candidate.creationTimestamp = timestamp(now);
  candidate.resourceVersion = nextVersion(cluster);
  cluster.kube.operation += 1;
  const stored = canonical(type, candidate) as JsonObject;
  table(cluster, resource)[id] = stored;
  return stored;
}

/** Replaces an object. What the body leaves out is gone, its creation time too. */
export function update(
  cluster: EtcdCluster,
  resource: Resource,
  id: string,
  given: JsonObject,
  now: number,
): JsonObject {
  const before = table(cluster, resource)[id];
  if (before === undefined) throw notFound(resource, id);
  const type = { struct: KINDS[resource] };
  const candidate = canonical(type, { ...given, id }) as JsonObject;
  delete candidate.kind;
  delete candidate.apiVersion;
  validate(resource, candidate);
  prepare(cluster, resource, candidate, now);
  if (resource === 'pods') {
    const desired = object(candidate.desiredState);
    desired.host = object(before.desiredState).host ?? '';
    candidate.currentState = before.currentState ?? null;
  }
  candidate.resourceVersion = nextVersion(cluster);
  cluster.kube.operation += 1;
  const stored = canonical(type, candidate) as JsonObject;
  table(cluster, resource)[id] = stored;
  return stored;
}

/** Deletes an object; throws ApiError when it is not there. */
export function remove(cluster: EtcdCluster, resource: Resource, id: string): void {
  if (table(cluster, resource)[id] === undefined) throw notFound(resource, id);
  delete table(cluster, resource)[id];
  nextVersion(cluster);
  cluster.kube.operation += 1;
}

// ---------------------------------------------------------------- reads

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
