/**
 * Owns the connection to the master through its life: made when first needed, made again without limit when it drops (with
 * jittered backoff, asking anew who the master is; at once when this computer has slept), and its state as a screen shows it.
 */
import { asKubecoreError, type KubecoreError } from '../cluster/errors.ts';
import type { Clock, ConnectionState, Random } from '../cluster/ports.ts';
import { abortError, orAborted, WAITED_ENOUGH } from './deadline.ts';
import { closedError, stillConnecting } from './errors.ts';
import type { Connection } from './live-connection.ts';
import { onWake } from './wake.ts';

/** Trying again by itself would change nothing: only a request makes a new attempt, and not sooner than after this time. */
const FAILED_HOLDS_MS = 5_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** A connection that lived this long was a good one: the next drop starts from the shortest delay. */
const STABLE_MS = 10_000;
/** What outlived this computer's sleep answers within this time; keepalives would take four times as long. */
const AWAKE_MS = 5_000;

export interface Link {
  /** Waits for the connection; rejects with why it cannot be had, or why it is not there yet when `signal` aborts. */
  get(signal: AbortSignal): Promise<Connection>;
  state(): ConnectionState;
  subscribe(listener: () => void): () => void;
  close(): void;
}

export interface LinkOptions {
  /** Finds out who the master is and connects; `found` is told the address as soon as it is known. */
  connect(signal: AbortSignal, found: (to: string) => void): Promise<Connection>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Milliseconds before attempt `attempt` (from 1): doubling from half a second to 15 s, of which half is chance. */
export function backoff(attempt: number, random: Random): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(longest * (0.5 + random() / 2));
}

export function createLink(options: LinkOptions): Link {
  const { clock, random } = options;
  const closing = new AbortController();
  const listeners = new Set<() => void>();
  let state: ConnectionState = { phase: 'idle' };
  let connection: Connection | null = null;
  let to = 'the master';
  let working = false;
  let everConnected = false;
  let failedAt = 0;
  let waiters: (() => void)[] = [];
  let attempt = 0;
  let pause = new AbortController();
  let stopWatching: (() => void) | null = null;

  const onAwake = () => {
    attempt = 0;
    connection?.probe(AWAKE_MS);
    pause.abort();
  };

  const enter = (next: ConnectionState) => {
    state = next;
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
    for (const listener of [...listeners]) listener();
  };

  const isClosed = () => closing.signal.aborted;

  /** Ends when the shell closes, or when there is nothing to be done without somebody asking again. */
  const work = async (): Promise<void> => {
    attempt = 0;
    enter({ phase: 'connecting', to });
    while (!isClosed()) {
      let why: KubecoreError;
      let known = false;
      try {
        const live = await options.connect(closing.signal, (address) => {
          known = true;
          to = address;
          if (state.phase === 'connecting') enter({ phase: 'connecting', to });
        });
        if (isClosed()) return live.end();
        connection = live;
        everConnected = true;
        const since = clock.now();
        enter({ phase: 'connected', to, since });
        why = await live.gone;
        connection = null;
        if (clock.now() - since >= STABLE_MS) attempt = 0;
      } catch (error) {
        why = asKubecoreError(error);
        // A master that was there and is being replaced: nobody can name it for a while.
        const replaced = !known && everConnected;
        if (!isClosed() && !replaced && !worthRetrying(why)) {
          failedAt = clock.now();
          return enter({ phase: 'failed', to, error: why });
        }
      }
      if (isClosed()) return;
      attempt++;
      const delay = backoff(attempt, random);
      enter({ phase: 'reconnecting', to, at: clock.now() + delay, why: why.why, attempt });
      pause = new AbortController();
      await clock.sleep(delay, AbortSignal.any([closing.signal, pause.signal])).catch(() => {});
    }
  };

  const start = () => {
    working = true;
    stopWatching ??= onWake(clock, onAwake);
    void work().finally(() => {
      working = false;
    });
  };

  return {
    async get(signal) {
      for (;;) {
        if (isClosed()) throw closedError();
        if (connection !== null && connection.lost === null) return connection;
        if (!working) {
          if (state.phase === 'failed' && clock.now() - failedAt < FAILED_HOLDS_MS) throw state.error;
          start();
        }
        const changed = new Promise<void>((resolve) => waiters.push(resolve));
        await orAborted(changed, signal, () =>
          signal.reason === WAITED_ENOUGH
            ? stillConnecting(to, state.phase === 'reconnecting' ? state.why : null)
            : abortError(signal, `connecting to ${to} was stopped`),
        );
        if (state.phase === 'failed') throw state.error;
      }
    },
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      if (isClosed()) return;
      closing.abort(closedError());
      stopWatching?.();
      connection?.end();
      connection = null;
      enter({ phase: 'closed' });
    },
  };
}

/** Networks mend themselves, AWS answers again, a booting sshd comes up; a changed key or a refused login does not. */
function worthRetrying(error: KubecoreError): boolean {
  return error.fault === 'network' || error.fault === 'aws';
}
