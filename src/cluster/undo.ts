/**
 * Owns deleting a cluster: its stack, or what was launched without one, is deleted and followed to its end, and it is proved
 * by its tag that nothing is left.
 */
import { createAsking, interruptible, POLL, type PollInterval, type Throttled } from './asking.ts';
import { asKubecoreError, inputError, KubecoreError } from './errors.ts';
import { isOurs, launchIdOf, TAG } from './identity.ts';
import type { Clock, Cloud, Random, Stack, StackEvent, TaggedResource } from './ports.ts';
import { printable } from './printable.ts';
import { explainReason } from './root-cause.ts';
import { undoInstances } from './undo-instances.ts';

export type UndoEvent =
  | {
      readonly type: 'delete-started';
      readonly at: number;
      readonly stackId: string;
      readonly resumed: boolean;
    }
  | { readonly type: 'stack-event'; readonly at: number; readonly event: StackEvent }
  | Throttled
  | { readonly type: 'stack-done'; readonly at: number }
  /** Instances that are not terminated yet. */
  | { readonly type: 'instances-left'; readonly at: number; readonly count: number }
  /** Something that still depends on it keeps AWS from deleting `id`: it is tried again. */
  | { readonly type: 'held'; readonly at: number; readonly id: string }
  /**
   * Last event: all is deleted and `instances` instances were seen terminated. `left` is what carries the cluster's tag all
   * the same; null: AWS did not let itself be asked, which `unproven` explains.
   */
  | {
      readonly type: 'gone';
      readonly at: number;
      readonly instances: number;
      readonly left: readonly TaggedResource[] | null;
      readonly unproven: string | null;
    };

/** How long what is being deleted may still be listed. */
const PROOF_MS = 30_000;

/** A launch whose id is known is looked for so often before it counts as gone. */
const KNOWN_LOOKS = 5;

/** How long CloudFormation may show the status from before what it was just asked. */
const STALE_MS = 15_000;

/** A deletion that was refused because something still depended on the thing is asked for again, so often in all. */
const TRIES = 4;
const HELD = /DependencyViolation|has a dependent object|is in use|InUse/i;

export interface UndoOptions {
  readonly cloud: Cloud;
  /** The cluster's name, or its stack's id. */
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
    'AWS goes on with what it has begun; run the same command again to see its end, and to delete the rest',
    deletion(options),
  );
}

