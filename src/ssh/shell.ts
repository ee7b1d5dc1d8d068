/**
 * Owns the Shell port over SSH: commands on the master and on the nodes behind it, over one connection each. The parts: link.ts
 * keeps the master's connection, nodes.ts those through it, run.ts, follow.ts and terminal.ts what is done over them.
 */

import type { Duplex } from 'node:stream';
import type { AskPassphrase, Clock, NodeRef, Random, Shell } from '../cluster/ports.ts';
import { connect, type Limits } from './connection.ts';
import { abortError, after, joinSignals, WAITED_ENOUGH } from './deadline.ts';
import { dialTcp } from './dial.ts';
import { closedError, lostError, stillConnecting, timedOut } from './errors.ts';
import { followLine, followOn } from './follow.ts';
import { createKeyring, type Identity, type Unlocked } from './keyring.ts';
import { createLink } from './link.ts';
import type { Connection } from './live-connection.ts';
import { createNodes, type Lease } from './nodes.ts';
import { createPatience, type Deadline } from './patience.ts';
import { DEFAULT_TIMEOUT_MS, runLine, runOn } from './run.ts';
import { type TerminalEnd, type TerminalOptions, terminalLine, terminalOn } from './terminal.ts';
import type { HostTrust } from './trust.ts';
import { DEFAULT_UPLOAD_MS, type UploadOptions, uploadOn } from './upload.ts';

/** One host to log in to. What is left out is as the shell has it. */
export interface HostFound {
  /** What it is called, and what ssh connects to: a public address or a name. */
  readonly address: string;
  /** What is dialled in its place: HostName of the user's ssh configuration. */
  readonly dial?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly identities?: readonly Identity[] | undefined;
  /** Other names of it in the user's known_hosts, e.g. the public DNS name. */
  readonly knownAs?: readonly string[] | undefined;
  /** UserKnownHostsFile of the user's ssh configuration. */
  readonly userKnownHostsFiles?: readonly string[] | undefined;
}

export interface MasterFound extends HostFound {
  readonly instanceId?: string | null;
  /** ProxyJump: hosts to go through, the first is dialled from here. */
  readonly jumps?: readonly HostFound[] | undefined;
}

export interface ShellOptions {
  /** Who the master is now; asked again for each connection, so that a replaced one is found. */
  master(signal: AbortSignal): Promise<MasterFound>;
  readonly user: string;
  /** Of the master. Default 22. */
  readonly port?: number;
  /** Of nodes reached through the master. Default 22. */
  readonly nodePort?: number;
  readonly identities: readonly Identity[];
  readonly askPassphrase?: AskPassphrase | undefined;
  /** Shared by shells that should ask for each passphrase once between them. */
  readonly unlocked?: Unlocked | undefined;
  readonly trust: HostTrust;
  /** The sandbox: the loopback port behind the master's address; null: dial the address itself. */
  addressMap?(address: string): Promise<{ readonly host: string; readonly port: number } | null>;
  /** EC2's id of the instance behind a private address, so that a reused address is no false alarm; null when unknown. */
  instanceAt?(privateAddress: string): Promise<string | null>;
  /** SSH_AUTH_SOCK, for sessions that forward the agent. */
  readonly agentSocket?: string | null;
  readonly clock: Clock;
  readonly random: Random;
  /** Default: dial 10 s, handshake 15 s, login 20 s, keepalive 5 s. */
  readonly limits?: Partial<Limits>;
  /** A node's connection that nobody uses is closed after this time. Default 60 s. */
  readonly idleMs?: number;
  /** How long follow and terminals wait for a connection before they say that there is none. Default 15 s. */
  readonly patienceMs?: number;
}

export interface SshShell extends Shell {
  /** A session in the hands of a person or a pipe. A non-zero exit code is a result, not an error. */
  openTerminal(node: NodeRef, options: TerminalOptions): Promise<TerminalEnd>;
  /** Writes a file on a node by SFTP: whole or not at all. A relative path starts at the user's home. */
  upload(node: NodeRef, path: string, bytes: Uint8Array, options?: UploadOptions): Promise<void>;
  /** A stream to what listens on a node: a port of its loopback, or a Unix socket. The caller ends it. */
  forward(node: NodeRef, to: ForwardTarget, signal?: AbortSignal): Promise<Duplex>;
}

