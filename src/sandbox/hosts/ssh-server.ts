/**
 * Owns sshd of the hosts: one ssh2 Server per running host on a loopback port, who may log in, how many sessions a
 * connection holds, forwarding to other hosts, and cutting connections when a host is gone or cannot be reached.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import ssh2, {
  type AuthContext,
  type Connection,
  type ParsedKey,
  type ServerChannel,
  type TcpipRequestInfo,
} from 'ssh2';
import type { Hosts, Tool } from '../contract.ts';
import type { RunningHost } from './host.ts';
import { FORWARDED_PORTS, listens, serveForwarded } from './local-http.ts';
import type { SessionTool } from './shell/session.ts';
import { serveSession } from './ssh-session.ts';

/** OpenSSH's MaxSessions. */
const MAX_SESSIONS = 10;
const LOOPBACK = '127.0.0.1';

interface Running {
  readonly host: RunningHost;
  readonly listener: Server;
  readonly sockets: Set<Socket>;
  port: number | null;
  readonly listening: Promise<void>;
}

export type Tools = Readonly<Record<string, Tool | SessionTool>>;

export class SshServers {
  readonly #hosts: Hosts;
  readonly #tools: Tools;
  readonly #running = new Map<string, Running>();
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(hosts: Hosts, tools: Tools) {
    this.#hosts = hosts;
    this.#tools = tools;
  }

