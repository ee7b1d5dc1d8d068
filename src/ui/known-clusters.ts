/** Owns the list of clusters that home shows: asking the cloud for it, and what a stack's status means to a person. */
import { clusterFromStack } from '../cluster/identity.ts';
import type { Cluster } from '../cluster/model.ts';
import type { Cloud } from '../cluster/ports.ts';
import { SYMBOL } from './theme.ts';

export interface KnownCluster extends Cluster {
  /** CloudFormation's; absent when it was not asked, as for a cluster that was just opened. */
  readonly status?: string;
}

/** The same for every region's cluster of a name, whatever became of it. */
export const idOf = (cluster: Cluster): string => `cluster:${cluster.region}/${cluster.name}`;

/**
 * What can be done with a cluster: open its console, watch its launch come to an end, watch it go, or only delete what a
 * failed launch or deletion left.
 */
export type Standing = 'there' | 'launching' | 'deleting' | 'left-over';

export function standingOf(status: string | undefined): Standing {
  switch (status) {
    case 'CREATE_IN_PROGRESS':
    case 'ROLLBACK_IN_PROGRESS':
      return 'launching';
    case 'DELETE_IN_PROGRESS':
    case 'DELETE_COMPLETE':
      return 'deleting';
    case 'CREATE_FAILED':
    case 'ROLLBACK_COMPLETE':
    case 'ROLLBACK_FAILED':
    case 'DELETE_FAILED':
    case 'REVIEW_IN_PROGRESS':
      return 'left-over';
    default:
      // An update, good or bad, leaves the machines.
      return 'there';
  }
}

const WORDS: Readonly<Record<string, string>> = {
  CREATE_IN_PROGRESS: `${SYMBOL.pending} being launched`,
  ROLLBACK_IN_PROGRESS: `${SYMBOL.warn} rolling back`,
  DELETE_IN_PROGRESS: `${SYMBOL.pending} being deleted`,
  DELETE_COMPLETE: `${SYMBOL.off} deleted`,
  DELETE_FAILED: `${SYMBOL.bad} deletion failed`,
};

/** The status of what cannot just be opened, with its symbol; null for a cluster that is there. */
export function statusWords(status: string | undefined): string | null {
  if (status === undefined || standingOf(status) === 'there') return null;
  return WORDS[status] ?? `${SYMBOL.bad} launch failed`;
}

/** All clusters that kubecore launched in the cloud's region, newest first. */
export async function askForClusters(cloud: Cloud, signal: AbortSignal): Promise<readonly KnownCluster[]> {
  const stacks = (await cloud.stacks(signal)).filter(({ status }) => status !== 'DELETE_COMPLETE');
  const found = await Promise.all(
    [...stacks]
      .sort((a, b) => b.createdAt - a.createdAt)
      .map(async (stack) => ({
        ...clusterFromStack(stack, await cloud.instances(stack.id, signal), cloud.region),
        status: stack.status,
      })),
  );
  return found;
}

/** The list with a cluster as it was just seen: in its place, or in front as the newest. */
export function withCluster(all: readonly KnownCluster[], seen: KnownCluster): readonly KnownCluster[] {
  const id = idOf(seen);
  return all.some((one) => idOf(one) === id)
    ? all.map((one) => (idOf(one) === id ? seen : one))
    : [seen, ...all];
}
