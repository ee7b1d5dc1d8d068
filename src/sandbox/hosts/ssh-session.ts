/**
 * Owns one session channel: exec, shell and sftp; its environment, pty and signals; its streams with their backpressure; and
 * how it ends.
 */
import type { ServerChannel, Session } from 'ssh2';
import type { Hosts } from '../contract.ts';
import type { RunningHost } from './host.ts';
import { serveSftp } from './sftp.ts';
import { Shell } from './shell/run.ts';
import { type Io, Killed } from './shell/session.ts';
import { BrokenPipe, Pipe, type Sink } from './shell/streams.ts';
import type { Tools } from './ssh-server.ts';
import { runTerminal } from './ssh-terminal.ts';
import { signalName } from './unit-state.ts';

export interface SessionPlace {
  readonly hosts: Hosts;
  readonly host: RunningHost;
  readonly tools: Tools;
  readonly peer: { readonly address: string; readonly port: number };
}

/** PATH of a command without a terminal: /opt/bin, where the article's kubecfg is, is not in it. */
const PLAIN_PATH = '/usr/bin:/bin:/usr/sbin:/sbin';
const LOGIN_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/bin';

/** Serves a session until its channel closes; calls `done` once. */
export function serveSession(session: Session, place: SessionPlace, done: () => void): void {
  const given: Record<string, string> = {};
  let pty: { columns: number; rows: number; term: string } | null = null;
  let agent = false;
  let finished = false;
  const ended = new AbortController();
  const finish = (): void => {
    if (finished) return;
    finished = true;
    ended.abort(new Error('the session ended'));
    done();
  };
  session.on('close', finish);
  session.on('pty', (accept, _reject, info) => {
    const term: unknown = Reflect.get(info, 'term');
    pty = {
      columns: info.cols || 80,
      rows: info.rows || 24,
      term: typeof term === 'string' && term !== '' ? term : 'xterm',
    };
    accept?.();
  });
  session.on('window-change', (accept, _reject, info) => {
    if (pty !== null) pty = { ...pty, columns: info.cols || pty.columns, rows: info.rows || pty.rows };
    accept?.();
  });
  session.on('env', (accept, reject, info) => {
    const value: unknown = Reflect.get(info, 'val');
    if (!/^(LANG|LC_\w+)$/.test(info.key) || typeof value !== 'string') return reject?.();
    given[info.key] = value;
    accept?.();
  });
  session.on('signal', (accept, _reject, info) => {
    accept?.();
    ended.abort(new Killed(SIGNALS[info.name] ?? 15));
  });
  session.on('auth-agent', (accept) => {
    agent = true;
    accept?.();
  });

  const environment = (): Record<string, string> => ({
    HOME: '/home/core',
    LANG: 'en_US.UTF-8',
    LOGNAME: 'core',
    PATH: pty === null ? PLAIN_PATH : LOGIN_PATH,
    PWD: '/home/core',
    SHELL: '/bin/bash',
    SHLVL: '1',
    SSH_CLIENT: `${place.peer.address} ${place.peer.port} 22`,
    SSH_CONNECTION: `${place.peer.address} ${place.peer.port} ${place.host.instance.privateIp} 22`,
    USER: 'core',
    ...(agent
      ? {
          SSH_AUTH_SOCK: `/tmp/ssh-${place.host.state.bootId.slice(0, 10)}/agent.${place.host.state.nextPid}`,
        }
      : {}),
    ...(pty === null ? {} : { TERM: pty.term }),
    ...given,
  });
  const makeShell = (env: Record<string, string>): Shell =>
    new Shell({
      hosts: place.hosts,
      machine: place.host,
      tools: place.tools,
      env,
      user: 'core',
      signal: ended.signal,
      tty: () => (pty === null ? null : { columns: pty.columns, rows: pty.rows }),
      agent,
    });

  session.on('exec', (accept, _reject, info) => {
    const channel = accept();
    channel.on('close', finish);
    const env = { ...environment(), PATH: PLAIN_PATH };
    void runExec(makeShell(env), info.command, channel, pty !== null, ended.signal);
  });
  session.on('shell', (accept) => {
    const channel = accept();
    channel.on('close', finish);
    const shell = makeShell({ ...environment(), PATH: LOGIN_PATH });
    if (pty === null) void runScriptFromInput(shell, channel, ended.signal);
    else void runTerminal(shell, channel, place.host, ended.signal);
  });
  session.on('sftp', (accept) => {
    const channel = accept();
    channel.on('close', finish);
    // As sftp-server does when its input ends: stock sftp and scp wait for its exit.
    channel.on('end', () => {
      // ssh2 has a way to say this for every channel but this one.
      const { _protocol, outgoing } = channel as unknown as {
        readonly _protocol: { exitStatus(id: number, code: number): void };
        readonly outgoing: { readonly id: number };
      };
      _protocol.exitStatus(outgoing.id, 0);
      channel.end();
      finish();
    });
    serveSftp(channel, place.host);
  });
}

