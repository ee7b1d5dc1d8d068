/**
 * Owns the types of Kubernetes 0.4.4's v1beta1 API as data: each field's name in Go and in JSON, its type, and whether
 * an empty one is left out. Reading, canonical JSON (key order included), YAML, Go templates and Go's %#v all read
 * this one table. Source of facts: the recordings of `kubecfg -json`, `-yaml` and of the raw API.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** `time` is util.Time (null when zero), `instant` is time.Time (year 1 when zero), `intstr` a port by number or name. */
export type Type =
  | 'string'
  | 'int'
  | 'bool'
  | 'time'
  | 'instant'
  | 'intstr'
  | { readonly list: Type }
  | { readonly map: Type; readonly named?: string }
  | { readonly struct: string }
  | { readonly pointer: string };

export interface Field {
  /** Name in Go's internal type; '' for what only the wire format has. */
  readonly go: string;
  readonly json: string;
  readonly type: Type;
  readonly omitEmpty: boolean;
}

const field = (go: string, json: string, type: Type, omitEmpty = true): Field => ({
  go,
  json,
  type,
  omitEmpty,
});
const list = (type: Type): Type => ({ list: type });
const struct = (name: string): Type => ({ struct: name });
const pointer = (name: string): Type => ({ pointer: name });
const LABELS: Type = { map: 'string' };

/** TypeMeta is embedded: its fields stand before each object's own. */
const META: readonly Field[] = [
  field('Kind', 'kind', 'string'),
  field('ID', 'id', 'string'),
  field('CreationTimestamp', 'creationTimestamp', 'time', false),
  field('SelfLink', 'selfLink', 'string'),
  field('ResourceVersion', 'resourceVersion', 'int'),
  field('APIVersion', 'apiVersion', 'string'),
  field('Namespace', 'namespace', 'string'),
  field('UID', 'uid', 'string'),
  field('Annotations', 'annotations', LABELS),
];

