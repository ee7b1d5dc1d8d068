/**
 * Owns the launch of a blueprint without a stack (`single`, `fleet`): security group, rules, instances, in that order, each
 * tagged as it is created. The group's name is taken by one launch alone and the instances are started under a token, so
 * that whoever comes later, from whichever computer, finds the launch and finishes it, and nothing is started twice.
 */
import { asKubecoreError, KubecoreError } from './errors.ts';
import { launchRef, TAG } from './identity.ts';
import { groupName, launchAsStack, RESOURCE, RESOURCE_TYPE, rulesOf } from './instances-plan.ts';
import type { InstancesPlan, LaunchEvent } from './launch-contract.ts';
import { explained, meanwhile, refuseOther, startFailed, tooLate } from './launch-refusals.ts';
import type { Clock, Cloud, Instance, Stack, StackEvent } from './ports.ts';
import { printable } from './printable.ts';

export interface InstancesRoadOptions {
  readonly plan: InstancesPlan;
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly deadline: number;
  readonly wait: () => number;
  readonly ask: <T>(question: () => Promise<T>) => AsyncGenerator<LaunchEvent, T>;
  /** The commands that take the launch up and undo it. */
  readonly up: string;
  readonly down: string;
}

type Road<T> = AsyncGenerator<LaunchEvent, T>;

/** EC2 answers from many places: what was just made may not be known everywhere for a while. */
const CONSISTENT_MS = 60_000;
const NOT_YET_KNOWN = /^Invalid(Group|GroupId|InstanceID|SecurityGroupID)\.NotFound$/;

const ENDED = new Set(['shutting-down', 'terminated', 'stopping', 'stopped']);
export const isLive = ({ state }: Instance): boolean => !ENDED.has(state);

/** What EC2 takes for a tag's value. */
const TAG_VALUE = 256;

/**
 * Creates what is missing and follows it until all instances run. Returns the launch in the shape of a stack, or null when it
 * has failed, which is told by the last event.
 */
export async function* launchInstances(options: InstancesRoadOptions): Road<Stack | null> {
  const { plan, cloud, clock, signal, ask } = options;
  const id = launchRef(plan.launchId);
  const there = yield* ask(() => cloud.stack(plan.name, signal));
  const taken = there === null || there.status === 'DELETE_COMPLETE' ? null : there;
  if (taken !== null) refuseOther(taken, options);
  const made = taken ?? (yield* begin(options));
  if (made === null) return null;
  const group = made.outputs.SecurityGroup ?? '';
  yield { type: 'stack-started', at: clock.now(), stackId: id, resumed: taken !== null };

  let last: string | null = null;
  /** What AWS shows by now, as events. */
  async function* look(): Road<void> {
    for (const event of yield* ask(() => cloud.stackEvents(id, last, signal))) {
      last = event.id;
      // A launch that failed before and is taken up has not failed yet.
      if (event.type === RESOURCE_TYPE.launch && event.status !== 'CREATE_COMPLETE') continue;
      yield { type: 'stack-event', at: clock.now(), event };
    }
  }
  yield* look();

  if (made.status !== 'CREATE_COMPLETE') {
    const failure = yield* create(options, group, look);
    if (failure !== null) {
      yield* fail(options, group, failure);
      return null;
    }
    yield* ask(() => cloud.setTags(group, { [TAG.status]: 'CREATE_COMPLETE', [TAG.reason]: '' }, signal));
    yield* look();
  }
  yield { type: 'stack-done', at: clock.now(), status: 'CREATE_COMPLETE' };
  return { ...made, status: 'CREATE_COMPLETE' };
}

/** Makes the security group, which is the launch's first trace. null: AWS refused it, which was told. */
async function* begin(options: InstancesRoadOptions): Road<Stack | null> {
  const { plan, cloud, clock, signal, ask, up } = options;
  const tags = {
    ...plan.tags,
    ...plan.parameterTags,
    [TAG.status]: 'CREATE_IN_PROGRESS',
    [TAG.createdAt]: new Date(clock.now()).toISOString(),
  };
  const name = groupName(plan.name);
  // As anybody else finds it by these tags, so that a fresh launch is watched like one that is taken up.
  const asStack = (groupId: string): Stack => launchAsStack({ id: groupId, tags });
  try {
    const groupId = yield* ask(() =>
      cloud.createSecurityGroup(
        { name, description: `kubecore ${plan.blueprint} ${plan.name}`, vpc: plan.vpc, tags },
        signal,
      ),
    );
    return asStack(groupId);
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    const error = asKubecoreError(thrown);
    if (error.code !== 'InvalidGroup.Duplicate') {
      if (error.fault !== 'aws') throw thrown;
      throw explained(plan.name, error);
    }
    // It was there before us, or is ours: a try that was heard, but whose answer was lost.
    const until = clock.now() + CONSISTENT_MS;
    for (;;) {
      const other = yield* ask(() => cloud.stack(plan.name, signal));
      if (other?.id === launchRef(plan.launchId)) return other;
      if (other !== null) throw meanwhile(plan.name, up);
      if (clock.now() >= until)
        throw new KubecoreError({
          what: `the name "${plan.name}" is taken`,
          why: `a security group "${name}" is there, and kubecore did not make it`,
          next: 'delete that group, or choose another --name',
          fault: 'input',
          code: 'InvalidGroup.Duplicate',
        });
      await clock.sleep(options.wait(), signal);
    }
  }
}

