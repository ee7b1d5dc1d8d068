/**
 * Owns the seams of the sandbox between its four parts, so that each can be built and tested alone:
 *   cloud/     the AWS endpoint: key pairs, security groups, stacks, Auto Scaling groups, instances
 *   hosts/     what an instance does once it runs: cloud-config, systemd, journal, etcd membership, sshd, shell
 *   registry/  what lives in etcd: fleet's units and scheduling, Kubernetes' objects and controllers
 *   tools/     fleetctl and kubecfg as the real ones print, over registry/
 * All state is plain JSON (saved and loaded as it is); behaviour is in functions over it. Times are real epoch
 * milliseconds; durations are compressed: `speed` simulated seconds pass in one real second of waiting.
 */

// ---------------------------------------------------------------- the saved world

export interface World {
  version: 1;
  /** Waits are divided by this. 1 is real time. */
  speed: number;
  /** Of the seeded generator (ids, addresses, choices): the world is deterministic but for time and keys. */
  seed: number;
  counter: number;
  account: string;
  regions: Record<string, RegionState>;
  /** etcd discovery: token → who registered. */
  discovery: Record<string, DiscoveryToken>;
  /** etcd clusters by discovery token: what was written to etcd. */
  etcd: Record<string, EtcdCluster>;
  faults: Fault[];
}

/** src/sandbox/cloud/state.ts refines what is in a region (key pairs, stacks, groups, …). */
export interface RegionState {
  name: string;
  instances: Record<string, InstanceState>;
  [more: string]: unknown;
}

export interface DiscoveryToken {
  token: string;
  size: number;
  createdAt: number;
  /** Registered members: machine (instance) id → peer address. */
  members: Record<string, string>;
}

export interface Fault {
  name: string;
  target: string | null;
  at: number;
  /** null: until it is taken back. */
  until: number | null;
  /** How often it still strikes, null without limit. */
  times: number | null;
}

/** An EC2 instance. cloud/ creates it and moves `state`; hosts/ fills `host` and `console`. */
export interface InstanceState {
  id: string;
  region: string;
  zone: string;
  type: string;
  imageId: string;
  keyName: string | null;
  /** OpenSSH one-line public key that the host accepts for user core; null when launched without a key. */
  publicKey: string | null;
  privateIp: string;
  publicIp: string | null;
  state: 'pending' | 'running' | 'shutting-down' | 'terminated';
  stateReason: string | null;
  launchTime: number;
  /** When `state` was entered. */
  since: number;
  /** Decoded user data. */
  userData: string;
  securityGroups: string[];
  tags: Record<string, string>;
  autoScalingGroup: string | null;
  launchConfiguration: string | null;
  /** Serial console, as GetConsoleOutput gives it (host-key fingerprints among it). hosts/ appends. */
  console: string;
  /** By a fault: it runs as far as EC2 knows, but no host ever comes up in it. */
  neverBoots?: true;
  /** Made by hosts/ at first boot. */
  host: HostState | null;
}

/** What is inside a running instance. hosts/ owns it. */
export interface HostState {
  hostname: string;
  /** 32 hex digits. */
  machineId: string;
  bootId: string;
  bootedAt: number;
  /** OpenSSH private host key (ed25519, PEM) and its public line. */
  hostKey: { privateKey: string; publicKey: string };
  /** Also an RSA key, for the console's fingerprint lines. */
  units: Record<string, SystemdUnit>;
  /** Files written on the host: path → text (cloud-config's, uploaded ones, downloads in /opt/bin as ''). */
  files: Record<string, { text: string; mode: number; mtime: number }>;
  /** Fleet metadata from the cloud-config, e.g. { role: 'master' }. */
  metadata: Record<string, string>;
  /** etcd discovery token from the cloud-config's discovery URL; null without etcd. */
  etcdToken: string | null;
  /** /24 that flannel leased, null before. */
  flannelSubnet: string | null;
  containers: Container[];
  /** Newest entries of the journal, kept when the world is saved. The live journal is hosts/journal.ts. */
  journal: JournalEntry[];
  /** Link faults: no packets until then. */
  unreachableUntil: number | null;
  /** Next process id. */
  nextPid: number;
}

export interface SystemdUnit {
  name: string;
  /** The unit file's text. */
  content: string;
  /** `cloud-config` and `vendor` come with the boot, `fleet` units are handed over by the fleet agent. */
  origin: 'vendor' | 'cloud-config' | 'fleet';
  load: 'loaded' | 'not-found' | 'error' | 'masked';
  active: 'inactive' | 'activating' | 'active' | 'deactivating' | 'failed' | 'reloading';
  /** dead, start-pre, start, running, exited, failed, auto-restart, stop-sigterm, listening, waiting … */
  sub: string;
  /** Wanted by someone: systemctl start, cloud-config `command: start`, a dependency. */
  wanted: boolean;
  since: number;
  /** When the running step ends (a oneshot's command, a RestartSec), null when it does not by itself. */
  until: number | null;
  /** Index of the Exec line that runs. */
  step: number;
  mainPid: number | null;
  exitStatus: number | null;
  result: string;
  restarts: number;
  /** Journal lines written so far by its process (for periodic output). */
  emitted: number;
}

export interface Container {
  id: string;
  name: string;
  image: string;
  command: string;
  createdAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  exitCode: number | null;
  ports: string[];
  /** Which unit or pod runs it. */
  owner: { kind: 'unit' | 'pod' | 'run'; name: string };
  /** Lines with their times before them, as programs/container-log.ts writes and reads them. */
  logs: string[];
}

