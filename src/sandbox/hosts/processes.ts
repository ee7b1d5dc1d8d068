/**
 * Owns running processes of units: starting a program (a script, one of the table in programs/, or any other executable),
 * playing it in the order of its due times, and its end. A process is plain JSON; what a program does is in functions.
 */
import type { Machine } from './machine.ts';
import { keepLine } from './programs/container-log.ts';
import { type Program, programFor } from './programs/index.ts';
import { advanceScript, newScript } from './script.ts';
import { expandArguments } from './unit-file.ts';
import type { Exit, ProcessState, UnitState } from './unit-state.ts';

/** What a program may use while it runs. */
export interface ProgramContext {
  readonly machine: Machine;
  readonly unit: UnitState;
  readonly process: ProcessState;
  /**
   * True while others wait for this process (a oneshot, ExecStartPre, …): its pauses are then simulated time, so that a boot is
   * short; the rhythm of a service that runs is real time, so that its log can be watched.
   */
  readonly waiting: boolean;
  /** Prints now. */
  print(text: string): void;
  /** Prints after so many simulated milliseconds. */
  later(simulatedMs: number, text: string): void;
}

/** What can go wrong before a program runs. */
export interface SpawnFailure {
  readonly failure: 'missing' | 'not-executable';
  readonly path: string;
}

