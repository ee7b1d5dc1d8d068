/**
 * Owns running a program that the PATH finds: a simulated tool, a script, another shell; and the context that a tool gets.
 */
import type { Host } from '../../contract.ts';
import { resolvePath } from '../files.ts';
import { type Io, Killed, machineOf, type RunChange, type SessionContext, type User } from './session.ts';
import { ExitShell, type State } from './state.ts';
import { EMPTY_SOURCE, readAll, type Sink } from './streams.ts';

/** The path of a program as the PATH finds it, null when it does not. */
export function findProgram(state: State, name: string): string | null {
  const { files } = state.options.machine;
  if (name.includes('/')) return files.isExecutable(resolvePath(state.cwd, name)) ? name : null;
  for (const directory of (state.variables.PATH ?? '').split(':')) {
    if (directory !== '' && files.isExecutable(`${directory}/${name}`)) return `${directory}/${name}`;
  }
  return null;
}

/** Runs `argv` as a child of the shell. Status 127 when there is no such program, 126 when it cannot run. */
export async function runProgram(
  state: State,
  argv: readonly string[],
  io: Io,
  change: RunChange,
): Promise<number> {
  const { options } = state;
  const signal = change.signal ?? options.signal;
  signal.throwIfAborted();
  const [name = ''] = argv;
  const withEnv =
    change.env?.PATH === undefined ? state : { ...state, variables: { ...state.variables, ...change.env } };
  const path = findProgram(withEnv, name);
  if (path === null) {
    const exists =
      name.includes('/') && options.machine.files.stat(resolvePath(state.cwd, name)) !== undefined;
    if (exists) await io.stderr.write(`sh: ${name}: Permission denied\n`);
    else
      await io.stderr.write(
        `sh: ${name}: ${name.includes('/') ? 'No such file or directory' : 'command not found'}\n`,
      );
    return exists ? 126 : 127;
  }
  const base = path.slice(path.lastIndexOf('/') + 1);
  const env: Record<string, string> = {};
  for (const key of state.exported) {
    const value = state.variables[key];
    if (value !== undefined) env[key] = value;
  }
  Object.assign(env, change.env, { __SHELL_PID: String(state.pid) });
  const context = makeContext(state, argv, io, env, change.user ?? options.user, signal);
  if (base === 'sh' || base === 'bash') return runShellCommand(context, state, io, env);
  const script = options.machine.files.isProgram(path)
    ? undefined
    : options.machine.files.read(resolvePath(state.cwd, path));
  if (script?.startsWith('#!') === true)
    return nested(context, state, script.slice(script.indexOf('\n') + 1), io, env, argv);
  const tool = Object.hasOwn(options.tools, base) ? options.tools[base] : undefined;
  if (tool === undefined) {
    await io.stderr.write(`${base}: this program is not simulated in the sandbox\n`);
    return 126;
  }
  return tool(context);
}

/** `sh -c …`, `sh FILE`, or a script on standard input. */
async function runShellCommand(
  context: SessionContext,
  state: State,
  io: Io,
  env: Record<string, string>,
): Promise<number> {
  const args = context.argv.slice(1);
  const flag = args.findIndex((one) => /^-[a-z]*c$/.test(one));
  if (flag >= 0) return nested(context, state, args[flag + 1] ?? '', io, env, args.slice(flag + 2));
  const file = args.find((one) => !one.startsWith('-'));
  if (file !== undefined) {
    const text = context.readFile(file);
    if (text === undefined) {
      await io.stderr.write(`sh: ${file}: No such file or directory\n`);
      return 127;
    }
    return nested(context, state, text, io, env, args.slice(args.indexOf(file)));
  }
  return nested(context, state, await readAll(io.stdin), { ...io, stdin: EMPTY_SOURCE }, env, ['sh']);
}

async function nested(
  context: SessionContext,
  state: State,
  text: string,
  io: Io,
  env: Record<string, string>,
  positional: readonly string[],
): Promise<number> {
  const inner: State = {
    ...state,
    options: { ...state.options, user: context.user, signal: context.signal },
    variables: { ...env },
    exported: new Set(Object.keys(env)),
    pid: context.pid,
    positional: positional.length === 0 ? ['sh'] : positional,
    background: [],
    status: 0,
  };
  try {
    return await inner.evaluator.text(inner, text, io);
  } catch (error) {
    if (error instanceof ExitShell) return error.status;
    if (error instanceof Killed) return 128 + error.signal;
    throw error;
  }
}

function makeContext(
  state: State,
  argv: readonly string[],
  io: Io,
  env: Readonly<Record<string, string>>,
  user: User,
  signal: AbortSignal,
): SessionContext {
  const { options } = state;
  const { hosts, machine } = options;
  const write = async (sink: Sink, data: string | Uint8Array): Promise<void> => {
    signal.throwIfAborted();
    await sink.write(data);
  };
  return {
    hosts,
    host: machine,
    machine,
    argv,
    env,
    cwd: state.cwd,
    user,
    io,
    pid: machine.nextPid(),
    signal,
    tty: options.tty(),
    agent: options.agent,
    stdin: () => readAll(io.stdin),
    stdout: (data) => write(io.stdout, data),
    stderr: (data) => write(io.stderr, data),
    readFile: (path) => machine.files.read(resolvePath(state.cwd, path)),
    sleep: (ms) => hosts.clock.sleep(ms * hosts.world.speed, signal),
    run: (words, change = {}) => {
      const inner: State = {
        ...state,
        options: { ...options, user: change.user ?? user, signal: change.signal ?? signal },
      };
      return runProgram(inner, words, change.io ?? io, { ...change, env: { ...env, ...change.env } });
    },
    shell: (line, on) => runElsewhere(state, line, on ?? machine, io, env, signal),
  };
}

/** A command line in this host's or another's shell, with the same outputs. */
async function runElsewhere(
  state: State,
  line: string,
  on: Host,
  io: Io,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const machine = machineOf(on);
  const here = machine === state.options.machine;
  const variables = here ? { ...env } : { ...state.options.env };
  const inner: State = {
    evaluator: state.evaluator,
    options: { ...state.options, machine, signal },
    variables,
    exported: new Set(Object.keys(variables)),
    cwd: here ? state.cwd : '/home/core',
    status: 0,
    pid: machine.nextPid(),
    positional: ['sh'],
    background: [],
  };
  try {
    return await inner.evaluator.text(inner, line, io);
  } catch (error) {
    if (error instanceof ExitShell) return error.status;
    throw error;
  }
}
