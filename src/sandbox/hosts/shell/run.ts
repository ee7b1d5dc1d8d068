/**
 * Owns running a parsed command line: expansions, redirections, pipelines that stream, builtins, and the commands of the
 * host by name and PATH.
 */
import type { Host, Hosts, Tool } from '../../contract.ts';
import { resolvePath } from '../files.ts';
import type { Machine } from '../machine.ts';
import {
  arithmetic,
  type Command,
  parseShell,
  type Redirect,
  type Script,
  ShellSyntaxError,
  type Word,
} from './parse.ts';
import {
  type Io,
  Killed,
  machineOf,
  type RunChange,
  type SessionContext,
  type SessionTool,
  type User,
} from './session.ts';
import {
  BrokenPipe,
  Collector,
  EMPTY_SOURCE,
  NOWHERE,
  Pipe,
  readAll,
  type Sink,
  sourceOf,
} from './streams.ts';

export interface ShellOptions {
  readonly hosts: Hosts;
  readonly machine: Machine;
  readonly tools: Readonly<Record<string, Tool | SessionTool>>;
  readonly env: Readonly<Record<string, string>>;
  readonly user: User;
  readonly signal: AbortSignal;
  readonly tty: () => { columns: number; rows: number } | null;
  readonly agent: boolean;
}

class ExitShell extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}

interface State {
  readonly options: ShellOptions;
  variables: Record<string, string>;
  exported: Set<string>;
  cwd: string;
  status: number;
  readonly pid: number;
  /** `$0`, `$1`, … */
  positional: readonly string[];
  /** What began with `&` and must not outlive the session. */
  readonly background: Promise<unknown>[];
}

const LOOP_YIELD = 200;

/** One shell: state that lives from command line to command line. */
export class Shell {
  readonly #state: State;

  constructor(options: ShellOptions) {
    this.#state = {
      options,
      variables: { ...options.env },
      exported: new Set(Object.keys(options.env)),
      cwd: options.env.PWD ?? '/home/core',
      status: 0,
      pid: options.machine.nextPid(),
      positional: ['sh'],
      background: [],
    };
  }

  get cwd(): string {
    return this.#state.cwd;
  }

  get status(): number {
    return this.#state.status;
  }

  get variables(): Readonly<Record<string, string>> {
    return this.#state.variables;
  }

  /**
   * Runs a command line. Returns its status; `exited` when the shell itself is to end (`exit`, `exec`). Throws Killed when
   * the shell was killed, and the signal's reason when the session ended.
   */
  async run(line: string, io: Io, signal?: AbortSignal): Promise<{ status: number; exited: boolean }> {
    const state =
      signal === undefined ? this.#state : { ...this.#state, options: { ...this.#state.options, signal } };
    try {
      const status = await runText(state, line, io);
      this.#keep(state, status);
      return { status, exited: false };
    } catch (error) {
      if (error instanceof ExitShell) {
        this.#keep(state, error.status);
        return { status: error.status, exited: true };
      }
      this.#keep(state, 130);
      throw error;
    }
  }

  #keep(state: State, status: number): void {
    this.#state.variables = state.variables;
    this.#state.exported = state.exported;
    this.#state.cwd = state.cwd;
    this.#state.status = status;
  }
}

async function runText(state: State, text: string, io: Io): Promise<number> {
  let script: Script;
  try {
    script = parseShell(text);
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    await io.stderr.write(`sh: ${error.message}\n`);
    return 2;
  }
  return runScript(state, script, io);
}

async function runScript(state: State, script: Script, io: Io): Promise<number> {
  state.status = script.length === 0 ? 0 : state.status;
  for (const command of script) {
    state.options.signal.throwIfAborted();
    state.status = await runCommand(state, command, io);
  }
  return state.status;
}

