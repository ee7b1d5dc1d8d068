/**
 * Owns the systemd of one host: jobs that wait for what they come after, services from ExecStartPre to ExecStopPost,
 * conditions, restarts, timeouts, and the lines that systemd writes about them. All state is in UnitState; this plays it.
 * Facts: systemd.unit(5), systemd.service(5) and the journals recorded with systemd 252.
 */
import type { SystemdUnit } from '../contract.ts';
import type { Machine } from './machine.ts';
import { dueOf, ended, play, programName, spawn } from './processes.ts';
import {
  execLines,
  expandArguments,
  isYes,
  names,
  parseEnvironment,
  specifiers,
  splitWords,
  timeSpan,
  value,
  values,
} from './unit-file.ts';
import { describeExit, type Exit, fileOf, newUnit, type UnitState, unitsOf } from './unit-state.ts';

/** Simulated ms between SIGTERM and the end of a process. */
const TERM_MS = 250;
const START_LIMIT = { burst: 5, intervalMs: 10_000 };

export class Systemd {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
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

  /** `NAME - Description`, or the name alone, as systemd 252 calls a unit in its messages. */
  #title(unit: UnitState): string {
    const description = this.description(unit);
    return description === unit.name
      ? unit.name
      : `${unit.name} - ${specifiers(description, unit.name, this.#machine.state)}`;
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
      this.#say(name, `Failed to start ${name}: ${error}`, 3);
      return error;
    }
    for (const unit of jobs) {
      unit.wanted = true;
      unit.job = 'start';
      unit.until = null;
      for (const other of names(fileOf(unit), 'Unit', 'Conflicts')) this.stop(other);
    }
    this.#runJobs();
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
    this.#enter(unit, 'inactive', 'dead');
    unit.result = 'success';
    unit.starts = [];
  }

  /** Sends a signal to the main process (`docker kill`, `systemctl kill`, faults). */
  kill(name: string, exit: Exit): void {
    const unit = this.#units[name];
    if (unit?.main === null || unit?.main === undefined) return;
    ended(this.#machine, unit.main, exit.kind === 'exited' ? exit.status : 128 + exit.signal);
    this.#mainEnded(unit, exit);
    this.#runJobs();
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
      if (unit.control !== null && isDue(dueOf(unit.control), now)) {
        const exit = play(this.#machine, unit, unit.control, true);
        if (exit !== null) this.#controlEnded(unit, exit);
      }
      if (unit.main !== null && isDue(dueOf(unit.main), now)) {
        const exit = play(this.#machine, unit, unit.main, unit.active !== 'active');
        if (exit !== null) this.#mainEnded(unit, exit);
      }
      if (isDue(unit.until, now)) this.#timer(unit);
      if (isDue(unit.deadline, now)) this.#timedOut(unit);
      if (isDue(unit.nextElapse, now)) this.#elapse(unit);
    }
    this.#runJobs();
  }

  // ------------------------------------------------------------ jobs

  #runJobs(): void {
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
          this.#say(unit.name, `Dependency failed for ${this.#title(unit)}.`, 4);
          this.#say(unit.name, `${unit.name}: Job ${unit.name}/start failed with result 'dependency'.`, 5);
          if (unit.active !== 'inactive' && unit.active !== 'failed') this.#enter(unit, 'inactive', 'dead');
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
    const failed = this.#unmetCondition(unit);
    if (failed !== null) {
      unit.skipped = true;
      this.#say(
        unit.name,
        `${this.#title(unit)} was skipped because of an unmet condition check (${failed}).`,
        6,
      );
      if (unit.active !== 'inactive') this.#enter(unit, 'inactive', 'dead');
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
    if (kind !== 'service') {
      this.#beginPassive(unit, kind);
      return;
    }
    const limit = machine.now() - START_LIMIT.intervalMs / machine.hosts.world.speed;
    unit.starts = unit.starts.filter((at) => at > limit);
    if (unit.starts.length >= START_LIMIT.burst) {
      this.#say(unit.name, `${unit.name}: Start request repeated too quickly.`, 4);
      unit.result = unit.result === 'success' ? 'start-limit-hit' : unit.result;
      this.#failed(unit, false);
      this.#say(unit.name, `Failed to start ${this.#title(unit)}.`, 3);
      return;
    }
    unit.starts.push(machine.now());
    const file = fileOf(unit);
    const missing = this.#missingEnvironment(unit);
    const pre = execLines(file, 'ExecStartPre');
    if (pre.length > 0 || this.#type(unit) !== 'simple')
      this.#say(unit.name, `Starting ${this.#title(unit)}...`, 6);
    if (missing !== null) {
      this.#say(unit.name, `${unit.name}: Failed to load environment files: No such file or directory`, 3);
      this.#say(
        unit.name,
        `${unit.name}: Failed to run '${pre.length > 0 ? 'start-pre' : 'start'}' task: No such file or directory`,
        3,
      );
      unit.result = 'resources';
      this.#failed(unit, true);
      this.#say(unit.name, `Failed to start ${this.#title(unit)}.`, 3);
      return;
    }
    const limitText = value(file, 'Service', 'TimeoutStartSec') ?? value(file, 'Service', 'TimeoutSec');
    const timeout =
      limitText === undefined
        ? this.#type(unit) === 'oneshot'
          ? 0
          : 90_000
        : (timeSpan(limitText) ?? 90_000);
    unit.deadline = timeout > 0 && Number.isFinite(timeout) ? machine.after(timeout) : null;
    unit.step = 0;
    this.#enter(unit, 'activating', 'start-pre');
    this.#nextPre(unit);
  }

  #beginPassive(unit: UnitState, kind: string): void {
    const file = fileOf(unit);
    const [sub, text] = (
      {
        target: ['active', `Reached target ${this.#title(unit)}.`],
        socket: ['listening', `Listening on ${this.#title(unit)}.`],
        mount: ['mounted', `Mounted ${this.#title(unit)}.`],
        timer: ['waiting', `Started ${this.#title(unit)}.`],
        path: ['waiting', `Started ${this.#title(unit)}.`],
        slice: ['active', `Created slice ${this.#title(unit)}.`],
      } as Record<string, [string, string]>
    )[kind] ?? ['active', `Started ${this.#title(unit)}.`];
    this.#enter(unit, 'active', sub);
    this.#say(unit.name, text, 6);
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

  #unmetCondition(unit: UnitState): string | null {
    const { files } = this.#machine;
    const checks: Record<string, (path: string) => boolean> = {
      ConditionFileIsExecutable: (path) => files.isExecutable(path),
      ConditionPathExists: (path) => files.stat(path) !== undefined,
      ConditionPathIsDirectory: (path) => files.stat(path)?.directory === true,
      ConditionFileNotEmpty: (path) => (files.stat(path)?.size ?? 0) > 0,
    };
    for (const [key, check] of Object.entries(checks)) {
      for (const text of values(fileOf(unit), 'Unit', key)) {
        const negated = text.startsWith('!');
        if (check(text.replace(/^[!|]+/, '')) === negated) return `${key}=${text}`;
      }
    }
    return null;
  }

  #missingEnvironment(unit: UnitState): string | null {
    const files = values(fileOf(unit), 'Service', 'EnvironmentFile');
    return (
      files.find((path) => !path.startsWith('-') && this.#machine.files.read(path) === undefined) ?? null
    );
  }

  #environment(unit: UnitState): Record<string, string> {
    const file = fileOf(unit);
    const env: Record<string, string> = {
      PATH: '/usr/local/bin:/usr/bin:/usr/local/sbin:/usr/sbin',
      LANG: 'en_US.UTF-8',
    };
    const drops = Object.entries(this.#machine.state.files)
      .filter(
        ([path]) =>
          path.startsWith(`/run/systemd/system/${unit.name}.d/`) ||
          path.startsWith(`/etc/systemd/system/${unit.name}.d/`),
      )
      .flatMap(([, one]) => one.text.match(/^Environment=.*$/gm) ?? [])
      .map((line) => line.slice('Environment='.length));
    for (const text of [...values(file, 'Service', 'Environment'), ...drops]) {
      for (const word of splitWords(specifiers(text, unit.name, this.#machine.state))) {
        const [key = '', rest = ''] = word.split(/=(.*)/s);
        env[key] = rest;
      }
    }
    for (const path of values(file, 'Service', 'EnvironmentFile')) {
      Object.assign(env, parseEnvironment(this.#machine.files.read(path.replace(/^-/, '')) ?? ''));
    }
    return env;
  }

  #type(unit: UnitState): string {
    const file = fileOf(unit);
    return (
      value(file, 'Service', 'Type') ?? (execLines(file, 'ExecStart').length === 0 ? 'oneshot' : 'simple')
    );
  }

  /** Spawns one Exec line; a program that cannot be run is a process that ends with 203. */
  #exec(unit: UnitState, key: string, index: number): 'started' | 'none' | 'failed' {
    const machine = this.#machine;
    const line = execLines(fileOf(unit), key)[index];
    if (line === undefined) return 'none';
    const env = this.#environment(unit);
    if (unit.main !== null) env.MAINPID = String(unit.main.pid);
    const text = specifiers(line.text, unit.name, machine.state);
    const argv = expandArguments(splitWords(text), env);
    const pid = machine.nextPid();
    const main = key === 'ExecStart';
    const process = spawn(machine, unit, argv, {
      env,
      text: argv.map(quoted).join(' '),
      waiting: !main || this.#type(unit) === 'oneshot',
      pid,
    });
    if (!('failure' in process)) {
      if (main) {
        unit.main = process;
        unit.mainPid = pid;
        unit.lastMain = { pid, text: process.text, startedAt: machine.now(), endedAt: null, exit: null };
      } else unit.control = process;
      return 'started';
    }
    if (main) {
      const began = { pid, text: argv.join(' '), startedAt: machine.now(), endedAt: null, exit: null };
      unit.lastMain = began;
    }
    if (!line.ignoreFailure || main) this.#cannotExecute(unit, pid, process.path, process.failure);
    const exit: Exit = { kind: 'exited', status: 203 };
    if (main) this.#mainEnded(unit, exit);
    else this.#controlEnded(unit, exit, index);
    return 'failed';
  }

  #cannotExecute(unit: UnitState, pid: number, path: string, why: 'missing' | 'not-executable'): void {
    const name = programName([path]);
    const identifier = `(${name.length > 8 ? name.slice(-8) : name})`;
    const text = why === 'missing' ? 'No such file or directory' : 'Permission denied';
    const log = (message: string): void =>
      this.#machine.log({
        unit: unit.name,
        identifier,
        pid,
        priority: 3,
        message: `${unit.name}: ${message}`,
      });
    if (why === 'missing') log(`Failed to locate executable ${path}: ${text}`);
    log(`Failed at step EXEC spawning ${path}: ${text}`);
  }

  #nextPre(unit: UnitState): void {
    if (this.#exec(unit, 'ExecStartPre', unit.step) !== 'none') return;
    unit.step = 0;
    this.#startMain(unit);
  }

  #startMain(unit: UnitState): void {
    const file = fileOf(unit);
    const type = this.#type(unit);
    this.#enter(unit, 'activating', 'start');
    if (type !== 'oneshot' && execLines(file, 'ExecStartPost').length === 0) {
      // A simple service is up as soon as its process exists, and says so before a missing program is noticed.
      if (type === 'simple' || type === 'idle' || type === 'exec') this.#started(unit);
      const began = this.#exec(unit, 'ExecStart', 0);
      if (began === 'started' && unit.active !== 'active') this.#started(unit);
      return;
    }
    const began = this.#exec(unit, 'ExecStart', unit.step);
    if (type === 'oneshot') {
      if (began === 'none') this.#nextPost(unit, 0);
      return;
    }
    if (began === 'started') this.#nextPost(unit, 0);
  }

  #nextPost(unit: UnitState, index: number): void {
    unit.step = index;
    const began = this.#exec(unit, 'ExecStartPost', index);
    if (began === 'started') this.#enter(unit, 'activating', 'start-post');
    else if (began === 'none') this.#started(unit);
  }

  /** The start is complete. */
  #started(unit: UnitState): void {
    unit.deadline = null;
    unit.step = 0;
    const file = fileOf(unit);
    if (this.#type(unit) === 'oneshot') {
      const stays = isYes(value(file, 'Service', 'RemainAfterExit'));
      if (stays) this.#enter(unit, 'active', 'exited');
      else {
        this.#say(unit.name, `${unit.name}: Deactivated successfully.`, 6);
        this.#enter(unit, 'inactive', 'dead');
        unit.skipped = true;
      }
      this.#say(unit.name, `Finished ${this.#title(unit)}.`, 6);
    } else {
      this.#enter(unit, 'active', 'running');
      this.#say(unit.name, `Started ${this.#title(unit)}.`, 6);
    }
    for (const wanted of Object.values(this.#units)) {
      if (wanted.name === unit.name.replace(/\.service$/, '.socket') && wanted.active === 'active')
        wanted.sub = 'running';
    }
    this.#runJobs();
  }

  // ------------------------------------------------------------ ends

  #controlEnded(unit: UnitState, exit: Exit, at?: number): void {
    const control = unit.control;
    unit.control = null;
    const key = {
      'start-pre': 'ExecStartPre',
      'start-post': 'ExecStartPost',
      stop: 'ExecStop',
      'stop-post': 'ExecStopPost',
    }[unit.sub];
    const index = at ?? unit.step;
    const line = key === undefined ? undefined : execLines(fileOf(unit), key)[index];
    const good = (exit.kind === 'exited' && exit.status === 0) || line?.ignoreFailure === true;
    if (unit.sub === 'stop') {
      unit.step++;
      if (this.#exec(unit, 'ExecStop', unit.step) === 'none') this.#terminate(unit);
      return;
    }
    if (unit.sub !== 'start-pre' && unit.sub !== 'start-post') return;
    if (!good) {
      this.#say(unit.name, `${unit.name}: Control process exited, ${describeExit(exit, 'journal')}`, 5);
      unit.lastControl = { pid: control?.pid ?? 0, text: `${key}=${line?.text ?? ''}`, exit };
      unit.result = exit.kind === 'killed' ? 'signal' : 'exit-code';
      if (unit.main !== null) {
        ended(this.#machine, unit.main, 143);
        unit.main = null;
      }
      this.#failed(unit, true);
      this.#say(unit.name, `Failed to start ${this.#title(unit)}.`, 3);
      return;
    }
    unit.step = index + 1;
    if (unit.sub === 'start-pre') this.#nextPre(unit);
    else this.#nextPost(unit, unit.step);
  }

  #mainEnded(unit: UnitState, exit: Exit): void {
    const machine = this.#machine;
    const process = unit.main;
    unit.main = null;
    unit.mainPid = null;
    unit.exitStatus = exit.kind === 'exited' ? exit.status : null;
    if (unit.lastMain !== null) {
      unit.lastMain.exit = exit;
      unit.lastMain.endedAt = machine.now();
    }
    if (process !== null) ended(machine, process, exit.kind === 'exited' ? exit.status : 128 + exit.signal);
    if (unit.active === 'deactivating') return;
    const index = this.#type(unit) === 'oneshot' ? unit.step : 0;
    const ignored = execLines(fileOf(unit), 'ExecStart')[index]?.ignoreFailure === true;
    const clean =
      ignored || (exit.kind === 'exited' ? exit.status === 0 : [1, 2, 13, 15].includes(exit.signal));
    if (this.#type(unit) === 'oneshot' && unit.active === 'activating' && clean) {
      unit.step++;
      if (this.#exec(unit, 'ExecStart', unit.step) === 'none') this.#nextPost(unit, 0);
      return;
    }
    if (clean) {
      this.#say(unit.name, `${unit.name}: Deactivated successfully.`, 6);
      this.#over(unit, true);
      return;
    }
    this.#say(unit.name, `${unit.name}: Main process exited, ${describeExit(exit, 'journal')}`, 5);
    unit.result = exit.kind === 'killed' ? 'signal' : 'exit-code';
    const starting = unit.active === 'activating';
    this.#failed(unit, true);
    if (starting) this.#say(unit.name, `Failed to start ${this.#title(unit)}.`, 3);
  }

  #failed(unit: UnitState, mayRestart: boolean): void {
    this.#say(unit.name, `${unit.name}: Failed with result '${unit.result}'.`, 4);
    unit.deadline = null;
    this.#over(unit, false, mayRestart);
  }

  /** A service is over: dead, failed, or waiting for its restart. */
  #over(unit: UnitState, clean: boolean, mayRestart = true): void {
    const policy = value(fileOf(unit), 'Service', 'Restart') ?? 'no';
    const restarts =
      mayRestart &&
      (policy === 'always' ||
        (clean && policy === 'on-success') ||
        (!clean && (policy === 'on-failure' || (policy === 'on-abnormal' && unit.result !== 'exit-code'))));
    unit.control = null;
    if (!restarts) {
      this.#enter(unit, clean ? 'inactive' : 'failed', clean ? 'dead' : 'failed');
      return;
    }
    this.#enter(unit, 'activating', 'auto-restart');
    const wait = timeSpan(value(fileOf(unit), 'Service', 'RestartSec') ?? '100ms') ?? 100;
    unit.until = this.#machine.after(wait);
  }

  #timer(unit: UnitState): void {
    unit.until = null;
    if (unit.active === 'deactivating') {
      this.#stopped(unit);
      return;
    }
    if (unit.sub !== 'auto-restart') return;
    unit.restarts++;
    this.#say(unit.name, `${unit.name}: Scheduled restart job, restart counter is at ${unit.restarts}.`, 6);
    this.#say(unit.name, `Stopped ${this.#title(unit)}.`, 6);
    // systemd restarts a service by a restart job, which takes along the units that require it.
    for (const dependant of this.#dependants(unit.name)) {
      if (dependant.active !== 'active') continue;
      this.stop(dependant.name);
      dependant.restartAfterStop = true;
      dependant.wanted = true;
    }
    unit.job = 'start';
  }

  #timedOut(unit: UnitState): void {
    unit.deadline = null;
    if (unit.active !== 'activating') return;
    this.#say(unit.name, `${unit.name}: ${unit.sub} operation timed out. Terminating.`, 4);
    for (const process of [unit.main, unit.control]) if (process !== null) ended(this.#machine, process, 143);
    unit.main = null;
    unit.mainPid = null;
    unit.control = null;
    unit.result = 'timeout';
    this.#failed(unit, true);
    this.#say(unit.name, `Failed to start ${this.#title(unit)}.`, 3);
  }

  // ------------------------------------------------------------ stopping

  #enterStop(unit: UnitState): void {
    if (unit.active === 'inactive' || unit.active === 'failed' || unit.active === 'deactivating') return;
    unit.deadline = null;
    unit.nextElapse = null;
    if (unit.sub === 'auto-restart') {
      unit.until = null;
      this.#say(unit.name, `Stopped ${this.#title(unit)}.`, 6);
      this.#enter(unit, 'inactive', 'dead');
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
      this.#enter(unit, 'inactive', 'dead');
      this.#say(unit.name, `${words[kind] ?? 'Stopped'} ${this.#title(unit)}.`, 6);
      return;
    }
    this.#say(unit.name, `Stopping ${this.#title(unit)}...`, 6);
    if (unit.control !== null) unit.control = null;
    unit.step = 0;
    if (
      unit.active === 'active' &&
      unit.sub === 'running' &&
      execLines(fileOf(unit), 'ExecStop').length > 0
    ) {
      this.#enter(unit, 'deactivating', 'stop');
      if (this.#exec(unit, 'ExecStop', 0) === 'started') return;
    }
    this.#terminate(unit);
  }

  #terminate(unit: UnitState): void {
    this.#enter(unit, 'deactivating', 'stop-sigterm');
    unit.until = this.#machine.after(unit.main === null ? 1 : TERM_MS);
  }

  #stopped(unit: UnitState): void {
    if (unit.main !== null) {
      ended(this.#machine, unit.main, 143);
      if (unit.lastMain !== null) {
        unit.lastMain.exit = { kind: 'killed', signal: 15 };
        unit.lastMain.endedAt = this.#machine.now();
      }
    }
    unit.main = null;
    unit.mainPid = null;
    unit.control = null;
    unit.result = 'success';
    this.#say(unit.name, `${unit.name}: Deactivated successfully.`, 6);
    this.#enter(unit, 'inactive', 'dead');
    this.#say(unit.name, `Stopped ${this.#title(unit)}.`, 6);
    const socket = this.#units[unit.name.replace(/\.service$/, '.socket')];
    if (socket?.active === 'active' && socket !== unit) socket.sub = 'listening';
    if (!unit.restartAfterStop) return;
    unit.restartAfterStop = false;
    this.start(unit.name);
  }

  // ------------------------------------------------------------ small

  #enter(unit: UnitState, active: SystemdUnit['active'], sub: string): void {
    if (unit.active !== active)
      unit.activeSince = active === 'active' ? this.#machine.now() : unit.activeSince;
    unit.active = active;
    unit.sub = sub;
    unit.since = this.#machine.now();
    if (sub !== 'auto-restart') unit.until = null;
    this.#machine.touch();
  }

  #say(unit: string, message: string, priority: number): void {
    this.#machine.log({ unit, identifier: 'systemd', pid: 1, priority, message });
  }
}

function isDue(at: number | null, now: number): boolean {
  return at !== null && at <= now;
}

/** A word as `systemctl status` shows it in a command line. */
function quoted(word: string): string {
  return /[\s"'\\;]/.test(word) ? `"${word.replace(/["\\$`]/g, '\\$&')}"` : word;
}
