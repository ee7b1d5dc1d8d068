/** Owns a command whose output never need end: its lines in batches, taken from the network no faster than they are read. */
import type { FollowOptions } from '../cluster/ports.ts';
import { printable } from '../cluster/printable.ts';
import { abortError } from './deadline.ts';
import { commandError } from './errors.ts';
import { LineSplitter } from './lines.ts';
import type { Connection } from './live-connection.ts';
import { remoteCommand } from './quote.ts';
import type { Session } from './session.ts';

const DEFAULT_MAX_LINE_BYTES = 1024 * 1024;
/** What may wait for the reader before the channel is paused; the SSH window (2 MiB) comes on top. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** Of standard error, for the message should it fail. */
const STDERR_BYTES = 4_096;

/** The command line for the far side; throws for argv that no shell can be given. */
export function followLine(argv: readonly string[]): string {
  return remoteCommand(argv, { stdin: false, limitSeconds: null });
}

export interface FollowOn {
  readonly connection: Connection;
  readonly line: string;
  readonly argv: readonly string[];
  readonly options: FollowOptions;
  /** Ends it; with WAITED_ENOUGH when no lane was free for too long, until `settled` is called. */
  readonly signal: AbortSignal;
  readonly settled: () => void;
}

export async function* followOn(follow: FollowOn): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  const { connection, signal, options } = follow;
  const { to } = connection;
  const program = follow.argv[0] ?? '';
  const priority = options.priority ?? 'poll';
  const session = await connection.open({ command: follow.line, priority, long: true, signal });
  follow.settled();
  const { channel } = session;
  const splitter = new LineSplitter(options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES);
  let chunks: Buffer[] = [];
  let waiting = 0;
  let stderr: Buffer = Buffer.alloc(0);
  let ended = false;
  let wake = () => {};
  const onAbort = () => wake();

  channel.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    waiting += chunk.length;
    if (waiting >= HIGH_WATER_BYTES) channel.pause();
    wake();
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_BYTES);
  });
  session.ended.then(() => {
    ended = true;
    wake();
  });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      if (signal.aborted) throw abortError(signal, `${program} on ${to} was stopped`);
      if (chunks.length > 0) {
        const batch = chunks;
        chunks = [];
        waiting = 0;
        const lines: Uint8Array[] = [];
        for (const chunk of batch) splitter.push(chunk, lines);
        channel.resume();
        if (lines.length > 0) yield lines;
      } else if (ended) {
        break;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    const last = splitter.end();
    if (last !== null) yield [last];
  } finally {
    signal.removeEventListener('abort', onAbort);
    session.kill();
  }
  judge(follow, session, stderr);
}

/** Ends well with exit code 0 alone. */
function judge(follow: FollowOn, session: Session, stderr: Buffer): void {
  const { connection } = follow;
  const program = follow.argv[0] ?? '';
  const { exit } = session;
  if (connection.lost !== null) throw connection.lost;
  if (exit === null) {
    throw commandError('NoExitStatus', connection.to, program, 'it ended without an exit status');
  }
  if (exit.code === 0) return;
  const how =
    exit.signal === null ? `it ended with exit code ${exit.code}` : `it was killed by ${exit.signal}`;
  const said = printable(stderr);
  throw commandError('CommandFailed', connection.to, program, said === '' ? how : `${how}: ${said}`);
}