export interface JournalEntry {
  /** Grows by one per entry of a host; the cursor is made from it. */
  seq: number;
  timeUs: number;
  unit: string;
  identifier: string;
  pid: number | null;
  priority: number;
  /** Text; bytes that are no UTF-8 are kept as latin-1 with `binary`. */
  message: string;
  binary?: true;
}

// ---------------------------------------------------------------- what is in etcd

export interface EtcdCluster {
  token: string;
  /** Instance ids of members that have joined. Quorum is a majority of these running etcd. */
  members: string[];
  /** `/coreos.com/network/config` and whatever else is set by etcdctl. */
  keys: Record<string, string>;
  fleet: FleetRegistry;
  /** Fleet data under another `--etcd-key-prefix`; no fleetd serves it. */
  otherFleets?: Record<string, FleetRegistry>;
  kube: KubeRegistry;
}

export interface FleetRegistry {
  /** Machines that publish presence: machine id → last heartbeat (TTL 30 s). */
  machines: Record<
    string,
    { id: string; ip: string; metadata: Record<string, string>; version: string; heartbeat: number }
  >;
  units: Record<string, FleetUnit>;
  /** Unit states published by agents: unit name → machine id → state. */
  states: Record<
    string,
    Record<string, { load: string; active: string; sub: string; hash: string; at: number }>
  >;
}

export interface FleetUnit {
  name: string;
  content: string;
  /** SHA-1 of the content, as fleet makes it. */
  hash: string;
  desired: 'inactive' | 'loaded' | 'launched';
  /** Machine id it is scheduled to, null when none (or global). */
  target: string | null;
  createdAt: number;
  /** What the agent of a machine has done with it (machine id → state); absent when none has. */
  acks?: Record<string, 'loaded' | 'launched'>;
}

/** v1beta1 objects as kubecfg 0.4.4 prints them; registry/kube.ts gives the exact types. */
export interface KubeRegistry {
  minions: Record<string, unknown>;
  pods: Record<string, unknown>;
  services: Record<string, unknown>;
  replicationControllers: Record<string, unknown>;
  resourceVersion: number;
  operation: number;
}

export const EMPTY_ETCD = (token: string): EtcdCluster => ({
  token,
  members: [],
  keys: {},
  fleet: { machines: {}, units: {}, states: {} },
  kube: { minions: {}, pods: {}, services: {}, replicationControllers: {}, resourceVersion: 1, operation: 0 },
});

// ---------------------------------------------------------------- behaviour at the seams

/** Time and chance of one sandbox process. */
export interface SandboxClock {
  /** Real epoch milliseconds (tests move it by hand). */
  now(): number;
  /** Resolves after `simulatedMs / world.speed` real milliseconds. */
  sleep(simulatedMs: number, signal?: AbortSignal): Promise<void>;
}

/** A host as the registry and the tools see it. hosts/host.ts implements it. */
export interface Host {
  readonly instance: InstanceState;
  readonly state: HostState;
  /** Is this unit active and running on this host? */
  active(unit: string): boolean;
  /** fleet's agent, `systemctl` and the kubelet act through these. Names carry their suffix. */
  loadUnit(name: string, content: string, origin: SystemdUnit['origin']): void;
  startUnit(name: string): void;
  stopUnit(name: string): void;
  unloadUnit(name: string): void;
  unit(name: string): SystemdUnit | undefined;
  log(entry: {
    unit: string;
    identifier: string;
    priority?: number;
    message: string;
    pid?: number | null;
  }): void;
  /** Journal entries of a unit (all units when null), newest last, at most `lines`. */
  journal(unit: string | null, lines: number): readonly JournalEntry[];
  /** The etcd cluster this host is a member of, when its etcd runs; else null (connection refused). */
  etcd(): EtcdCluster | null;
  /** Majority of the members run etcd and can be reached. */
  hasQuorum(): boolean;
}

/** All running hosts, and the world they live in. hosts/ implements it. */
export interface Hosts {
  readonly world: World;
  readonly clock: SandboxClock;
  all(): readonly Host[];
  byMachine(machineId: string): Host | undefined;
  byIp(privateIp: string): Host | undefined;
  /** A number in [0, 1) from the world's seed. */
  random(): number;
}

/** One step of what fleet's engine and agents, kube-register, scheduler, controller manager and kubelets do. Called every tick. */
export type RegistryStep = (hosts: Hosts) => void;

/** A simulated command-line tool: reads argv, writes bytes, ends with an exit code. */
export interface ToolContext {
  readonly hosts: Hosts;
  readonly host: Host;
  /** argv[0] is the tool's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** All of standard input ('' when none was given). */
  stdin(): Promise<string>;
  stdout(data: string | Uint8Array): Promise<void>;
  stderr(data: string | Uint8Array): Promise<void>;
  readonly signal: AbortSignal;
  readonly tty: { readonly columns: number; readonly rows: number } | null;
  /** True when the session forwards an ssh-agent (`ssh -A`). */
  readonly agent: boolean;
  /** Reads a file of this host, relative to cwd; undefined when it is not there. */
  readFile(path: string): string | undefined;
  /** Runs a command line in this host's (or another's) shell with the same outputs; for `fleetctl ssh`, `fleetctl status`. */
  shell(commandLine: string, on?: Host): Promise<number>;
}

export type Tool = (context: ToolContext) => Promise<number>;
