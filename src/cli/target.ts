/** Owns finding the cluster that a command means: by name, or the only one there is. */
import { inputError, KubecoreError } from '../cluster/errors.ts';
import { clusterFromStack } from '../cluster/identity.ts';
import type { Cluster } from '../cluster/model.ts';
import type { ChosenBackend } from './backend.ts';

const GONE = new Set(['DELETE_COMPLETE']);

/** All clusters of the backend's region that kubecore launched, newest first. */
export async function clustersOf(
  backend: ChosenBackend,
  signal?: AbortSignal,
): Promise<readonly { cluster: Cluster; status: string; createdAt: number }[]> {
  const stacks = (await backend.cloud.stacks(signal)).filter(({ status }) => !GONE.has(status));
  const found = await Promise.all(
    stacks.map(async (stack) => ({
      cluster: clusterFromStack(stack, await backend.cloud.instances(stack.id, signal), backend.region),
      status: stack.status,
      createdAt: stack.createdAt,
    })),
  );
  return found.sort((a, b) => b.createdAt - a.createdAt);
}

/**
 * The cluster called `name`, or the only one.
 * @throws KubecoreError: none there, several and no name, or no kubecore stack of that name
 */
export async function findCluster(
  backend: ChosenBackend,
  name: string | undefined,
  signal?: AbortSignal,
  options: { readonly anyState?: boolean } = {},
): Promise<Cluster> {
  const where = backend.kind === 'sandbox' ? 'the sandbox' : backend.region;
  const launch = `kubecore up ${backend.flags.join(' ')}`.trim();
  if (name !== undefined) {
    const stack = await backend.cloud.stack(name, signal);
    if (!stack || GONE.has(stack.status)) {
      throw new KubecoreError({
        what: `there is no cluster "${name}" in ${where}`,
        why: 'nothing of that name is there',
        next: `${['kubecore list', ...backend.flags].join(' ')} shows the clusters; ${launch} --name ${name} launches it`,
        fault: 'input',
      });
    }
    if (stack.tags['kubecore:cluster'] === undefined) {
      throw inputError(
        `"${name}" is not a cluster of kubecore`,
        'the stack does not carry its tag kubecore:cluster',
        'choose another name',
      );
    }
    if (options.anyState !== true) refuseLeftOver(stack.name, stack.status, backend);
    return clusterFromStack(stack, await backend.cloud.instances(stack.id, signal), backend.region);
  }
  const clusters = await clustersOf(backend, signal);
  const [only, ...others] = clusters;
  if (!only)
    throw inputError(
      `there is no cluster in ${where}`,
      'none was launched, or all were deleted',
      `launch one: ${launch}`,
    );
  if (others.length > 0) {
    throw inputError(
      `which cluster is meant is not clear`,
      `there are ${clusters.length}: ${clusters.map(({ cluster }) => cluster.name).join(', ')}`,
      'name one with --cluster NAME',
    );
  }
  if (options.anyState !== true) refuseLeftOver(only.cluster.name, only.status, backend);
  return only.cluster;
}

/** What a failed launch or a deletion left over is no cluster to look into: it says so instead of waiting for a master. */
function refuseLeftOver(name: string, status: string, backend: ChosenBackend): void {
  if (!/^(CREATE_FAILED|ROLLBACK_|DELETE_)/.test(status)) return;
  const flags = backend.flags.map((flag) => ` ${flag}`).join('');
  throw new KubecoreError({
    what: status.startsWith('DELETE') ? `"${name}" is being deleted` : `the launch of "${name}" failed`,
    why: `it is at ${status}`,
    next: `kubecore events ${name}${flags} shows the cause; kubecore down ${name}${flags} deletes what is left`,
    fault: 'cluster',
    code: 'LeftOver',
  });
}
