/**
 * Owns deleting what a launch without a stack (`single`, `fleet`) created, and nothing else: the instances that carry its
 * tag, then its security group, which EC2 holds on to until they are gone.
 */
import { asKubecoreError, KubecoreError } from './errors.ts';
import { launchIdOf, launchRef, TAG } from './identity.ts';
import { isLive } from './launch-instances.ts';
import type { Clock, Cloud, Instance, Stack } from './ports.ts';
import type { UndoEvent } from './undo.ts';

export interface UndoInstancesOptions {
  readonly launch: Stack;
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly ask: <T>(question: () => Promise<T>) => AsyncGenerator<UndoEvent, T>;
  /** Waits for the next look; throws when time is up. */
  readonly rest: (waitingFor: string) => Promise<void>;
}

/** Looks in a row that must find no instance: one that was just asked for may not be listed yet. */
const EMPTY_LOOKS = 2;

/** Terminates and deletes. Returns how many instances were seen to end. */
export async function* undoInstances(options: UndoInstancesOptions): AsyncGenerator<UndoEvent, number> {
  const { launch, cloud, clock, signal, ask, rest } = options;
  const launchId = launchIdOf(launch.id) ?? '';
  const id = launchRef(launchId);
  const group = launch.outputs.SecurityGroup ?? '';
  let last = (yield* ask(() => cloud.stackEvents(id, null, signal))).at(-1)?.id ?? null;
  async function* look(): AsyncGenerator<UndoEvent> {
    for (const event of yield* ask(() => cloud.stackEvents(id, last, signal))) {
      last = event.id;
      yield { type: 'stack-event', at: clock.now(), event };
    }
  }

  const resumed = launch.status === 'DELETE_IN_PROGRESS';
  // From here on nobody takes the launch up any more.
  if (!resumed) yield* ask(() => cloud.setTags(group, { [TAG.status]: 'DELETE_IN_PROGRESS' }, signal));
  yield { type: 'delete-started', at: clock.now(), stackId: id, resumed };

  let ended = 0;
  /** Ends whatever runs; returns all instances that EC2 shows. */
  async function* end(): AsyncGenerator<UndoEvent, readonly Instance[]> {
    const instances = yield* ask(() => cloud.instances(id, signal));
    ended = Math.max(ended, instances.length);
    const live = instances.filter(isLive).map((instance) => instance.id);
    if (live.length > 0) yield* ask(() => cloud.terminateInstances(live, signal));
    yield* look();
    return instances;
  }

  let empty = 0;
  let told = -1;
  for (;;) {
    const instances = yield* end();
    const left = instances.filter(({ state }) => state !== 'terminated').length;
    empty = left === 0 ? empty + 1 : 0;
    if (empty >= EMPTY_LOOKS) break;
    if (left > 0 && left !== told) yield { type: 'instances-left', at: clock.now(), count: left };
    told = left;
    await rest(`${left} of its instances are not terminated yet`);
  }

  for (;;) {
    try {
      yield* ask(() => cloud.deleteSecurityGroup(group, signal));
      break;
    } catch (thrown) {
      if (signal?.aborted) throw thrown;
      const error = asKubecoreError(thrown);
      // A network interface of an instance outlives it a little, and an instance may be shown only now.
      if (error.code !== 'DependencyViolation' && error.code !== 'InvalidGroup.InUse')
        throw notDeleted(launch.name, error);
      yield { type: 'held', at: clock.now(), id: group };
      await rest(`something still uses its security group ${group}`);
      yield* end();
    }
  }
  yield* look();
  yield { type: 'stack-done', at: clock.now() };
  return ended;
}

const notDeleted = (name: string, error: KubecoreError): KubecoreError =>
  new KubecoreError({
    what: `"${name}" was not deleted whole`,
    why: error.why,
    next: `${error.next}; then run the same command again`,
    fault: error.fault,
    code: error.code ?? 'DeleteFailed',
    cause: error,
  });
