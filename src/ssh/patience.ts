/**
 * Owns how long requests wait: each has its time, and that time stands still while a person is asked something that its connection
 * needs (a passphrase, a new host key, an agent that wants a finger on it).
 */
import type { Clock } from '../cluster/ports.ts';
import { after, joinSignals, WAITED_ENOUGH } from './deadline.ts';

export interface Deadline {
  /** Aborts with WAITED_ENOUGH when the time is up, else with the reason of whoever stops the request. */
  readonly signal: AbortSignal;
  /** The connection is there: from now on nobody's answer is waited for. */
  connected(): void;
  /** No more limit; the other reasons to stop still hold. */
  settled(): void;
  release(): void;
}

export interface Patience {
  /** A person is asked (true), or has answered (false); several questions may be open at once. */
  asking(begun: boolean): void;
  deadline(ms: number, ...signals: readonly (AbortSignal | undefined)[]): Deadline;
}

export function createPatience(clock: Clock): Patience {
  let questions = 0;
  const waiting = new Set<() => void>();

  return {
    asking(begun) {
      questions += begun ? 1 : -1;
      if (questions > 0) return;
      const all = [...waiting];
      waiting.clear();
      for (const act of all) act();
    },
    deadline(ms, ...signals) {
      const joined = joinSignals(...signals);
      let connected = false;
      let cancel = () => {};
      const arm = () => {
        cancel = after(clock, ms, () => {
          if (connected || questions === 0) return joined.abort(WAITED_ENOUGH);
          // Who has just answered is given the whole time again.
          waiting.add(arm);
          cancel = () => waiting.delete(arm);
        });
      };
      arm();
      const settled = () => cancel();
      return {
        signal: joined.signal,
        connected: () => {
          connected = true;
        },
        settled,
        release: () => {
          settled();
          joined.release();
        },
      };
    },
  };
}
