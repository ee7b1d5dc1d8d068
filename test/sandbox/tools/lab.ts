/**
 * Owns the laboratory of the replay test: the recorded cluster of three hosts (ids, addresses, metadata) as a fake of
 * the Host seam, the files its user had, and a clock that only moves when somebody waits, ticking the registry.
 */
import { readFileSync } from 'node:fs';
import {
  EMPTY_ETCD,
  type EtcdCluster,
  type Host,
  type HostState,
  type Hosts,
  type InstanceState,
  type SystemdUnit,
  type World,
} from '../../../src/sandbox/contract.ts';
import { registryStep } from '../../../src/sandbox/registry/index.ts';
import { serializeUnit, type UnitOption } from '../../../src/sandbox/registry/unit-file.ts';

export const recording = (name: string): string =>
  readFileSync(new URL(`../../fixtures/recordings/${name}`, import.meta.url), 'utf8');

const STEP_MS = 100;
const TOKEN = 'lab';

/** What systemd makes of the lab's units: [active, sub] once started. */
const OUTCOMES: Record<string, [SystemdUnit['active'], string]> = {
  'activating.service': ['activating', 'start'],
  'crashloop.service': ['activating', 'auto-restart'],
  'echo.socket': ['active', 'listening'],
  'failing.service': ['failed', 'failed'],
  'missingbin.service': ['failed', 'failed'],
  'oneshot-dead.service': ['inactive', 'dead'],
  'oneshot-done.service': ['active', 'exited'],
  'tick.timer': ['inactive', 'dead'],
};

export class FakeHost implements Host {
  readonly instance: InstanceState;
  readonly state: HostState;
  /** Taken away to stop etcd on this host. */
  up = true;
  lab: Lab;

  constructor(lab: Lab, hostname: string, machineId: string, ip: string, role: string) {
    this.lab = lab;
    this.state = {
      hostname,
      machineId,
      bootId: machineId,
      bootedAt: lab.now,
      hostKey: { privateKey: '', publicKey: `ssh-ed25519 ${Buffer.from(hostname).toString('base64')}` },
      units: {},
      files: {},
      metadata: { role },
      etcdToken: TOKEN,
      flannelSubnet: `172.24.${Number(ip.split('.')[3]) - 10}.0/24`,
      containers: [],
      journal: [],
      unreachableUntil: null,
      nextPid: 500,
    };
    this.instance = {
      id: `i-${hostname}`,
      region: 'us-east-1',
      zone: 'us-east-1a',
      type: 'm3.medium',
      imageId: 'ami-66e6680e',
      keyName: null,
      publicKey: null,
      privateIp: ip,
      publicIp: null,
      state: 'running',
      stateReason: null,
      launchTime: lab.now,
      since: lab.now,
      userData: '',
      securityGroups: [],
      tags: {},
      autoScalingGroup: null,
      launchConfiguration: null,
      console: '',
      host: this.state,
    };
    const services = ['etcd', 'fleet', 'docker', 'kube-kubelet', 'kube-proxy'];
    if (role === 'master') services.push('kube-apiserver', 'kube-scheduler', 'kube-controller-manager');
    for (const service of services) {
      this.loadUnit(`${service}.service`, '', 'cloud-config');
      this.startUnit(`${service}.service`);
    }
  }

