/**
 * Owns the life of a service: ExecStartPre, the main process, ExecStartPost, its end, its restart and its stop, and the lines
 * that systemd writes about them. The manager (systemd.ts) says when one may begin.
 * Facts: systemd.service(5) and the journals recorded with systemd 252.
 */
import type { Machine } from './machine.ts';
import { dueOf, ended, play, programName, spawn } from './processes.ts';
import { execLines, expandArguments, isYes, specifiers, splitWords, value } from './unit-file.ts';
import {
  missingEnvironment,
  restartDelay,
  serviceEnvironment,
  serviceType,
  startTimeout,
} from './unit-settings.ts';
import { describeExit, type Exit, fileOf, type UnitState } from './unit-state.ts';

/** Simulated ms between SIGTERM and the end of a process. */
const TERM_MS = 250;
const START_LIMIT = { burst: 5, intervalMs: 10_000 };

/** What a service asks of the manager that runs it. */
export interface UnitManager {
  title(unit: UnitState): string;
  enter(unit: UnitState, active: UnitState['active'], sub: string): void;
  say(unit: UnitState, message: string, priority: number): void;
  /** A unit came up or went down: what waited for it may begin. */
  goOn(): void;
  socketOf(unit: UnitState): UnitState | undefined;
  /** The time to restart has come. */
  restartDue(unit: UnitState): void;
  /** It has stopped. */
  stopped(unit: UnitState): void;
}

export class Services {
  readonly #machine: Machine;
  readonly #manager: UnitManager;

  constructor(machine: Machine, manager: UnitManager) {
    this.#machine = machine;
    this.#manager = manager;
  }

