/** Owns EC2's eventual consistency, where the fault `eventual-consistency` asks for it: what was just made is known a little later. */
import type { World } from '../../contract.ts';
import { DURATION, real } from '../durations.ts';
import { activeFault } from '../fault-state.ts';

interface Made {
  knownFrom?: number;
}

/** Marks what a call has just made. */
export function justMade(world: World, now: number, made: Made): void {
  if (activeFault(world, 'eventual-consistency', now))
    made.knownFrom = now + real(world, DURATION.becomesKnown);
}

/** Do EC2's other calls know it by now? */
export const isKnown = ({ knownFrom }: Made, now: number): boolean =>
  knownFrom === undefined || knownFrom <= now;