async function runCommand(state: State, command: Command, io: Io): Promise<number> {
  switch (command.type) {
    case 'simple':
      return runSimple(state, command, io);
    case 'pipeline': {
      const status = await runPipeline(state, command.stages, io);
      return command.negated ? (status === 0 ? 1 : 0) : status;
    }
    case 'list': {
      const left = await runCommand(state, command.left, io);
      state.status = left;
      return (left === 0) === (command.operator === '&&') ? runCommand(state, command.right, io) : left;
    }
    case 'background': {
      const copy = fork(state);
      const task = runCommand(copy, command.command, { ...io, stdin: EMPTY_SOURCE }).catch(() => {});
      state.background.push(task);
      return 0;
    }
    case 'group':
      return redirected(state, command.redirects, io, (inner) =>
        command.subshell
          ? inSubshell(state, (copy) => runScript(copy, command.body, inner))
          : runScript(state, command.body, inner),
      );
    case 'if':
      return redirected(state, command.redirects, io, async (inner) => {
        for (const [condition, body] of command.branches) {
          if ((await runScript(state, condition, inner)) === 0) return runScript(state, body, inner);
        }
        return command.otherwise === null ? 0 : runScript(state, command.otherwise, inner);
      });
    case 'loop':
      return redirected(state, command.redirects, io, async (inner) => {
        let status = 0;
        for (let round = 1; ; round++) {
          const condition = await runScript(state, command.condition, inner);
          if ((condition === 0) === command.until) return status;
          status = await runScript(state, command.body, inner);
          await breathe(state, round);
        }
      });
    case 'for':
      return redirected(state, command.redirects, io, async (inner) => {
        let status = 0;
        const words = (await Promise.all(command.words.map((word) => expand(state, word, io)))).flat();
        for (const [round, word] of words.entries()) {
          state.variables[command.name] = word;
          status = await runScript(state, command.body, inner);
          await breathe(state, round + 1);
        }
        return status;
      });
  }
}

/** A loop without waits lets others run now and then. */
async function breathe(state: State, round: number): Promise<void> {
  state.options.signal.throwIfAborted();
  if (round % LOOP_YIELD === 0) await new Promise((resolve) => setImmediate(resolve));
}

function fork(state: State): State {
  return { ...state, variables: { ...state.variables }, exported: new Set(state.exported) };
}

async function inSubshell(state: State, body: (copy: State) => Promise<number>): Promise<number> {
  try {
    return await body(fork(state));
  } catch (error) {
    if (error instanceof ExitShell) return error.status;
    throw error;
  }
}

async function runPipeline(state: State, stages: readonly Command[], io: Io): Promise<number> {
  const running: Promise<number>[] = [];
  let stdin = io.stdin;
  for (const [index, stage] of stages.entries()) {
    const last = index === stages.length - 1;
    const pipe = last ? null : new Pipe();
    const input = stdin;
    const inner: Io = { stdin: input, stdout: pipe ?? io.stdout, stderr: io.stderr };
    running.push(
      inSubshell(state, (copy) => runCommand(copy, stage, inner)).then(
        (status) => {
          pipe?.end();
          if (input instanceof Pipe && input !== io.stdin) input.close();
          return status;
        },
        (error: unknown) => {
          pipe?.end();
          if (input instanceof Pipe && input !== io.stdin) input.close();
          if (error instanceof BrokenPipe) return 141;
          throw error;
        },
      ),
    );
    if (pipe !== null) stdin = pipe;
  }
  const results = await Promise.allSettled(running);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  const end = results.at(-1);
  return end?.status === 'fulfilled' ? end.value : 1;
}

// ---------------------------------------------------------------- redirections

async function redirected(
  state: State,
  redirects: readonly Redirect[],
  io: Io,
  body: (io: Io) => Promise<number>,
): Promise<number> {
  if (redirects.length === 0) return body(io);
  let { stdin, stdout, stderr } = io;
  const written: { path: string; sink: Collector; append: boolean }[] = [];
  for (const redirect of redirects) {
    const target = (await expand(state, redirect.target, io, true)).join(' ');
    if (redirect.kind === 'here') stdin = sourceOf(target);
    else if (redirect.kind === 'duplicate') {
      if (target === '1' && redirect.fd === 2) stderr = stdout;
      else if (target === '2' && redirect.fd === 1) stdout = stderr;
      else if (target === '-') {
        if (redirect.fd === 2) stderr = NOWHERE;
        else stdout = NOWHERE;
      }
    } else if (redirect.kind === 'read') {
      const path = resolvePath(state.cwd, target);
      const text = path === '/dev/null' ? '' : state.options.machine.files.read(path);
      if (text === undefined) {
        await io.stderr.write(`sh: ${target}: No such file or directory\n`);
        return 1;
      }
      stdin = text === '' ? EMPTY_SOURCE : sourceOf(text);
    } else {
      const path = resolvePath(state.cwd, target);
      let sink: Sink = NOWHERE;
      if (path === '/dev/stderr') sink = stderr;
      else if (path === '/dev/stdout') sink = stdout;
      else if (path !== '/dev/null') {
        const problem = writeProblem(state.options.machine, state.options.user, path);
        if (problem !== null) {
          await io.stderr.write(`sh: ${target}: ${problem}\n`);
          return 1;
        }
        const collector = new Collector();
        written.push({ path, sink: collector, append: redirect.kind === 'append' });
        sink = collector;
      }
      if (redirect.fd === 2) stderr = sink;
      else stdout = sink;
      if (redirect.fd === -1) stderr = sink;
    }
  }
  try {
    return await body({ stdin, stdout, stderr });
  } finally {
    for (const { path, sink, append } of written) {
      const { files } = state.options.machine;
      files.write(path, (append ? (files.read(path) ?? '') : '') + sink.text());
      state.options.machine.touch();
    }
  }
}

