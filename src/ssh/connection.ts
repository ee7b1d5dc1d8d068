/** Owns the making of one SSH connection: handshake, host key, login, each with its time limit. */
import { getCiphers } from 'node:crypto';
import type { Duplex } from 'node:stream';
import ssh2, { type Algorithms, type CipherAlgorithm, type ServerHostKeyAlgorithm } from 'ssh2';
import { KubecoreError } from '../cluster/errors.ts';
import type { Clock, Random } from '../cluster/ports.ts';
import { printable } from '../cluster/printable.ts';
import { abortError, after } from './deadline.ts';
import { greetingTooLong, handshakeError, timedOut } from './errors.ts';
import { holdGreeting } from './greeting.ts';
import type { Keyring } from './keyring.ts';
import { attempt, type Connection, KEEPALIVES_MISSED, liveConnection } from './live-connection.ts';
import { createLogin } from './login.ts';
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
  // ssh2 puts its own listeners on only later, and would wait for a stream that is gone by then.
  let early = null as Error | null;
  stream.on('error', (error: Error) => {
    early ??= error;
  });
  try {
    const knownTypes = await options.trust.knownTypes(contact);
    if (signal.aborted) throw abortError(signal, `connecting to ${to} was stopped`);
    if (early !== null || stream.destroyed) {
      throw handshakeError(to, early && Object.assign(early, { level: 'client-socket' }), null);
    }
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
      client.on('banner', (text: string) => login.heard(text));
      client.once('ready', () => {
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
        client.removeAllListeners('close');
        client.removeAllListeners('error');
        client.removeAllListeners('banner');
        resolve(
          liveConnection(client, { to, stream, clock, random: options.random, keepalive: limits.keepalive }),
        );
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
