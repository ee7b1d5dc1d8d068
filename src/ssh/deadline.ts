/** Owns waiting with an end: timers on the injected clock, and one signal out of several reasons to stop. */
import { setMaxListeners } from 'node:events';
import { asKubecoreError, interruptedError, KubecoreError } from '../cluster/errors.ts';
import type { Clock } from '../cluster/ports.ts';

/** The abort reason of a request whose own time is up. */
export const WAITED_ENOUGH = Symbol('waited enough');

/** Calls `act` after `ms` unless the returned function is called before. */
export function after(clock: Clock, ms: number, act: () => void): () => void {
  if (!Number.isFinite(ms)) return () => {};
  const stop = new AbortController();
  clock.sleep(ms, stop.signal).then(act, () => {});
  return () => stop.abort();
}

/** The error to throw when `signal` is aborted: its reason when that explains itself. */
export function abortError(signal: AbortSignal, what: string): KubecoreError {
  const { reason } = signal;
  if (reason instanceof KubecoreError) return reason;
  if (reason instanceof Error && reason.name !== 'AbortError' && reason.name !== 'TimeoutError') {
    return asKubecoreError(reason);
  }
  return interruptedError(what, 'run it again');
}

/** Settles with `promise`, or rejects with `error()` once `signal` aborts; the promise itself goes on. */
export function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  error: () => Error,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(error());
    setMaxListeners(0, signal);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

export interface JoinedSignal {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Lets go of the sources. AbortSignal.any would leave a trace in a source that outlives many requests. */
  release(): void;
}

/** One signal that aborts with the first of its sources, or by its own `abort`. */
export function joinSignals(...sources: readonly (AbortSignal | undefined)[]): JoinedSignal {
  const own = new AbortController();
  const followed = sources.filter((source) => source !== undefined);
  const undo = followed.map((source) => {
    const onAbort = () => own.abort(source.reason);
    // One signal rightly stops any number of requests.
    setMaxListeners(0, source);
    if (source.aborted) onAbort();
    else source.addEventListener('abort', onAbort, { once: true });
    return () => source.removeEventListener('abort', onAbort);
  });
  return {
    signal: own.signal,
    abort: (reason) => own.abort(reason),
    release: () => {
      for (const act of undo) act();
    },
  };
}
