/**
 * Owns the systemd of one host: jobs that wait for what they come after, what a start or stop takes along, timers, and units
 * that have no process (service.ts plays those that have). All state is in UnitState; this plays it.
 * Facts: systemd.unit(5) and the journals recorded with systemd 252.
 */
import type { SystemdUnit } from '../contract.ts';
import type { Machine } from './machine.ts';
import { dueOf, ended } from './processes.ts';
import { isDue, Services, type UnitManager } from './service.ts';
import { names, specifiers, timeSpan, value } from './unit-file.ts';
import { unmetCondition } from './unit-settings.ts';
import { type Exit, fileOf, newUnit, type UnitState, unitsOf } from './unit-state.ts';

export class Systemd implements UnitManager {
  readonly #machine: Machine;
  readonly #services: Services;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#services = new Services(machine, this);
  }

  get #units(): Record<string, UnitState> {
    return unitsOf(this.#machine.state);
  }

  // ------------------------------------------------------------ looking

  /** The unit, read from /etc or /run when nobody has named it before. */
  find(name: string): UnitState | undefined {
    const known = this.#units[name];
    if (known !== undefined) return known;
    const template = name.includes('@') ? name.replace(/@.*(\.[a-z]+)$/, '@$1') : null;
    // Not as `fleet`: what fleet's agent did not bring, it would take away again.
    for (const directory of ['/etc/systemd/system', '/run/systemd/system']) {
      const stored = this.#machine.state.files[`${directory}/${name}`];
      if (stored !== undefined) return this.#add(name, stored.text, 'cloud-config');
    }
    const from = template === null || template === name ? undefined : this.find(template);
    return from === undefined ? undefined : this.#add(name, from.content, from.origin);
  }

  #add(name: string, content: string, origin: SystemdUnit['origin']): UnitState {
    const unit = newUnit(name, content, origin, this.#machine.now());
    this.#units[name] = unit;
    return unit;
  }

  description(unit: SystemdUnit): string {
    return value(fileOf(unit), 'Unit', 'Description') ?? unit.name;
  }

  // ------------------------------------------------------------ orders from outside

  load(name: string, content: string, origin: SystemdUnit['origin']): void {
    const unit = this.#units[name];
    if (unit === undefined) this.#add(name, content, origin);
    else {
      unit.content = content;
      unit.origin = origin;
    }
    this.#machine.touch();
  }

  unload(name: string): void {
    const unit = this.#units[name];
    if (unit === undefined) return;
    this.stop(name);
    if (unit.main !== null) ended(this.#machine, unit.main, 137);
    delete this.#units[name];
    this.#machine.touch();
  }

  /** Queues a start with all that it requires. Returns why it cannot be queued, or null. */
  start(name: string): string | null {
    const jobs = new Set<UnitState>();
    const error = this.#collect(name, jobs, new Set());
    if (error !== null) {
      this.#log(name, `Failed to start ${name}: ${error}`, 3);
      return error;
    }
    for (const unit of jobs) {
      unit.wanted = true;
      unit.job = 'start';
      unit.until = null;
      for (const other of names(fileOf(unit), 'Unit', 'Conflicts')) this.stop(other);
    }
    this.goOn();
    this.#machine.touch();
    return null;
  }

  #collect(name: string, jobs: Set<UnitState>, seen: Set<string>): string | null {
    if (seen.has(name)) return null;
    seen.add(name);
    const unit = this.find(name);
    if (unit === undefined) return `Unit ${name} not found.`;
    if (unit.load === 'masked') return `Unit ${name} is masked.`;
    if (unit.active === 'active' || unit.job === 'start') return null;
    if (unit.active === 'activating' && unit.sub !== 'auto-restart') return null;
    const file = fileOf(unit);
    for (const required of this.#requires(unit)) {
      const error = this.#collect(required, jobs, seen);
      if (error !== null) return error;
    }
    for (const wanted of names(file, 'Unit', 'Wants')) this.#collect(wanted, jobs, seen);
    jobs.add(unit);
    return null;
  }

  #requires(unit: UnitState): string[] {
    const file = fileOf(unit);
    return [...names(file, 'Unit', 'Requires'), ...names(file, 'Unit', 'BindsTo')];
  }

  /** Stops a unit and every active one that requires it. */
  stop(name: string): void {
    this.#stopWith(name, new Set());
    this.#machine.touch();
  }

  /** `seen` because units may be part of each other, as docker's socket and service are. */
  #stopWith(name: string, seen: Set<string>): void {
    const unit = this.#units[name];
    if (unit === undefined || seen.has(name)) return;
    seen.add(name);
    unit.wanted = false;
    unit.job = null;
    unit.restartAfterStop = false;
    for (const dependant of this.#dependants(name)) this.#stopWith(dependant.name, seen);
    this.#enterStop(unit);
  }

  restart(name: string): string | null {
    const unit = this.find(name);
    if (unit === undefined || unit.active !== 'active') return this.start(name);
    const again = [unit, ...this.#dependants(name)].filter((one) => one.active === 'active');
    this.stop(name);
    for (const one of again) {
      one.restartAfterStop = true;
      one.wanted = true;
    }
    return null;
  }

  #dependants(name: string): UnitState[] {
    return Object.values(this.#units).filter(
      (unit) =>
        (unit.active === 'active' || unit.active === 'activating' || unit.job === 'start') &&
        (this.#requires(unit).includes(name) || names(fileOf(unit), 'Unit', 'PartOf').includes(name)),
    );
  }

  resetFailed(name: string): void {
    const unit = this.#units[name];
    if (unit?.active !== 'failed') return;
    this.enter(unit, 'inactive', 'dead');
    unit.result = 'success';
    unit.starts = [];
  }

  /** Sends a signal to the main process (`docker kill`, `systemctl kill`, faults). */
  kill(name: string, exit: Exit): void {
    const unit = this.#units[name];
    if (unit?.main === null || unit?.main === undefined) return;
    ended(this.#machine, unit.main, exit.kind === 'exited' ? exit.status : 128 + exit.signal);
    this.#services.mainEnded(unit, exit);
    this.goOn();
    this.#machine.touch();
  }

  containerEnded(name: string, id: string, status: number): void {
    if (this.#units[name]?.main?.container === id) this.kill(name, { kind: 'exited', status });
  }

  // ------------------------------------------------------------ time

  /** When something happens next on this host, null when nothing does. */
  due(): number | null {
    let due: number | null = null;
    const take = (at: number | null): void => {
      if (at !== null && (due === null || at < due)) due = at;
    };
    for (const unit of Object.values(this.#units)) {
      if (unit.active === 'inactive' && unit.until === null) continue;
      take(unit.until);
      take(unit.deadline);
      take(unit.nextElapse);
      take(dueOf(unit.main));
      take(dueOf(unit.control));
    }
    return due;
  }

  /** Plays all that is due at the machine's now. */
  step(): void {
    const now = this.#machine.now();
    for (const unit of Object.values(this.#units)) {
      this.#services.step(unit, now);
      if (isDue(unit.nextElapse, now)) this.#elapse(unit);
    }
    this.goOn();
  }

  // ------------------------------------------------------------ jobs

  goOn(): void {
    for (let again = true; again; ) {
      again = false;
      for (const unit of Object.values(this.#units)) {
        if (unit.job !== 'start' || unit.active === 'deactivating') continue;
        const ready = this.#readiness(unit);
        if (ready === 'wait') continue;
        again = true;
        unit.job = null;
        if (ready === 'go') this.#begin(unit);
        else {
          this.say(unit, `Dependency failed for ${this.title(unit)}.`, 4);
          this.say(unit, `${unit.name}: Job ${unit.name}/start failed with result 'dependency'.`, 5);
          if (unit.active !== 'inactive' && unit.active !== 'failed') this.enter(unit, 'inactive', 'dead');
        }
      }
    }
  }

  /** May a queued unit start now? */
  #readiness(unit: UnitState): 'go' | 'wait' | 'dependency' {
    const file = fileOf(unit);
    const after = new Set(names(file, 'Unit', 'After'));
    for (const name of after) {
      const other = this.#units[name];
      if (other === undefined || other === unit) continue;
      if (other.job === 'start' || other.active === 'deactivating') return 'wait';
      if (other.active === 'activating' && other.sub !== 'auto-restart') return 'wait';
    }
    for (const name of this.#requires(unit)) {
      const other = this.#units[name];
      if (!after.has(name) || other?.active === 'active' || other?.skipped === true) continue;
      return 'dependency';
    }
    return 'go';
  }

  // ------------------------------------------------------------ starting

  #begin(unit: UnitState): void {
    const machine = this.#machine;
    unit.skipped = false;
    const failed = unmetCondition(machine, unit);
    if (failed !== null) {
      unit.skipped = true;
      this.say(unit, `${this.title(unit)} was skipped because of an unmet condition check (${failed}).`, 6);
      if (unit.active !== 'inactive') this.enter(unit, 'inactive', 'dead');
      return;
    }
    unit.invocation = [0, 1, 2, 3]
      .map(() =>
        Math.floor(machine.hosts.random() * 2 ** 32)
          .toString(16)
          .padStart(8, '0'),
      )
      .join('');
    unit.result = 'success';
    unit.exitStatus = null;
    unit.lastControl = null;
    const kind = unit.name.slice(unit.name.lastIndexOf('.') + 1);
    if (kind === 'service') this.#services.begin(unit);
    else this.#beginPassive(unit, kind);
  }

  #beginPassive(unit: UnitState, kind: string): void {
    const file = fileOf(unit);
    const [sub, text] = (
      {
        target: ['active', `Reached target ${this.title(unit)}.`],
        socket: ['listening', `Listening on ${this.title(unit)}.`],
        mount: ['mounted', `Mounted ${this.title(unit)}.`],
        timer: ['waiting', `Started ${this.title(unit)}.`],
        path: ['waiting', `Started ${this.title(unit)}.`],
        slice: ['active', `Created slice ${this.title(unit)}.`],
      } as Record<string, [string, string]>
    )[kind] ?? ['active', `Started ${this.title(unit)}.`];
    this.enter(unit, 'active', sub);
    this.say(unit, text, 6);
    if (kind !== 'timer') return;
    const first = ['OnActiveSec', 'OnBootSec', 'OnUnitActiveSec']
      .map((key) => value(file, 'Timer', key))
      .find((one) => one !== undefined);
    const period = first === undefined ? undefined : timeSpan(first);
    unit.nextElapse = this.#machine.after(period ?? 3_600_000);
  }

  #elapse(unit: UnitState): void {
    const file = fileOf(unit);
    unit.nextElapse = null;
    if (unit.active !== 'active') return;
    const service = value(file, 'Timer', 'Unit') ?? unit.name.replace(/\.timer$/, '.service');
    this.start(service);
    const again = value(file, 'Timer', 'OnUnitActiveSec') ?? value(file, 'Timer', 'OnCalendar');
    const period = again === undefined ? undefined : timeSpan(again);
    if (again !== undefined) unit.nextElapse = this.#machine.after(Math.max(1000, period ?? 3_600_000));
  }

  // ------------------------------------------------------------ stopping

  #enterStop(unit: UnitState): void {
    if (unit.active === 'inactive' || unit.active === 'failed' || unit.active === 'deactivating') return;
    unit.deadline = null;
    unit.nextElapse = null;
    if (unit.sub === 'auto-restart') {
      unit.until = null;
      this.say(unit, `Stopped ${this.title(unit)}.`, 6);
      this.enter(unit, 'inactive', 'dead');
      return;
    }
    const kind = unit.name.slice(unit.name.lastIndexOf('.') + 1);
    if (kind !== 'service') {
      const words: Record<string, string> = {
        target: 'Stopped target',
        socket: 'Closed',
        mount: 'Unmounted',
        slice: 'Removed slice',
      };
      this.enter(unit, 'inactive', 'dead');
      this.say(unit, `${words[kind] ?? 'Stopped'} ${this.title(unit)}.`, 6);
      return;
    }
    this.#services.stop(unit);
  }

  // ------------------------------------------------------------ for service.ts

  /** `NAME - Description`, or the name alone, as systemd 252 calls a unit in its messages. */
  title(unit: UnitState): string {
    const description = this.description(unit);
    return description === unit.name
      ? unit.name
      : `${unit.name} - ${specifiers(description, unit.name, this.#machine.state)}`;
  }

  socketOf(unit: UnitState): UnitState | undefined {
    const socket = this.#units[unit.name.replace(/\.service$/, '.socket')];
    return socket === unit ? undefined : socket;
  }

  /** systemd restarts a service by a restart job, which takes along the units that require it. */
  restartDue(unit: UnitState): void {
    for (const dependant of this.#dependants(unit.name)) {
      if (dependant.active !== 'active') continue;
      this.stop(dependant.name);
      dependant.restartAfterStop = true;
      dependant.wanted = true;
    }
    unit.job = 'start';
  }

  stopped(unit: UnitState): void {
    if (!unit.restartAfterStop) return;
    unit.restartAfterStop = false;
    this.start(unit.name);
  }

  enter(unit: UnitState, active: SystemdUnit['active'], sub: string): void {
    if (unit.active !== active)
      unit.activeSince = active === 'active' ? this.#machine.now() : unit.activeSince;
    unit.active = active;
    unit.sub = sub;
    unit.since = this.#machine.now();
    if (sub !== 'auto-restart') unit.until = null;
    this.#machine.touch();
  }

  say(unit: UnitState, message: string, priority: number): void {
    this.#log(unit.name, message, priority);
  }

  #log(unit: string, message: string, priority: number): void {
    this.#machine.log({ unit, identifier: 'systemd', pid: 1, priority, message });
  }
}
