/** Owns whether a port of a host answers: a TCP connection, opened and closed. */
import { connect } from 'node:net';

/** A port that says nothing in this time is behind a firewall. */
const PATIENCE_MS = 3_000;

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'names cannot be looked up: is there a network?',
  ENETUNREACH: 'no network leads there',
  EHOSTUNREACH: 'no network leads there',
};

/** Milliseconds until the connection stood, or why there is none. */
export function reach(
  host: string,
  port: number,
  patienceMs: number = PATIENCE_MS,
): Promise<{ readonly ms: number } | { readonly why: string }> {
  return new Promise((resolve) => {
    const from = performance.now();
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port });
    const end = (result: { readonly ms: number } | { readonly why: string }): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    // Looking a name up is no part of the socket's own time limit.
    const timer = setTimeout(() => end({ why: `no answer within ${patienceMs / 1000} s` }), patienceMs);
    socket.once('connect', () => end({ ms: Math.round(performance.now() - from) }));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end({ why: WHY[error.code ?? ''] ?? error.message }),
    );
  });
}
