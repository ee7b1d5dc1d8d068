/**
 * Owns kubecfg (Kubernetes 0.4.4): the command lines and the reading of its JSON (v1beta1). Lists come in a new order
 * each time, so they are sorted by name here. kubecfg has no timeout of its own. Facts: shared fixtures, FACTS.md.
 */
import type { KubecoreError } from '../errors.ts';
import type { Minion, Pod, ReplicationController, Service } from '../model.ts';
import type { RunResult } from '../ports.ts';
import { decode, ending, isMissing, nonEmptyLines, toolError, unreadable } from './output.ts';

export type KubeResource = 'minions' | 'pods' | 'services' | 'replicationControllers';

/** `-json` comes before the verb; after it kubecfg ignores it in silence. */
export const listArgv = (resource: KubeResource): readonly string[] => ['kubecfg', '-json', 'list', resource];

export const getArgv = (resource: KubeResource, name: string): readonly string[] => [
  'kubecfg',
  '-json',
  'get',
  `${resource}/${name}`,
];

export const deleteArgv = (resource: KubeResource, name: string): readonly string[] => [
  'kubecfg',
  'delete',
  `${resource}/${name}`,
];

/** Reads the object from standard input. */
export const createArgv = (resource: KubeResource): readonly string[] => [
  'kubecfg',
  '-c',
  '-',
  'create',
  resource,
];

export const resizeArgv = (name: string, replicas: number): readonly string[] => [
  'kubecfg',
  'resize',
  name,
  String(replicas),
];

/** Another image, then the controller's pods deleted one by one, `period` seconds apart. */
export const rollArgv = (name: string, image: string, period: number): readonly string[] => [
  'kubecfg',
  `-image=${image}`,
  `-u=${period}s`,
  'rollingupdate',
  name,
];

/** No replicas any more. */
export const stopArgv = (name: string): readonly string[] => ['kubecfg', 'stop', name];

type Json = Readonly<Record<string, unknown>>;

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const array = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const string = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const number = (value: unknown): number | null => {
  const n = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof n === 'number' && Number.isFinite(n) ? n : null;
};

