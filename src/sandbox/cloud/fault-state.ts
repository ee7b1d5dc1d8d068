/** Owns the faults in force: looking one up where it strikes, counting it down, dropping it when spent. */
import type { Fault, World } from '../contract.ts';

/** The fault of that name that is in force now. */
export const activeFault = (world: World, name: string, now: number): Fault | undefined =>
  world.faults.find(
    (fault) => fault.name === name && (fault.until === null || fault.until > now) && (fault.times ?? 1) > 0,
  );

/** It struck once. */
export function strike(world: World, fault: Fault): void {
  if (fault.times === null) return;
  fault.times -= 1;
  if (fault.times <= 0) world.faults = world.faults.filter((other) => other !== fault);
}

/** Drops faults whose time is over. True when there were any. */
export function dropSpentFaults(world: World, now: number): boolean {
  const before = world.faults.length;
  world.faults = world.faults.filter(
    (fault) => (fault.until === null || fault.until > now) && (fault.times ?? 1) > 0,
  );
  return world.faults.length !== before;
}
