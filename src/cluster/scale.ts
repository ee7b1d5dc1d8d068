/**
 * Owns changing the number of minions: the stack is updated and followed to its end, and it is waited until fleet lists that
 * many minions and Kubernetes has registered each of them.
 */
import { agreeing } from './agreeing.ts';
import { createAsking, interruptible, POLL, type PollInterval } from './asking.ts';
import { asKubecoreError, inputError, KubecoreError } from './errors.ts';
import { clusterFromStack } from './identity.ts';
import { isSettled } from './launch.ts';
import type { LaunchEvent } from './launch-contract.ts';
import type { Cluster } from './model.ts';
import type { Clock, Cloud, Random, Shell, Stack } from './ports.ts';
import { explainFailure } from './root-cause.ts';
import { lookAtMachines, lookAtMinions } from './sources.ts';
import { followUpdate } from './stack-update.ts';

/** The template's parameter. */
const SIZE = 'ClusterSize';
/** etcd 0.4 keeps so many members active; further nodes stand by. */
const ETCD_ACTIVE = 9;
/** Looks in a row that must agree. */
const PASSES = 2;

export interface ScaleOptions {
  readonly cluster: Cluster;
  /** Minions wanted. */
  readonly size: number;
  readonly cloud: Cloud;
  /** Opens the connection to the master; closed here. */
  readonly shell: () => Shell;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  readonly poll?: PollInterval;
  /** Default 20 minutes. */
  readonly timeoutMs?: number;
}

/** What asks for the cluster's size now, its stack or its launch; throws when it cannot be changed, or not now. */
export async function scalable(cloud: Cloud, cluster: Cluster, signal?: AbortSignal): Promise<Stack> {
  if (cluster.blueprint === 'single')
    throw inputError(
      `"${cluster.name}" cannot be scaled`,
      'it was launched as one single machine, without the etcd and fleet that would join others to it',
      'launch a fleet of the size that you need: kubecore up --name NAME --blueprint fleet --cluster-size N',
    );
  const stack = await cloud.stack(cluster.stackId ?? cluster.name, signal);
  if (stack === null || stack.parameters[SIZE] === undefined)
    throw inputError(
      `"${cluster.name}" cannot be scaled`,
      stack === null ? 'its stack is gone' : 'its stack has no parameter ClusterSize',
      'kubecore list shows the clusters',
    );
  if (!isSettled(stack.status))
    throw new KubecoreError({
      what: `"${cluster.name}" cannot be scaled now`,
      why: `its stack is at ${stack.status}`,
      next: 'wait until it has come to rest: kubecore events --follow',
      fault: 'cluster',
      code: 'StackBusy',
    });
  return stack;
}

/** Can going from `before` to `after` minions at once cost etcd its quorum? Every node, the master too, is a member. */
export function endangersQuorum(before: number, after: number): boolean {
  const active = Math.min(before + 1, ETCD_ACTIVE);
  // At worst all that end are active members.
  return active - (before - after) < Math.floor(active / 2) + 1;
}

/**
 * Changes the size; the last event is `healthy` or `failed`.
 * @throws KubecoreError (interrupted) when the signal aborts; AWS goes on by itself
 */
export function scale(options: ScaleOptions): AsyncGenerator<LaunchEvent> {
  return interruptible(
    options.signal,
    `watching the scaling of "${options.cluster.name}" was stopped`,
    'AWS goes on by itself once it has begun; kubecore events --follow shows it, kubecore status its end',
    guarded(options),
  );
}

async function* guarded(options: ScaleOptions): AsyncGenerator<LaunchEvent> {
  try {
    yield* road(options);
  } catch (thrown) {
    if (options.signal?.aborted) throw thrown;
    yield { type: 'failed', at: options.clock.now(), error: asKubecoreError(thrown), related: [] };
  }
}

async function* road(options: ScaleOptions): AsyncGenerator<LaunchEvent> {
  const { cluster, size, cloud, clock, random, signal } = options;
  const timeoutMs = options.timeoutMs ?? 20 * 60_000;
  const deadline = clock.now() + timeoutMs;
  const asking = createAsking({ clock, random, poll: options.poll ?? POLL, deadline, signal });
  const { ask } = asking;
  const stackId = cluster.stackId ?? cluster.name;
  const { stack, events } = yield* followUpdate({
    cloud,
    stackId,
    begin: () => cloud.updateStack(stackId, { parameters: { [SIZE]: String(size) } }, signal),
    ask,
    clock,
    signal,
    wait: () => asking.wait(),
    deadline,
    late: (status) => late(cluster.name, timeoutMs, `the stack is at ${status}`),
  });
  if (stack.status !== 'UPDATE_COMPLETE') {
    const { error, related } = explainFailure(cluster.name, stack.status, events, 'kubecore down');
    const shown = new KubecoreError({
      what: `"${cluster.name}" was not scaled`,
      why: error.why,
      next: 'mend the cause and scale again; the cluster goes on with the size it had',
      fault: 'cluster',
      code: error.code ?? 'StackFailed',
      cause: error,
    });
    yield { type: 'failed', at: clock.now(), error: shown, related };
    return;
  }
  yield* minionsThere(options, () => asking.wait(), deadline, timeoutMs);
  const instances = yield* ask(() => cloud.instances(stackId, signal));
  yield { type: 'healthy', at: clock.now(), cluster: clusterFromStack(stack, instances, cluster.region) };
}

async function* minionsThere(
  options: ScaleOptions,
  wait: () => number,
  deadline: number,
  timeoutMs: number,
): AsyncGenerator<LaunchEvent> {
  const { size, clock, signal } = options;
  const shell = options.shell();
  try {
    yield* agreeing({
      step: 'minions',
      passes: PASSES,
      look: async () => {
        const [machines, minions] = await Promise.all([
          lookAtMachines(shell, signal),
          lookAtMinions(shell, signal),
        ]);
        const nodes = machines.filter(({ role }) => role === 'minion');
        const registered = nodes.filter(({ ip }) => minions.some(({ name }) => name === ip));
        return {
          detail: `${nodes.length} of ${size} minions in fleet, ${registered.length} of them registered`,
          agrees: nodes.length === size && registered.length === size,
        };
      },
      rest: async (detail) => {
        if (clock.now() >= deadline) throw late(options.cluster.name, timeoutMs, detail);
        await clock.sleep(wait(), signal);
      },
      clock,
      signal,
    });
  } finally {
    await shell.close();
  }
}

function late(name: string, timeoutMs: number, why: string): KubecoreError {
  return new KubecoreError({
    what: `"${name}" did not have its new size within ${Math.round(timeoutMs / 60_000)} minutes`,
    why,
    next: 'kubecore events and kubecore status show where it stands',
    fault: 'cluster',
    code: 'ScaleTimeout',
  });
}