  active(unit: string): boolean {
    return this.state.units[unit]?.active === 'active';
  }
  unit(name: string): SystemdUnit | undefined {
    return this.state.units[name];
  }
  loadUnit(name: string, content: string, origin: SystemdUnit['origin']): void {
    this.state.units[name] = {
      name,
      content,
      origin,
      load: 'loaded',
      active: 'inactive',
      sub: 'dead',
      wanted: false,
      since: this.lab.now,
      until: null,
      step: 0,
      mainPid: null,
      exitStatus: null,
      result: 'success',
      restarts: 0,
      emitted: 0,
    };
  }
  startUnit(name: string): void {
    const unit = this.state.units[name];
    if (unit === undefined) throw new Error(`no ${name}`);
    unit.wanted = true;
    // systemd starts it again once it has stopped
    if (unit.active === 'deactivating') return;
    [unit.active, unit.sub] = OUTCOMES[name] ?? ['active', 'running'];
  }
  stopUnit(name: string): void {
    const unit = this.state.units[name];
    if (unit === undefined) return;
    unit.wanted = false;
    if (name !== 'stopslow.service') {
      [unit.active, unit.sub] = ['inactive', 'dead'];
    } else if (unit.active === 'active') {
      [unit.active, unit.sub, unit.until] = ['deactivating', 'stop-sigterm', this.lab.now + 90_000];
    }
  }
  /** Ends what takes its time. */
  tick(): void {
    for (const unit of Object.values(this.state.units)) {
      if (unit.until === null || unit.until > this.lab.now) continue;
      unit.until = null;
      [unit.active, unit.sub] = unit.wanted ? ['active', 'running'] : ['inactive', 'dead'];
    }
  }
  unloadUnit(name: string): void {
    delete this.state.units[name];
  }
  log(): void {}
  journal() {
    return [];
  }
  etcd(): EtcdCluster | null {
    return this.active('etcd.service') && this.up ? this.lab.world.etcd[TOKEN]! : null;
  }
  hasQuorum(): boolean {
    const members = this.lab.hosts;
    return members.filter((host) => host.etcd() !== null).length > members.length / 2;
  }
}

/** The clock stopped while somebody waits: `timeout N` ran out. */
export class TimedOut extends Error {}

export class Lab {
  now = Date.UTC(2026, 10, 22, 16, 33, 0);
  /** No waiting goes beyond this moment. */
  deadline = Number.POSITIVE_INFINITY;
  /** What the scheduler's dice show next; 0 when empty. */
  dice: number[] = [];
  hosts: FakeHost[] = [];
  readonly world: World;
  readonly ports: Hosts;

  constructor() {
    this.world = {
      version: 1,
      speed: 1,
      seed: 1,
      counter: 0,
      account: '123456789012',
      regions: { 'us-east-1': { name: 'us-east-1', instances: {} } },
      discovery: {},
      etcd: { [TOKEN]: EMPTY_ETCD(TOKEN) },
      faults: [],
    };
    this.ports = {
      world: this.world,
      clock: {
        now: () => this.now,
        sleep: async (simulated) => this.advance(simulated / this.world.speed),
      },
      all: () => this.hosts,
      byMachine: (id) => this.hosts.find((host) => host.state.machineId === id),
      byIp: (ip) => this.hosts.find((host) => host.instance.privateIp === ip),
      random: () => this.dice.shift() ?? 0,
    };
    this.add('master', '33b953b38d7f4331a5be2fb71e974cb1', '10.77.0.11', 'master');
    this.add('minion1', '33607af7821e4690a1c6629694e50342', '10.77.0.12', 'minion');
    this.add('minion2', '4f13622584274f69ba6f7da79e774c8e', '10.77.0.13', 'minion');
    this.advance(6000);
  }

  add(hostname: string, machineId: string, ip: string, role: string): FakeHost {
    const host = new FakeHost(this, hostname, machineId, ip, role);
    this.hosts.push(host);
    this.world.regions['us-east-1']!.instances[host.instance.id] = host.instance;
    return host;
  }

  /** Pulls the plug of a host; `revive` puts it back. */
  kill(name: string): void {
    const host = this.host(name);
    this.#dead.set(name, host);
    this.hosts = this.hosts.filter((other) => other !== host);
  }
  revive(name: string): void {
    const host = this.#dead.get(name);
    if (host !== undefined) this.hosts.push(host);
    this.#dead.delete(name);
  }
  readonly #dead = new Map<string, FakeHost>();