/** The last component, as the journal's identifier. */
export function programName(argv: readonly string[]): string {
  const path = argv[0] ?? '';
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Finds the program as execvp does. */
function locate(machine: Machine, name: string): string | undefined {
  if (name.includes('/')) return machine.files.stat(name) === undefined ? undefined : name;
  for (const directory of ['/usr/bin', '/opt/bin']) {
    if (machine.files.isExecutable(`${directory}/${name}`)) return `${directory}/${name}`;
  }
  return undefined;
}

/** Starts a process; a missing program is returned, not thrown. */
export function spawn(
  machine: Machine,
  unit: UnitState,
  argv: readonly string[],
  options: { env: Record<string, string>; text: string; waiting: boolean; pid?: number },
): ProcessState | SpawnFailure {
  const path = argv[0] ?? '';
  const found = locate(machine, path);
  if (found === undefined) return { failure: 'missing', path };
  if (!machine.files.isExecutable(found)) return { failure: 'not-executable', path };
  const process: ProcessState = {
    argv: [...argv],
    text: options.text,
    env: options.env,
    pid: options.pid ?? machine.nextPid(),
    startedAt: machine.now(),
    queue: [],
    wakeAt: null,
    every: null,
    nextLineAt: null,
    lines: 0,
    memo: {},
    script: null,
    child: null,
    container: null,
  };
  const source = scriptOf(machine, argv, found);
  if (source !== null) {
    process.script = newScript(source.text, source.args);
    process.wakeAt = machine.now();
    return process;
  }
  const program = programFor(programName([found]));
  program.start?.(contextOf(machine, unit, process, options.waiting));
  if (process.every !== null && process.nextLineAt === null)
    process.nextLineAt = machine.now() + process.every;
  return process;
}

/** The script that a command line runs: `sh -c …`, `sh FILE`, or a file that begins with `#!`. */
function scriptOf(
  machine: Machine,
  argv: readonly string[],
  path: string,
): { text: string; args: string[] } | null {
  const name = programName(argv);
  if (name === 'sh' || name === 'bash') {
    const flag = argv.findIndex((one, index) => index > 0 && /^-[a-z]*c$/.test(one));
    if (flag > 0) return { text: argv[flag + 1] ?? '', args: argv.slice(flag + 2) };
    const file = argv.slice(1).find((one) => !one.startsWith('-'));
    const text = file === undefined ? undefined : machine.files.read(file);
    return text === undefined ? { text: '', args: [name] } : { text, args: argv.slice(1) };
  }
  const text = machine.files.isProgram(path) ? undefined : machine.files.read(path);
  if (text === undefined || !/^#! ?\/(usr\/)?bin\/(env )?(ba)?sh/.test(text)) return null;
  return { text: text.slice(text.indexOf('\n') + 1), args: [...argv] };
}

function contextOf(
  machine: Machine,
  unit: UnitState,
  process: ProcessState,
  waiting: boolean,
): ProgramContext {
  return {
    machine,
    unit,
    process,
    waiting,
    print: (text) => write(machine, unit, process, text),
    later: (simulatedMs, text) => {
      process.queue.push([machine.after(simulatedMs), text]);
    },
  };
}

function write(machine: Machine, unit: UnitState, process: ProcessState, text: string): void {
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    unit.emitted++;
    machine.log({ unit: unit.name, identifier: programName(process.argv), pid: process.pid, message: line });
    if (process.container === null) continue;
    const container = machine.state.containers.find((one) => one.id === process.container);
    if (container !== undefined) keepLine(container, machine.now(), line);
  }
}

/** When the process acts next, null when never. */
export function dueOf(process: ProcessState | null): number | null {
  if (process === null) return null;
  let due: number | null = null;
  for (const at of [
    process.queue[0]?.[0] ?? null,
    process.wakeAt,
    process.nextLineAt,
    dueOf(process.child),
  ]) {
    if (at !== null && (due === null || at < due)) due = at;
  }
  return due;
}

/** Plays what is due at the machine's now. Returns how the process ended, or null while it runs. */
export function play(
  machine: Machine,
  unit: UnitState,
  process: ProcessState,
  waiting: boolean,
): Exit | null {
  const now = machine.now();
  const context = contextOf(machine, unit, process, waiting);
  const program: Program = programFor(programName(process.argv));
  while (process.queue[0] !== undefined && process.queue[0][0] <= now) {
    write(machine, unit, process, process.queue.shift()![1]);
  }
  if (process.nextLineAt !== null && process.every !== null && process.nextLineAt <= now) {
    const line = program.line?.(context, process.lines++);
    if (line !== undefined && line !== null) write(machine, unit, process, line);
    process.nextLineAt += process.every;
  }
  if (process.child !== null) {
    const due = dueOf(process.child);
    if (due === null || due > now) return null;
    const exit = play(machine, unit, process.child, waiting);
    if (exit === null) return null;
    return childEnded(machine, unit, process, exit, context, program, waiting);
  }
  if (process.wakeAt === null || process.wakeAt > now) return null;
  process.wakeAt = null;
  if (process.script !== null) return playScript(machine, unit, process, waiting);
  return program.wake?.(context) ?? null;
}

function childEnded(
  machine: Machine,
  unit: UnitState,
  process: ProcessState,
  exit: Exit,
  context: ProgramContext,
  program: Program,
  waiting: boolean,
): Exit | null {
  const status = exit.kind === 'exited' ? exit.status : 128 + exit.signal;
  const replaced = process.child?.memo.exec === 1;
  process.child = null;
  if (process.script === null) return program.childEnded?.(context, status) ?? { kind: 'exited', status };
  if (replaced) return exit;
  process.script.status = status;
  return playScript(machine, unit, process, waiting);
}

function playScript(machine: Machine, unit: UnitState, process: ProcessState, waiting: boolean): Exit | null {
  const script = process.script!;
  for (let budget = 64; budget > 0; budget--) {
    const event = advanceScript(script, process.env, machine);
    if (event.type === 'exit') return { kind: 'exited', status: event.status };
    if (event.type === 'pause') {
      process.wakeAt = machine.now() + 100;
      return null;
    }
    if (event.type === 'output') {
      write(machine, unit, process, event.text);
      continue;
    }
    const argv = expandArguments(event.argv, {});
    const child = spawn(machine, unit, argv, { env: event.env, text: argv.join(' '), waiting });
    if ('failure' in child) {
      const why = child.failure === 'missing' ? 'not found' : 'Permission denied';
      write(machine, unit, process, `${programName(process.argv)}: 1: ${child.path}: ${why}`);
      script.status = child.failure === 'missing' ? 127 : 126;
      if (event.exec) return { kind: 'exited', status: script.status };
      continue;
    }
    if (event.exec) child.memo.exec = 1;
    process.child = child;
    const due = dueOf(child);
    if (due === null || due > machine.now()) return null;
    const exit = play(machine, unit, child, waiting);
    if (exit === null) return null;
    process.child = null;
    if (event.exec) return exit;
    script.status = exit.kind === 'exited' ? exit.status : 128 + exit.signal;
  }
  process.wakeAt = machine.now() + 100;
  return null;
}

/** The process and its children were told to end: their containers stop. */
export function ended(machine: Machine, process: ProcessState, status: number): void {
  if (process.child !== null) ended(machine, process.child, status);
  const container = machine.state.containers.find((one) => one.id === process.container);
  if (container === undefined || container.finishedAt !== null) return;
  container.finishedAt = machine.now();
  container.exitCode = status;
}

/** The processes of a unit for `systemctl status`: the parent first. */
export function processTree(process: ProcessState | null): { pid: number; text: string }[] {
  if (process === null) return [];
  return [{ pid: process.pid, text: process.text }, ...processTree(process.child)];
}
