/**
 * Owns changing the number of machines of a `fleet` cluster: instances are started as the launch started them, or ended one
 * by one, each after its fleet has handed over its units and etcd counts its majority without it. The wanted number is a
 * tag of the launch, so that a change that was interrupted is finished by asking for it again.
 */
import { agreeing } from './agreeing.ts';
import { createAsking, interruptible, POLL } from './asking.ts';
import { asKubecoreError, KubecoreError } from './errors.ts';
import { byAge, clusterFromStack, launchIdOf } from './identity.ts';
import { parametersOfTags, sizeTag } from './instances-plan.ts';
import type { LaunchEvent } from './launch-contract.ts';
import { batches, isLive } from './launch-instances.ts';
import type { Unit } from './model.ts';
import { type Cloud, type Instance, MASTER, type NodeRef, type Shell, type Stack } from './ports.ts';
import { explainReason } from './root-cause.ts';
import type { ScaleOptions } from './scale.ts';
import { lookAtFleetUnits, lookAtMachines } from './sources.ts';
import { checkRemoved, type EtcdMember, membersArgv, readMembers, removeArgv } from './tools/etcd-members.ts';
import type { FleetMachine } from './tools/fleetctl.ts';

/** A machine that shall go. */
export interface Leaving {
  readonly instance: Instance;
  /** null: fleet does not list it. */
  readonly machine: FleetMachine | null;
  /** fleet's units on it, which fleet starts elsewhere. */
  readonly units: readonly Unit[];
}

/** Looks in a row that must agree. */
const PASSES = 3;
const ASK_MS = 15_000;

/** The instances of the cluster that run or will. */
export async function liveInstances(
  cloud: Cloud,
  stackId: string,
  signal?: AbortSignal,
): Promise<readonly Instance[]> {
  return (await cloud.instances(stackId, signal)).filter(isLive);
}

/**
 * Which machines go when only `size` shall stay: those that fleet does not list, then those with the fewest units, the
 * youngest first. The way in and etcd's leader go last.
 */
export async function leaving(
  shell: Shell,
  { size, live, gateway }: { size: number; live: readonly Instance[]; gateway: string | null },
  signal?: AbortSignal,
): Promise<readonly Leaving[]> {
  const [machines, units, members] = await Promise.all([
    lookAtMachines(shell, signal),
    lookAtFleetUnits(shell, signal),
    etcdMembers(shell, signal),
  ]);
  const leader = members.find(({ state }) => state === 'leader')?.name;
  const all = [...live].sort(byAge).map((instance): Leaving => {
    const machine = machines.find(({ ip }) => ip === instance.privateAddress) ?? null;
    return {
      instance,
      machine,
      units: machine === null ? [] : units.filter(({ machineId }) => machineId === machine.id),
    };
  });
  const kept = ({ instance, machine }: Leaving): number =>
    instance.privateAddress === gateway ? 2 : machine !== null && machine.id === leader ? 1 : 0;
  const rank = (one: Leaving): readonly number[] => [
    kept(one),
    one.machine === null ? 0 : 1,
    one.units.length,
    -all.indexOf(one),
  ];
  const order = [...all].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const differs = left.findIndex((value, index) => value !== right[index]);
    return differs < 0 ? 0 : left[differs]! - right[differs]!;
  });
  return order.slice(0, Math.max(0, live.length - size));
}

async function etcdMembers(shell: Shell, signal?: AbortSignal): Promise<readonly EtcdMember[]> {
  return readMembers(await shell.run(MASTER, membersArgv, runOptions(signal)));
}

export interface ScaleFleetOptions extends ScaleOptions {
  readonly stack: Stack;
  /** As `leaving` chose and the person agreed to; empty when growing. */
  readonly leaving: readonly Leaving[];
}

/**
 * Changes the number of machines; the last event is `healthy` or `failed`.
 * @throws KubecoreError (interrupted) when the signal aborts: asking for the same number again finishes it
 */
