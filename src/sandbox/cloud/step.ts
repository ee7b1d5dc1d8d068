/** Owns the cloud's tick: instances, groups and stacks of every region moved on to now. */
import type { World } from '../contract.ts';
import { reconcile } from './autoscaling/reconcile.ts';
import { stepStack } from './cloudformation/engine.ts';
import { stepInstances } from './ec2/instances.ts';
import { dropSpentFaults } from './fault-state.ts';
import { usedRegions } from './regions.ts';

export interface CloudHooks {
  /** Something in the world changed: save it, look closer. */
  changed(): void;
}

/**
 * Moves the simulated cloud on to `now` (real epoch ms). Everything it needs is in the world, so it goes on after a
 * restart as if nothing had been. Calling it more often changes nothing but the grain of time.
 */
export function stepCloud(world: World, now: number, hooks?: CloudHooks): void {
  let changed = dropSpentFaults(world, now);
  for (const region of usedRegions(world)) {
    changed = stepInstances(world, region, now) || changed;
    for (const group of Object.values(region.autoScalingGroups))
      changed = reconcile(world, region, group, now) || changed;
    for (const stack of Object.values(region.stacks))
      if (stack.operation) changed = stepStack(world, region, stack, now) || changed;
  }
  if (changed) hooks?.changed();
}

/** Whether anything in the cloud is on its way to another state by itself. */
export function isMoving(world: World): boolean {
  return usedRegions(world).some(
    (region) =>
      Object.values(region.stacks).some((stack) => stack.operation !== null) ||
      Object.values(region.instances).some(
        (instance) => instance.state === 'pending' || instance.state === 'shutting-down',
      ) ||
      Object.values(region.autoScalingGroups).some(
        (group) =>
          group.deleting ||
          group.members.filter((member) => member.lifecycle === 'InService' && member.deadSince === null)
            .length !== group.desired,
      ),
  );
}
