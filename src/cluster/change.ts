/**
 * Owns changing a stack by a change set: prepared and read before anything happens, then dropped, or carried out and
 * followed until the cluster is healthy again.
 */
import { createAsking, interruptible, POLL, type PollInterval } from './asking.ts';
import { asKubecoreError, inputError, KubecoreError } from './errors.ts';
import { clusterFromStack } from './identity.ts';
import { isSettled } from './launch.ts';
import type { LaunchEvent } from './launch-contract.ts';
import type { Cluster } from './model.ts';
import type {
  ChangeSet,
  Clock,
  Cloud,
  Random,
  ResourceChange,
  Shell,
  Stack,
  StackTemplate,
} from './ports.ts';
import { becomeHealthy } from './readiness.ts';
import { explainFailure, explainReason } from './root-cause.ts';
import { followUpdate } from './stack-update.ts';

/** Under way for longer than this, a change set is given up: CloudFormation takes seconds. */
const PREPARED_WITHIN_MS = 5 * 60_000;
const TIMEOUT_MS = 20 * 60_000;

export interface ChangeOptions {
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  readonly poll?: PollInterval;
}

/** What is wanted: other values under the same template, or another template with all its values. */
export type Wanted = StackTemplate | { readonly parameters: Readonly<Record<string, string>> };

/** The stack of a cluster, when it can be changed now. */
export async function changeable(cloud: Cloud, cluster: Cluster, signal?: AbortSignal): Promise<Stack> {
  if (cluster.blueprint !== 'kubernetes')
    throw inputError(
      `"${cluster.name}" cannot be changed`,
      `it was launched as ${cluster.blueprint}, without a CloudFormation stack`,
      'launch another one with the parameters that you need, and delete this one: kubecore up, kubecore down',
    );
  const stack = await cloud.stack(cluster.stackId ?? cluster.name, signal);
  if (stack === null)
    throw inputError(
      `"${cluster.name}" cannot be changed`,
      'its stack is gone',
      'kubecore list shows the clusters',
    );
  if (/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(stack.status)) return stack;
  throw new KubecoreError({
    what: `"${cluster.name}" cannot be changed now`,
    why: `its stack is at ${stack.status}`,
    next: isSettled(stack.status)
      ? `kubecore events ${cluster.name} shows how it got there; a stack that is not whole can only be deleted: kubecore down ${cluster.name}`
      : 'wait until it has come to rest: kubecore events --follow',
    fault: 'cluster',
    code: 'StackBusy',
  });
}

/**
 * Prepares the change and waits until CloudFormation has worked it out; null when there is nothing to change. Nothing of
 * the cluster is touched; what is returned must be carried out or dropped.
 * @throws KubecoreError when CloudFormation refuses it; nothing is left behind then
 */
export async function prepareChange(
  stack: Stack,
  wanted: Wanted,
  options: ChangeOptions,
): Promise<ChangeSet | null> {
  const { cloud, clock, random, signal } = options;
  const deadline = clock.now() + PREPARED_WITHIN_MS;
  const asking = createAsking({ clock, random, poll: options.poll ?? POLL, deadline, signal });
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    const answers = asking.ask(question);
    for (;;) {
      const { done, value } = await answers.next();
      if (done) return value;
    }
  };
  const id = await ask(() => cloud.createChangeSet(stack.id, nameOf(clock, random), wanted, signal));
  try {
    for (;;) {
      const set = await ask(() => cloud.changeSet(id, signal));
      if (set.status === 'CREATE_COMPLETE') return set;
      if (set.status === 'FAILED') {
        await dropChange(cloud, id);
        if (/didn't contain changes|no updates are to be performed/i.test(set.statusReason ?? ''))
          return null;
        throw explainReason(
          `the change of "${stack.name}" was refused`,
          set.statusReason ?? set.status,
          'mend what it names and run the same command again; nothing was changed',
        );
      }
      if (clock.now() >= deadline)
        throw new KubecoreError({
          what: `the change of "${stack.name}" was not worked out in time`,
          why: `CloudFormation is still at ${set.status}`,
          next: 'run the same command again',
          fault: 'aws',
          code: 'ChangeSetTimeout',
        });
      await clock.sleep(asking.wait(), signal);
    }
  } catch (thrown) {
    await dropChange(cloud, id);
    throw thrown;
  }
}

/** Unlike any other of the stack: letters and digits of the time and of chance. */
const nameOf = (clock: Clock, random: Random): string =>
  `kubecore-${clock.now().toString(36)}-${Math.floor(random() * 36 ** 6).toString(36)}`;