/** Why a user may not write a file, or null when it may. */
export function writeProblem(machine: Machine, user: User, path: string): string | null {
  if (machine.files.stat(path)?.directory === true) return 'Is a directory';
  const parent = path.slice(0, path.lastIndexOf('/')) || '/';
  if (machine.files.stat(parent)?.directory !== true) return 'No such file or directory';
  if (user === 'root') return path.startsWith('/usr/') ? 'Read-only file system' : null;
  return /^\/(home\/core|tmp|var\/tmp|run\/user)(\/|$)/.test(path) ? null : 'Permission denied';
}

// ---------------------------------------------------------------- simple commands

type Simple = Extract<Command, { type: 'simple' }>;

async function runSimple(state: State, command: Simple, io: Io): Promise<number> {
  const local: Record<string, string> = {};
  for (const [name, word] of command.assignments)
    local[name] = (await expand(state, word, io, true)).join(' ');
  const argv: string[] = [];
  for (const word of command.words) argv.push(...(await expand(state, word, io)));
  if (argv.length === 0) {
    Object.assign(state.variables, local);
    return redirected(state, command.redirects, io, async () => 0);
  }
  return redirected(state, command.redirects, io, async (inner) => {
    const builtin = Object.hasOwn(BUILTINS, argv[0]!) ? BUILTINS[argv[0]!] : undefined;
    if (builtin !== undefined) {
      Object.assign(state.variables, local);
      return builtin(state, argv, inner);
    }
    return runProgram(state, argv, inner, { env: local });
  });
}

type Builtin = (state: State, argv: readonly string[], io: Io) => Promise<number>;

const BUILTINS: Record<string, Builtin> = {
  ':': async () => 0,
  set: async () => 0,
  umask: async () => 0,
  trap: async () => 0,
  hash: async () => 0,
  wait: async (state) => {
    await Promise.all(state.background);
    return 0;
  },
  ulimit: async (_state, argv, io) => {
    await io.stdout.write(argv.includes('-n') ? '1024\n' : 'unlimited\n');
    return 0;
  },
  exit: async (state, argv) => {
    throw new ExitShell(argv[1] === undefined ? state.status : Number(argv[1]) & 255);
  },
  cd: async (state, argv, io) => {
    const to = argv[1] === '-' ? (state.variables.OLDPWD ?? state.cwd) : (argv[1] ?? '/home/core');
    const path = resolvePath(state.cwd, to);
    const stat = state.options.machine.files.stat(path);
    if (stat?.directory !== true) {
      await io.stderr.write(
        `sh: cd: ${to}: ${stat === undefined ? 'No such file or directory' : 'Not a directory'}\n`,
      );
      return 1;
    }
    state.variables.OLDPWD = state.cwd;
    state.cwd = path;
    state.variables.PWD = path;
    return 0;
  },
  export: async (state, argv) => {
    for (const one of argv.slice(1)) {
      const match = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(one);
      if (match?.[1] === undefined) continue;
      state.exported.add(match[1]);
      if (match[2] !== undefined) state.variables[match[1]] = match[2];
    }
    return 0;
  },
  unset: async (state, argv) => {
    for (const name of argv.slice(1)) {
      delete state.variables[name];
      state.exported.delete(name);
    }
    return 0;
  },
  eval: async (state, argv, io) => runText(state, argv.slice(1).join(' '), io),
  read: async (state, argv, io) => {
    const names = argv.slice(1).filter((one) => !one.startsWith('-'));
    const text = await readAll(io.stdin);
    const line = text.split('\n')[0] ?? '';
    const words = line.trim().split(/\s+/);
    for (const [index, name] of names.entries()) {
      state.variables[name] =
        index === names.length - 1 ? words.slice(index).join(' ') : (words[index] ?? '');
    }
    return text === '' ? 1 : 0;
  },
  exec: async (state, argv, io) => {
    if (argv.length === 1) return 0;
    throw new ExitShell(await runProgram(state, argv.slice(1), io, {}));
  },
  command: async (state, argv, io) => {
    if (argv[1] !== '-v' && argv[1] !== '-V') return runProgram(state, argv.slice(1), io, {});
    let status = 0;
    for (const name of argv.slice(2)) {
      const found = Object.hasOwn(BUILTINS, name) ? name : findProgram(state, name);
      if (found === null) status = 1;
      else await io.stdout.write(argv[1] === '-v' ? `${found}\n` : `${name} is ${found}\n`);
    }
    return status;
  },
  type: async (state, argv, io) => {
    let status = 0;
    for (const name of argv.slice(1)) {
      const builtin = Object.hasOwn(BUILTINS, name);
      const found = builtin ? null : findProgram(state, name);
      if (builtin) await io.stdout.write(`${name} is a shell builtin\n`);
      else if (found !== null) await io.stdout.write(`${name} is ${found}\n`);
      else {
        await io.stderr.write(`sh: type: ${name}: not found\n`);
        status = 1;
      }
    }
    return status;
  },
};

