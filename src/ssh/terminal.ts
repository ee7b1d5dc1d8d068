/**
 * Owns a session that a person or a pipe talks to directly: with a pty (resize, `~.` to leave), or byte for byte with standard
 * input, output and error as pipes. Raw mode of the local terminal is the caller's.
 */
import type { Readable, Writable } from 'node:stream';
import { abortError } from './deadline.ts';
import { createEscapeFilter } from './escape.ts';
import type { Connection } from './live-connection.ts';
import { quoteArgv, remoteShellLine } from './quote.ts';
import type { Exit, Session } from './session.ts';

export interface Pty {
  /** TERM, e.g. `xterm-256color`. */
  readonly term: string;
  readonly columns: number;
  readonly rows: number;
  /** Calls the listener at each resize; returns how to stop. */
  onResize?(listener: (columns: number, rows: number) => void): () => void;
}

export interface TerminalOptions {
  /** argv, each word as it is; or a line for the node's shell, as `ssh HOST LINE`. None: the login shell. */
  readonly command?: readonly string[] | string | undefined;
  /** null: pipes. */
  readonly pty: Pty | null;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Lets programs over there use the local ssh-agent. */
  readonly agentForward?: boolean;
  readonly signal?: AbortSignal;
}

/** How it ended; both null when the person left by `~.`. `SIGPIPE` when standard output went away. */
export type TerminalEnd = Exit;

/** The command line for the far side, null for the login shell; throws for argv that no shell can be given. */
export function terminalLine(command: TerminalOptions['command']): string | null {
  if (command === undefined) return null;
  return remoteShellLine(typeof command === 'string' ? command : `exec ${quoteArgv(command)}`);
}

export async function terminalOn(
  connection: Connection,
  line: string | null,
  options: TerminalOptions,
  /** Aborts with WAITED_ENOUGH when no lane was free for too long, until `settled` is called. */
  signal: AbortSignal,
  settled: () => void,
): Promise<TerminalEnd> {
  const { pty } = options;
  const window = pty && { term: pty.term, cols: pty.columns, rows: pty.rows, width: 0, height: 0 };
  const session = await connection.open({
    command: line,
    priority: 'interactive',
    long: true,
    signal,
    agentForward: options.agentForward === true,
    ...(window === null ? {} : { pty: window }),
  });
  settled();
  const { channel } = session;
  let ending = null as TerminalEnd | Error | null;
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const end = (how: TerminalEnd | Error) => {
    ending ??= how;
    session.kill();
    leave();
  };
  const onAbort = () => end(abortError(signal, `the session on ${connection.to} was stopped`));
  const onPipe = () => end({ code: null, signal: 'SIGPIPE' });
  signal.addEventListener('abort', onAbort, { once: true });
  options.stdout.on('error', onPipe);
  options.stderr.on('error', onPipe);
  const stopResize = pty?.onResize?.((columns, rows) => channel.setWindow(rows, columns, 0, 0));
  pour(channel, options.stdout);
  pour(channel.stderr, options.stderr);
  const stopInput = feed(session, options.stdin, pty !== null, () => end({ code: null, signal: null }));
  try {
    await Promise.race([session.ended, left]);
  } finally {
    stopInput();
    stopResize?.();
    signal.removeEventListener('abort', onAbort);
    options.stdout.off('error', onPipe);
    options.stderr.off('error', onPipe);
  }
  if (ending instanceof Error) throw ending;
  if (ending !== null) return ending;
  // The exit status counts even when the connection went right after it, as at a reboot.
  if (session.exit !== null) return session.exit;
  throw connection.lost ?? new Error('the session ended without an exit status');
}

/** From the far side to a local stream, at the local stream's pace. */
function pour(from: Readable, to: Writable): void {
  from.on('data', (chunk: Buffer) => {
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
}

/** From standard input to the far side, at the far side's pace; returns how to let go of standard input. */
function feed(session: Session, stdin: Readable, escapes: boolean, onLeave: () => void): () => void {
  const { channel } = session;
  const filter = escapes ? createEscapeFilter() : null;
  const onData = (typed: Buffer | string) => {
    const bytes = typeof typed === 'string' ? Buffer.from(typed) : typed;
    const { send, leave } = filter?.push(bytes) ?? { send: bytes, leave: false };
    if (send.length > 0 && channel.writable && !channel.write(Buffer.from(send))) {
      stdin.pause();
      channel.once('drain', () => stdin.resume());
    }
    if (leave) onLeave();
  };
  const onEnd = () => channel.end();
  stdin.on('data', onData);
  stdin.once('end', onEnd);
  if (stdin.readableEnded) onEnd();
  else stdin.resume();
  return () => {
    stdin.off('data', onData);
    stdin.off('end', onEnd);
    stdin.pause();
  };
}
