/** Owns who may be asked for fleet's units: a single machine runs no fleet, and waits for it in vain. */
import { inputError } from '../../cluster/errors.ts';
import { type Target, withTarget } from '../attach.ts';
import type { Context } from '../context.ts';

/**
 * The cluster that the flags mean, which must have a fleet.
 * @throws KubecoreError (input) for one that was launched without
 */
export function withFleet<T>(context: Context, work: (target: Target) => Promise<T>): Promise<T> {
  return withTarget(context, undefined, async (target) => {
    const { name, blueprint } = target.cluster;
    if (blueprint === 'single')
      throw inputError(
        `"${name}" has no fleet`,
        'it was launched as single',
        `what runs on it are systemd's own units: ${['kubecore status', name, ...target.flags].join(' ')} lists them, kubecore logs UNIT reads one`,
      );
    return work(target);
  });
}
