/**
 * Owns how fleetctl reaches the registry and how that fails: the endpoint and the tunnel, etcd's retries and time
 * limits with the log lines they leave on standard error, the debug trace, and reads and writes of the registry.
 * Fleet's waits are real seconds, whatever the world's speed.
 */
import type { EtcdCluster, FleetRegistry, FleetUnit, Host, ToolContext } from '../../contract.ts';
import { byKey } from '../../registry/fleet.ts';
import { reachable } from '../network.ts';

export class FleetError extends Error {}

export interface FleetMachine {
  id: string;
  ip: string;
  metadata: Record<string, string>;
  version: string;
}
export interface FleetUnitState {
  name: string;
  machineId: string;
  load: string;
  active: string;
  sub: string;
  hash: string;
}

/** Waits real milliseconds. */
export const pause = (context: ToolContext, realMs: number): Promise<void> =>
  context.hosts.clock.sleep(realMs * context.hosts.world.speed, context.signal);

/** `2026/11/22 16:43:33 `, the prefix of fleet's log lines. */
function stamp(context: ToolContext): string {
  const iso = new Date(context.hosts.clock.now()).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '/')} ${iso.slice(11, 19)} `;
}

export interface ClientOptions {
  endpoint: string;
  prefix: string;
  /** Seconds one request may take. */
  timeout: number;
  debug: boolean;
  /** The fleet HTTP API instead of etcd. */
  api: boolean;
  /** The host whose network is used: this one, or the tunnel's. */
  from: Host;
}

type Route =
  | { kind: 'etcd'; cluster: EtcdCluster; quorum: boolean }
  | { kind: 'refused' | 'hung' | 'noroute' }
  | { kind: 'answers'; error: string; retries: boolean };

export class FleetClient {
  readonly #context: ToolContext;
  readonly #options: ClientOptions;

  constructor(context: ToolContext, options: ClientOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Where the endpoint leads now. */
  #route(): Route {
    const { hosts } = this.#context;
    const { endpoint, from } = this.#options;
    if (endpoint.startsWith('/') || endpoint.startsWith('unix:')) {
      const cluster = from.active('fleet.service') || from.active('fleet.socket') ? from.etcd() : null;
      return cluster === null ? { kind: 'refused' } : { kind: 'etcd', cluster, quorum: from.hasQuorum() };
    }
    const url = new URL(endpoint);
    const target = reachable(hosts, from, url.hostname);
    if (target === null) return { kind: 'noroute' };
    const port = url.port === '' ? '80' : url.port;
    const cluster = target.etcd();
    if (port === '4001' && cluster !== null) {
      const hung = hosts.world.faults.some(
        (fault) =>
          fault.name === 'etcd-hung' && (fault.target === null || fault.target === target.instance.id),
      );
      return hung ? { kind: 'hung' } : { kind: 'etcd', cluster, quorum: target.hasQuorum() };
    }
    if (port === '8080' && target === from && target.active('kube-apiserver.service')) {
      return {
        kind: 'answers',
        error: "invalid character 'N' looking for beginning of value",
        retries: false,
      };
    }
    if (port === '22') {
      return {
        kind: 'answers',
        error:
          'net/http: HTTP/1.x transport connection broken: malformed HTTP status code "Debian-2+deb12u10"',
        retries: true,
      };
    }
    return { kind: 'refused' };
  }

  async #log(line: string): Promise<void> {
    await this.#context.stderr(`${stamp(this.#context)}${line}\n`);
  }

  /** One request to etcd; returns the cluster it reached or throws what fleetctl then reports. */
  async #request(verb: 'Get' | 'Create' | 'Set' | 'Delete', path: string): Promise<EtcdCluster> {
    const route = this.#route();
    const { endpoint, prefix, timeout, debug, api } = this.#options;
    if (api) return this.#apiRequest(route, path);
    const base = `${endpoint.replace(/\/$/, '')}/`;
    const key = `${prefix.replace(/\/$/, '')}${path}`;
    if (route.kind === 'etcd' && (verb === 'Get' || route.quorum)) {
      if (debug) {
        const method = verb === 'Get' ? 'GET' : verb === 'Delete' ? 'DELETE' : 'PUT';
        const query = verb === 'Get' ? '?consistent=true&recursive=true&sorted=true' : '';
        const url = `${method} ${base}v2/keys${key}${query}`;
        await this.#log(`INFO client.go:353: etcd: sending HTTP request ${url}`);
        await this.#log(`INFO client.go:360: etcd: recv response from ${url}: 200 OK`);
      }
      return route.cluster;
    }
    if (route.kind === 'answers' && !route.retries) throw new FleetError(route.error);
    if (route.kind === 'refused' || route.kind === 'answers') {
      const host = new URL(base).host;
      const why = route.kind === 'answers' ? route.error : `dial tcp ${host}: connect: connection refused`;
      let waited = 0;
      for (let delay = 100; ; delay = Math.min(1000, delay * 2)) {
        await this.#log(`INFO client.go:278: Failed getting response from ${base}: ${why}`);
        await this.#log(
          `ERROR client.go:200: Unable to get result for {${verb} ${key}}, retrying in ${delay === 1000 ? '1s' : `${delay}ms`}`,
        );
        if (waited + delay >= timeout * 1000) break;
        waited += delay;
        await pause(this.#context, delay);
      }
      await pause(this.#context, timeout * 1000 - waited);
      throw new FleetError('timeout reached');
    }
    await pause(this.#context, timeout * 1000);
    this.#timeouts += 1;
    if (route.kind === 'noroute' && this.#timeouts > 1) {
      const address = new URL(base).host;
      await this.#log(
        `INFO client.go:278: Failed getting response from ${base}: dial tcp ${address}: connect: no route to host`,
      );
      await this.#log(`ERROR client.go:200: Unable to get result for {${verb} ${key}}, retrying in 100ms`);
    }
    throw new FleetError('timeout reached');
  }
  #timeouts = 0;

  #apiRequest(route: Route, path: string): EtcdCluster {
    if (route.kind === 'etcd') return route.cluster;
    const { endpoint } = this.#options;
    const resource =
      { '/machines': 'machines', '/state': 'state', '/job': 'units' }[path] ?? `units/${path.slice(5)}`;
    const url = `${endpoint.replace(/\/$/, '')}/v1-alpha/${resource}?alt=json`;
    const why =
      route.kind === 'noroute'
        ? 'no route to host'
        : route.kind === 'hung'
          ? 'i/o timeout'
          : 'connection refused';
    const address = endpoint.startsWith('/') ? endpoint : new URL(endpoint).host;
    throw new FleetError(
      `Get "${url}": dial ${endpoint.startsWith('/') ? 'unix' : 'tcp'} ${address}: connect: ${why}`,
    );
  }

  #registry(cluster: EtcdCluster, create = false): FleetRegistry {
    const prefix = this.#options.prefix.replace(/\/?$/, '/');
    if (prefix === '/_coreos.com/fleet/' || this.#options.api) return cluster.fleet;
    const none = { machines: {}, units: {}, states: {} };
    const found = cluster.otherFleets?.[prefix] ?? none;
    if (create && found === none) cluster.otherFleets = { ...cluster.otherFleets, [prefix]: none };
    return found;
  }

  /** What fleetctl does before any command: warns when the cluster has a newer fleet. */
  async checkVersion(): Promise<void> {
    if (this.#options.api) return;
    try {
      const machines = await this.machines();
      const newest = machines
        .map((machine) => machine.version)
        .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
        .at(-1);
      if (newest === undefined || newest.localeCompare('0.8.3', 'en', { numeric: true }) <= 0) return;
      const line = '#'.repeat(68);
      await this.#context.stderr(`${line}
WARNING: fleetctl (0.8.3) is older than the latest registered
version of fleet found in the cluster (${newest}). You are strongly
recommended to upgrade fleetctl to prevent incompatibility issues.
${line}
`);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      await this.#log(
        `ERROR fleetctl.go:171: error attempting to check latest fleet version in Registry: ${error.message}`,
      );
      if (this.#timeouts > 0) {
        await this.#log(
          `INFO client.go:278: Failed getting response from ${this.#options.endpoint.replace(/\/$/, '')}/: cancelled`,
        );
      }
    }
  }

  /** Machines by id, in byte order. */
  async machines(): Promise<FleetMachine[]> {
    const registry = this.#registry(await this.#request('Get', '/machines'));
    return Object.entries(registry.machines)
      .sort(([a], [b]) => byKey(a, b))
      .map(([, machine]) => machine);
  }

  /** Published states, by unit and then by machine id. */
  async states(): Promise<FleetUnitState[]> {
    const registry = this.#registry(await this.#request('Get', '/state'));
    return Object.entries(registry.states)
      .flatMap(([name, machines]) =>
        Object.entries(machines).map(([machineId, state]) => ({ name, machineId, ...state })),
      )
      .sort((a, b) => byKey(a.name, b.name) || byKey(a.machineId, b.machineId));
  }

  async units(): Promise<FleetUnit[]> {
    const registry = this.#registry(await this.#request('Get', '/job'));
    return Object.values(registry.units).sort((a, b) => byKey(a.name, b.name));
  }

  async unit(name: string): Promise<FleetUnit | undefined> {
    return this.#registry(await this.#request('Get', `/job/${name}`)).units[name];
  }

  async create(unit: FleetUnit): Promise<void> {
    const cluster = await this.#request('Create', `/job/${unit.name}/object`);
    this.#registry(cluster, true).units[unit.name] = unit;
  }

  async setDesired(name: string, desired: FleetUnit['desired']): Promise<void> {
    const cluster = await this.#request('Set', `/job/${name}/target-state`);
    const unit = this.#registry(cluster, true).units[name];
    if (unit !== undefined) unit.desired = desired;
  }

  /** Removes a unit; false when there was none. */
  async destroy(name: string): Promise<boolean> {
    const { units } = this.#registry(await this.#request('Delete', `/job/${name}`));
    const found = units[name] !== undefined;
    delete units[name];
    return found;
  }
}
