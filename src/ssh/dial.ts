/** Owns the TCP connection to a host: name resolution, time limit, and the reason when there is none. */
import { connect, type Socket } from 'node:net';
import type { Clock } from '../cluster/ports.ts';
import { abortError, after } from './deadline.ts';
import { dialError, timedOut } from './errors.ts';

export interface Dial {
  /** For a person. */
  readonly to: string;
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export function dialTcp(dial: Dial): Promise<Socket> {
  const { to, host, port, signal } = dial;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal, `connecting to ${to} was stopped`));
    const socket = connect({ host, port, noDelay: true });
    const settle = (act: () => void) => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners('connect');
      act();
    };
    const fail = (error: Error) => {
      socket.destroy();
      settle(() => reject(error));
    };
    const onAbort = () => fail(abortError(signal, `connecting to ${to} was stopped`));
    const cancel = after(dial.clock, dial.timeoutMs, () => fail(timedOut(to, `connection to port ${port}`)));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (error) => fail(dialError(to, port, error)));
    socket.once('connect', () => settle(() => resolve(socket)));
  });
}
