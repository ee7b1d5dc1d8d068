/**
 * Owns running a parsed command line: lists, pipelines that stream, loops and conditions, and the shell that keeps its state
 * from line to line. The parts: state.ts, expand.ts, redirect.ts, builtins.ts, programs.ts.
 */
import { builtin } from './builtins.ts';
import { expand } from './expand.ts';
import { parseShell } from './parse.ts';
import { runProgram } from './programs.ts';
import { redirected } from './redirect.ts';
import type { Io } from './session.ts';
import { type Evaluator, ExitShell, fork, inSubshell, type ShellOptions, type State } from './state.ts';
import { BrokenPipe, EMPTY_SOURCE, Pipe } from './streams.ts';
import { type Command, type Script, ShellSyntaxError } from './syntax.ts';

const LOOP_YIELD = 200;

/** One shell: state that lives from command line to command line. */
export class Shell {
  readonly #state: State;

  constructor(options: ShellOptions) {
    this.#state = {
      evaluator: EVALUATOR,
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

const EVALUATOR: Evaluator = { text: runText, script: runScript };

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
    const own = builtin(argv[0]!);
    if (own !== undefined) {
      Object.assign(state.variables, local);
      return own(state, argv, inner);
    }
    return runProgram(state, argv, inner, { env: local });
  });
}