  /** Starts and ends servers as the hosts come and go. Cheap when nothing changed. */
  update(now: number): void {
    if (this.#closed) return;
    const all = this.#hosts.all() as readonly RunningHost[];
    for (const [id, running] of this.#running) {
      if (!all.includes(running.host)) this.#end(id, running);
      else if (running.host.unreachable()) for (const socket of running.sockets) socket.destroy();
    }
    for (const host of all) {
      if (!this.#running.has(host.instance.id) && host.sshUp(now)) this.#start(host);
    }
  }

  /** Resolves when the servers that should answer at `now` listen. */
  async settle(now: number): Promise<void> {
    this.update(now);
    await Promise.all([...this.#running.values()].map((one) => one.listening));
  }

  ports(): Record<string, { host: string; port: number }> {
    const ports: Record<string, { host: string; port: number }> = {};
    for (const { host, port } of this.#running.values()) {
      if (port === null) continue;
      for (const address of [host.instance.privateIp, host.instance.publicIp]) {
        if (address !== null) ports[address] = { host: LOOPBACK, port };
      }
    }
    return ports;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const [id, running] of this.#running) this.#end(id, running);
    await Promise.all(this.#closing);
  }

  /** SSH connections that are open now. */
  connections(): number {
    let count = 0;
    for (const { sockets } of this.#running.values()) count += sockets.size;
    return count;
  }

  #end(id: string, running: Running): void {
    this.#running.delete(id);
    for (const socket of running.sockets) socket.destroy();
    const done = running.listening.then(
      () => new Promise<void>((resolve) => running.listener.close(() => resolve())),
    );
    this.#closing.add(done);
    void done.then(() => this.#closing.delete(done));
  }

  #start(host: RunningHost): void {
    const server = new ssh2.Server({ hostKeys: [host.state.hostKey.privateKey], ident: 'OpenSSH_6.6' });
    const sockets = new Set<Socket>();
    // Listens itself and hands sockets to ssh2, so that a host without a link can refuse before the first byte.
    const listener = createServer((socket) => {
      socket.on('error', () => {});
      if (host.unreachable()) {
        socket.resetAndDestroy();
        return;
      }
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.setNoDelay(true);
      server.injectSocket(socket);
    });
    const listening = new Promise<void>((resolve) => {
      listener.listen(0, LOOPBACK, () => {
        const address = listener.address();
        if (address !== null && typeof address !== 'string') running.port = address.port;
        resolve();
      });
    });
    const running: Running = { host, listener, sockets, port: null, listening };
    server.on('connection', (connection, client) =>
      this.#serve(host, connection, { address: client.ip, port: client.port }),
    );
    this.#running.set(host.instance.id, running);
  }

  #serve(host: RunningHost, connection: Connection, peer: { address: string; port: number }): void {
    connection.on('error', () => connection.end());
    connection.on('authentication', (auth) => authenticate(host, auth));
    let sessions = 0;
    connection.on('ready', () => {
      host.log({
        unit: 'sshd.socket',
        identifier: 'sshd',
        pid: host.nextPid(),
        message: `Accepted publickey for core from ${peer.address} port ${peer.port} ssh2`,
      });
      connection.on('session', (accept, reject) => {
        if (sessions >= MAX_SESSIONS) {
          reject();
          return;
        }
        sessions++;
        serveSession(accept(), { hosts: this.#hosts, host, tools: this.#tools, peer }, () => {
          sessions--;
        });
      });
      connection.on('tcpip', (accept, reject, info) => this.#forward(host, accept, reject, info));
      connection.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
        if (listens(host, socketPath)) serveForwarded(host, socketPath, accept());
        else reject();
      });
      connection.on('request', (_accept, reject) => reject?.());
    });
  }

  /** `ssh -J`, `ssh -W`: to the sshd of a host of the same cluster, by its private address; `ssh -L`: to its own etcd and API. */
  #forward(host: RunningHost, accept: () => ServerChannel, reject: () => void, info: TcpipRequestInfo): void {
    const own = info.destIP === '127.0.0.1' || info.destIP === 'localhost';
    if (own && FORWARDED_PORTS.includes(info.destPort)) {
      if (listens(host, info.destPort)) serveForwarded(host, info.destPort, accept());
      else reject();
      return;
    }
    const target = own ? host : (this.#hosts.byIp(info.destIP) as RunningHost | undefined);
    const running = target === undefined ? undefined : this.#running.get(target.instance.id);
    if (
      info.destPort !== 22 ||
      running?.port === undefined ||
      running.port === null ||
      target?.unreachable() === true
    ) {
      reject();
      return;
    }
    const socket = connect(running.port, LOOPBACK);
    let accepted = false;
    socket.once('error', () => {
      if (!accepted) reject();
    });
    socket.once('connect', () => {
      accepted = true;
      const channel = accept();
      channel.pipe(socket);
      socket.pipe(channel);
      socket.on('error', () => channel.end());
      socket.once('close', () => channel.end());
      channel.on('error', () => socket.destroy());
      channel.once('close', () => socket.destroy());
    });
  }
}

/** Public keys of user core alone, by a signature over the session: what OpenSSH on CoreOS allowed. */
function authenticate(host: RunningHost, auth: AuthContext): void {
  if (mayLogIn(host, auth)) auth.accept();
  else auth.reject(['publickey']);
}

/** True also for a key that is only offered: the client signs when told that it would do. */
function mayLogIn(host: RunningHost, auth: AuthContext): boolean {
  if (auth.method !== 'publickey' || auth.username !== 'core') return false;
  const { key, blob, signature, hashAlgo } = auth;
  const allowed = authorizedKeys(host).find(
    (one) => one.type === plainType(key.algo) && one.getPublicSSH().equals(key.data),
  );
  if (allowed === undefined) return false;
  return signature === undefined || blob === undefined || allowed.verify(blob, signature, hashAlgo) === true;
}

/** rsa-sha2-256 and -512 are signatures by an ssh-rsa key. */
function plainType(algorithm: string): string {
  return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
}

function authorizedKeys(host: RunningHost): ParsedKey[] {
  const text = host.files.read('/home/core/.ssh/authorized_keys') ?? '';
  return text.split('\n').flatMap((line) => {
    if (line.trim() === '') return [];
    const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(line.trim());
    if (parsed instanceof Error) return [];
    return Array.isArray(parsed) ? parsed : [parsed];
  });
}
