/** Owns the faults in force: looking one up where it strikes, counting it down, dropping it when spent. */
import type { Fault, World } from '../contract.ts';
import { AwsError } from './aws-error.ts';

/** The faults of that name that are in force now, one for each target. */
export const activeFaults = (world: World, name: string, now: number): Fault[] =>
  world.faults.filter(
    (fault) => fault.name === name && (fault.until === null || fault.until > now) && (fault.times ?? 1) > 0,
  );

/** The first fault of that name that is in force now. */
export const activeFault = (world: World, name: string, now: number): Fault | undefined =>
  activeFaults(world, name, now)[0];

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

/** Is this action, as IAM names it, denied by the fault `permission-denied`? */
export const isDenied = (world: World, action: string, now: number): boolean =>
  activeFaults(world, 'permission-denied', now).some(
    ({ target }) => (target ?? 'autoscaling:CreateAutoScalingGroup') === action,
  );

/** Who the sandbox's credentials are. */
export const callerArn = (world: World): string => `arn:aws:iam::${world.account}:user/sandbox`;

/** The words for a denied action. EC2 adds an authorization message for sts:DecodeAuthorizationMessage, which the sandbox lacks. */
export function denial(world: World, action: string): AwsError {
  const who = `User: ${callerArn(world)} is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`;
  return action.startsWith('ec2:')
    ? new AwsError('UnauthorizedOperation', `You are not authorized to perform this operation. ${who}`, 403)
    : new AwsError(
        /^(servicequotas|pricing):/.test(action) ? 'AccessDeniedException' : 'AccessDenied',
        who,
        403,
      );
}

/** Regions have their default VPC, but for the fault `no-default-vpc`. */
export const hasDefaultVpc = (world: World, now: number): boolean =>
  activeFault(world, 'no-default-vpc', now) === undefined;

/** Auto Scaling's refusal to an account that was made on or after 2024-10-01. */
export const launchConfigurationsRefused = (): AwsError =>
  new AwsError(
    'UnsupportedOperation',
    'The Launch Configuration creation operation is not available in your account. Use launch templates to create configuration templates for your Auto Scaling groups.',
  );

/** EC2's refusal of what would be made in the default VPC when there is none. */
export const noDefaultVpc = (): AwsError => new AwsError('VPCIdNotSpecified', 'No default VPC for this user');
