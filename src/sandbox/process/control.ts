/**
 * Owns the control socket: HTTP and JSON on a unix socket, bound by exactly one process per state directory. Whoever
 * finds a live one there gives way; a dead one's socket is removed.
 */
import { chmodSync, mkdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AwsError } from '../cloud/aws-error.ts';
import { controlRequest } from './control-request.ts';
import { privateDirectory } from './paths.ts';

export interface Reply {
  readonly status?: number;
  readonly body: unknown;
  /** Runs when the reply is on its way. */
  readonly after?: () => void;
}

/** `GET /faults`, `DELETE /fault/throttling`, …; undefined: there is no such thing. */
export type Route = (
  method: string,
  path: string,
  body: unknown,
) => Promise<Reply | undefined> | Reply | undefined;

export interface ControlServer {
  readonly socket: string;
  /** False when another process has put its socket in this one's place, or the directory is gone. */
  owns(): boolean;
  close(): Promise<void>;
}

const MAX_BODY = 65_536;

/** Binds the socket; null when another process answers there. */
export async function bindControl(socket: string, route: Route): Promise<ControlServer | null> {
  privateDirectory(path.dirname(socket));
  const server = createServer((request, response) => {
    serve(request, response, route).catch(() => response.destroy());
  });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await listen(server, socket)) return controlServer(server, socket);
    if (await answers(socket)) return null;
    await removeStale(socket);
  }
  throw new Error(`the control socket ${socket} can neither be bound nor be reached`);
}

function controlServer(server: Server, socket: string): ControlServer {
  const inode = statSync(socket).ino;
  const owns = (): boolean => {
    try {
      return statSync(socket).ino === inode;
    } catch {
      return false;
    }
  };
  return {
    socket,
    owns,
    close: () =>
      new Promise((resolve) => {
        // Closing unlinks the path: never another process's.
        if (!owns()) {
          server.unref();
          server.closeAllConnections();
          return resolve();
        }
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

const listen = (server: Server, socket: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    };
    server.once('error', failed);
    server.listen(socket, () => {
      server.off('error', failed);
      // Its directory is ours alone already; this holds should the directory be opened.
      chmodSync(socket, 0o600);
      resolve(true);
    });
  });

const refused = (error: unknown): boolean =>
  ['ECONNREFUSED', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Whether a process is behind the socket, even one that answers slowly. */
async function answers(socket: string): Promise<boolean> {
  for (const wait of [0, 100]) {
    await delay(wait);
    try {
      await controlRequest(socket, 'GET', '/info', undefined, 2_000);
      return true;
    } catch (error) {
      // Between bind and listen a live one refuses too: only the second refusal counts.
      if (!refused(error)) return true;
    }
  }
  return false;
}

/** Removes a socket that nobody listens on; one process at a time, so that no fresh one is removed. */
async function removeStale(socket: string): Promise<void> {
  const lock = `${socket}.lock`;
  try {
    mkdirSync(lock, { mode: 0o700 });
  } catch {
    // Another one is at it; a lock left behind by a crash does not last.
    try {
      if (Date.now() - statSync(lock).mtimeMs > 5_000) rmdirSync(lock);
    } catch {
      // It is gone already.
    }
    await delay(50);
    return;
  }
  try {
    if (!(await answers(socket))) unlinkSync(socket);
  } catch {
    // It is gone already.
  } finally {
    rmdirSync(lock);
  }
}

async function serve(request: IncomingMessage, response: ServerResponse, route: Route): Promise<void> {
  const send = (status: number, body: unknown): void => {
    const text = JSON.stringify(body);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      connection: 'close',
    });
    response.end(text);
  };
  const fail = (status: number, code: string, message: string): void =>
    send(status, { error: { code, message } });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) return fail(413, 'TooLarge', 'the request is too large');
    chunks.push(chunk as Buffer);
  }
  let body: unknown;
  try {
    const text = Buffer.concat(chunks).toString('utf8');
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    return fail(400, 'BadJson', 'the request is no JSON');
  }
  try {
    const reply = await route(request.method ?? 'GET', request.url ?? '/', body);
    if (!reply) return fail(404, 'NotFound', `there is no ${request.method} ${request.url}`);
    if (reply.after) response.once('finish', reply.after);
    return send(reply.status ?? 200, reply.body);
  } catch (error) {
    if (error instanceof AwsError) return fail(400, error.code, error.message);
    return fail(500, 'InternalError', error instanceof Error ? error.message : String(error));
  }
}
