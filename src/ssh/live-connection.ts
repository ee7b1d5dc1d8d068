/**
 * Owns one SSH connection while it lives: session channels in lanes and forwarded ones beside them, noticing that it is gone,
 * ending it.
 */
import type { Duplex } from 'node:stream';
import type { Client, ClientChannel, PseudoTtyOptions } from 'ssh2';
import type { KubecoreError } from '../cluster/errors.ts';
import type { Clock, Random } from '../cluster/ports.ts';
import { printable } from '../cluster/printable.ts';
import { abortError, after, orAborted, WAITED_ENOUGH } from './deadline.ts';
import { channelRefused, jumpError, lostError, queuedTooLong, sftpAbsent, timedOut } from './errors.ts';
import { Lanes, type LaneUse } from './lanes.ts';
import { Session } from './session.ts';
import { SftpSession } from './sftp-session.ts';

export interface OpenOptions extends LaneUse {
  /** null: the user's login shell. */
  readonly command: string | null;
  readonly pty?: PseudoTtyOptions;
  readonly agentForward?: boolean;
  readonly signal: AbortSignal;
}

export interface Connection {
  readonly to: string;
  readonly lanes: Lanes;
  /** Why it is gone; null while it lives. */
  readonly lost: KubecoreError | null;
  /** Resolves when it is gone. */
  readonly gone: Promise<KubecoreError>;
  /**
   * Waits for a lane, then opens a session; a session that sshd refuses for their number is tried again. A signal aborted
   * with WAITED_ENOUGH gives the error for what took too long.
   */
  open(options: OpenOptions): Promise<Session>;
  /** The same for the sftp subsystem. */
  openSftp(options: LaneUse & { readonly signal: AbortSignal }): Promise<SftpSession>;
  /** A TCP stream from the far side to host:port. */
  forward(host: string, port: number, signal: AbortSignal): Promise<Duplex>;
  /** A stream to a Unix socket over there, for sshds that know such (OpenSSH 6.7 and later). */
  forwardSocket(path: string, signal: AbortSignal): Promise<Duplex>;
  /** Asks for an answer of any kind; without one within `ms` the connection is given up. */
  probe(ms: number): void;
  end(): void;
}

export interface Living {
  readonly to: string;
  /** Under the client. */
  readonly stream: Duplex;
  /** Milliseconds between keepalives. */
  readonly keepalive: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Keepalives without an answer after which a connection is given up. */
export const KEEPALIVES_MISSED = 3;
const OPEN_ATTEMPTS = 3;
const GOODBYE_MS = 250;

/** The connection may have ended while we were thinking; ssh2 then throws where we cannot use it. */
export function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // Its end is reported by its own event.
  }
}

