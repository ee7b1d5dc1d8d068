/**
 * Owns the HTTP server on loopback: AWS's services on one endpoint, etcd discovery below /discovery, the caller's address
 * at /checkip. Signatures are not verified: it is a simulation that holds nothing of worth and listens on 127.0.0.1 only.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { World } from '../contract.ts';
import { answerDiscovery } from './discovery.ts';
import { dispatch } from './dispatch.ts';
import { CALLER_ADDRESS } from './ec2/addresses.ts';
import { readJsonRequest } from './json-request.ts';

export interface EndpointOptions {
  /** Asked at each request: a reset puts another world in place. */
  readonly world: () => World;
  readonly now: () => number;
  /** The world was changed by a request. */
  readonly changed: () => void;
  /** Somebody uses the sandbox. */
  readonly used?: () => void;
  readonly log?: (line: string) => void;
}

export interface Endpoint {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Base URL of the discovery service. */
  readonly discovery: string;
  readonly callerAddressUrl: string;
  close(): Promise<void>;
}

/** AWS's own limit for query requests is near 1 MB. */
const MAX_BODY = 1_048_576;

/** Listens on 127.0.0.1, on `port` when it is free, else on any. */
export async function openEndpoint(options: EndpointOptions, port = 0): Promise<Endpoint> {
  const server = createServer((request, response) => {
    options.used?.();
    answer(request, response).catch((error: unknown) => {
      options.log?.(`request failed: ${error instanceof Error ? error.stack : String(error)}`);
      response.destroy();
    });
  });
  // Clients keep their connections; a command that ended must not hold the server's end.
  server.keepAliveTimeout = 30_000;
  const bound = await listen(server, port);
  const url = `http://127.0.0.1:${bound}`;
  const discovery = `${url}/discovery`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url ?? '/', url);
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
      response.end(body);
    };
    if (target.pathname === '/checkip') return send(200, 'text/plain', `${CALLER_ADDRESS}\n`);
    if (target.pathname.startsWith('/discovery/')) {
      if (request.method !== 'GET') return send(405, 'text/plain', 'only GET\n');
      const path = target.pathname.slice('/discovery'.length);
      const result = answerDiscovery(options.world(), path, target.searchParams, discovery, options.now());
      if (result.changed) options.changed();
      return send(result.answer.status, result.answer.type, result.answer.body);
    }
    const body = await readBody(request);
    if (body === null) {
      response.setHeader('connection', 'close');
      return send(413, 'text/plain', 'Request body too large\n');
    }
    const query = readQuery(target, request.headers['x-amz-target'], body);
    const requestId = randomUUID();
    const result = await dispatch(options.world(), options.now(), {
      authorization: request.headers.authorization,
      query,
      requestId,
    });
    if (result.changed) options.changed();
    if (result.changed || result.error)
      options.log?.(
        `${result.action || '(no action)'} ${result.status}${result.error ? ` ${result.error}` : ''}`,
      );
    response.setHeader('x-amzn-requestid', requestId);
    return send(result.status, result.type, result.body);
  }

  return {
    url,
    port: bound,
    discovery,
    callerAddressUrl: `${url}/checkip`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  const attempt = (wanted: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', () => {
        server.off('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  if (port === 0) return attempt(0);
  return attempt(port).catch(() => attempt(0));
}

/** An action's parameters: of the query string and the form, or of a JSON document, which a target names the action of. */
function readQuery(
  target: URL,
  jsonTarget: string | readonly string[] | undefined,
  body: string,
): URLSearchParams {
  const document = typeof jsonTarget === 'string' ? readJsonRequest(jsonTarget, body) : null;
  if (document) return document;
  const query = new URLSearchParams(target.search);
  for (const [name, value] of new URLSearchParams(body)) query.append(name, value);
  return query;
}

/** null when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
