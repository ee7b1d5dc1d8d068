/** Owns the review's part in a launch: the preflight run for the setup's answers, and the plan once Launch is chosen. */
import { asKubecoreError, inputError } from '../../cluster/errors.ts';
import { newLaunchId } from '../../cluster/instances-plan.ts';
import type { LaunchPlan } from '../../cluster/launch-contract.ts';
import type { Random } from '../../cluster/ports.ts';
import { runPreflight } from '../../cluster/preflight.ts';
import type { Settled } from '../../cluster/preflight-contract.ts';
import { outgoing } from '../../render/outgoing.ts';
import { planFor } from '../../render/plan.ts';
import type { Backend, Services } from '../services.ts';
import { findKey } from './key-pair-work.ts';
import type { ReviewAction } from './review-state.ts';
import type { Answers } from './state.ts';

/** Asks everything at once; each answer is told as it comes, and that all have come. */
export async function lookAround(
  services: Services,
  backend: Backend,
  { parameters, key }: Answers,
  signal: AbortSignal,
  tell: (action: ReviewAction) => void,
): Promise<void> {
  try {
    const { settled } = await runPreflight(
      {
        cloud: backend.cloud,
        parameters,
        outgoing: outgoing(parameters, backend.region),
        clock: services.clock,
        findKey: (pair) => findKey(services.local, pair, key?.identityFile ?? null),
        makesKeyPair: false,
        flags: backend.flags,
        signal,
      },
      (check) => tell({ type: 'found', check }),
    );
    tell({ type: 'settled', settled });
  } catch (error) {
    if (!signal.aborted) tell({ type: 'stopped', error: asKubecoreError(error) });
  }
}

/**
 * The plan of the launch; the name is asked for once more, since the review may have stood open for long.
 * @throws KubecoreError when the name was taken meanwhile; nothing is created then
 */
export async function preparePlan(
  { cloud, region }: Backend,
  { parameters }: Answers,
  { allowSshFrom, discoveryUrl }: Settled,
  version: string,
  random: Random,
  signal: AbortSignal,
): Promise<LaunchPlan> {
  const there = await cloud.stack(parameters.name, signal);
  if (there !== null)
    throw inputError(
      `the name "${parameters.name}" was taken meanwhile`,
      `a stack of that name is there (${there.status})`,
      'go back and choose another name',
    );
  return planFor(parameters, {
    region,
    keyPair: parameters.keyPair ?? '',
    allowSshFrom: allowSshFrom ?? '',
    discoveryUrl: discoveryUrl ?? '',
    version,
    launchId: newLaunchId(random),
  });
}