interface Failure {
  readonly resource: { readonly logicalId: string; readonly type: string };
  readonly error: KubecoreError;
}

/** Rules and instances. Returns what AWS refused, null when all instances run. */
async function* create(
  options: InstancesRoadOptions,
  group: string,
  look: () => Road<void>,
): Road<Failure | null> {
  const { plan, cloud, clock, signal, ask } = options;
  const id = launchRef(plan.launchId);
  let resource: Failure['resource'] = { logicalId: RESOURCE.group, type: RESOURCE_TYPE.group };
  try {
    for (const { logicalId, rule } of rulesOf(plan.blueprint, plan.allowSshFrom)) {
      resource = { logicalId, type: RESOURCE_TYPE.rule };
      yield told(options, resource, 'CREATE_IN_PROGRESS');
      yield* consistently(options, () => cloud.allowIngress(group, [rule], plan.tags, signal));
      yield told(options, resource, 'CREATE_COMPLETE');
    }
    resource = { logicalId: 'Machine1', type: RESOURCE_TYPE.instance };
    const before = yield* ask(() => cloud.instances(id, signal));
    if (before.filter(isLive).length < plan.size) yield* start(options, group);
    for (;;) {
      yield* look();
      const instances = yield* ask(() => cloud.instances(id, signal));
      const live = instances.filter(isLive);
      if (live.filter(({ state }) => state === 'running').length >= plan.size) return null;
      const ended = instances.find((instance) => !isLive(instance) && instance.stateReason !== null);
      if (ended && live.length < plan.size)
        return { resource, error: startFailed(plan.name, ended.stateReason ?? '', options.down) };
      if (clock.now() >= options.deadline) throw tooLate(options, live.length);
      await clock.sleep(options.wait(), signal);
    }
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    const error = asKubecoreError(thrown);
    if (error.fault !== 'aws') throw thrown;
    const after = `then ${options.up} finishes it, or ${options.down} deletes what is left`;
    return { resource, error: explained(plan.name, error, after) };
  }
}

/** Starts all instances, spread over the subnets; each call's token makes a repetition harmless. */
async function* start(options: InstancesRoadOptions, group: string): Road<void> {
  const { plan, cloud, signal } = options;
  for (const { subnet, count, index } of batches(plan)) {
    const run = {
      token: `kubecore-${plan.launchId}-${index}`,
      count,
      imageId: plan.imageId,
      instanceType: plan.instanceType,
      keyPair: plan.keyPair,
      securityGroup: group,
      subnet,
      userData: plan.userData,
      rootVolumeSize: plan.rootVolumeSize,
      tags: plan.tags,
    };
    try {
      yield* consistently(options, () => cloud.runInstances(run, signal));
    } catch (thrown) {
      // Started before, by a kubecore that writes the cloud-config otherwise: what it started counts.
      if (asKubecoreError(thrown).code !== 'IdempotentParameterMismatch') throw thrown;
    }
  }
}

/** How many instances go into which subnet: as evenly as may be. */
export function batches({ size, subnets }: Pick<InstancesPlan, 'size' | 'subnets'>): readonly {
  subnet: string | null;
  count: number;
  index: number;
}[] {
  const places: readonly (string | null)[] = subnets.length === 0 ? [null] : subnets;
  return places
    .map((subnet, index) => ({
      subnet,
      index,
      count: Math.floor(size / places.length) + (index < size % places.length ? 1 : 0),
    }))
    .filter(({ count }) => count > 0);
}

/** Asks again while EC2 does not know everywhere yet what was just created. */
async function* consistently<T>(options: InstancesRoadOptions, question: () => Promise<T>): Road<T> {
  const { clock, signal, ask } = options;
  const until = clock.now() + CONSISTENT_MS;
  for (;;) {
    try {
      return yield* ask(question);
    } catch (thrown) {
      if (signal?.aborted) throw thrown;
      if (!NOT_YET_KNOWN.test(asKubecoreError(thrown).code ?? '') || clock.now() >= until) throw thrown;
      await clock.sleep(options.wait(), signal);
    }
  }
}

function told(
  { plan, clock }: InstancesRoadOptions,
  { logicalId, type }: Failure['resource'],
  status: string,
  reason: string | null = null,
): LaunchEvent {
  const event: StackEvent = {
    id: `${plan.launchId}-${logicalId}-${status}`,
    at: clock.now(),
    logicalId,
    physicalId: null,
    type,
    status,
    reason,
  };
  return { type: 'stack-event', at: clock.now(), event };
}

/** The failure is kept on the group, so that it can be told tomorrow and elsewhere. */
async function* fail(options: InstancesRoadOptions, group: string, failure: Failure): Road<void> {
  const { cloud, clock, signal } = options;
  const { resource, error } = failure;
  const reason = printable(error.why);
  yield told(options, resource, 'CREATE_FAILED', reason);
  await cloud
    .setTags(group, { [TAG.status]: 'CREATE_FAILED', [TAG.reason]: reason.slice(0, TAG_VALUE) }, signal)
    .catch((thrown: unknown) => {
      // Without the mark the launch looks unfinished, and finishing it tells the same.
      if (signal?.aborted) throw thrown;
    });
  yield { type: 'stack-done', at: clock.now(), status: 'CREATE_FAILED' };
  yield { type: 'failed', at: clock.now(), error, related: [] };
}
