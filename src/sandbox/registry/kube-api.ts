/** Owns reads of the apiserver's HTTP API (v1beta1), as curl on the master sees them. */
import type { Host, Hosts } from '../contract.ts';
import type { JsonObject } from './kube-schema.ts';
import { canonical } from './kube-schema.ts';
import { ApiError, get, isResource, list, object } from './kube-store.ts';

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

/** GET of a path of the apiserver on `host`; null when nothing listens there (connection refused). */
export function apiV1beta1(hosts: Hosts, host: Host, path: string): HttpAnswer | null {
  const cluster = host.etcd();
  if (!apiserverUp(host) || cluster === null) return null;
  const url = new URL(path, 'http://127.0.0.1:8080');
  if (url.pathname === '/healthz')
    return { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' };
  if (url.pathname === '/version') return json(200, VERSION);
  const [, root, version, resource = '', id] = url.pathname.split('/');
  if (root !== 'api' || version !== 'v1beta1' || !isResource(resource)) {
    return {
      status: 404,
      contentType: 'text/plain; charset=utf-8',
      body: `Not Found: ${JSON.stringify(path)}`,
    };
  }
  try {
    const labels = url.searchParams.get('labels') ?? '';
    const found =
      id === undefined || id === ''
        ? list(hosts, cluster, resource, labels)
        : get(hosts, cluster, resource, decodeURIComponent(id));
    return json(200, object(found));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return json(error.code, statusOf(error));
  }
}
