/**
 * Owns what answers HTTP on a host: the API server on 127.0.0.1:8080 and fleet's socket (the registry's), etcd on 4001, the
 * kubelet's health, EC2's metadata. For curl, and for connections that ssh forwards to the host's loopback.
 */
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ServerChannel } from 'ssh2';
import type { EtcdCluster } from '../contract.ts';
import { PRESENCE_TTL_MS } from '../registry/fleet.ts';
import { apiV1beta1, fleetApi, type HttpAnswer, type HttpRequest } from '../registry/index.ts';
import { etcdAdmin } from './etcd-admin.ts';
import type { Machine } from './machine.ts';
import { machineOf } from './shell/session.ts';

export const REASONS: Record<number, string> = {
  200: 'OK',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
};

const json = (body: unknown, status = 200): HttpAnswer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});
const plain = (body: string, status = 200): HttpAnswer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body,
});

/** Fleet's socket by both of its paths. */
export const isFleetSocket = (target: string): boolean => /^(\/var)?\/run\/fleet\.sock$/.test(target);

/** The answer of `target` (`host:port`, or the path of a socket) to a request made on `machine`. */
export function answer(
  machine: Machine,
  target: string,
  url: URL,
  asked: Pick<HttpRequest, 'method' | 'body'> = { method: 'GET', body: '' },
): HttpAnswer | 'refused' | 'unknown' {
  const path = url.pathname + url.search;
  const reads = asked.method === 'GET' || asked.method === 'HEAD';
  const readsOnly = plain(`${asked.method} is not simulated here: use fleetctl or etcdctl\n`, 405);
  if (isFleetSocket(target)) return reads ? (fleetApi(machine, path) ?? 'refused') : readsOnly;
  if (target.startsWith('/')) return 'refused';
  const port = url.port || '80';
  if (url.hostname === '169.254.169.254') return metadata(machine, url.pathname);
  const local = ['127.0.0.1', 'localhost', machine.instance.privateIp].includes(url.hostname);
  const found = local ? machine : machine.hosts.byIp(url.hostname);
  if (found === undefined) return /^[\d.]+$/.test(url.hostname) ? 'refused' : 'unknown';
  const other = machineOf(found);
  if (other.unreachable()) return 'refused';
  if (port === '4001') return reads ? etcd(other, url) : readsOnly;
  if (port === '7001') return etcdAdmin(other, url.pathname, asked.method);
  if (port === '10250' && other.active('kube-kubelet.service')) {
    return url.pathname === '/healthz' ? plain('ok') : plain('404 page not found\n', 404);
  }
  // The article's API server listens on the loopback address alone.
  if (port !== '8080' || !['127.0.0.1', 'localhost'].includes(url.hostname)) return 'refused';
  return apiV1beta1(machine.hosts, machine, { ...asked, path }) ?? 'refused';
}

function etcd(machine: Machine, url: URL): HttpAnswer | 'refused' {
  const cluster = machine.etcd();
  if (cluster === null) return 'refused';
  if (url.pathname === '/version') return plain('etcd 0.4.6');
  const key = url.pathname.replace(/^\/v2\/keys/, '') || '/';
  if (key === PRESENCE) return json({ action: 'get', node: presence(cluster, machine.hosts.clock.now()) });
  const value = cluster.keys[key];
  if (value !== undefined)
    return json({ action: 'get', node: { key, value, modifiedIndex: 7, createdIndex: 7 } });
  const nodes = Object.keys(cluster.keys).filter((one) => one.startsWith(key === '/' ? '/' : `${key}/`));
  if (nodes.length === 0 && key !== '/')
    return json({ errorCode: 100, message: 'Key not found', cause: key, index: 12 }, 404);
  return json({
    action: 'get',
    node: { key, dir: true, nodes: nodes.map((one) => ({ key: one, value: cluster.keys[one] })) },
  });
}

/** Where fleet's machines write down that they are there, and renew it while etcd has a quorum. */
const PRESENCE = '/_coreos.com/fleet/machines';

function presence({ fleet }: EtcdCluster, now: number): unknown {
  const nodes = Object.values(fleet.machines).map(({ id, ip, metadata, version, heartbeat }, i) => {
    const expires = heartbeat + PRESENCE_TTL_MS;
    const object = {
      key: `${PRESENCE}/${id}/object`,
      value: JSON.stringify({ ID: id, PublicIP: ip, Metadata: metadata, Version: version }),
      expiration: new Date(expires).toISOString(),
      ttl: Math.ceil((expires - now) / 1000),
      modifiedIndex: 100 + i,
      createdIndex: 7 + i,
    };
    return {
      key: `${PRESENCE}/${id}`,
      dir: true,
      nodes: [object],
      modifiedIndex: 7 + i,
      createdIndex: 7 + i,
    };
  });
  return { key: PRESENCE, dir: true, nodes, modifiedIndex: 7, createdIndex: 7 };
}

function metadata(machine: Machine, path: string): HttpAnswer {
  const { instance } = machine;
  const known: Record<string, string | null> = {
    'instance-id': instance.id,
    'instance-type': instance.type,
    'ami-id': instance.imageId,
    'local-ipv4': instance.privateIp,
    'public-ipv4': instance.publicIp,
    hostname: machine.state.hostname,
    'placement/availability-zone': instance.zone,
  };
  const name = path.replace(/^\/(latest|\d{4}-\d\d-\d\d)\/meta-data\/?/, '');
  if (name === '') return plain(Object.keys(known).join('\n'));
  if (/\/user-data$/.test(path)) return plain(instance.userData);
  const value = known[name];
  return value === undefined || value === null ? plain('404 - Not Found', 404) : plain(value);
}

/** Ports of the host's loopback that `ssh -L` and FLEETCTL_TUNNEL reach. */
export const FORWARDED_PORTS: readonly number[] = [4001, 8080];

/** Does anything listen there: on a port of the host's loopback, or on a socket? */
export function listens(machine: Machine, at: number | string): boolean {
  const probe = answer(machine, ...placeOf(at, '/v1-alpha/machines'));
  return probe !== 'refused' && probe !== 'unknown';
}

const placeOf = (at: number | string, path: string): [target: string, url: URL] =>
  typeof at === 'string'
    ? [at, new URL(path, 'http://localhost')]
    : [`127.0.0.1:${at}`, new URL(path, `http://127.0.0.1:${at}`)];

/** Serves HTTP on a connection that ssh forwards to a port of the host's loopback or to a socket. */
export function serveForwarded(machine: Machine, at: number | string, channel: ServerChannel): void {
  const server = createServer((request, response: ServerResponse) => {
    void text(request).then(
      (body) => {
        const method = request.method ?? 'GET';
        const found = answer(machine, ...placeOf(at, request.url ?? '/'), { method, body });
        if (typeof found === 'string') {
          channel.destroy();
          return;
        }
        response.writeHead(found.status, { 'Content-Type': found.contentType });
        response.end(method === 'HEAD' ? '' : found.body);
      },
      () => channel.destroy(),
    );
  });
  channel.on('error', () => {});
  // An HTTP server takes any duplex stream for a connection; its timers ask for a socket's method.
  server.emit(
    'connection',
    Object.assign(channel, {
      setTimeout: () => channel,
      setKeepAlive: () => channel,
      setNoDelay: () => channel,
    }),
  );
}
