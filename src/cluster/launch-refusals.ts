/** Owns why a launch without a stack is refused or fails, in words: a name that is taken, AWS's refusals, instances that ended. */
import { KubecoreError } from './errors.ts';
import { isOurs, launchIdOf, launchRef } from './identity.ts';
import type { InstancesPlan } from './launch-contract.ts';
import type { Stack } from './ports.ts';
import { explainReason } from './root-cause.ts';

/** The launch that is spoken of, and the commands that go on with it and undo it. */
interface Told {
  readonly plan: InstancesPlan;
  readonly up: string;
  readonly down: string;
}

/** Throws when what is there under this name is no launch, or another one. */
export function refuseOther(there: Stack, { plan, down, up }: Told): void {
  const taken = `the name "${plan.name}" is taken`;
  if (!isOurs(there) || launchIdOf(there.id) === null)
    throw new KubecoreError({
      what: taken,
      why: isOurs(there)
        ? 'the cluster of that name is another blueprint'
        : 'a CloudFormation stack of that name is there, and kubecore did not make it',
      next: 'choose another --name',
      fault: 'input',
      code: 'ForeignStack',
    });
  if (there.status === 'DELETE_IN_PROGRESS') throw beingDeleted(taken, down);
  if (there.id !== launchRef(plan.launchId)) throw meanwhile(plan.name, up);
}

/** The refusal of a name whose cluster is on its way out. */
export const beingDeleted = (taken: string, down: string): KubecoreError =>
  new KubecoreError({
    what: taken,
    why: 'the cluster of that name is being deleted',
    next: `wait until it is gone (${down} shows it), or choose another --name`,
    fault: 'input',
    code: 'StackBeingDeleted',
  });

/** Two launches of one name were begun at a time; this is the later one. */
export const meanwhile = (name: string, up: string): KubecoreError =>
  new KubecoreError({
    what: `the name "${name}" is taken`,
    why: 'another launch of that name was begun meanwhile',
    next: `${up} takes that one up, or choose another --name`,
    fault: 'input',
    code: 'AlreadyExists',
  });

const notLaunched = (name: string): string => `"${name}" was not launched`;

/** AWS's refusal in plain words where they are known; it was the answer of a launch that ran, not a refusal to listen. */
export function explained(name: string, error: KubecoreError, after?: string): KubecoreError {
  const cause = error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : error.why;
  const known = explainReason(notLaunched(name), cause, error.next);
  const plain = known.code === 'StackFailed' ? error : known;
  return new KubecoreError({
    what: notLaunched(name),
    why: plain.why,
    // What `after` names is how it is run again.
    next: after === undefined ? plain.next : `${plain.next.replace(/,? then run it again$/, '')}; ${after}`,
    fault: 'cluster',
    code: plain.code ?? 'LaunchFailed',
    cause: error,
  });
}

/** An instance that ended instead of running; `reason` is EC2's. */
export function startFailed(name: string, reason: string, down: string): KubecoreError {
  const next = 'launch again, or choose another --instance-type or --region';
  const known = explainReason(notLaunched(name), reason, next);
  return new KubecoreError({
    what: notLaunched(name),
    why: `an instance ended while it was started: ${known.why}`,
    next: `${known.next}; ${down} deletes what is left`,
    fault: 'cluster',
    code: known.code === 'StackFailed' ? 'InstanceEnded' : (known.code ?? 'InstanceEnded'),
  });
}

/** Time was up with `live` instances there. */
export function tooLate({ plan, up, down }: Told, live: number): KubecoreError {
  return new KubecoreError({
    what: `"${plan.name}" was not started in time`,
    why: `${live} of ${plan.size} instances are there, and not all of them run`,
    next: `${up} goes on watching, ${down} undoes it`,
    fault: 'cluster',
    code: 'LaunchTimeout',
  });
}
