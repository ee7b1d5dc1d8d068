/**
 * Owns one SSH connection: making it (handshake, host key, login, each with its time limit), opening session channels in
 * lanes and forwarded ones beside them, noticing that it is gone, ending it.
 */
import { getCiphers } from 'node:crypto';
import type { Duplex } from 'node:stream';
import ssh2, {
  type Algorithms,
  type CipherAlgorithm,
  type Client,
  type ClientChannel,
  type PseudoTtyOptions,
  type ServerHostKeyAlgorithm,
} from 'ssh2';
import { KubecoreError } from '../cluster/errors.ts';
import type { Clock, Random } from '../cluster/ports.ts';
import { printable } from '../cluster/printable.ts';
import { abortError, after, orAborted, WAITED_ENOUGH } from './deadline.ts';
import {
  channelRefused,
  greetingTooLong,
  handshakeError,
  jumpError,
  lostError,
  queuedTooLong,
  sftpAbsent,
  timedOut,
} from './errors.ts';
import { holdGreeting } from './greeting.ts';
import type { Keyring } from './keyring.ts';
import { Lanes, type LaneUse } from './lanes.ts';
import { createLogin } from './login.ts';
import { Session } from './session.ts';
import { SftpSession } from './sftp-session.ts';
import type { HostContact, HostTrust } from './trust.ts';

/** Time limits in milliseconds. What a person is asked for does not count. */
export interface Limits {
  /** TCP, or the master's connection to a node. */
  readonly dial: number;
  /** From the first byte to agreed keys. */
  readonly handshake: number;
  readonly login: number;
  /** Between keepalives; three without an answer end the connection. 0: none. */
  readonly keepalive: number;
}

export interface ConnectOptions {
  /** For a person. */
  readonly to: string;
  /** An open stream to the sshd. */
  readonly stream: Duplex;
  readonly contact: HostContact;
  readonly user: string;
  readonly keyring: Keyring;
  readonly trust: HostTrust;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  /** Of the agent that sessions may forward when asked to; null without one. */
  readonly agentSocket: string | null;
  /** Brackets the time in which a person may be asked: it is nobody's fault here. */
  readonly asking: (begun: boolean) => void;
  readonly signal: AbortSignal;
}

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
  end(): void;
}

const KEEPALIVES_MISSED = 3;
const OPEN_ATTEMPTS = 3;
const GOODBYE_MS = 250;

// AES-GCM first: node:crypto does it natively. The rest is for hosts that lack it; SHA-1 key exchange only for 2014's oldest.
const CIPHERS: CipherAlgorithm[] = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
  ...(getCiphers().includes('chacha20') ? (['chacha20-poly1305@openssh.com'] as const) : []),
];
const HOST_KEYS: ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

function algorithms(knownTypes: readonly string[]): Algorithms {
  const typeOf = (algorithm: string) => (algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);
  const known = HOST_KEYS.filter((name) => knownTypes.includes(typeOf(name)));
  return {
    cipher: CIPHERS,
    // The host shows the key that we know, not another one that would look like a change.
    serverHostKey: [...known, ...HOST_KEYS.filter((name) => !known.includes(name))],
    kex: {
      append: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1'],
    } as unknown as NonNullable<Algorithms['kex']>,
  };
}

/** Makes a connection over an open stream. The stream is destroyed when that fails. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { to, stream, contact, signal, clock, limits } = options;
  // ssh2 puts its own listeners on only later.
  const early = () => {};
  stream.on('error', early);
  try {
    const knownTypes = await options.trust.knownTypes(contact);
    if (signal.aborted) throw abortError(signal, `connecting to ${to} was stopped`);
    return await new Promise((resolve, reject) => {
      const client = new ssh2.Client();
      let failure: KubecoreError | null = null;
      let problem: (Error & { level?: string; code?: unknown }) | null = null;
      let keysAgreed = false;
      let accepted: Buffer | null = null;
      let cancelTimer = () => {};
      let over = false;
      const arm = () => {
        cancelTimer();
        // A person may answer long after the connection went.
        if (over) return;
        const [ms, phase] = keysAgreed ? [limits.login, 'login'] : [limits.handshake, 'SSH handshake'];
        cancelTimer = after(clock, ms, () => fail(timedOut(to, phase)));
      };
      const fail = (error: KubecoreError) => {
        failure ??= error;
        stream.destroy();
        finish();
      };
      const login = createLogin({
        to,
        user: options.user,
        keyring: options.keyring,
        waiting: (begun) => {
          options.asking(begun);
          if (begun) cancelTimer();
          else arm();
        },
      });
      const onAbort = () => fail(abortError(signal, `connecting to ${to} was stopped`));
      const greeting = holdGreeting(stream, () => fail(greetingTooLong(to, greeting.first())));

      /** Nothing came of it: the most telling reason wins. */
      const finish = () => {
        over = true;
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
        stream.destroy();
        if (failure !== null) reject(failure);
        else if (keysAgreed && problem?.level === 'client-authentication') reject(login.failure(null));
        // A disconnect message carries its reason as a number.
        else if (keysAgreed && typeof problem?.code === 'number') {
          reject(login.failure(printable(problem.message)));
        } else reject(handshakeError(to, problem, greeting.first()));
      };

      client.on('error', (error: Error & { level?: string }) => {
        // One key's signature failed: the login goes on and remembers why.
        if (error.level === 'agent') return;
        problem ??= error;
        finish();
      });
      client.once('close', finish);
      client.on('handshake', () => {
        if (keysAgreed) return;
        keysAgreed = true;
        arm();
      });
      client.once('ready', () => {
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
        client.removeAllListeners('close');
        client.removeAllListeners('error');
        resolve(liveConnection(client, options));
      });
      signal.addEventListener('abort', onAbort, { once: true });
      arm();
      client.connect({
        sock: stream,
        username: options.user,
        readyTimeout: 0,
        keepaliveInterval: limits.keepalive,
        keepaliveCountMax: KEEPALIVES_MISSED,
        authHandler: login.handler,
        algorithms: algorithms(knownTypes),
        ...(options.agentSocket === null ? {} : { agent: options.agentSocket }),
        hostVerifier: (key: Buffer, verify: (valid: boolean) => void) => {
          // Keys are exchanged anew on a long connection: it is still the same host.
          if (accepted !== null) return verify(accepted.equals(key));
          cancelTimer();
          const blob = Buffer.from(key);
          options.asking(true);
          const verifying = options.trust.verify(contact, blob).finally(() => options.asking(false));
          verifying.then(
            () => {
              accepted = blob;
              arm();
              attempt(() => verify(true));
            },
            (error) => {
              failure = error instanceof KubecoreError ? error : (failure ?? handshakeError(to, error, null));
              attempt(() => verify(false));
              finish();
            },
          );
        },
      });
    });
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** The connection may have ended while we were thinking; ssh2 then throws where we cannot use it. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // Its end is reported by its own event.
  }
}

function liveConnection(client: Client, options: ConnectOptions): Connection {
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
      const seconds = Math.round((options.limits.keepalive * (KEEPALIVES_MISSED + 1)) / 1000);
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