async function* deletion(options: UndoOptions): AsyncGenerator<UndoEvent> {
  const { cloud, name, clock, random, signal } = options;
  const timeoutMs = options.timeoutMs ?? 20 * 60_000;
  const deadline = clock.now() + timeoutMs;
  const asking = createAsking({ clock, random, poll: options.poll ?? POLL, deadline, signal });
  const { ask } = asking;
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

  const stack = yield* find();
  if (stack === null || stack.status === 'DELETE_COMPLETE')
    throw inputError(
      `there is no cluster "${name}"`,
      'nothing of that name is there',
      'kubecore list shows the clusters',
    );
  if (!isOurs(stack))
    throw inputError(
      `"${name}" was not deleted`,
      'kubecore did not make that stack (it lacks the tag kubecore:cluster)',
      'delete it in the CloudFormation console if that is what you want',
    );

  const ended =
    launchIdOf(stack.id) === null
      ? yield* deleteStack(stack)
      : yield* undoInstances({ launch: stack, cloud, clock, signal, ask, rest });
  yield* prove(stack.tags[TAG.cluster] ?? stack.name, ended);

  /** A launch that is named by its id was there a moment ago: it is looked for more than once. */
  async function* find(): AsyncGenerator<UndoEvent, Stack | null> {
    for (let looks = launchIdOf(name) === null ? 1 : KNOWN_LOOKS; ; looks--) {
      const found = yield* ask(() => cloud.stack(name, signal));
      if (found !== null || looks <= 1) return found;
      await rest('AWS does not show it yet');
    }
  }

  async function* deleteStack({ id, status }: Stack): AsyncGenerator<UndoEvent, number> {
    const before = yield* ask(() => cloud.stackEvents(id, null, signal));
    let last = before.at(-1)?.id ?? null;
    const resumed = status === 'DELETE_IN_PROGRESS';
    if (!resumed) yield* ask(() => cloud.deleteStack(id, signal));
    yield { type: 'delete-started', at: clock.now(), stackId: id, resumed };

    let failure: StackEvent | null = null;
    let tries = 1;
    /** A deletion that was just asked for may still show the status from before it, for a while. */
    let begun = resumed;
    let staleUntil = clock.now() + STALE_MS;
    for (;;) {
      const fresh = yield* ask(() => cloud.stackEvents(id, last, signal));
      for (const event of fresh) {
        last = event.id;
        if (event.status.startsWith('DELETE')) begun = true;
        if (event.status === 'DELETE_IN_PROGRESS' && event.type === 'AWS::CloudFormation::Stack')
          failure = null;
        if (event.status === 'DELETE_FAILED' && event.type !== 'AWS::CloudFormation::Stack')
          failure ??= event;
        yield { type: 'stack-event', at: clock.now(), event };
      }
      const now = yield* ask(() => cloud.stack(id, signal));
      if (now === null || now.status === 'DELETE_COMPLETE') break;
      begun ||= now.status === 'DELETE_IN_PROGRESS' || clock.now() >= staleUntil;
      if (begun && now.status === 'DELETE_FAILED') {
        if (tries >= TRIES || !HELD.test(failure?.reason ?? now.statusReason ?? ''))
          throw notDeleted(name, failure, now.statusReason);
        yield { type: 'held', at: clock.now(), id: failure?.logicalId ?? id };
        await rest('something still depends on what it holds');
        yield* ask(() => cloud.deleteStack(id, signal));
        tries++;
        begun = false;
        staleUntil = clock.now() + STALE_MS;
      }
      await rest(`CloudFormation is still at ${now.status}`);
    }
    yield { type: 'stack-done', at: clock.now() };

    let told = -1;
    for (;;) {
      const instances = yield* ask(() => cloud.instances(id, signal));
      const left = instances.filter(({ state }) => state !== 'terminated').length;
      if (left === 0) return instances.length;
      if (left !== told) yield { type: 'instances-left', at: clock.now(), count: left };
      told = left;
      await rest(`${left} of its instances are not terminated yet`);
    }
  }

  /** Everything that carries the cluster's tag. What is on its way out is given a while. */
  async function* prove(cluster: string, instances: number): AsyncGenerator<UndoEvent> {
    const patience = clock.now() + PROOF_MS;
    try {
      for (;;) {
        const left = yield* ask(() => cloud.resourcesOf(cluster, signal));
        if (left.length === 0 || clock.now() >= patience || clock.now() >= deadline) {
          yield { type: 'gone', at: clock.now(), instances, left, unproven: null };
          return;
        }
        await clock.sleep(asking.wait(), signal);
      }
    } catch (thrown) {
      const error = asKubecoreError(thrown);
      if (signal?.aborted || error.fault !== 'aws') throw thrown;
      yield { type: 'gone', at: clock.now(), instances, left: null, unproven: error.why };
    }
  }
}

const REMOVE: Readonly<Record<TaggedResource['kind'], (id: string) => string>> = {
  instance: (id) => `aws ec2 terminate-instances --instance-ids ${id}`,
  volume: (id) => `aws ec2 delete-volume --volume-id ${id}`,
  'security group': (id) => `aws ec2 delete-security-group --group-id ${id}`,
};

/** How a person is rid of what a deletion has left: a command of the stock AWS CLI. */
export const removal = ({ kind, id }: TaggedResource, region: string): string =>
  `${REMOVE[kind](id)} --region ${region}`;

function notDeleted(name: string, failure: StackEvent | null, statusReason: string | null): KubecoreError {
  const said = failure ? (failure.reason ?? failure.status) : (statusReason ?? 'AWS gave no reason');
  const shown = /^arn:[^/]*\/([^/]+)/.exec(name)?.[1] ?? name;
  const what = `the stack "${shown}" could not be deleted`;
  const { why, next } = explainReason(
    what,
    said,
    'remove what holds it (a security group or an instance that something else uses), then run the same command again',
  );
  return new KubecoreError({
    what,
    why: failure ? `${printable(failure.logicalId)}: ${why}` : why,
    next,
    fault: 'aws',
    code: 'DeleteFailed',
  });
}