const SIGNALS: Record<string, number> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, TERM: 15 };

/** What a program writes goes out as fast as the far side takes it; with a terminal, newlines become CRLF. */
export function channelSink(
  channel: ServerChannel,
  stream: NodeJS.WritableStream,
  crlf: boolean,
  signal: AbortSignal,
): Sink {
  return {
    async write(data) {
      if (signal.aborted) throw signal.reason;
      if (channel.destroyed || channel.writableEnded) throw new BrokenPipe();
      const bytes =
        typeof data === 'string'
          ? Buffer.from(data)
          : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      if (bytes.length === 0) return;
      const out = crlf ? Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1') : bytes;
      if (stream.write(out)) return;
      await new Promise<void>((resolve, reject) => {
        const settle = (): void => {
          stream.removeListener('drain', drained);
          channel.removeListener('close', closed);
          signal.removeEventListener('abort', closed);
        };
        const drained = (): void => {
          settle();
          resolve();
        };
        const closed = (): void => {
          settle();
          reject(new BrokenPipe());
        };
        stream.once('drain', drained);
        channel.once('close', closed);
        signal.addEventListener('abort', closed, { once: true });
      });
    },
  };
}

/** Standard input of a channel, held back when nobody reads. */
function channelSource(channel: ServerChannel, signal: AbortSignal): Pipe {
  const pipe = new Pipe();
  channel.on('data', (data: Buffer) => {
    channel.pause();
    pipe.write(data).then(
      () => channel.resume(),
      () => channel.resume(),
    );
  });
  channel.on('end', () => pipe.end());
  signal.addEventListener('abort', () => pipe.end(), { once: true });
  return pipe;
}

/** Ends the channel as sshd does: the status or the signal, then the close. */
export function endChannel(channel: ServerChannel, outcome: { status: number } | { signal: number }): void {
  if (channel.destroyed) return;
  if ('signal' in outcome) channel.exit(signalName(outcome.signal), false, '');
  else channel.exit(outcome.status);
  channel.end();
}

/** What a shell's end means for the channel. */
export async function outcomeOf(
  run: () => Promise<number>,
): Promise<{ status: number } | { signal: number } | null> {
  try {
    return { status: await run() };
  } catch (error) {
    if (error instanceof Killed) return { signal: error.signal };
    if (error instanceof BrokenPipe) return { signal: 13 };
    return null;
  }
}

async function runExec(
  shell: Shell,
  command: string,
  channel: ServerChannel,
  crlf: boolean,
  signal: AbortSignal,
): Promise<void> {
  const io: Io = {
    stdin: channelSource(channel, signal),
    stdout: channelSink(channel, channel, crlf, signal),
    stderr: crlf
      ? channelSink(channel, channel, true, signal)
      : channelSink(channel, channel.stderr, false, signal),
  };
  channel.on('error', () => {});
  const outcome = await outcomeOf(async () => (await shell.run(command, io)).status);
  if (outcome !== null) endChannel(channel, outcome);
  else if (!channel.destroyed) channel.close();
}

/** A shell without a terminal reads its commands from standard input, line by line as they come. */
async function runScriptFromInput(shell: Shell, channel: ServerChannel, signal: AbortSignal): Promise<void> {
  channel.on('error', () => {});
  const stdin = channelSource(channel, signal);
  const io: Io = {
    stdin: { async *[Symbol.asyncIterator]() {} },
    stdout: channelSink(channel, channel, false, signal),
    stderr: channelSink(channel, channel.stderr, false, signal),
  };
  const outcome = await outcomeOf(async () => {
    let rest = '';
    for await (const chunk of stdin) {
      rest += Buffer.from(chunk).toString('utf8');
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const result = await shell.run(rest.slice(0, end), io);
        rest = rest.slice(end + 1);
        if (result.exited) return result.status;
      }
    }
    return rest === '' ? shell.status : (await shell.run(rest, io)).status;
  });
  if (outcome !== null) endChannel(channel, outcome);
  else if (!channel.destroyed) channel.close();
}