export function scaleFleet(options: ScaleFleetOptions): AsyncGenerator<LaunchEvent> {
  return interruptible(
    options.signal,
    `the scaling of "${options.cluster.name}" was stopped`,
    `kubecore scale ${options.size} finishes it; kubecore status shows what is there`,
    guarded(options),
  );
}

async function* guarded(options: ScaleFleetOptions): AsyncGenerator<LaunchEvent> {
  const shell = options.shell();
  try {
    yield* road(options, shell);
  } catch (thrown) {
    if (options.signal?.aborted) throw thrown;
    yield { type: 'failed', at: options.clock.now(), error: asKubecoreError(thrown), related: [] };
  } finally {
    await shell.close();
  }
}

async function* road(options: ScaleFleetOptions, shell: Shell): AsyncGenerator<LaunchEvent> {
  const { cluster, stack, size, cloud, clock, random, signal } = options;
  const timeoutMs = options.timeoutMs ?? 20 * 60_000;
  const deadline = clock.now() + timeoutMs;
  const asking = createAsking({ clock, random, poll: options.poll ?? POLL, deadline, signal });
  const { ask } = asking;
  const rest = async (why: string): Promise<void> => {
    if (clock.now() >= deadline) throw late(cluster.name, timeoutMs, why);
    await clock.sleep(asking.wait(), signal);
  };
  const group = stack.outputs.SecurityGroup ?? '';
  let last = (yield* ask(() => cloud.stackEvents(stack.id, null, signal))).at(-1)?.id ?? null;
  async function* look(): AsyncGenerator<LaunchEvent> {
    for (const event of yield* ask(() => cloud.stackEvents(stack.id, last, signal))) {
      last = event.id;
      yield { type: 'stack-event', at: clock.now(), event };
    }
  }
  yield { type: 'stack-started', at: clock.now(), stackId: stack.id, resumed: false };
  yield* ask(() => cloud.setTags(group, sizeTag(size), signal));

  for (const one of options.leaving) {
    yield* handOver(shell, one, clock.now, signal);
    yield* ask(() => cloud.terminateInstances([one.instance.id], signal));
    yield* look();
  }
  const live = yield* ask(() => liveInstances(cloud, stack.id, signal));
  if (live.length < size) {
    try {
      yield* start(options, live, group, ask);
    } catch (thrown) {
      if (signal?.aborted) throw thrown;
      // What is not there shall not be missed.
      yield* ask(() => cloud.setTags(group, sizeTag(live.length), signal));
      throw notStarted(cluster.name, asKubecoreError(thrown));
    }
  }
  for (;;) {
    yield* look();
    const instances = yield* ask(() => cloud.instances(stack.id, signal));
    const running = instances.filter(({ state }) => state === 'running').length;
    const ending = instances.filter(({ state }) => state === 'shutting-down').length;
    if (running === size && ending === 0) break;
    await rest(`${running} of ${size} instances run, ${ending} are shutting down`);
  }
  yield { type: 'stack-done', at: clock.now(), status: 'UPDATE_COMPLETE' };

  yield* fleetAgrees(options, shell, rest);
  const instances = yield* ask(() => cloud.instances(stack.id, signal));
  const now = { ...cluster, ...clusterFromStack(stack, instances, cluster.region), size };
  yield { type: 'healthy', at: clock.now(), cluster: now };
}

/** fleet's units go elsewhere, then etcd forgets the member, then it is stopped, so that it does not join again. */
async function* handOver(
  shell: Shell,
  { instance, machine }: Leaving,
  now: () => number,
  signal: AbortSignal | undefined,
): AsyncGenerator<LaunchEvent> {
  const say = (detail: string): LaunchEvent => ({ type: 'step-progress', at: now(), step: 'fleet', detail });
  if (machine === null) return;
  const node: NodeRef = { kind: 'node', address: machine.ip };
  const stop = async (unit: string): Promise<void> => {
    try {
      await shell.run(node, ['sudo', 'systemctl', 'stop', unit], runOptions(signal));
    } catch (thrown) {
      // One that does not answer any more holds nothing that could be handed over.
      if (signal?.aborted || asKubecoreError(thrown).fault === 'input') throw thrown;
    }
  };
  yield say(`${machine.ip} (${instance.id}) hands over its units`);
  await stop('fleet.service');
  if (
    (await etcdMembers(shell, signal)).some(({ name, state }) => name === machine.id && state !== 'standby')
  ) {
    yield say(`etcd goes on without ${machine.ip}`);
    checkRemoved(machine.id, await shell.run(MASTER, removeArgv(machine.id), runOptions(signal)));
  }
  await stop('etcd.service');
}

