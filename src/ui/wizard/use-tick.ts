/** Owns the beat of what moves by itself on a screen: spinners and elapsed times. */
import { useEffect, useState } from 'react';
import type { Clock } from '../../cluster/ports.ts';

/** Counts up every `everyMs` while `active`; nothing is drawn when nothing moves. */
export function useTick(clock: Clock, everyMs: number, active: boolean): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    if (!active) return;
    const end = new AbortController();
    void (async () => {
      try {
        for (;;) {
          await clock.sleep(everyMs, end.signal);
          setTick((n) => n + 1);
        }
      } catch {
        // The beat was stopped.
      }
    })();
    return () => end.abort();
  }, [clock, everyMs, active]);
  return tick;
}

const FRAMES = ['⠋', '⠙', '⠸', '⠴', '⠦', '⠇'] as const;

/** One cell that turns. */
export const spinner = (tick: number): string => FRAMES[tick % FRAMES.length]!;
