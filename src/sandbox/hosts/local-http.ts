/**
 * Owns what answers HTTP on a host: the API server on 127.0.0.1:8080 and fleet's socket (the registry's), etcd on 4001, the
 * kubelet's health, EC2's metadata. For curl, and for connections that ssh forwards to the host's loopback.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { ServerChannel } from 'ssh2';
import { apiV1beta1, fleetApi, type HttpAnswer } from '../registry/index.ts';
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

/** The answer of `target` (`host:port`, or the path of a socket) to a request made on `machine`. */
export function answer(
  machine: Machine,
  target: string,
  url: URL,
  method: string,
): HttpAnswer | 'refused' | 'unknown' {
  const path = url.pathname + url.search;
  if (target.endsWith('fleet.sock')) return fleetApi(machine, path) ?? 'refused';
  const port = url.port || '80';
  if (url.hostname === '169.254.169.254') return metadata(machine, url.pathname);
  const local = ['127.0.0.1', 'localhost', machine.instance.privateIp].includes(url.hostname);
  const found = local ? machine : machine.hosts.byIp(url.hostname);
  if (found === undefined) return /^[\d.]+$/.test(url.hostname) ? 'refused' : 'unknown';
  const other = machineOf(found);
  if (other.unreachable()) return 'refused';
  if (port === '4001') return etcd(other, url);
  if (port === '10250' && other.active('kube-kubelet.service')) {
    return url.pathname === '/healthz' ? plain('ok') : plain('404 page not found\n', 404);
  }
  // The article's API server listens on the loopback address alone.
  if (port !== '8080' || !['127.0.0.1', 'localhost'].includes(url.hostname)) return 'refused';
  if (method !== 'GET') return plain(`${method} is not simulated by the sandbox's curl: use kubecfg\n`, 405);
  return apiV1beta1(machine.hosts, machine, path) ?? 'refused';
}

function etcd(machine: Machine, url: URL): HttpAnswer | 'refused' {
  const cluster = machine.etcd();
  if (cluster === null) return 'refused';
  if (url.pathname === '/version') return plain('etcd 0.4.6');
  const key = url.pathname.replace(/^\/v2\/keys/, '') || '/';
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

/** Does anything listen on that loopback port? */
export function listens(machine: Machine, port: number): boolean {
  const probe = answer(machine, `127.0.0.1:${port}`, new URL(`http://127.0.0.1:${port}/version`), 'GET');
  return probe !== 'refused' && probe !== 'unknown';
}

/** Serves HTTP on a forwarded connection. */
export function serveForwarded(machine: Machine, port: number, channel: ServerChannel): void {
  const server = createServer((request, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${port}`);
    const found = answer(machine, `127.0.0.1:${port}`, url, request.method ?? 'GET');
    if (typeof found === 'string') {
      channel.destroy();
      return;
    }
    response.writeHead(found.status, { 'Content-Type': found.contentType });
    response.end(request.method === 'HEAD' ? '' : found.body);
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