/** Leaves the stack as it is. A change set that cannot be deleted costs nothing and goes with the stack. */
export async function dropChange(cloud: Cloud, id: string): Promise<void> {
  await cloud.deleteChangeSet(id).catch(() => undefined);
}

export interface CarryOut extends ChangeOptions {
  readonly cluster: Cluster;
  readonly changeSet: ChangeSet;
  /** Opens the connection to the master as it is then; closed here. */
  readonly shell: (cluster: Cluster) => Shell;
  /** Default 20 minutes. */
  readonly timeoutMs?: number;
}

/**
 * Carries the change out and follows it; the last event is `changed`, after `healthy` when machines come or go, or `failed`.
 * @throws KubecoreError (interrupted) when the signal aborts; AWS goes on by itself
 */
export function carryOutChange(options: CarryOut): AsyncGenerator<ChangeEvent> {
  const { cluster, signal } = options;
  return interruptible(
    signal,
    `watching the change of "${cluster.name}" was stopped`,
    'AWS goes on by itself once it has begun; kubecore events --follow shows it, kubecore status its end',
    guarded(options),
  );
}

export type ChangeEvent =
  | LaunchEvent
  /** Last event of a good change. */
  | { readonly type: 'changed'; readonly at: number; readonly cluster: Cluster };

async function* guarded(options: CarryOut): AsyncGenerator<ChangeEvent> {
  try {
    yield* road(options);
  } catch (thrown) {
    if (options.signal?.aborted) throw thrown;
    yield { type: 'failed', at: options.clock.now(), error: asKubecoreError(thrown), related: [] };
  }
}

async function* road(options: CarryOut): AsyncGenerator<ChangeEvent> {
  const { cluster, cloud, clock, random, signal, changeSet } = options;
  const stackId = cluster.stackId ?? cluster.name;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const deadline = clock.now() + timeoutMs;
  const asking = createAsking({ clock, random, poll: options.poll ?? POLL, deadline, signal });
  const { ask } = asking;
  const { stack, events } = yield* followUpdate({
    cloud,
    stackId,
    begin: () => cloud.executeChangeSet(changeSet.id, nameOf(clock, random), signal),
    ask,
    clock,
    signal,
    wait: () => asking.wait(),
    deadline,
    late: (status) =>
      new KubecoreError({
        what: `the change of "${cluster.name}" was not done within ${Math.round(timeoutMs / 60_000)} minutes`,
        why: `the stack is at ${status}`,
        next: 'kubecore events --follow shows where it stands',
        fault: 'cluster',
        code: 'ChangeTimeout',
      }),
  });
  if (stack.status !== 'UPDATE_COMPLETE') {
    const { error, related } = explainFailure(cluster.name, stack.status, events, 'kubecore down');
    const stuck = stack.status === 'UPDATE_ROLLBACK_FAILED';
    yield {
      type: 'failed',
      at: clock.now(),
      error: new KubecoreError({
        what: `"${cluster.name}" was not changed`,
        why: error.why,
        next: stuck
          ? 'the way back failed too: mend its cause, then `aws cloudformation continue-update-rollback`, or delete the cluster: kubecore down'
          : 'mend the cause and change it again; the cluster goes on as it was',
        fault: 'cluster',
        code: error.code ?? 'StackFailed',
        cause: error,
      }),
      related,
    };
    return;
  }
  const { region } = cluster;
  if (movesMachines(changeSet.changes))
    yield* becomeHealthy({
      stack,
      region,
      cloud,
      shell: options.shell,
      clock,
      signal,
      deadline,
      timeoutMs,
      wait: () => asking.wait(),
      ask,
      down: 'kubecore down',
      up: 'kubecore status',
    });
  const instances = yield* ask(() => cloud.instances(stackId, signal));
  yield { type: 'changed', at: clock.now(), cluster: clusterFromStack(stack, instances, region) };
}

/** Do machines start or end by it at once? A group that only starts later ones from another template moves none. */
export function movesMachines(changes: readonly ResourceChange[]): boolean {
  return changes.some(
    ({ type, action, replacement, details }) =>
      (type === 'AWS::AutoScaling::AutoScalingGroup' || type === 'AWS::EC2::Instance') &&
      (action !== 'Modify' ||
        replacement !== 'False' ||
        details.some(({ property }) => property !== null && MOVING.has(property))),
  );
}

/** Properties of a group by which it starts or ends machines at once. */
const MOVING = new Set(['DesiredCapacity', 'MinSize', 'MaxSize', 'AvailabilityZones', 'VPCZoneIdentifier']);