/** More of the same: what the launch was made from, and the cloud-config of a machine that is there. */
async function* start(
  { stack, size, cloud, signal }: ScaleFleetOptions,
  live: readonly Instance[],
  group: string,
  ask: <T>(question: () => Promise<T>) => AsyncGenerator<LaunchEvent, T>,
): AsyncGenerator<LaunchEvent> {
  const [model] = live;
  if (model === undefined)
    throw new KubecoreError({
      what: 'there is no machine to take after',
      why: 'all instances of the cluster have ended',
      next: 'delete what is left and launch it anew: kubecore down, kubecore up',
      fault: 'cluster',
      code: 'NoMachines',
    });
  const parameters = parametersOfTags(stack.tags);
  const userData = yield* ask(() => cloud.userData(model.id, signal));
  const launchId = launchIdOf(stack.id) ?? '';
  const missing = size - live.length;
  for (const { subnet, count, index } of batches({
    size: missing,
    subnets: parameters.subnets?.split(',') ?? [],
  })) {
    yield* ask(() =>
      cloud.runInstances(
        {
          token: `kubecore-${launchId}-${fingerprint([size, ...live.map(({ id }) => id).sort()].join())}-${index}`,
          count,
          imageId: model.imageId,
          instanceType: model.type,
          keyPair: parameters.keyPair ?? model.keyName ?? '',
          securityGroup: group,
          subnet,
          userData,
          rootVolumeSize: parameters.rootVolumeSize,
          tags: ownTags(model.tags),
        },
        signal,
      ),
    );
  }
}

/** Tags as they were given; those of AWS itself cannot be given. */
const ownTags = (tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('aws:')));

/** FNV-1a, 32 bits: the same change asked for twice has the same token. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

const fleetAgrees = (
  { size, clock, signal }: ScaleFleetOptions,
  shell: Shell,
  rest: (why: string) => Promise<void>,
): AsyncGenerator<LaunchEvent> =>
  agreeing({
    step: 'fleet',
    passes: PASSES,
    look: async () => {
      const { length } = await lookAtMachines(shell, signal);
      return {
        detail: `${length} of ${size} ${size === 1 ? 'machine' : 'machines'} in fleet`,
        agrees: length === size,
      };
    },
    rest,
    clock,
    signal,
  });

const runOptions = (signal: AbortSignal | undefined) =>
  signal ? { timeoutMs: ASK_MS, signal } : { timeoutMs: ASK_MS };

function notStarted(name: string, error: KubecoreError): KubecoreError {
  const cause = error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : error.why;
  const known = explainReason(`"${name}" did not grow`, cause, error.next);
  return new KubecoreError({
    what: `"${name}" did not grow`,
    why: known.code === 'StackFailed' ? error.why : known.why,
    next: `${known.next}; the cluster goes on with the machines it has`,
    fault: 'cluster',
    code: known.code === 'StackFailed' ? (error.code ?? 'ScaleFailed') : (known.code ?? 'ScaleFailed'),
    cause: error,
  });
}

function late(name: string, timeoutMs: number, why: string): KubecoreError {
  return new KubecoreError({
    what: `"${name}" did not have its new size within ${Math.round(timeoutMs / 60_000)} minutes`,
    why,
    next: 'kubecore status shows where it stands; the same command goes on',
    fault: 'cluster',
    code: 'ScaleTimeout',
  });
}
