/** Owns real time and real chance, as ports. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Random } from '../cluster/ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};

export const systemRandom: Random = () => Math.random();