/** The path of a program as the PATH finds it, null when it does not. */
function findProgram(state: State, name: string): string | null {
  const { files } = state.options.machine;
  if (name.includes('/')) return files.isExecutable(resolvePath(state.cwd, name)) ? name : null;
  for (const directory of (state.variables.PATH ?? '').split(':')) {
    if (directory !== '' && files.isExecutable(`${directory}/${name}`)) return `${directory}/${name}`;
  }
  return null;
}

async function runProgram(state: State, argv: readonly string[], io: Io, change: RunChange): Promise<number> {
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
    return await runText(inner, text, io);
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
    return await runText(inner, line, io);
  } catch (error) {
    if (error instanceof ExitShell) return error.status;
    throw error;
  }
}

// ---------------------------------------------------------------- expansions

async function expand(state: State, word: Word, io: Io, whole = false): Promise<string[]> {
  const fields: string[] = [];
  let text = '';
  let any = false;
  let pattern = false;
  for (const [index, part] of word.entries()) {
    if (part.type === 'text') {
      let piece = part.text;
      if (index === 0 && !part.quoted && /^~(\/|$)/.test(piece)) piece = `/home/core${piece.slice(1)}`;
      if (!part.quoted && /[*?]/.test(piece)) pattern = true;
      text += piece;
      any = any || part.quoted || piece !== '';
      continue;
    }
    if (part.type === 'variable' && part.name === '@' && part.quoted) {
      const [, ...rest] = state.positional;
      for (const [at, one] of rest.entries()) {
        if (at > 0) {
          fields.push(text);
          text = '';
        }
        text += one;
        any = true;
      }
      continue;
    }
    const piece = await expandPart(state, part, io);
    if (part.quoted || whole) {
      text += piece;
      any = any || part.quoted || piece !== '';
      continue;
    }
    for (const [at, one] of piece.split(/\s+/).entries()) {
      if (at > 0 && any) {
        fields.push(text);
        text = '';
        any = false;
      }
      text += one;
      if (one !== '') any = true;
    }
  }
  if (any || text !== '') fields.push(text);
  return pattern && !whole ? fields.flatMap((field) => glob(state, field)) : fields;
}

async function expandPart(
  state: State,
  part: Exclude<Word[number], { type: 'text' }>,
  io: Io,
): Promise<string> {
  if (part.type === 'arithmetic') return String(arithmetic(part.expression, (name) => variable(state, name)));
  if (part.type === 'command') {
    const collector = new Collector();
    state.status = await inSubshell(state, (copy) =>
      runScript(copy, part.body, { ...io, stdout: collector }),
    );
    return collector.text().replace(/\n+$/, '');
  }
  const value = variable(state, part.name);
  if (value === '' && part.fallback !== null) return (await expand(state, part.fallback, io, true)).join(' ');
  return value;
}

function variable(state: State, name: string): string {
  if (name === '?') return String(state.status);
  if (name === '$') return String(state.pid);
  if (name === '#') return String(state.positional.length - 1);
  if (name === '@' || name === '*') return state.positional.slice(1).join(' ');
  if (/^\d$/.test(name)) return state.positional[Number(name)] ?? '';
  return state.variables[name] ?? '';
}

/** Names that match; the pattern itself when none does. */
function glob(state: State, pattern: string): string[] {
  const at = pattern.lastIndexOf('/');
  const directory = at < 0 ? '' : pattern.slice(0, at + 1);
  const last = pattern.slice(at + 1);
  const names = state.options.machine.files.list(resolvePath(state.cwd, directory || '.')) ?? [];
  const regex = globRegex(last);
  const found = names.filter((name) => regex.test(name) && (last.startsWith('.') || !name.startsWith('.')));
  return found.length === 0 ? [pattern] : found.map((name) => directory + name);
}

/** A shell pattern (`*`, `?`, `[…]`) as a regular expression over the whole name. */
export function globRegex(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.')
    .replace(/\[!/g, '[^');
  return new RegExp(`^${source}$`, 's');
}
