/**
 * Owns what a command in an SSH session sees: its user, environment, directory, streams and the way to run other commands.
 */
import type { Host, ToolContext } from '../../contract.ts';
import type { Machine } from '../machine.ts';
import type { Sink, Source } from './streams.ts';

export type User = 'core' | 'root' | 'nobody';

/** The three standard streams of a command. */
export interface Io {
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** A simulated command of the host: the contract's ToolContext and what the host's own tools need besides. */
export interface SessionContext extends ToolContext {
  readonly machine: Machine;
  readonly user: User;
  readonly io: Io;
  /** Process id of the command. */
  readonly pid: number;
  /** Runs another command with the same streams. */
  run(argv: readonly string[], change?: RunChange): Promise<number>;
  /** Real time, in milliseconds. */
  sleep(ms: number): Promise<void>;
}

export interface RunChange {
  readonly user?: User;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly io?: Io;
}

export type SessionTool = (context: SessionContext) => Promise<number>;

/** The shell was killed: `kill -9 $$`. */
export class Killed extends Error {
  readonly signal: number;

  constructor(signal: number) {
    super(`killed by signal ${signal}`);
    this.signal = signal;
  }
}

/** The machine behind a Host: hosts/ makes every Host. */
export function machineOf(host: Host): Machine {
  return host as Machine;
}
