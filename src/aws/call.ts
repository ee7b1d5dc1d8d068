/** Owns one request to AWS: its errors translated, its end when the caller gives up, even between retries. */
import { interruptedError, KubecoreError } from '../cluster/errors.ts';
import type { Asked, Doing } from './error-meanings.ts';
import { awsErrorDecoded } from './errors.ts';

/** Rejects with the signal's reason as soon as it is aborted; the promise's own end comes too late then. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The error for an aborted request. What AWS had already taken up goes on without us. */
export function abortedError(signal: AbortSignal, action: string): KubecoreError {
  return signal.reason instanceof KubecoreError
    ? signal.reason
    : interruptedError(
        `waiting for an answer to ${action} was stopped`,
        'run the same command again; what was already begun goes on by itself',
      );
}

/** Options of the SDK's `send`. */
export type SendOptions = { readonly abortSignal?: AbortSignal };

/** Runs one SDK request. Everything it throws is a KubecoreError. */
export async function call<T>(
  doing: Doing,
  asked: Asked,
  signal: AbortSignal | undefined,
  send: (options: SendOptions) => Promise<T>,
): Promise<T> {
  try {
    signal?.throwIfAborted();
    return await orAborted(send(signal === undefined ? {} : { abortSignal: signal }), signal);
  } catch (error) {
    if (signal?.aborted) throw abortedError(signal, doing.action);
    throw await awsErrorDecoded(error, doing, asked);
  }
}
