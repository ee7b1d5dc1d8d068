/** Owns deleting a cluster: the stack is deleted and followed to its end, and it is proved that no instance is left. */
import { createAsking, interruptible, POLL, type PollInterval } from './asking.ts';
import { inputError, KubecoreError } from './errors.ts';
import { isOurs } from './identity.ts';
import type { Clock, Cloud, Random, StackEvent } from './ports.ts';
import { printable } from './printable.ts';

export type UndoEvent =
  | {
      readonly type: 'delete-started';
      readonly at: number;
      readonly stackId: string;
      readonly resumed: boolean;
    }
  | { readonly type: 'stack-event'; readonly at: number; readonly event: StackEvent }
  | { readonly type: 'throttled'; readonly at: number; readonly retryAt: number }
  | { readonly type: 'stack-done'; readonly at: number }
  /** Instances that are not terminated yet. */
  | { readonly type: 'instances-left'; readonly at: number; readonly count: number }
  /** Last event: the stack is deleted and `instances` instances were seen terminated. */
  | { readonly type: 'gone'; readonly at: number; readonly instances: number };

export interface UndoOptions {
  readonly cloud: Cloud;
  /** The cluster's name. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  readonly poll?: PollInterval;
  /** Default 20 minutes. */
  readonly timeoutMs?: number;
}

/**
 * Deletes the cluster; the last event is `gone`.
 * @throws KubecoreError: no such cluster, not made by kubecore, the deletion failed, or the signal aborted (it goes on by itself)
 */
export function undo(options: UndoOptions): AsyncGenerator<UndoEvent> {
  return interruptible(
    options.signal,
    `watching the deletion of "${options.name}" was stopped`,
    'AWS goes on by itself once it has begun; run the same command again to see its end',
    deletion(options),
  );
}

async function* deletion(options: UndoOptions): AsyncGenerator<UndoEvent> {
  const { cloud, name, clock, random, signal } = options;
  const timeoutMs = options.timeoutMs ?? 20 * 60_000;
  const deadline = clock.now() + timeoutMs;
  const asking = createAsking({ clock, random, poll: options.poll ?? POLL, deadline, signal });

  async function* ask<T>(question: () => Promise<T>): AsyncGenerator<UndoEvent, T> {
    const answers = asking.ask(question);
    for (;;) {
      const { done, value } = await answers.next();
      if (done) return value;
      yield { type: 'throttled', at: clock.now(), retryAt: value.retryAt };
    }
  }
  const rest = async (waitingFor: string): Promise<void> => {
    if (clock.now() >= deadline)
      throw new KubecoreError({
        what: `"${name}" was not deleted within ${Math.round(timeoutMs / 60_000)} minutes`,
        why: waitingFor,
        next: 'run the same command again, or look at the stack in the CloudFormation console',
        fault: 'aws',
        code: 'DeleteTimeout',
      });
    await clock.sleep(asking.wait(), signal);
  };

  const stack = yield* ask(() => cloud.stack(name, signal));
  if (stack === null || stack.status === 'DELETE_COMPLETE')
    throw inputError(
      `there is no cluster "${name}"`,
      'no stack of that name is there',
      'kubecore list shows the clusters',
    );
  if (!isOurs(stack))
    throw inputError(
      `"${name}" was not deleted`,
      'kubecore did not make that stack (it lacks the tag kubecore:cluster)',
      'delete it in the CloudFormation console if that is what you want',
    );

  const before = yield* ask(() => cloud.stackEvents(stack.id, null, signal));
  let last = before.at(-1)?.id ?? null;
  const resumed = stack.status === 'DELETE_IN_PROGRESS';
  if (!resumed) yield* ask(() => cloud.deleteStack(stack.id, signal));
  yield { type: 'delete-started', at: clock.now(), stackId: stack.id, resumed };

  let failure: StackEvent | null = null;
  /** A deletion that was just asked for may still show the status from before it. */
  let begun = resumed;
  for (;;) {
    const fresh = yield* ask(() => cloud.stackEvents(stack.id, last, signal));
    for (const event of fresh) {
      last = event.id;
      if (event.status.startsWith('DELETE')) begun = true;
      if (event.status === 'DELETE_FAILED' && event.type !== 'AWS::CloudFormation::Stack') failure ??= event;
      yield { type: 'stack-event', at: clock.now(), event };
    }
    const now = yield* ask(() => cloud.stack(stack.id, signal));
    if (now === null || now.status === 'DELETE_COMPLETE') break;
    begun ||= now.status === 'DELETE_IN_PROGRESS';
    if (begun && now.status === 'DELETE_FAILED') throw notDeleted(name, failure, now.statusReason);
    await rest(`CloudFormation is still at ${now.status}`);
  }
  yield { type: 'stack-done', at: clock.now() };

  let told = -1;
  for (;;) {
    const instances = yield* ask(() => cloud.instances(stack.id, signal));
    const left = instances.filter(({ state }) => state !== 'terminated').length;
    if (left === 0) {
      yield { type: 'gone', at: clock.now(), instances: instances.length };
      return;
    }
    if (left !== told) yield { type: 'instances-left', at: clock.now(), count: left };
    told = left;
    await rest(`${left} of its instances are not terminated yet`);
  }
}

function notDeleted(name: string, failure: StackEvent | null, statusReason: string | null): KubecoreError {
  const why = failure
    ? `${failure.logicalId}: ${failure.reason ?? failure.status}`
    : (statusReason ?? 'AWS gave no reason');
  return new KubecoreError({
    what: `the stack "${name}" could not be deleted`,
    why: printable(why),
    next: 'remove what holds it (a security group or an instance that something else uses), then run the same command again',
    fault: 'aws',
    code: 'DeleteFailed',
  });
}