  /** Starts it: refuses too many starts in a row, then the first ExecStartPre. */
  begin(unit: UnitState): void {
    const machine = this.#machine;
    const limit = machine.now() - START_LIMIT.intervalMs / machine.hosts.world.speed;
    unit.starts = unit.starts.filter((at) => at > limit);
    if (unit.starts.length >= START_LIMIT.burst) {
      this.#say(unit, `${unit.name}: Start request repeated too quickly.`, 4);
      unit.result = unit.result === 'success' ? 'start-limit-hit' : unit.result;
      this.#failed(unit, false);
      this.#say(unit, `Failed to start ${this.#manager.title(unit)}.`, 3);
      return;
    }
    unit.starts.push(machine.now());
    const file = fileOf(unit);
    const missing = missingEnvironment(machine, unit);
    const pre = execLines(file, 'ExecStartPre');
    if (pre.length > 0 || serviceType(unit) !== 'simple')
      this.#say(unit, `Starting ${this.#manager.title(unit)}...`, 6);
    if (missing !== null) {
      this.#say(unit, `${unit.name}: Failed to load environment files: No such file or directory`, 3);
      this.#say(
        unit,
        `${unit.name}: Failed to run '${pre.length > 0 ? 'start-pre' : 'start'}' task: No such file or directory`,
        3,
      );
      unit.result = 'resources';
      this.#failed(unit, true);
      this.#say(unit, `Failed to start ${this.#manager.title(unit)}.`, 3);
      return;
    }
    const limitMs = startTimeout(unit);
    unit.deadline = limitMs === null ? null : machine.after(limitMs);
    unit.step = 0;
    this.#manager.enter(unit, 'activating', 'start-pre');
    this.#nextPre(unit);
  }

  /** Plays what its processes have to do by now. */
  step(unit: UnitState, now: number): void {
    if (unit.control !== null && isDue(dueOf(unit.control), now)) {
      const exit = play(this.#machine, unit, unit.control, true);
      if (exit !== null) this.#controlEnded(unit, exit);
    }
    if (unit.main !== null && isDue(dueOf(unit.main), now)) {
      const exit = play(this.#machine, unit, unit.main, unit.active !== 'active');
      if (exit !== null) this.mainEnded(unit, exit);
    }
    if (isDue(unit.until, now)) this.#timer(unit);
    if (isDue(unit.deadline, now)) this.#timedOut(unit);
  }

  /** Spawns one Exec line; a program that cannot be run is a process that ends with 203. */
  #exec(unit: UnitState, key: string, index: number): 'started' | 'none' | 'failed' {
    const machine = this.#machine;
    const line = execLines(fileOf(unit), key)[index];
    if (line === undefined) return 'none';
    const env = serviceEnvironment(machine, unit);
    if (unit.main !== null) env.MAINPID = String(unit.main.pid);
    const text = specifiers(line.text, unit.name, machine.state);
    const argv = expandArguments(splitWords(text), env);
    const pid = machine.nextPid();
    const main = key === 'ExecStart';
    const process = spawn(machine, unit, argv, {
      env,
      text: argv.map(quoted).join(' '),
      waiting: !main || serviceType(unit) === 'oneshot',
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
    if (main) this.mainEnded(unit, exit);
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
    const type = serviceType(unit);
    this.#manager.enter(unit, 'activating', 'start');
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
    if (began === 'started') this.#manager.enter(unit, 'activating', 'start-post');
    else if (began === 'none') this.#started(unit);
  }

  /** The start is complete. */
  #started(unit: UnitState): void {
    unit.deadline = null;
    unit.step = 0;
    const file = fileOf(unit);
    if (serviceType(unit) === 'oneshot') {
      const stays = isYes(value(file, 'Service', 'RemainAfterExit'));
      if (stays) this.#manager.enter(unit, 'active', 'exited');
      else {
        this.#say(unit, `${unit.name}: Deactivated successfully.`, 6);
        this.#manager.enter(unit, 'inactive', 'dead');
        unit.skipped = true;
      }
      this.#say(unit, `Finished ${this.#manager.title(unit)}.`, 6);
    } else {
      this.#manager.enter(unit, 'active', 'running');
      this.#say(unit, `Started ${this.#manager.title(unit)}.`, 6);
    }
    const socket = this.#manager.socketOf(unit);
    if (socket?.active === 'active') socket.sub = 'running';
    this.#manager.goOn();
  }

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
      this.#say(unit, `${unit.name}: Control process exited, ${describeExit(exit, 'journal')}`, 5);
      unit.lastControl = { pid: control?.pid ?? 0, text: `${key}=${line?.text ?? ''}`, exit };
      unit.result = exit.kind === 'killed' ? 'signal' : 'exit-code';
      if (unit.main !== null) {
        ended(this.#machine, unit.main, 143);
        unit.main = null;
      }
      this.#failed(unit, true);
      this.#say(unit, `Failed to start ${this.#manager.title(unit)}.`, 3);
      return;
    }
    unit.step = index + 1;
    if (unit.sub === 'start-pre') this.#nextPre(unit);
    else this.#nextPost(unit, unit.step);
  }

  /** The main process has ended, by itself or by a signal. */
  mainEnded(unit: UnitState, exit: Exit): void {
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
    const index = serviceType(unit) === 'oneshot' ? unit.step : 0;
    const ignored = execLines(fileOf(unit), 'ExecStart')[index]?.ignoreFailure === true;
    const clean =
      ignored || (exit.kind === 'exited' ? exit.status === 0 : [1, 2, 13, 15].includes(exit.signal));
    if (serviceType(unit) === 'oneshot' && unit.active === 'activating' && clean) {
      unit.step++;
      if (this.#exec(unit, 'ExecStart', unit.step) === 'none') this.#nextPost(unit, 0);
      return;
    }
    if (clean) {
      this.#say(unit, `${unit.name}: Deactivated successfully.`, 6);
      this.#over(unit, true);
      return;
    }
    this.#say(unit, `${unit.name}: Main process exited, ${describeExit(exit, 'journal')}`, 5);
    unit.result = exit.kind === 'killed' ? 'signal' : 'exit-code';
    const starting = unit.active === 'activating';
    this.#failed(unit, true);
    if (starting) this.#say(unit, `Failed to start ${this.#manager.title(unit)}.`, 3);
  }

  #failed(unit: UnitState, mayRestart: boolean): void {
    this.#say(unit, `${unit.name}: Failed with result '${unit.result}'.`, 4);
    unit.deadline = null;
    this.#over(unit, false, mayRestart);
  }

  /** A service is over: dead, failed, or waiting for its restart. */
  #over(unit: UnitState, clean: boolean, mayRestart = true): void {
    unit.control = null;
    const delay = mayRestart ? restartDelay(unit, clean) : null;
    if (delay === null) {
      this.#manager.enter(unit, clean ? 'inactive' : 'failed', clean ? 'dead' : 'failed');
      return;
    }
    this.#manager.enter(unit, 'activating', 'auto-restart');
    unit.until = this.#machine.after(delay);
  }

  /** Its waiting is over: SIGTERM has done its work, or the time to restart has come. */
  #timer(unit: UnitState): void {
    unit.until = null;
    if (unit.active === 'deactivating') this.#stopped(unit);
    else if (unit.sub === 'auto-restart') {
      unit.restarts++;
      this.#say(unit, `${unit.name}: Scheduled restart job, restart counter is at ${unit.restarts}.`, 6);
      this.#say(unit, `Stopped ${this.#manager.title(unit)}.`, 6);
      this.#manager.restartDue(unit);
    }
  }

  #timedOut(unit: UnitState): void {
    unit.deadline = null;
    if (unit.active !== 'activating') return;
    this.#say(unit, `${unit.name}: ${unit.sub} operation timed out. Terminating.`, 4);
    for (const process of [unit.main, unit.control]) if (process !== null) ended(this.#machine, process, 143);
    unit.main = null;
    unit.mainPid = null;
    unit.control = null;
    unit.result = 'timeout';
    this.#failed(unit, true);
    this.#say(unit, `Failed to start ${this.#manager.title(unit)}.`, 3);
  }

  /** Stops it: ExecStop where it has one, then SIGTERM. */
  stop(unit: UnitState): void {
    this.#say(unit, `Stopping ${this.#manager.title(unit)}...`, 6);
    if (unit.control !== null) unit.control = null;
    unit.step = 0;
    if (
      unit.active === 'active' &&
      unit.sub === 'running' &&
      execLines(fileOf(unit), 'ExecStop').length > 0
    ) {
      this.#manager.enter(unit, 'deactivating', 'stop');
      if (this.#exec(unit, 'ExecStop', 0) === 'started') return;
    }
    this.#terminate(unit);
  }

  #terminate(unit: UnitState): void {
    this.#manager.enter(unit, 'deactivating', 'stop-sigterm');
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
    this.#say(unit, `${unit.name}: Deactivated successfully.`, 6);
    this.#manager.enter(unit, 'inactive', 'dead');
    this.#say(unit, `Stopped ${this.#manager.title(unit)}.`, 6);
    const socket = this.#manager.socketOf(unit);
    if (socket?.active === 'active') socket.sub = 'listening';
    this.#manager.stopped(unit);
  }

  #say(unit: UnitState, message: string, priority: number): void {
    this.#manager.say(unit, message, priority);
  }
}

/** Whether a time has come. */
export function isDue(at: number | null, now: number): boolean {
  return at !== null && at <= now;
}

/** A word as `systemctl status` shows it in a command line. */
function quoted(word: string): string {
  return /[\s"'\\;]/.test(word) ? `"${word.replace(/["\\$`]/g, '\\$&')}"` : word;
}
