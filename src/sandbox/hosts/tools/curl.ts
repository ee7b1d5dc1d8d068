/**
 * Owns curl towards what answers on a host: the API server on 127.0.0.1:8080, etcd on 4001, fleet's socket, EC2's
 * metadata. Other addresses cannot be resolved: the sandbox has no internet.
 */
import { apiV1beta1, fleetApi, type HttpAnswer } from '../../registry/index.ts';
import type { Machine } from '../machine.ts';
import { machineOf, type SessionContext, type SessionTool } from '../shell/session.ts';
import { getopt, last, type OptionTable } from './getopt.ts';

const TABLE: OptionTable = {
  short: {
    s: 'silent',
    S: 'show-error',
    i: 'include',
    f: 'fail',
    o: 'output',
    X: 'request',
    d: 'data',
    H: 'header',
    L: 'location',
    k: 'insecure',
    m: 'max-time',
    v: 'verbose',
    w: 'write-out',
    I: 'head',
  },
  long: {
    silent: 'none',
    'show-error': 'none',
    include: 'none',
    fail: 'none',
    output: 'required',
    request: 'required',
    data: 'required',
    header: 'required',
    location: 'none',
    insecure: 'none',
    'max-time': 'required',
    'connect-timeout': 'required',
    'unix-socket': 'required',
    verbose: 'none',
    'write-out': 'required',
    head: 'none',
  },
};

const REASONS: Record<number, string> = {
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

export const curl: SessionTool = async (context) => {
  const options = getopt(context.argv, TABLE);
  if ('error' in options) {
    await context.stderr(
      `${options.error.replace(/^.*: /, 'curl: ')}\ncurl: try 'curl --help' for more information\n`,
    );
    return 2;
  }
  const has = (name: string): boolean => options.values.has(name);
  const problem = async (code: number, text: string): Promise<number> => {
    if (!has('silent') || has('show-error')) await context.stderr(`curl: (${code}) ${text}\n`);
    return code;
  };
  const [address] = options.rest;
  if (address === undefined) return problem(2, 'no URL specified');
  let url: URL;
  try {
    url = new URL(/^https?:\/\//.test(address) ? address : `http://${address}`);
  } catch {
    return problem(3, 'URL using bad/illegal format or missing URL');
  }
  const method = last(options, 'request') ?? (has('data') ? 'POST' : 'GET');
  const socket = last(options, 'unix-socket');
  const target = socket === undefined ? `${url.hostname}:${url.port || '80'}` : socket;
  const answer = ask(context, target, url, method);
  if (answer === 'refused')
    return problem(7, `Failed to connect to ${url.hostname} port ${url.port || '80'}: Connection refused`);
  if (answer === 'unknown') return problem(6, `Could not resolve host: ${url.hostname}`);
  if (has('fail') && answer.status >= 400)
    return problem(22, `The requested URL returned error: ${answer.status} ${REASONS[answer.status] ?? ''}`);
  const date = new Date(context.machine.now()).toUTCString();
  const head = `HTTP/1.1 ${answer.status} ${REASONS[answer.status] ?? ''}\r\nContent-Type: ${answer.contentType}\r\nDate: ${date}\r\nContent-Length: ${Buffer.byteLength(answer.body)}\r\n\r\n`;
  const text = (has('include') || has('head') ? head : '') + (has('head') ? '' : answer.body);
  const file = last(options, 'output');
  if (file === undefined) await context.stdout(text);
  else if (file !== '/dev/null')
    context.machine.files.write(file.startsWith('/') ? file : `${context.cwd}/${file}`, text);
  const format = last(options, 'write-out');
  if (format !== undefined)
    await context.stdout(format.replace('%{http_code}', String(answer.status)).replace(/\\n/g, '\n'));
  return 0;
};

function ask(
  context: SessionContext,
  target: string,
  url: URL,
  method: string,
): HttpAnswer | 'refused' | 'unknown' {
  const { machine } = context;
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