/** Takes over a client that has logged in. */
export function liveConnection(client: Client, options: Living): Connection {
  const { to, stream, clock, random } = options;
  const lanes = new Lanes();
  let lost: KubecoreError | null = null;
  let why = 'the other side closed it';
  let announce: (error: KubecoreError) => void = () => {};
  const gone = new Promise<KubecoreError>((resolve) => {
    announce = resolve;
  });
  const onGone = () => {
    if (lost !== null) return;
    lost = lostError(to, why);
    announce(lost);
  };
  client.on('error', (error: Error & { code?: string; level?: string }) => {
    if (error.level === 'client-timeout') {
      const seconds = Math.round((options.keepalive * (KEEPALIVES_MISSED + 1)) / 1000);
      why = `it gave no answer for ${seconds} s`;
    } else {
      why = printable(error.message);
    }
    // What is not the socket's own error is a broken stream of packets: nothing more can come of it.
    stream.destroy();
  });
  client.once('close', onGone);

  /** One attempt; `null` when sshd has no room for another session. */
  const openOnce = (open: OpenOptions): Promise<Session | Error> =>
    new Promise((resolve, reject) => {
      const opened = (error: (Error & { reason?: unknown }) | undefined, channel: ClientChannel) => {
        if (error === undefined || error === null) resolve(new Session(channel));
        else if (lost !== null || error.message === 'No response from server')
          reject(lost ?? lostError(to, why));
        else if (error.reason !== undefined) resolve(error);
        else reject(channelRefused(to, error));
      };
      const extra = { agentForward: open.agentForward === true } as Record<string, unknown>;
      try {
        if (open.command === null) client.shell(open.pty ?? false, extra, opened as never);
        else client.exec(open.command, open.pty ? { pty: open.pty, ...extra } : extra, opened as never);
      } catch (error) {
        reject(lost ?? lostError(to, printable(String((error as Error).message))));
      }
    });

  /** The same for sftp: a server without it refuses the subsystem, or cannot start its program. */
  const sftpOnce = (): Promise<SftpSession | Error> =>
    new Promise((resolve, reject) => {
      try {
        client.sftp((error: (Error & { reason?: unknown }) | undefined, sftp) => {
          if (error === undefined || error === null) resolve(new SftpSession(sftp));
          else if (lost !== null || error.message === 'No response from server')
            reject(lost ?? lostError(to, why));
          else if (error.reason !== undefined) resolve(error);
          else reject(sftpAbsent(to, error));
        });
      } catch (error) {
        reject(lost ?? lostError(to, printable(String((error as Error).message))));
      }
    });

  /** Waits for a lane, then opens; the lane is free again when what was opened has ended. */
  const inLane = async <T extends InLane>(
    use: LaneUse,
    signal: AbortSignal,
    once: () => Promise<T | Error>,
  ): Promise<T> => {
    for (let attempts = 1; ; attempts++) {
      if (lost !== null) throw lost;
      const stopped = (late: KubecoreError) =>
        signal.reason === WAITED_ENOUGH ? late : abortError(signal, `a command on ${to} was stopped`);
      const lane = await lanes.acquire(use, signal).catch(() => {
        throw stopped(queuedTooLong(to, lanes.open));
      });
      const opening = once();
      let opened: T | Error;
      try {
        opened = await orAborted(opening, signal, () => stopped(timedOut(to, 'opening of a session')));
      } catch (error) {
        // It may still open: then it is closed at once, and only then is the lane free.
        opening.then(
          (late) => (late instanceof Error ? lane.release() : endLate(late, lane.release)),
          () => lane.release(),
        );
        throw error;
      }
      if (!(opened instanceof Error)) {
        opened.ended.then(lane.release);
        return opened;
      }
      lane.release();
      if (lanes.open > 0) lanes.learnLimit();
      else if (attempts >= OPEN_ATTEMPTS) throw channelRefused(to, opened);
      else await clock.sleep(200 * attempts * (0.5 + random()));
    }
  };

  /** A channel beside the lanes: forwarding takes none of sshd's sessions. */
  const forwarded = (
    name: string,
    signal: AbortSignal,
    open: (opened: (error: Error | undefined, channel: ClientChannel) => void) => void,
  ): Promise<Duplex> =>
    new Promise((resolve, reject) => {
      const stopped = () => reject(abortError(signal, `connecting to ${name} was stopped`));
      if (signal.aborted) return stopped();
      signal.addEventListener('abort', stopped, { once: true });
      attemptOr(
        () =>
          open((error, channel) => {
            signal.removeEventListener('abort', stopped);
            if (error) reject(lost ?? jumpError(name, to, error));
            else if (signal.aborted) channel.destroy();
            else resolve(channel);
          }),
        (error) => reject(lost ?? lostError(to, printable(error.message))),
      );
    });

  return {
    to,
    lanes,
    get lost() {
      return lost;
    },
    gone,
    open: (open) => inLane(open, open.signal, () => openOnce(open)),
    openSftp: (open) => inLane(open, open.signal, sftpOnce),
    forward: (host, port, signal) =>
      forwarded(host, signal, (opened) => client.forwardOut('127.0.0.1', 0, host, port, opened)),
    forwardSocket: (path, signal) =>
      forwarded(path, signal, (opened) => client.openssh_forwardOutStreamLocal(path, opened)),
    probe(ms) {
      const answered = after(clock, ms, () => {
        why = `it gave no answer for ${Math.round(ms / 1000)} s since this computer slept`;
        stream.destroy();
      });
      gone.then(answered);
      // A forwarding that is not there is refused by every sshd, and a refusal is an answer.
      attempt(() => client.unforwardIn('localhost', 0, answered));
    },
    end() {
      why = 'kubecore closed it';
      attempt(() => client.end());
      // Whatever the far side makes of our goodbye, nothing of ours stays open.
      const cancel = after(clock, GOODBYE_MS, () => stream.destroy());
      stream.once('close', cancel);
      onGone();
    },
  };
}

function attemptOr(act: () => void, otherwise: (error: Error) => void): void {
  try {
    act();
  } catch (error) {
    otherwise(error as Error);
  }
}

/** What takes one of sshd's sessions. */
interface InLane {
  readonly ended: Promise<void>;
  kill(): void;
}

function endLate(session: InLane, release: () => void): void {
  session.ended.then(release);
  session.kill();
}
