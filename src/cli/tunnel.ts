/**
 * Owns ports of this computer's loopback that lead to what listens on the master: each connection becomes a channel of the
 * one SSH connection, which comes back by itself when it drops.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { asKubecoreError, inputError, type KubecoreError } from '../cluster/errors.ts';
import { MASTER } from '../cluster/ports.ts';
import type { ForwardTarget, SshShell } from '../ssh/shell.ts';

const LOOPBACK = '127.0.0.1';

export interface OpenForward {
  readonly shell: Pick<SshShell, 'forward'>;
  readonly to: ForwardTarget;
  /** 0: a free one. */
  readonly port: number;
  /** What it is for, and the flag that names its port, for messages. */
  readonly flag: string;
  /** A connection could not be taken through; the port stays open for the next. */
  readonly failed: (error: KubecoreError) => void;
}

export interface Forward {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens on loopback alone.
 * @throws KubecoreError (input) when the port cannot be had
 */
export async function openForward({ shell, to, port, flag, failed }: OpenForward): Promise<Forward> {
  const closing = new AbortController();
  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    shell.forward(MASTER, to, closing.signal).then(
      (stream) => {
        stream.on('error', () => {});
        socket.pipe(stream);
        stream.pipe(socket);
        socket.once('close', () => stream.destroy());
        // What the far side sent before it went is still written out.
        stream.once('close', () => socket.destroySoon());
      },
      (thrown: unknown) => {
        socket.destroy();
        if (!closing.signal.aborted) failed(asKubecoreError(thrown));
      },
    );
  });
  await listening(server, port, flag);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listening(server: Server, port: number, flag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? 'another program listens there'
          : error.code === 'EACCES'
            ? 'ports below 1024 are for root'
            : error.message;
      reject(inputError(`${flag} ${port} cannot be used`, why, 'give another port, or 0 for a free one'));
    });
    server.listen({ host: LOOPBACK, port }, resolve);
  });
}
