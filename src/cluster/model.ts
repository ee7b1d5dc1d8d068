/**
 * Owns the domain's nouns: a cluster and what lives on it, as every room of the program speaks of them.
 * Plain data, immutable by convention; times are milliseconds since the epoch (UTC) unless a name says otherwise.
 */

/** How a cluster is built and talked to. */
export type RecipeName = 'coreos-2014';

/** How much of the article is launched. */
export type BlueprintName = 'single' | 'fleet' | 'kubernetes';

export type Role = 'master' | 'minion';

/** Where the master answers. */
export interface MasterAddress {
  readonly instanceId: string | null;
  /** What ssh connects to: the public address, or the name the user gave with --host. */
  readonly address: string;
  readonly privateAddress: string | null;
}

/** One launched blueprint. */
export interface Cluster {
  readonly name: string;
  readonly region: string;
  readonly recipe: RecipeName;
  readonly blueprint: BlueprintName;
  /** Number of minions asked for; of machines for `fleet`, 1 for `single`. */
  readonly size: number;
  readonly keyPair: string;
  /** CloudFormation stack id (ARN), `launch:ID` for a launch without a stack, null when attached by --host. */
  readonly stackId: string | null;
  /** The way in: where all machines are alike (`single`, `fleet`), the first of them. */
  readonly master: MasterAddress | null;
}

/** A fleet member as fleetctl lists it, joined with its EC2 instance where one is known. */
export interface Machine {
  /** 32 hex digits, whole. */
  readonly id: string;
  readonly ip: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly role: Role | null;
  readonly instanceId: string | null;
  readonly instanceType: string | null;
  readonly zone: string | null;
  /** EC2's word (`running`, `terminated`, …), null when unknown. */
  readonly state: string | null;
  readonly launchTime: number | null;
  /** Since when fleet no longer lists it; absent for a machine in fleet. */
  readonly lostAt?: number;
}

/** A systemd unit as fleet lists it, once for each machine it is loaded on. */
export interface Unit {
  readonly name: string;
  readonly machineId: string | null;
  readonly ip: string | null;
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  readonly hash: string | null;
  /** `fleet`: scheduled by fleet; `systemd`: the node's own (etcd, flannel, kube-*), read from systemctl. */
  readonly source: 'fleet' | 'systemd';
  readonly description: string | null;
}

export interface Minion {
  /** The name it registered by: its address. */
  readonly name: string;
  /** `resources.capacity` as kubecfg prints it. */
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly registered: boolean;
}

export interface Pod {
  readonly name: string;
  readonly images: readonly string[];
  /** Address of the minion, null while unassigned. */
  readonly host: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** `Waiting`, `Running`, `Terminated`. */
  readonly status: string;
  readonly podIp: string | null;
  /** It was to run once, and has ended well. */
  readonly finished?: true;
  readonly containers: readonly {
    readonly name: string;
    readonly image: string;
    readonly state: string;
    readonly restarts: number;
  }[];
}

export interface Service {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: Readonly<Record<string, string>>;
  readonly port: number;
}

export interface ReplicationController {
  readonly name: string;
  readonly images: readonly string[];
  readonly selector: Readonly<Record<string, string>>;
  readonly replicas: number;
}

/** What is wrong with a cluster now, why, and what to do. */
export interface Problem {
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

export type HealthWord = 'healthy' | 'degraded' | 'down';

/** The kinds of thing that are polled, each by its own poller. */
export const KINDS = ['machines', 'units', 'minions', 'pods', 'services', 'controllers'] as const;
export type Kind = (typeof KINDS)[number];

/** Of them, those that a blueprint has: without Kubernetes there are machines and units. */
export const kindsOf = (blueprint: BlueprintName): readonly Kind[] =>
  blueprint === 'kubernetes' ? KINDS : ['machines', 'units'];

/** The row type of each kind. */
export interface RowOf {
  readonly machines: Machine;
  readonly units: Unit;
  readonly minions: Minion;
  readonly pods: Pod;
  readonly services: Service;
  readonly controllers: ReplicationController;
}

/** One entry of a journal. */
export interface LogEntry {
  /** Microseconds since the epoch, as journald counts (`__REALTIME_TIMESTAMP`). */
  readonly timeUs: number;
  readonly machineId: string;
  readonly ip: string | null;
  readonly unit: string;
  /** syslog priority 0 (emerg) to 7 (debug), null when the entry has none. */
  readonly priority: number | null;
  /** Who wrote it: SYSLOG_IDENTIFIER, else _COMM, else the unit. */
  readonly identifier: string;
  /** Decoded leniently (broken UTF-8 becomes U+FFFD); control characters are still in it. Never draw it raw. */
  readonly message: string;
  /** journald's cursor, to resume after it. */
  readonly cursor: string | null;
}
