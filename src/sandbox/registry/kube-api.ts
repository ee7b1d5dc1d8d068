/** Owns the apiserver's HTTP API (v1beta1), as curl on the master and what is forwarded to it by ssh see it. */
import type { EtcdCluster, Host, Hosts } from '../contract.ts';
import { ApiError, isResource, type Resource } from './kube-kinds.ts';
import { canonical, type JsonObject, object } from './kube-schema.ts';
import { create, remove, update } from './kube-store.ts';
import { get, list, whole } from './kube-view.ts';

export interface HttpAnswer {
  status: number;
  contentType: string;
  body: string;
}

export const VERSION = {
  major: '0',
  minor: '4.4',
  gitVersion: 'v0.4.4',
  gitCommit: '',
  gitTreeState: 'not a git tree',
};

const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});

/** The Status object of an API error. */
export function statusOf(error: ApiError): JsonObject {
  return canonical(
    { struct: 'Status' },
    {
      kind: 'Status',
      apiVersion: 'v1beta1',
      status: 'Failure',
      message: error.message,
      reason: error.reason,
      details: error.id === '' && error.kind === '' ? null : { id: error.id, kind: error.kind },
      code: error.code,
    },
  ) as JsonObject;
}

/** Does the apiserver answer on this host's 127.0.0.1:8080? */
export const apiserverUp = (host: Host) => host.active('kube-apiserver.service') && host.etcd() !== null;

/** A request as far as the APIs look at it. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
}

/** The apiserver's answer on `host`; null when nothing listens there (connection refused). */
export function apiV1beta1(hosts: Hosts, host: Host, request: HttpRequest): HttpAnswer | null {
  const cluster = host.etcd();
  if (!apiserverUp(host) || cluster === null) return null;
  const url = new URL(request.path, 'http://127.0.0.1:8080');
  if (url.pathname === '/healthz')
    return { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' };
  if (url.pathname === '/version') return json(200, VERSION);
  const [, root, version, resource = '', id = ''] = url.pathname.split('/');
  if (root !== 'api' || version !== 'v1beta1' || !isResource(resource)) {
    return {
      status: 404,
      contentType: 'text/plain; charset=utf-8',
      body: `Not Found: ${JSON.stringify(request.path)}`,
    };
  }
  try {
    const name = decodeURIComponent(id);
    const labels = url.searchParams.get('labels') ?? '';
    const done = verb(hosts, cluster, { method: request.method, resource, name, labels, body: request.body });
    return json(200, object(done));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return json(error.code, statusOf(error));
  }
}

function verb(
  hosts: Hosts,
  cluster: EtcdCluster,
  asked: {
    readonly method: string;
    readonly resource: Resource;
    readonly name: string;
    readonly labels: string;
    readonly body: string;
  },
): JsonObject {
  const { method, resource, name } = asked;
  const now = hosts.clock.now();
  if (method === 'GET' || method === 'HEAD')
    return name === '' ? list(hosts, cluster, resource, asked.labels) : get(hosts, cluster, resource, name);
  if (method === 'POST' && name === '')
    return whole(hosts, cluster, resource, create(cluster, resource, bodyOf(asked.body), now));
  if (method === 'PUT' && name !== '')
    return whole(hosts, cluster, resource, update(cluster, resource, name, bodyOf(asked.body), now));
  if (method === 'DELETE' && name !== '') {
    remove(cluster, resource, name);
    return { kind: 'Status', apiVersion: 'v1beta1', status: 'Success' };
  }
  throw new ApiError(404, 'NotFound', `${method} is not served here`, name, resource);
}

function bodyOf(text: string): JsonObject {
  try {
    return object(JSON.parse(text));
  } catch (error) {
    throw new ApiError(500, '', error instanceof Error ? error.message : String(error), '', '');
  }
}
