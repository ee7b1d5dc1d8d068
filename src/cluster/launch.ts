/**
 * Owns the way from a plan to a healthy cluster, as events: the stack is created (or taken up where it is), followed to
 * its end, and then each step of the road to healthy is waited for (readiness.ts). launch-instances.ts creates what has no
 * stack.
 */
import { createAsking, interruptible, POLL, type PollInterval } from './asking.ts';
import { asKubecoreError, KubecoreError } from './errors.ts';
import { isOurs, launchIdOf } from './identity.ts';
import type { LaunchEvent, LaunchPlan, StackPlan } from './launch-contract.ts';
import { launchInstances } from './launch-instances.ts';
import { beingDeleted } from './launch-refusals.ts';
import type { Cluster } from './model.ts';
import { NodesDown } from './node-diagnosis.ts';
import type { Clock, Cloud, Random, Shell, Stack, StackEvent } from './ports.ts';
import { becomeHealthy } from './readiness.ts';
import { explainFailure } from './root-cause.ts';
import type { Ask } from './stack-update.ts';

export { clusterFromStack, launchPlan, masterOf, TAG } from './identity.ts';
export { initialLaunchView, reduceLaunch } from './launch-view.ts';
export { type UndoEvent, undo } from './undo.ts';

export interface LaunchOptions {
  readonly plan: LaunchPlan;
  readonly cloud: Cloud;
  /** Opens the connection to a cluster's master. The launch closes what it opened. */
  readonly shell: (cluster: Cluster) => Shell;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborting stops watching, not the stack. */
  readonly signal?: AbortSignal;
  /** Time between two looks. Default a random 1 to 4 s; the sandbox, whose time is compressed, wants less. */
  readonly poll?: PollInterval;
  /** For the whole launch. Default 20 minutes. */
  readonly timeoutMs?: number;
  /** Options that the suggested commands need to mean the same place: `--sandbox`, `--region eu-west-1`. */
  readonly flags?: readonly string[];
}

