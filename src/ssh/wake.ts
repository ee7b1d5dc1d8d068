/** Owns noticing that this computer slept: its timers stood still, and the clock on the wall did not. */
import type { Clock } from '../cluster/ports.ts';

const LOOK_MS = 2_000;
/** Less may be a process that had no turn for a while. */
const SLEPT_MS = 5_000;

/** Calls `act` within two seconds of each awakening, until the returned function is called. */
export function onWake(clock: Clock, act: () => void): () => void {
  const stop = new AbortController();
  const watch = async (): Promise<void> => {
    for (;;) {
      const before = clock.now();
      await clock.sleep(LOOK_MS, stop.signal);
      if (clock.now() - before > LOOK_MS + SLEPT_MS) act();
    }
  };
  watch().catch(() => {});
  return () => stop.abort();
}