  get cluster(): EtcdCluster {
    return this.world.etcd[TOKEN]!;
  }
  host(name: string): FakeHost {
    const found = this.hosts.find((host) => host.state.hostname === name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  }

  /** Waits until the agents have just reconciled. */
  afterAgents(): void {
    this.advance(5_000 - ((this.now - this.#began - STEP_MS) % 5_000) + STEP_MS);
  }
  readonly #began = Date.UTC(2026, 10, 22, 16, 33, 0);

  /** Moves time, ticking the registry. */
  advance(ms: number): void {
    const end = this.now + ms;
    while (this.now < end) {
      if (this.now >= this.deadline) throw new TimedOut();
      this.now = Math.min(end, this.now + STEP_MS, Math.max(this.deadline, this.now + 1));
      for (const host of this.hosts) host.tick();
      registryStep(this.ports);
    }
  }
}

/** The unit files of the lab's user, from what fleet's HTTP API said of them. */
export function unitFiles(): Record<string, string> {
  const { units } = JSON.parse(recording('fleet-httpapi-units.stdout')) as {
    units: { name: string; options?: UnitOption[] }[];
  };
  const files: Record<string, string> = {};
  for (const unit of units) files[`u/${unit.name}`] = serializeUnit(unit.options ?? []);
  for (const instance of ['1', '2', '3', '4']) delete files[`u/foo@${instance}.service`];
  delete files['u/unsched2.service'];
  files['u/notaunit.txt'] = files['u/myapp.service']!;
  files['u/weird\\x2dname.service'] = files['u/myapp.service']!;
  files['u/bad name.service'] = files['u/myapp.service']!;
  files['u/Ünicode.service'] = files['u/myapp.service']!;
  files['u/broken.service'] = '[Service]\nthis is no option\nExecStart=/bin/true\n';
  return files;
}

interface Listed {
  items: Record<string, unknown>[];
}

/** The JSON files of the lab's user, from the objects that the API stored. Those that were refused are made up. */
export function kubeFiles(): Record<string, string> {
  const listed = (name: string) => (JSON.parse(recording(name)) as Listed).items;
  const files: Record<string, string> = {};
  const write = (name: string, kind: string, body: object) => {
    files[`k/${name}.json`] = `${JSON.stringify({ kind, apiVersion: 'v1beta1', ...body }, null, 2)}\n`;
  };
  for (const pod of listed('kube-pods-json.stdout')) {
    const id = String(pod.id);
    const labels = (pod.labels ?? {}) as Record<string, string>;
    if (labels.replicationController !== undefined) continue;
    const { manifest } = pod.desiredState as { manifest: Record<string, unknown> };
    const { uuid: _, ...rest } = manifest;
    if (JSON.stringify(rest.restartPolicy) === '{"always":{}}') delete rest.restartPolicy;
    write(`pod-${id}`, 'Pod', { id, labels, desiredState: { manifest: rest } });
  }
  const services = Object.fromEntries(listed('kube-services-json.stdout').map((item) => [item.id, item]));
  const service = (file: string, source: string, more: object = {}) => {
    const { creationTimestamp: _, resourceVersion: __, namespace: ___, ...rest } = services[source]!;
    write(file, 'Service', { ...rest, ...more });
  };
  service('svc-redismaster', 'redismaster');
  service('svc-frontend', 'frontend');
  service('svc-unlabelled', 'unlabelled');
  service('svc-udp', 'udp-dns-long-name-24char');
  service('svc-nosel', 'frontend', { id: 'nosel', selector: {} });
  service('svc-udp-dns-service-long-name', 'frontend', { id: 'udp-dns-service-long-name' });
  for (const controller of listed('kube-replicationControllers-json.stdout')) {
    const { id, desiredState, labels } = controller;
    write(`rc-${id}`, 'ReplicationController', { id, desiredState, labels });
  }
  const minion = (file: string, ip: string) =>
    write(`minion-${file}`, 'Minion', {
      id: ip,
      hostIP: ip,
      resources: { capacity: { cpu: 1000, memory: 3221225472 } },
    });
  minion('10.77.0.12', '10.77.0.12');
  minion('10.77.0.13', '10.77.0.13');
  minion('dead', '10.77.0.99');
  files['k/pod.yaml'] =
    'kind: Pod\napiVersion: v1beta1\nid: yamlpod\nlabels:\n  name: y\ndesiredState:\n  manifest:\n    version: v1beta1\n    id: yamlpod\n    containers:\n    - name: c\n      image: busybox\n';
  files['k/bad.json'] = '{"kind": ';
  files['k/bad2.json'] = '{"id": "x"}\n';
  files['k/bad3.json'] = '{"kind": "Pod", "apiVersion": "v9", "id": "x"}\n';
  write('bad4', 'Pod', {
    id: 'x',
    desiredState: { manifest: { version: 'v1beta1', containers: [{ name: 'UPPER_bad' }] } },
  });
  return files;
}