export type ForwardTarget = { readonly port: number } | { readonly socket: string };

/** The last of a chain: the jumps that carry it end with it. */
function behind(via: Connection | null, connection: Connection): Connection {
  if (via !== null) connection.gone.then(() => via.end());
  return connection;
}

const LIMITS: Limits = { dial: 10_000, handshake: 15_000, login: 20_000, keepalive: 5_000 };

export function createShell(options: ShellOptions): SshShell {
  const { clock, random, user, trust } = options;
  const limits = { ...LIMITS, ...options.limits };
  const patienceMs = options.patienceMs ?? 15_000;
  const closing = new AbortController();
  const patience = createPatience(clock);
  const unlocked: Unlocked = options.unlocked ?? new Map();
  const keyringOf = (identities: readonly Identity[]) =>
    createKeyring({ identities, askPassphrase: options.askPassphrase, unlocked });
  const keyring = keyringOf(options.identities);
  const common = {
    user,
    keyring,
    trust,
    limits,
    clock,
    random,
    agentSocket: options.agentSocket ?? null,
    asking: patience.asking,
  };

  /** Logs in to one host, dialled from here or from the far side of `via`. */
  const connectHost = async (
    host: HostFound & { readonly instanceId?: string | null },
    via: Connection | null,
    signal: AbortSignal,
  ): Promise<Connection> => {
    const { address, instanceId = null, knownAs = [] } = host;
    const port = host.port ?? (via === null ? (options.port ?? 22) : 22);
    const place = { host: host.dial ?? address, port };
    let stream: Duplex;
    if (via === null) {
      const mapped = (await options.addressMap?.(address)) ?? place;
      stream = await dialTcp({ to: address, ...mapped, timeoutMs: limits.dial, clock, signal });
    } else {
      stream = await forward(via, place.host, port, signal);
    }
    const names = host.dial === undefined ? knownAs : [host.dial, ...knownAs];
    return connect({
      ...common,
      to: address,
      stream,
      signal,
      user: host.user ?? user,
      keyring: host.identities === undefined ? keyring : keyringOf(host.identities),
      contact: { address, port, instanceId, knownAs: names, userFiles: host.userKnownHostsFiles },
    });
  };

  const connectMaster = async (signal: AbortSignal, found: (to: string) => void): Promise<Connection> => {
    const { jumps = [], ...master } = await options.master(signal);
    found(master.address);
    let via: Connection | null = null;
    try {
      for (const jump of jumps) via = behind(via, await connectHost(jump, via, signal));
      return behind(via, await connectHost(master, via, signal));
    } catch (error) {
      via?.end();
      throw error;
    }
  };

  /** A stream from the far side of `via`, within the time that dialling may take. */
  const forward = async (via: Connection, host: string, port: number, signal: AbortSignal) => {
    const dialing = joinSignals(signal);
    const cancel = after(clock, limits.dial, () =>
      dialing.abort(timedOut(host, `connection through ${via.to}`)),
    );
    try {
      return await via.forward(host, port, dialing.signal);
    } finally {
      cancel();
      dialing.release();
    }
  };

  const connectNode = async (address: string, signal: AbortSignal): Promise<Connection> => {
    const master = await link.get(signal);
    const port = options.nodePort ?? 22;
    const instanceId = (await options.instanceAt?.(address)) ?? null;
    const stream = await forward(master, address, port, signal);
    try {
      const contact = { address, port, instanceId, knownAs: [] };
      return await connect({ ...common, to: address, stream, signal, contact });
    } catch (error) {
      // The way there broke, not the node.
      throw master.lost === null ? error : lostError(address, master.lost.why);
    }
  };

  const link = createLink({ connect: connectMaster, clock, random });
  const delayedBy = () => {
    const state = link.state();
    return state.phase === 'reconnecting' ? state.why : null;
  };
  const nodes = createNodes({
    connect: connectNode,
    delayedBy,
    idleMs: options.idleMs ?? 60_000,
    clock,
    random,
  });

  const lease = async (node: NodeRef, signal: AbortSignal): Promise<Lease> => {
    if (node.kind === 'node') return nodes.get(node.address, signal);
    return { connection: await link.get(signal), done: () => {} };
  };

  /** sshd shows a forwarded agent to every later session of a connection: whoever forwards it gets a connection alone. */
  const leaseOwn = async (node: NodeRef, signal: AbortSignal): Promise<Lease> => {
    let to = node.kind === 'node' ? node.address : 'the master';
    const found = (address: string) => {
      to = address;
    };
    try {
      const connection = await (node.kind === 'node'
        ? connectNode(node.address, signal)
        : connectMaster(signal, found));
      return { connection, done: () => connection.end() };
    } catch (error) {
      throw signal.reason === WAITED_ENOUGH ? stillConnecting(to, null) : error;
    }
  };

  const deadline = (ms: number, signal: AbortSignal | undefined): Deadline =>
    patience.deadline(ms, closing.signal, signal);

  /** Does `work` over the node's connection, within its deadline. */
  const over = async <T>(
    node: NodeRef,
    what: string,
    { signal, connected, release }: Deadline,
    work: (connection: Connection) => Promise<T>,
    leaseOf = lease,
  ): Promise<T> => {
    try {
      if (signal.aborted) throw abortError(signal, `${what} was stopped`);
      const { connection, done } = await leaseOf(node, signal);
      connected();
      try {
        return await work(connection);
      } finally {
        done();
      }
    } finally {
      release();
    }
  };

  return {
    async run(node, argv, runOptions = {}) {
      const line = runLine(argv, runOptions);
      const startedAt = clock.now();
      const now = () => clock.now();
      const limit = deadline(runOptions.timeoutMs ?? DEFAULT_TIMEOUT_MS, runOptions.signal);
      const { signal } = limit;
      return over(node, `${argv[0]}`, limit, (connection) =>
        runOn({ connection, line, argv, options: runOptions, signal, startedAt, now }),
      );
    },

    async *follow(node, argv, followOptions = {}) {
      const line = followLine(argv);
      const { signal, connected, settled, release } = deadline(patienceMs, followOptions.signal);
      try {
        if (signal.aborted) throw abortError(signal, `${argv[0]} was stopped`);
        const { connection, done } = await lease(node, signal);
        connected();
        try {
          yield* followOn({ connection, line, argv, options: followOptions, signal, settled });
        } finally {
          done();
        }
      } finally {
        release();
      }
    },

    async openTerminal(node, terminal) {
      const line = terminalLine(terminal.command);
      const limit = deadline(patienceMs, terminal.signal);
      const { signal, settled } = limit;
      const leaseOf = terminal.agentForward === true ? leaseOwn : lease;
      return over(
        node,
        'the session',
        limit,
        (connection) => terminalOn(connection, line, terminal, signal, settled),
        leaseOf,
      );
    },

    async upload(node, path, bytes, uploadOptions = {}) {
      const limit = deadline(uploadOptions.timeoutMs ?? DEFAULT_UPLOAD_MS, uploadOptions.signal);
      return over(node, 'the upload', limit, (connection) =>
        uploadOn(connection, path, bytes, uploadOptions, limit.signal),
      );
    },

    async forward(node, to, callerSignal) {
      const { signal, connected, release } = deadline(patienceMs, callerSignal);
      try {
        const { connection, done } = await lease(node, signal);
        connected();
        const opening =
          'port' in to
            ? connection.forward('127.0.0.1', to.port, signal)
            : connection.forwardSocket(to.socket, signal);
        // A node's connection stays as long as something is forwarded over it.
        opening.then((stream) => stream.once('close', done), done);
        return await opening;
      } finally {
        release();
      }
    },

    connection: () => link.state(),
    subscribe: (listener) => link.subscribe(listener),

    async close() {
      if (closing.signal.aborted) return;
      closing.abort(closedError());
      nodes.close();
      link.close();
    },
  };
}
