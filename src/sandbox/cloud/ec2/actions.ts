/** Owns the list of EC2 actions the sandbox answers, and DryRun for those that have no answer of their own to it. */
import type { Action, Actions } from '../request.ts';
import { dryRun, instanceActions } from './instance-actions.ts';
import { instanceTypeActions } from './instance-types.ts';
import { keyPairActions } from './key-pairs.ts';
import { launchTemplateActions } from './launch-templates.ts';
import { placeActions } from './places.ts';
import { securityGroupActions } from './security-groups.ts';
import { tagActions } from './tags.ts';
import { volumeActions } from './volumes.ts';

/** Check their parameters first and then honour DryRun themselves. */
const CHECK_FIRST = new Set(['RunInstances', 'TerminateInstances']);

const honouringDryRun =
  (action: Action): Action =>
  (call) => {
    if (call.params.flag('DryRun')) throw dryRun();
    return action(call);
  };

const all: Actions = {
  ...placeActions,
  ...instanceTypeActions,
  ...launchTemplateActions,
  ...keyPairActions,
  ...securityGroupActions,
  ...instanceActions,
  ...tagActions,
  ...volumeActions,
};

export const ec2Actions: Actions = Object.fromEntries(
  Object.entries(all).map(([name, action]) => [
    name,
    CHECK_FIRST.has(name) ? action : honouringDryRun(action),
  ]),
);