function labels(value: unknown): Record<string, string> {
  const entries = Object.entries(object(value)).map(([key, v]) => [key, String(v)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const byName = <T extends { readonly name: string }>(a: T, b: T): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** The objects of a list: `items`, else `minions`; null or left out when there are none. */
function items(stdout: Uint8Array, kind: string): Json[] {
  let list: Json;
  try {
    list = object(JSON.parse(decode(stdout)));
  } catch (error) {
    throw unreadable('kubecfg', error instanceof Error ? error.message : String(error));
  }
  if (list.kind !== kind) throw unreadable('kubecfg', `it is not a ${kind} but ${String(list.kind)}`);
  const seen = new Map<string, Json>();
  for (const item of array(list.items ?? list.minions).map(object)) {
    const id = string(item.id);
    if (id !== null) seen.set(id, item);
  }
  return [...seen.values()];
}

export function readMinions(stdout: Uint8Array): Minion[] {
  return items(stdout, 'MinionList')
    .map((item) => {
      const capacity = object(object(item.resources).capacity);
      return {
        name: String(item.id),
        cpu: number(capacity.cpu),
        memory: number(capacity.memory),
        registered: true,
      };
    })
    .sort(byName);
}

/** `running`, `waiting: why` or `terminated: 1` from a container's info, whose key is its state. */
function containerState(info: Json): string {
  const state = object(info.state);
  if (state.running !== undefined) return 'running';
  if (state.termination !== undefined) {
    const code = number(object(state.termination).exitCode);
    return code === null ? 'terminated' : `terminated: ${code}`;
  }
  const why = string(object(state.waiting).reason);
  return why === null ? 'waiting' : `waiting: ${why}`;
}

/** `currentState.status` is what is observed; desiredState says Running even when it is not. */
export function readPods(stdout: Uint8Array): Pod[] {
  return items(stdout, 'PodList')
    .map((item) => {
      const desired = object(item.desiredState);
      const current = object(item.currentState);
      const info = object(current.info);
      const wanted = array(object(desired.manifest).containers).map(object);
      return {
        name: String(item.id),
        images: wanted.map((container) => string(container.image) ?? ''),
        host: hostOf(current) ?? hostOf(desired),
        labels: labels(item.labels),
        status: string(current.status) ?? 'Waiting',
        podIp: string(current.podIP) ?? string(object(info.net).podIP),
        ...(hasFinished(desired, current, wanted, info) ? { finished: true as const } : {}),
        containers: wanted.map((container) => {
          const name = string(container.name) ?? '';
          const seen = object(Object.hasOwn(info, name) ? info[name] : undefined);
          return {
            name,
            image: string(seen.image) ?? string(container.image) ?? '',
            state: containerState(seen),
            restarts: number(seen.restartCount) ?? 0,
          };
        }),
      };
    })
    .sort(byName);
}

/** All its containers ended with 0, and its restartPolicy (`{"never":{}}`, `{"onFailure":{}}`) leaves it at that. */
function hasFinished(desired: Json, current: Json, wanted: readonly Json[], info: Json): boolean {
  const policy = object(object(desired.manifest).restartPolicy);
  if (!('never' in policy || 'onFailure' in policy) || current.status !== 'Terminated') return false;
  return wanted.every((container) => {
    const name = string(container.name) ?? '';
    const seen = object(Object.hasOwn(info, name) ? info[name] : undefined);
    return object(object(seen.state).termination).exitCode === 0;
  });
}

/** `10.0.0.1/` in tables, `10.0.0.1` in JSON. */
function hostOf(state: Json): string | null {
  const host = string(state.host)?.replace(/\/.*$/, '') ?? '';
  return host === '' ? null : host;
}

export function readServices(stdout: Uint8Array): Service[] {
  return items(stdout, 'ServiceList')
    .map((item) => ({
      name: String(item.id),
      labels: labels(item.labels),
      selector: labels(item.selector),
      port: number(item.port) ?? 0,
    }))
    .sort(byName);
}

export function readControllers(stdout: Uint8Array): ReplicationController[] {
  return items(stdout, 'ReplicationControllerList')
    .map((item) => {
      const desired = object(item.desiredState);
      const manifest = object(object(object(desired.podTemplate).desiredState).manifest);
      return {
        name: String(item.id),
        images: array(manifest.containers).map((container) => string(object(container).image) ?? ''),
        selector: labels(desired.replicaSelector),
        replicas: number(desired.replicas) ?? 0,
      };
    })
    .sort(byName);
}

/** glog's prefix: `F1122 16:36:53.768952 01122 kubecfg.go:403] `. */
const GLOG = /^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w.-]+:\d+\] /;

/** Why kubecfg failed: its last F-line without glog's prefix, else its last line. */
export function reason(stderr: Uint8Array): string | null {
  const lines = nonEmptyLines(decode(stderr));
  const fatal = lines.findLast((line) => /^F\d{4} /.test(line)) ?? lines.at(-1);
  return fatal === undefined ? null : fatal.replace(GLOG, '').replace(/^Got request error: /, '');
}

/** The error for a kubecfg that ended badly, null when it did not. */
export function failure(what: string, result: RunResult): KubecoreError | null {
  if (result.code === 0) return null;
  if (isMissing(result))
    return toolError({
      what,
      why: 'kubecfg is not on the master yet',
      next: 'see whether it was downloaded: kubecore logs kube-download.service',
      code: 'ToolMissing',
    });
  const why = reason(result.stderr) ?? ending(result);
  if (/connection refused|no route to host|i\/o timeout|EOF$/.test(why))
    return toolError({
      what,
      why: `the API server does not answer (${why})`,
      next: 'look at it: kubecore logs kube-apiserver.service',
      code: 'ApiUnreachable',
    });
  return toolError({
    what,
    why,
    next: 'look at the API server: kubecore logs kube-apiserver.service',
    code: 'ApiFailed',
  });
}
