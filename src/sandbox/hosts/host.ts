/**
 * Owns one running host: the Host of the contract over an InstanceState, its time, and its parts (systemd, journal, files).
 */
import {
  EMPTY_ETCD,
  type EtcdCluster,
  type Host,
  type HostState,
  type Hosts,
  type InstanceState,
  type JournalEntry,
  type SystemdUnit,
} from '../contract.ts';
import { quorum } from './etcd.ts';
import { Files } from './files.ts';
import { Journal } from './journal.ts';
import type { Machine } from './machine.ts';
import { Systemd } from './systemd.ts';
import { unitsOf } from './unit-state.ts';
import { STARTED_AT_BOOT } from './vendor-units.ts';

/** Simulated ms from power-on until sshd answers. */
export const SSHD_UP_MS = 6000;

export class RunningHost implements Machine {
  readonly instance: InstanceState;
  readonly state: HostState;
  readonly hosts: Hosts;
  readonly systemd: Systemd;
  readonly files: Files;
  readonly messages: Journal;
  readonly #changed: () => void;
  #playing: number | null = null;
  #due: number | null | 'unknown' = 'unknown';

  constructor(instance: InstanceState, state: HostState, hosts: Hosts, changed: () => void) {
    this.instance = instance;
    this.state = state;
    this.hosts = hosts;
    this.#changed = changed;
    this.systemd = new Systemd(this);
    this.files = new Files(state, () => this.now());
    this.messages = new Journal(state);
  }

  /** Starts what every boot starts. */
  powerOn(at: number): void {
    this.#playing = at;
    try {
      this.log({
        unit: 'init.scope',
        identifier: 'kernel',
        message: `Linux version 3.17.2+ (buildbot@buildbot) #2 SMP`,
      });
      this.log({
        unit: 'init.scope',
        identifier: 'systemd',
        pid: 1,
        message: `Set hostname to <${this.state.hostname}>.`,
      });
      for (const name of STARTED_AT_BOOT) this.systemd.start(name);
    } finally {
      this.#playing = null;
    }
  }

  now(): number {
    return this.#playing ?? this.hosts.clock.now();
  }

  after(simulatedMs: number): number {
    return this.now() + simulatedMs / this.hosts.world.speed;
  }

  /** When something happens next, null when nothing does. */
  due(): number | null {
    if (this.#due === 'unknown') this.#due = this.systemd.due();
    return this.#due;
  }

  /** Plays what is due at `at`. */
  play(at: number): void {
    this.#playing = at;
    this.#due = 'unknown';
    try {
      this.systemd.step();
    } finally {
      this.#playing = null;
      this.#due = 'unknown';
    }
  }

  touch(): void {
    this.#due = 'unknown';
    this.#changed();
  }

  nextPid(): number {
    this.state.nextPid += 1 + (this.state.nextPid % 3);
    if (this.state.nextPid > 32_000) this.state.nextPid = 300;
    return this.state.nextPid;
  }

  /** sshd answers: booted, and packets reach the host. */
  sshUp(now: number): boolean {
    return now >= this.state.bootedAt + SSHD_UP_MS / this.hosts.world.speed && !this.unreachable();
  }

  unreachable(): boolean {
    return this.state.unreachableUntil !== null && this.state.unreachableUntil > this.hosts.clock.now();
  }

  active(unit: string): boolean {
    return this.state.units[unit]?.active === 'active';
  }

  unit(name: string): SystemdUnit | undefined {
    return this.state.units[name];
  }

  loadUnit(name: string, content: string, origin: SystemdUnit['origin']): void {
    this.systemd.load(name, content, origin);
  }

  startUnit(name: string): void {
    this.systemd.start(name);
  }

  stopUnit(name: string): void {
    this.systemd.stop(name);
  }

  unloadUnit(name: string): void {
    this.systemd.unload(name);
  }

  log(entry: Parameters<Host['log']>[0]): void {
    const { unit, identifier, priority = 6, message, pid = null } = entry;
    this.messages.append({ unit, identifier, pid, priority, message }, this.now());
  }

  journal(unit: string | null, lines: number): readonly JournalEntry[] {
    return this.messages.newest((entry) => unit === null || entry.unit === unit, lines);
  }

  etcdKey(): string {
    return this.state.etcdToken ?? this.instance.id;
  }

  etcdCluster(): EtcdCluster {
    const { etcd } = this.hosts.world;
    const key = this.etcdKey();
    etcd[key] ??= EMPTY_ETCD(key);
    return etcd[key];
  }

  etcd(): EtcdCluster | null {
    const unit = unitsOf(this.state)['etcd.service'];
    if (unit?.active !== 'active' || unit.main?.memo.joined !== 1) return null;
    return this.etcdCluster();
  }

  hasQuorum(): boolean {
    return this.etcd() !== null && quorum(this);
  }
}
