/**
 * Owns what a shell knows while it runs: its variables, directory, last status and positional parameters, and what a
 * subshell copies of them.
 */
import type { Hosts, Tool } from '../../contract.ts';
import type { Machine } from '../machine.ts';
import type { Io, SessionTool, User } from './session.ts';
import type { Script } from './syntax.ts';

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

/** The shell is to end: `exit`, `exec`. */
export class ExitShell extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}

/** How a shell's parts come back to running commands: substitutions, `eval` and nested shells. */
export interface Evaluator {
  /** Parses and runs a command line or script; what cannot be read is told on `stderr`. Returns its status. */
  text(state: State, text: string, io: Io): Promise<number>;
  script(state: State, script: Script, io: Io): Promise<number>;
}

export interface State {
  readonly evaluator: Evaluator;
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

export function fork(state: State): State {
  return { ...state, variables: { ...state.variables }, exported: new Set(state.exported) };
}

/** Runs `body` on a copy of the state: what it sets stays inside, and `exit` ends only it. */
export async function inSubshell(state: State, body: (copy: State) => Promise<number>): Promise<number> {
  try {
    return await body(fork(state));
  } catch (error) {
    if (error instanceof ExitShell) return error.status;
    throw error;
  }
}