export const STRUCTS: Readonly<Record<string, readonly Field[]>> = {
  TypeMeta: META,
  Pod: [
    ...META,
    field('Labels', 'labels', LABELS),
    field('DesiredState', 'desiredState', struct('PodState')),
    field('CurrentState', 'currentState', struct('PodState')),
  ],
  PodState: [
    field('Manifest', 'manifest', struct('ContainerManifest')),
    field('Status', 'status', 'string'),
    field('Host', 'host', 'string'),
    field('HostIP', 'hostIP', 'string'),
    field('PodIP', 'podIP', 'string'),
    field('Info', 'info', { map: struct('ContainerStatus'), named: 'PodInfo' }),
  ],
  ContainerManifest: [
    field('Version', 'version', 'string', false),
    field('ID', 'id', 'string', false),
    field('UUID', 'uuid', 'string'),
    field('Volumes', 'volumes', list(struct('Volume')), false),
    field('Containers', 'containers', list(struct('Container')), false),
    field('RestartPolicy', 'restartPolicy', struct('RestartPolicy')),
  ],
  RestartPolicy: [
    field('Always', 'always', pointer('RestartPolicyAlways')),
    field('OnFailure', 'onFailure', pointer('RestartPolicyOnFailure')),
    field('Never', 'never', pointer('RestartPolicyNever')),
  ],
  RestartPolicyAlways: [],
  RestartPolicyOnFailure: [],
  RestartPolicyNever: [],
  Volume: [field('Name', 'name', 'string', false), field('Source', 'source', pointer('VolumeSource'), false)],
  VolumeSource: [
    field('HostDir', 'hostDir', pointer('HostDir'), false),
    field('EmptyDir', 'emptyDir', pointer('EmptyDir'), false),
    field('GCEPersistentDisk', 'persistentDisk', pointer('GCEPersistentDisk'), false),
  ],
  HostDir: [field('Path', 'path', 'string', false)],
  EmptyDir: [],
  GCEPersistentDisk: [
    field('PDName', 'pdName', 'string', false),
    field('FSType', 'fsType', 'string'),
    field('Partition', 'partition', 'int'),
    field('ReadOnly', 'readOnly', 'bool'),
  ],
  Container: [
    field('Name', 'name', 'string', false),
    field('Image', 'image', 'string', false),
    field('Command', 'command', list('string')),
    field('WorkingDir', 'workingDir', 'string'),
    field('Ports', 'ports', list(struct('Port'))),
    field('Env', 'env', list(struct('EnvVar'))),
    field('Memory', 'memory', 'int'),
    field('CPU', 'cpu', 'int'),
    field('VolumeMounts', 'volumeMounts', list(struct('VolumeMount'))),
    field('LivenessProbe', 'livenessProbe', pointer('LivenessProbe')),
    field('Lifecycle', 'lifecycle', pointer('Lifecycle')),
    field('Privileged', 'privileged', 'bool'),
    field('ImagePullPolicy', 'imagePullPolicy', 'string', false),
  ],
  LivenessProbe: [
    field('Type', 'type', 'string'),
    field('HTTPGet', 'httpGet', pointer('HTTPGetAction')),
    field('InitialDelaySeconds', 'initialDelaySeconds', 'int'),
  ],
  HTTPGetAction: [
    field('Path', 'path', 'string'),
    field('Port', 'port', 'intstr'),
    field('Host', 'host', 'string'),
  ],
  Lifecycle: [],
  Port: [
    field('Name', 'name', 'string'),
    field('HostPort', 'hostPort', 'int'),
    field('ContainerPort', 'containerPort', 'int', false),
    field('Protocol', 'protocol', 'string'),
    field('HostIP', 'hostIP', 'string'),
  ],
  EnvVar: [
    field('Name', 'name', 'string', false),
    field('', 'key', 'string'),
    field('Value', 'value', 'string'),
  ],
  VolumeMount: [
    field('Name', 'name', 'string', false),
    field('ReadOnly', 'readOnly', 'bool'),
    field('MountPath', 'mountPath', 'string'),
    field('', 'path', 'string'),
  ],
  ContainerStatus: [
    field('State', 'state', struct('ContainerState')),
    field('RestartCount', 'restartCount', 'int', false),
    field('PodIP', 'podIP', 'string'),
    field('Image', 'image', 'string', false),
  ],
  ContainerState: [
    field('Waiting', 'waiting', pointer('ContainerStateWaiting')),
    field('Running', 'running', pointer('ContainerStateRunning')),
    field('Termination', 'termination', pointer('ContainerStateTerminated')),
  ],
  ContainerStateWaiting: [field('Reason', 'reason', 'string')],
  ContainerStateRunning: [field('StartedAt', 'startedAt', 'instant', false)],
  ContainerStateTerminated: [
    field('ExitCode', 'exitCode', 'int', false),
    field('Signal', 'signal', 'int'),
    field('Reason', 'reason', 'string'),
    field('StartedAt', 'startedAt', 'instant', false),
    field('FinishedAt', 'finishedAt', 'instant', false),
  ],
  Service: [
    ...META,
    field('Port', 'port', 'int', false),
    field('Protocol', 'protocol', 'string'),
    field('Labels', 'labels', LABELS),
    field('Selector', 'selector', LABELS),
    field('CreateExternalLoadBalancer', 'createExternalLoadBalancer', 'bool'),
    field('PublicIPs', 'publicIPs', list('string')),
    field('ContainerPort', 'containerPort', 'intstr', false),
  ],
  ReplicationController: [
    ...META,
    field('DesiredState', 'desiredState', struct('ReplicationControllerState')),
    field('CurrentState', 'currentState', struct('ReplicationControllerState')),
    field('Labels', 'labels', LABELS),
  ],
  ReplicationControllerState: [
    field('Replicas', 'replicas', 'int', false),
    field('ReplicaSelector', 'replicaSelector', LABELS),
    field('PodTemplate', 'podTemplate', struct('PodTemplate')),
  ],
  PodTemplate: [field('DesiredState', 'desiredState', struct('PodState')), field('Labels', 'labels', LABELS)],
  Minion: [
    ...META,
    field('HostIP', 'hostIP', 'string'),
    field('NodeResources', 'resources', struct('NodeResources')),
  ],
  NodeResources: [field('Capacity', 'capacity', { map: 'intstr', named: 'ResourceList' })],
  Status: [
    ...META,
    field('Status', 'status', 'string'),
    field('Message', 'message', 'string'),
    field('Reason', 'reason', 'string'),
    field('Details', 'details', pointer('StatusDetails')),
    field('Code', 'code', 'int'),
  ],
  StatusDetails: [field('ID', 'id', 'string'), field('Kind', 'kind', 'string')],
  PodList: [...META, field('Items', 'items', list(struct('Pod')), false)],
  ServiceList: [...META, field('Items', 'items', list(struct('Service')), false)],
  ReplicationControllerList: [...META, field('Items', 'items', list(struct('ReplicationController')))],
  MinionList: [
    ...META,
    field('', 'minions', list(struct('Minion'))),
    field('Items', 'items', list(struct('Minion'))),
  ],
};

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as what it should be; the empty one of its kind when it is not. */
export const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
export const array = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
export const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** Is this what Go's omitempty leaves out? */
export function isEmpty(type: Type, value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  if (typeof type === 'object' && 'list' in type) return Array.isArray(value) && value.length === 0;
  if (typeof type === 'object' && 'map' in type) return isObject(value) && Object.keys(value).length === 0;
  return false;
}

export class DecodeError extends Error {}

function scalar(type: Type, value: Json | undefined, path: string): Json {
  const wrong = () =>
    new DecodeError(`json: cannot unmarshal ${typeof value} into Go value of type ${type}: ${path}`);
  if (type === 'int') {
    if (value === undefined || value === null) return 0;
    if (typeof value !== 'number') throw wrong();
    return value;
  }
  if (type === 'bool') return value === true;
  if (type === 'intstr') return typeof value === 'string' || typeof value === 'number' ? value : 0;
  if (value === undefined || value === null) return type === 'string' ? '' : null;
  if (typeof value !== 'string') throw wrong();
  return value;
}

/** A value as the API writes it: known keys only, in the API's order, empties left out as Go does. */
export function canonical(type: Type, value: Json | undefined, path = ''): Json {
  if (typeof type === 'string') return scalar(type, value, path);
  if ('list' in type) {
    if (!Array.isArray(value) || value.length === 0) return null;
    return value.map((item, index) => canonical(type.list, item, `${path}[${index}]`));
  }
  if ('map' in type) {
    if (!isObject(value)) return null;
    const sorted = Object.keys(value).sort();
    return Object.fromEntries(sorted.map((key) => [key, canonical(type.map, value[key], `${path}.${key}`)]));
  }
  if ('pointer' in type && !isObject(value)) return null;
  const fields = STRUCTS['struct' in type ? type.struct : type.pointer] ?? [];
  const source: JsonObject = isObject(value) ? value : {};
  const result: JsonObject = {};
  for (const { json, type: inner, omitEmpty } of fields) {
    // a struct is never empty to Go, so an absent one is written as its zero value
    const written = canonical(inner, source[json], path === '' ? json : `${path}.${json}`);
    if (omitEmpty && isEmpty(inner, written)) continue;
    result[json] = written;
  }
  return result;
}
