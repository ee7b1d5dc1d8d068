/**
 * Owns what the parts of a host (systemd, processes, tools) may use of it: the Host of the contract, widened by the time of
 * the event being played, the journal, the files and the etcd membership.
 */
import type { EtcdCluster, Host, HostState, Hosts, InstanceState } from '../contract.ts';
import type { Files } from './files.ts';
import type { Journal } from './journal.ts';
import type { Systemd } from './systemd.ts';

export interface Machine extends Host {
  readonly instance: InstanceState;
  readonly state: HostState;
  readonly hosts: Hosts;
  readonly systemd: Systemd;
  readonly files: Files;
  readonly messages: Journal;
  /** Real time of the event that is played (epoch ms). */
  now(): number;
  /** The real time that is `simulatedMs` from now. */
  after(simulatedMs: number): number;
  /** The discovery token of its etcd, or its own name for an etcd on its own. */
  etcdKey(): string;
  /** The cluster of its token, whether its etcd runs or not; made when it is first asked for. */
  etcdCluster(): EtcdCluster;
  /** No packets reach it or leave it now. */
  unreachable(): boolean;
  nextPid(): number;
  /** Something changed that is worth saving. */
  touch(): void;
}
