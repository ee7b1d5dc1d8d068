/** Owns one request over a control socket. */
import { request } from 'node:http';

export interface ControlReply {
  readonly status: number;
  readonly body: unknown;
}

/** @throws the socket's own error (ECONNREFUSED, ENOENT, …), or a timeout's */
export function controlRequest(
  socket: string,
  method: string,
  path: string,
  body?: unknown,
  timeoutMs = 5_000,
): Promise<ControlReply> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const outgoing = request(
      {
        socketPath: socket,
        method,
        path,
        agent: false,
        timeout: timeoutMs,
        ...(text === undefined
          ? {}
          : { headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          try {
            resolve({
              status: response.statusCode ?? 0,
              body: JSON.parse(Buffer.concat(chunks).toString('utf8')),
            });
          } catch (error) {
            reject(error);
          }
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}
