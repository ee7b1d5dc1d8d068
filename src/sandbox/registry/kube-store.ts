/**
 * Owns Kubernetes' objects in etcd as the apiserver 0.4.4 writes them: create, update and delete of the four kinds, with the
 * defaults it fills in. Objects are stored as canonical v1beta1 JSON.
 */
import { createHash } from 'node:crypto';
import type { EtcdCluster } from '../contract.ts';
import { ApiError, KINDS, kindWord, notFound, type Resource } from './kube-kinds.ts';
import { array, canonical, type JsonObject, object, text } from './kube-schema.ts';
import { validate } from './kube-validation.ts';

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
