/** Owns the commands that the shell itself carries out. */
import { resolvePath } from '../files.ts';
import { findProgram, runProgram } from './programs.ts';
import type { Io } from './session.ts';
import { ExitShell, type State } from './state.ts';
import { readAll } from './streams.ts';

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
  eval: async (state, argv, io) => state.evaluator.text(state, argv.slice(1).join(' '), io),
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

/** The builtin of that name, undefined when there is none. */
export const builtin = (name: string): Builtin | undefined =>
  Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined;
