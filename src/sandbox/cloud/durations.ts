/**
 * Owns how long the simulated cloud takes, in simulated milliseconds (about what real AWS takes), and the one
 * conversion to real time. hosts/ owns what happens inside an instance once it runs.
 */
import type { World } from '../contract.ts';

export const DURATION = {
  /** From a resource's first event to its API call. */
  resourceBegins: 1_000,
  securityGroup: 5_000,
  ingress: 2_000,
  launchConfiguration: 3_000,
  launchTemplate: 3_000,
  /** The group itself; the stack then waits until its instances are in service. */
  autoScalingGroup: 3_000,
  instanceResource: 1_000,
  resourceDeletes: 2_000,
  instancePending: 20_000,
  instancePendingJitter: 6_000,
  instanceShutsDown: 15_000,
  /** Of an ended instance the network interface, which holds its security groups. */
  interfaceLingers: 6_000,
  /** From a call to what it made being known everywhere, under the fault `eventual-consistency`. */
  becomesKnown: 5_000,
  /** EC2 lists a terminated instance for about an hour. */
  instanceForgotten: 3_600_000,
  /** From CreateChangeSet until it can be looked at. */
  changeSet: 4_000,
  /** A dead member of a group is found by the next health check. */
  healthCheck: 8_000,
  /** A group tries a refused launch again. */
  launchRetry: 60_000,
  /** CloudFormation gives up on a group whose launches fail. */
  groupPatience: 10_000,
} as const;

/** How much longer an instance is pending under the fault `slow-boot`. */
export const SLOW_BOOT_FACTOR = 6;

/** Real milliseconds that a simulated duration takes in this world. */
export const real = (world: World, simulatedMs: number): number => simulatedMs / world.speed;