const TIMEOUT_MS = 20 * 60_000;
const GOOD = new Set(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE']);
const LEFT_OVER = new Set([
  'CREATE_FAILED',
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
  'DELETE_FAILED',
  'REVIEW_IN_PROGRESS',
]);

/** Has the stack come to rest? */
export function isSettled(status: string): boolean {
  return !status.endsWith('_IN_PROGRESS');
}

/**
 * Launches the plan, or takes up the launch of the same name where it is. The last event is `healthy` or `failed`.
 * @throws KubecoreError (interrupted) when the signal aborts; the stack goes on by itself.
 */
export function launch(options: LaunchOptions): AsyncGenerator<LaunchEvent> {
  const { plan, signal } = options;
  const up = command('up', plan.name, options.flags, '--name');
  return interruptible(
    signal,
    `watching the launch of "${plan.name}" was stopped`,
    `${plan.blueprint === 'kubernetes' ? 'AWS goes on by itself' : 'what is created stays'}; ${up} takes it up where it is, ${command('down', plan.name, options.flags)} undoes it`,
    guarded(options),
  );
}

/** A command for a person to type: `kubecore down --cluster NAME --yes --sandbox`. */
export function command(
  verb: 'up' | 'down',
  name: string,
  flags: readonly string[] = [],
  option = '--cluster',
): string {
  return ['kubecore', verb, option, name, '--yes', ...flags].join(' ');
}

/** Every failure comes out as the last event, not as a throw. */
async function* guarded(options: LaunchOptions): AsyncGenerator<LaunchEvent> {
  try {
    yield* road(options);
  } catch (thrown) {
    if (options.signal?.aborted) throw thrown;
    yield {
      type: 'failed',
      at: options.clock.now(),
      error: asKubecoreError(thrown),
      related: [],
      ...(thrown instanceof NodesDown ? { consoles: thrown.consoles } : {}),
    };
  }
}

async function* road(options: LaunchOptions): AsyncGenerator<LaunchEvent> {
  const { plan, cloud, clock, random, signal } = options;
  const down = command('down', plan.name, options.flags);
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const deadline = clock.now() + timeoutMs;
  const poll = options.poll ?? POLL;
  const asking = createAsking({ clock, random, poll, deadline, signal });
  const { ask } = asking;

  const stack =
    plan.blueprint === 'kubernetes'
      ? yield* followStack({ ...options, plan }, ask, () => asking.wait(), deadline, timeoutMs)
      : yield* launchInstances({
          plan,
          cloud,
          clock,
          signal,
          deadline,
          wait: () => asking.wait(),
          ask,
          up: command('up', plan.name, options.flags, '--name'),
          down,
        });
  if (stack === null) return;
  yield* becomeHealthy({
    stack,
    region: plan.region,
    cloud,
    shell: options.shell,
    clock,
    signal,
    deadline,
    timeoutMs,
    wait: () => asking.wait(),
    ask,
    down,
    up: command('up', plan.name, options.flags, '--name'),
  });
}

type StackOptions = LaunchOptions & { readonly plan: StackPlan };

/** The stack, created or taken up and followed to its good end; null when it failed, which is told by the last event. */
async function* followStack(
  options: StackOptions,
  ask: Ask,
  wait: () => number,
  deadline: number,
  timeoutMs: number,
): AsyncGenerator<LaunchEvent, Stack | null> {
  const { plan, cloud, clock, signal } = options;
  const down = command('down', plan.name, options.flags);
  const { stackId, resumed } = yield* createOrTakeUp(options, ask, down);
  yield { type: 'stack-started', at: clock.now(), stackId, resumed };

  const events: StackEvent[] = [];
  async function* newEvents(): AsyncGenerator<LaunchEvent> {
    const fresh = yield* ask(() => cloud.stackEvents(stackId, events.at(-1)?.id ?? null, signal));
    for (const event of fresh) {
      events.push(event);
      yield { type: 'stack-event', at: clock.now(), event };
    }
  }

  let stack: Stack | null;
  for (;;) {
    yield* newEvents();
    stack = yield* ask(() => cloud.stack(stackId, signal));
    if (stack === null || isSettled(stack.status)) break;
    if (clock.now() >= deadline) throw stillRunning(plan.name, stack.status, timeoutMs, options.flags);
    await clock.sleep(wait(), signal);
  }
  // One last look: the reason may be told after the status.
  yield* newEvents();
  const status = stack?.status ?? 'DELETE_COMPLETE';
  yield { type: 'stack-done', at: clock.now(), status };

  if (stack === null || !GOOD.has(status)) {
    const { error, related } = explainFailure(plan.name, status, events, down);
    yield { type: 'failed', at: clock.now(), error, related };
    return null;
  }
  return stack;
}

/** The stack that this launch follows: a new one, or the one of the same name that kubecore made before. */
async function* createOrTakeUp(
  options: StackOptions,
  ask: Ask,
  down: string,
): AsyncGenerator<LaunchEvent, { readonly stackId: string; readonly resumed: boolean }> {
  const { plan, cloud, random, signal } = options;
  const there = yield* ask(() => cloud.stack(plan.name, signal));
  if (there !== null && there.status !== 'DELETE_COMPLETE') return yield* takeUp(there, options, ask, down);
  // The same token for each try: a create that was heard but not answered is not done twice.
  const token = `kubecore-${Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join('')}`;
  try {
    const stackId = yield* ask(() =>
      cloud.createStack(
        {
          name: plan.name,
          body: plan.templateBody,
          parameters: plan.templateParameters,
          tags: plan.tags,
          token,
        },
        signal,
      ),
    );
    return { stackId, resumed: false };
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    const error = asKubecoreError(thrown);
    if (/AlreadyExists/.test(error.code ?? '')) {
      const other = yield* ask(() => cloud.stack(plan.name, signal));
      if (other !== null) return yield* takeUp(other, options, ask, down);
    }
    throw error;
  }
}

async function* takeUp(
  stack: Stack,
  options: LaunchOptions,
  ask: Ask,
  down: string,
): AsyncGenerator<LaunchEvent, { readonly stackId: string; readonly resumed: boolean }> {
  const { plan, cloud, signal } = options;
  const taken = `the name "${plan.name}" is taken`;
  if (!isOurs(stack)) {
    throw new KubecoreError({
      what: taken,
      why: 'a CloudFormation stack of that name is there, and kubecore did not make it',
      next: 'choose another --name',
      fault: 'input',
      code: 'ForeignStack',
    });
  }
  if (launchIdOf(stack.id) !== null) {
    throw new KubecoreError({
      what: taken,
      why: 'the cluster of that name is another blueprint',
      next: 'choose another --name',
      fault: 'input',
      code: 'ForeignStack',
    });
  }
  if (stack.status === 'DELETE_IN_PROGRESS') throw beingDeleted(taken, down);
  if (LEFT_OVER.has(stack.status)) {
    const events = yield* ask(() => cloud.stackEvents(stack.id, null, signal));
    const { error } = explainFailure(plan.name, stack.status, events, down);
    throw new KubecoreError({
      what: taken,
      why: `a launch of that name failed before and its stack is left over (${stack.status}): ${error.why}`,
      next: `delete it with ${down}, then launch again`,
      fault: 'cluster',
      code: 'StackLeftOver',
      cause: error,
    });
  }
  return { stackId: stack.id, resumed: true };
}

function stillRunning(
  name: string,
  status: string,
  timeoutMs: number,
  flags: readonly string[] | undefined,
): KubecoreError {
  return new KubecoreError({
    what: `the stack "${name}" was not ready within ${Math.round(timeoutMs / 60_000)} minutes`,
    why: `CloudFormation is still at ${status}`,
    next: `${command('up', name, flags, '--name')} goes on watching, ${command('down', name, flags)} undoes it`,
    fault: 'cluster',
    code: 'LaunchTimeout',
  });
}
