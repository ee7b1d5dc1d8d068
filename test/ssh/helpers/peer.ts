/** Owns an SSH server inside the test: ssh2's own Server, whose commands are functions and whose faults are asked for. */
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, {
  type AuthContext,
  type Connection,
  type PseudoTtyInfo,
  type ServerChannel,
  type SFTPWrapper,
} from 'ssh2';
import type { MasterFound, ShellOptions } from '../../../src/ssh/shell.ts';
import { createShell, type SshShell } from '../../../src/ssh/shell.ts';
import { createHostTrust, type HostTrust } from '../../../src/ssh/trust.ts';
import { realClock } from './clock.ts';

export const FIXTURES = join(import.meta.dirname, '../../fixtures/ssh');

/** One command on the peer. */
export interface PeerSession {
  /** null for a login shell. */
  readonly command: string | null;
  readonly channel: ServerChannel;
  readonly pty: PseudoTtyInfo | null;
  /** Signals that the client sent. */
  readonly signals: string[];
  /** Window sizes that the client sent, `COLUMNSxROWS`. */
  readonly resizes: string[];
}

export interface PeerOptions {
  /** Fixture name of the host key. */
  readonly hostKey?: string;
  /** sshd's MaxSessions. */
  readonly maxSessions?: number;
  /** Plays each command. */
  exec?(session: PeerSession): void;
  /** Plays the sftp subsystem; without it there is none. */
  sftp?(sftp: SFTPWrapper): void;
  /** Refuses or accepts a login; by default any key. */
  auth?(context: AuthContext): void;
  /** host:port of a direct-tcpip request → a loopback port; null refuses it. */
  forward?(host: string, port: number): number | null;
}

export interface Peer {
  readonly port: number;
  readonly sessions: PeerSession[];
  connections(): number;
  /** How many sftp sessions were ever opened. */
  sftps(): number;
  /** How many connections were ever made. */
  accepted(): number;
  /** Cuts every connection off. */
  drop(): void;
  /** Stops answering: nothing is read any more. */
  freeze(): void;
  close(): Promise<void>;
}

export async function startPeer(options: PeerOptions = {}): Promise<Peer> {
  const sessions: PeerSession[] = [];
  const open = new Map<Connection, Socket>();
  const sockets = new Set<Socket>();
  let accepted = 0;
  let sftps = 0;
  const hostKey = readFileSync(join(FIXTURES, `${options.hostKey ?? 'ed25519'}.openssh`));
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    accepted++;
    let count = 0;
    const socket = (client as unknown as { _sock: Socket })._sock;
    open.set(client, socket);
    sockets.add(socket);
    client.on('error', () => {});
    client.on('close', () => open.delete(client));
    client.on('authentication', (context) => {
      if (options.auth) return options.auth(context);
      if (context.method === 'publickey') context.accept();
      else context.reject(['publickey']);
    });
    client.on('session', (accept, reject) => {
      if (count >= (options.maxSessions ?? 10)) return reject();
      count++;
      const session = accept();
      let pty: PseudoTtyInfo | null = null;
      const signals: string[] = [];
      const resizes: string[] = [];
      const begin = (command: string | null, channel: ServerChannel) => {
        channel.on('error', () => {});
        const peerSession = { command, channel, pty, signals, resizes };
        sessions.push(peerSession);
        options.exec?.(peerSession);
      };
      session.on('close', () => {
        count--;
      });
      session.on('pty', (acceptPty, _reject, info) => {
        pty = info;
        acceptPty?.();
      });
      session.on('window-change', (_accept, _reject, info) => resizes.push(`${info.cols}x${info.rows}`));
      session.on('signal', (_accept, _reject, info) => signals.push(info.name));
      session.on('exec', (acceptExec, _reject, info) => begin(info.command, acceptExec()));
      session.on('sftp', (acceptSftp, rejectSftp) => {
        if (options.sftp === undefined) return rejectSftp();
        sftps++;
        const sftp = acceptSftp();
        sftp.on('error', () => {});
        options.sftp(sftp);
      });
      session.on('shell', (acceptShell) => begin(null, acceptShell()));
    });
    client.on('tcpip', (accept, reject, info) => {
      const port = options.forward?.(info.destIP, info.destPort) ?? null;
      if (port === null) return reject();
      const outward = connect({ port, host: '127.0.0.1' });
      outward.once('error', () => reject());
      outward.once('connect', () => {
        const channel = accept();
        channel.on('error', () => {});
        outward.on('error', () => {});
        channel.pipe(outward).pipe(channel);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    sessions,
    connections: () => open.size,
    sftps: () => sftps,
    accepted: () => accepted,
    drop: () => {
      for (const socket of open.values()) socket.destroy();
    },
    freeze: () => {
      for (const socket of open.values()) socket.pause();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Ends a command as a process does. */
export function finish(
  session: PeerSession,
  how: { out?: string; err?: string; code?: number; signal?: string } = {},
) {
  const { channel } = session;
  if (how.err !== undefined) channel.stderr.write(how.err);
  if (how.out !== undefined) channel.write(how.out);
  if (how.signal === undefined) channel.exit(how.code ?? 0);
  else channel.exit(how.signal);
  channel.end();
}

const homes: string[] = [];

/** A private key file that peers let in. */
export function keyFile(name = 'ed25519.openssh'): string {
  const home = mkdtempSync(join(tmpdir(), 'kubecore-peer-'));
  homes.push(home);
  const path = join(home, name);
  copyFileSync(join(FIXTURES, name), path);
  chmodSync(path, 0o400);
  return path;
}

export function forgetKeyFiles(): void {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
}

export const trustAll = (): HostTrust =>
  createHostTrust({ ownFile: null, userFiles: [], firstContact: async () => 'trust' });

/** A shell at a peer, with short limits. `port` may change under it: a replaced master. */
export function shellAt(
  at: { port: number; instanceId?: string },
  more: Partial<ShellOptions> = {},
): SshShell {
  return createShell({
    master: async (): Promise<MasterFound> => ({
      address: '203.0.113.5',
      instanceId: at.instanceId ?? 'i-1',
    }),
    addressMap: async () => ({ host: '127.0.0.1', port: at.port }),
    user: 'core',
    identities: [{ kind: 'file', path: keyFile() }],
    trust: trustAll(),
    clock: realClock,
    random: () => 0,
    ...more,
  });
}
