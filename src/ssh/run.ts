/** Owns one command from start to end: its output collected within limits, and its far side killed when it may not go on. */
import type { RunOptions, RunResult } from '../cluster/ports.ts';
import { abortError, WAITED_ENOUGH } from './deadline.ts';
import { commandError } from './errors.ts';
import type { Connection } from './live-connection.ts';
import { remoteCommand } from './quote.ts';

export const DEFAULT_TIMEOUT_MS = 15_000;
export const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

/** Time that the far side gets beyond ours, so that ours speaks first. */
const FAR_SIDE_GRACE_S = 1;

/** The command line for the far side; throws for argv that no shell can be given. */
export function runLine(argv: readonly string[], options: RunOptions): string {
  const seconds = (options.timeoutMs ?? DEFAULT_TIMEOUT_MS) / 1000;
  const limitSeconds = Number.isFinite(seconds) ? seconds + FAR_SIDE_GRACE_S : null;
  return remoteCommand(argv, { stdin: options.stdin !== undefined, limitSeconds });
}

export interface RunOn {
  readonly connection: Connection;
  readonly line: string;
  readonly argv: readonly string[];
  readonly options: RunOptions;
  /** Aborted with WAITED_ENOUGH when the time is up, else by whoever wants it stopped. */
  readonly signal: AbortSignal;
  readonly startedAt: number;
  readonly now: () => number;
}

export async function runOn(run: RunOn): Promise<RunResult> {
  const { connection, signal, options } = run;
  const { to } = connection;
  const program = run.argv[0] ?? '';
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const stopped = () =>
    signal.reason === WAITED_ENOUGH
      ? commandError(
          'CommandTimedOut',
          to,
          program,
          `it did not end within ${timeoutMs / 1000} s and was killed`,
        )
      : abortError(signal, `${program} on ${to} was stopped`);
  const priority = options.priority ?? 'poll';
  const session = await connection.open({ command: run.line, priority, long: false, signal });

  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let bytes = 0;
  let failure: Error | null = null;
  let halt = () => {};
  const halted = new Promise<void>((resolve) => {
    halt = resolve;
  });
  const end = (error: Error) => {
    failure ??= error;
    session.kill();
    halt();
  };
  const take = (into: Buffer[]) => (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) into.push(chunk);
    else
      end(commandError('OutputTooLong', to, program, `it wrote more than ${maxBytes} bytes and was killed`));
  };
  const onAbort = () => end(stopped());
  session.channel.on('data', take(stdout));
  session.channel.stderr.on('data', take(stderr));
  if (options.stdin !== undefined) session.channel.end(Buffer.from(options.stdin));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  // A killed command is not waited for: its far side may be hung.
  await Promise.race([session.ended, halted]);
  signal.removeEventListener('abort', onAbort);

  if (failure !== null) throw failure;
  if (connection.lost !== null) throw connection.lost;
  if (session.exit === null) {
    throw commandError('NoExitStatus', to, program, 'it ended without an exit status');
  }
  return {
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr),
    ...session.exit,
    durationMs: run.now() - run.startedAt,
  };
}
