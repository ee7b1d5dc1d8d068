/**
 * Owns kubecfg's side of the conversation with the apiserver: where it is, how a connection fails, and the waits for
 * an operation that takes long.
 */
import type { EtcdCluster, ToolContext } from '../../contract.ts';
import { apiserverUp } from '../../registry/kube-api.ts';
import { ApiError, type Resource } from '../../registry/kube-kinds.ts';
import { type JsonObject, text } from '../../registry/kube-schema.ts';
import * as store from '../../registry/kube-store.ts';
import * as view from '../../registry/kube-view.ts';
import { reachable } from '../network.ts';

/** Text of a request that failed; kubecfg puts its own words before it. */
export class RequestError extends Error {}

/** How long kubecfg sleeps between two looks at an operation, real time. */
const OPERATION_MS = 2_000;

export type Log = (severity: 'I' | 'F', place: string, message: string) => Promise<void>;

export class ApiClient {
  readonly #context: ToolContext;
  readonly #url: string;
  readonly #log: Log;

  constructor(context: ToolContext, url: string, log: Log) {
    this.#context = context;
    this.#url = url.includes('://') ? url : `http://${url}`;
    this.#log = log;
  }

  async #pause(ms: number): Promise<void> {
    const { clock, world } = this.#context.hosts;
    await clock.sleep(ms * world.speed, this.#context.signal);
  }

  /** The etcd behind the apiserver that the address leads to; throws Go's network error. */
  async #connect(method: string, path: string): Promise<EtcdCluster> {
    const { hosts, host } = this.#context;
    const url = new URL(this.#url);
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    const verb = method.charAt(0) + method.slice(1).toLowerCase();
    const fail = (why: string) =>
      new RequestError(`${verb} "${this.#url.replace(/\/$/, '')}${path}": ${why}`);
    const local = ['127.0.0.1', 'localhost'].includes(url.hostname);
    const numeric = /^\d+\.\d+\.\d+\.\d+$/.test(url.hostname);
    const address = `${local ? '127.0.0.1' : url.hostname}:${port}`;
    const target = reachable(hosts, host, url.hostname);
    if (target === null && !numeric) {
      await this.#pause(10_000);
      throw fail(
        `dial tcp: lookup ${url.hostname} on 10.255.255.53:53: read udp ${host.instance.privateIp}:55532->10.255.255.53:53: i/o timeout`,
      );
    }
    if (target === null) {
      await this.#pause(3_000);
      throw fail(`dial tcp ${address}: connect: no route to host`);
    }
    // the apiserver listens on the master's loopback alone
    const cluster = target.etcd();
    if (!local || port !== '8080' || !apiserverUp(target) || cluster === null) {
      throw fail(`dial tcp ${address}: connect: connection refused`);
    }
    if (url.protocol === 'https:') throw fail('http: server gave HTTP response to HTTPS client');
    const stuck = () =>
      hosts.world.faults.some(
        (fault) =>
          fault.name === 'etcd-hung' && (fault.target === null || fault.target === target.instance.id),
      ) || !target.hasQuorum();
    // no time limit of its own: it hangs as long as etcd does
    while (stuck()) await this.#pause(500);
    return cluster;
  }

  async #try<T>(work: () => T): Promise<T> {
    try {
      return work();
    } catch (error) {
      if (error instanceof ApiError) throw new RequestError(error.message);
      throw error;
    }
  }

  async #operation(cluster: EtcdCluster): Promise<void> {
    await this.#log('I', 'request.go:274', `Waiting for completion of /operations/${cluster.kube.operation}`);
    await this.#pause(OPERATION_MS);
  }

  async list(resource: Resource, selector = ''): Promise<JsonObject> {
    const cluster = await this.#connect('GET', `/api/v1beta1/${resource}`);
    return this.#try(() => view.list(this.#context.hosts, cluster, resource, selector));
  }

  async get(resource: Resource, id: string): Promise<JsonObject> {
    const cluster = await this.#connect('GET', `/api/v1beta1/${resource}/${id}`);
    return this.#try(() => view.get(this.#context.hosts, cluster, resource, id));
  }

  async create(resource: Resource, body: JsonObject): Promise<JsonObject> {
    const { hosts } = this.#context;
    const cluster = await this.#connect('POST', `/api/v1beta1/${resource}`);
    const created = await this.#try(() => store.create(cluster, resource, body, hosts.clock.now()));
    const id = text(created.id);
    if (resource === 'minions' && view.healthyHost(hosts, id) === undefined) {
      // the registry looks for the new minion among the healthy ones, in vain; it stays stored all the same
      await this.#operation(cluster);
      await this.#operation(cluster);
      throw new RequestError('The requested resource does not exist.');
    }
    return view.whole(hosts, cluster, resource, created);
  }

  async update(resource: Resource, id: string, body: JsonObject): Promise<JsonObject> {
    const { hosts } = this.#context;
    const cluster = await this.#connect('PUT', `/api/v1beta1/${resource}/${id}`);
    const updated = await this.#try(() => store.update(cluster, resource, id, body, hosts.clock.now()));
    return view.whole(hosts, cluster, resource, updated);
  }

  async remove(resource: Resource, id: string): Promise<JsonObject> {
    const cluster = await this.#connect('DELETE', `/api/v1beta1/${resource}/${id}`);
    await this.#try(() => store.remove(cluster, resource, id));
    if (resource === 'pods') await this.#operation(cluster);
    return { kind: 'Status', apiVersion: 'v1beta1', status: 'Success' };
  }

  async version(): Promise<void> {
    await this.#connect('GET', '/version');
  }

  /** Real milliseconds. */
  pause(ms: number): Promise<void> {
    return this.#pause(ms);
  }
}
