/**
 * Owns the road to healthy once the instances are asked for: instances, SSH, etcd, fleet, API, minions, each waited for in
 * turn, as far as the blueprint has them. The last one must be seen several times in a row.
 */
import { asKubecoreError, type KubecoreError } from './errors.ts';
import { clusterFromStack, nodesOf } from './identity.ts';
import { type LaunchEvent, type ReadinessStep, stepsOf } from './launch-contract.ts';
import type { Cluster } from './model.ts';
import { consolesOf, createDiagnosis, NodesDown } from './node-diagnosis.ts';
import {
  type Clock,
  type Cloud,
  type Instance,
  MASTER,
  type NodeRef,
  type Shell,
  type Stack,
} from './ports.ts';
import { printable } from './printable.ts';
import { lookAtMachines, lookAtMinions } from './sources.ts';
import { fleetQuorumArgv, quorumArgv, readQuorum } from './tools/etcdctl.ts';
import { decode, ending } from './tools/output.ts';

export interface ReadinessOptions {
  readonly stack: Stack;
  readonly region: string;
  readonly cloud: Cloud;
  readonly shell: (cluster: Cluster) => Shell;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** When patience ends, and how long it was in all, for the error. */
  readonly deadline: number;
  readonly timeoutMs: number;
  /** Milliseconds until the next look. */
  readonly wait: () => number;
  readonly ask: <T>(question: () => Promise<T>) => AsyncGenerator<LaunchEvent, T>;
  /** The commands that undo the launch, and that go on watching it. */
  readonly down: string;
  readonly up: string;
}

/** How often in a row the whole must look healthy: a minion that registers and falls over again is not. */
const PASSES = 3;
/** Nodes asked at the same time. */
const AT_ONCE = 8;
/** sshd can be up before cloud-init has put the key in place; after so long a refused key is the wrong key. */
const KEY_PATIENCE_MS = 90_000;
const ASK_MS = 15_000;

/** What a look found: how far the step is, and whether it is done. */
interface Look {
  readonly done: boolean;
  readonly detail: string;
}

const NEXT: Readonly<Record<ReadinessStep, string>> = {
  instances:
    'look at its instances in the EC2 console, and at the activity of its Auto Scaling groups if it has some',
  ssh: 'check that --allow-ssh-from covers your address, and look at the console output of the instance',
  etcd: 'the discovery token may be used up or out of reach: kubecore logs etcd.service',
  fleet: 'kubecore logs fleet.service',
  api: 'see whether the binaries were downloaded: kubecore logs kube-download.service, then kube-apiserver.service',
  minions: 'kube-register does that: kubecore logs kube-register.service',
};

/** Waits for each step; the last event is `healthy`. Throws a KubecoreError when time runs out. */
export async function* becomeHealthy(options: ReadinessOptions): AsyncGenerator<LaunchEvent> {
  const { stack, cloud, clock, signal, ask } = options;
  let instances: readonly Instance[] = [];
  let cluster = clusterFromStack(stack, [], options.region);
  let shell: Shell | null = null;
  const nodes = nodesOf(cluster);
  const alone = cluster.blueprint === 'single';
  const gateway = cluster.blueprint === 'kubernetes' ? 'the master' : 'the machine';

  /** Looks at the instances again; a master that was replaced gets a new connection. */
  async function* locate(): AsyncGenerator<LaunchEvent> {
    instances = yield* ask(() => cloud.instances(stack.id, signal));
    const before = cluster.master?.address;
    const now = clusterFromStack(stack, instances, options.region);
    if (now.master === null) return;
    cluster = now;
    if (now.master.address === before) return;
    await shell?.close();
    shell = null;
  }

  const connected = (): Shell => {
    shell ??= options.shell(cluster);
    return shell;
  };

  /**
   * One step: looks until it is done, telling what changed; what a look throws is its detail, unless nothing can mend
   * it. With `locateFirst` each look begins with the instances.
   */
  async function* step(
    name: ReadinessStep,
    look: () => Promise<Look>,
    locateFirst = false,
  ): AsyncGenerator<LaunchEvent> {
    yield { type: 'step-started', at: clock.now(), step: name };
    let told = '';
    let keyRefusedSince: number | null = null;
    const diagnose = createDiagnosis({
      cloud,
      clock,
      signal,
      what: `the cluster "${stack.name}" did not become healthy`,
      down: options.down,
      up: options.up,
      discoveryUrl: stack.parameters.DiscoveryURL || null,
      replaced: cluster.blueprint === 'kubernetes',
    });
    for (;;) {
      let found: Look;
      try {
        if (locateFirst) yield* locate();
        found = await look();
        keyRefusedSince = null;
      } catch (thrown) {
        if (signal?.aborted) throw thrown;
        const error = asKubecoreError(thrown);
        const keyRefused = /Auth/.test(error.code ?? '');
        if (keyRefused) keyRefusedSince ??= clock.now();
        if (
          error.fault === 'input' ||
          error.fault === 'bug' ||
          error.fault === 'aws' ||
          /^HostKey/.test(error.code ?? '') ||
          (keyRefusedSince !== null && clock.now() - keyRefusedSince >= KEY_PATIENCE_MS)
        )
          throw error;
        found = { done: false, detail: printable(error.why) };
        // The node may be gone: perhaps another has taken its place.
        if (!locateFirst && error.fault !== 'cluster') yield* locate();
      }
      if (found.done) {
        yield { type: 'step-done', at: clock.now(), step: name, detail: found.detail };
        return;
      }
      if (found.detail !== told) {
        told = found.detail;
        yield { type: 'step-progress', at: clock.now(), step: name, detail: told };
      }
      await diagnose({
        silent: silentIn(name),
        all: instances,
        etcdAlone: name === 'etcd' && agreed.size === 0,
      });
      if (clock.now() >= options.deadline) {
        const consoles = await consolesOf(cloud, silentIn(name), signal);
        throw new NodesDown(timedOut(options, stack.name, name, told), consoles);
      }
      await clock.sleep(options.wait(), signal);
    }
  }

  /** Nodes that a step waits for in vain so far: what stands on their consoles may say why. */
  function silentIn(name: ReadinessStep): readonly Instance[] {
    const running = instances.filter(({ state }) => state === 'running');
    if (name === 'ssh') return running.filter(({ id }) => id === cluster.master?.instanceId);
    return name === 'etcd' || name === 'fleet'
      ? running.filter(({ privateAddress }) => privateAddress !== null && !agreed.has(privateAddress))
      : [];
  }

  async function instancesRun(): Promise<Look> {
    const running = instances.filter(({ state }) => state === 'running').length;
    const ended = instances.findLast(
      ({ state, stateReason }) => state === 'terminated' && stateReason !== null,
    );
    const count = `${Math.min(running, nodes)} of ${nodes} instances running`;
    if (running >= nodes && cluster.master !== null) return { done: true, detail: count };
    if (running >= nodes)
      return {
        done: false,
        detail: `${count}, ${cluster.blueprint === 'kubernetes' ? 'none of them the master' : 'none of them with an address'}`,
      };
    return {
      done: false,
      detail: ended ? `${count} (one ended: ${printable(ended.stateReason ?? '')})` : count,
    };
  }

  async function sshAnswers(): Promise<Look> {
    const result = await connected().run(MASTER, ['uname', '-r'], runOptions(signal));
    if (result.code !== 0)
      return { done: false, detail: `${gateway} does not answer yet: ${ending(result)}` };
    return {
      done: true,
      detail: `${cluster.master?.address} answers (Linux ${printable(decode(result.stdout))})`,
    };
  }

  /** Nodes on which etcd has answered already; they are not asked again. */
  const agreed = new Set<string>();

  async function etcdHasQuorum(): Promise<Look> {
    const master = cluster.master?.privateAddress ?? null;
    const targets = instances
      .filter(({ state, privateAddress }) => state === 'running' && privateAddress !== null)
      .map(({ privateAddress }): { address: string; node: NodeRef } => ({
        address: privateAddress!,
        node: privateAddress === master ? MASTER : { kind: 'node', address: privateAddress! },
      }));
    const silent: string[] = [];
    const open = targets.filter(({ address }) => !agreed.has(address));
    for (let i = 0; i < open.length; i += AT_ONCE) {
      await Promise.all(
        open.slice(i, i + AT_ONCE).map(async ({ address, node }) => {
          const argv = cluster.blueprint === 'kubernetes' ? quorumArgv : fleetQuorumArgv;
          const answer = await askEtcd(connected(), node, argv, signal);
          if (answer.ok) agreed.add(address);
          else silent.push(`${address}: ${answer.detail || 'it does not answer'}`);
        }),
      );
    }
    const here = targets.filter(({ address }) => agreed.has(address)).length;
    const count = `etcd agrees on ${here} of ${nodes} nodes`;
    if (here >= nodes) return { done: true, detail: count };
    return { done: false, detail: silent[0] === undefined ? count : `${count} (${silent[0]})` };
  }

  async function fleetListsAll(): Promise<Look> {
    const machines = await lookAtMachines(connected(), signal);
    return {
      done: machines.length >= nodes,
      detail: `${Math.min(machines.length, nodes)} of ${nodes} machines in fleet`,
    };
  }

  async function apiAnswers(): Promise<Look> {
    await lookAtMinions(connected(), signal);
    return { done: true, detail: 'the API server answers' };
  }

  async function minionsRegistered(): Promise<Look> {
    const [machines, minions] = await Promise.all([
      lookAtMachines(connected(), signal),
      lookAtMinions(connected(), signal),
    ]);
    const count = `${Math.min(minions.length, cluster.size)} of ${cluster.size} minions registered`;
    if (minions.length < cluster.size) return { done: false, detail: count };
    if (machines.length < nodes)
      return { done: false, detail: `${count}, but ${machines.length} of ${nodes} machines in fleet` };
    return { done: true, detail: count };
  }

  let passes = 0;

  /** A look that counts only when it was good several times in a row. */
  const again = (look: () => Promise<Look>) => async (): Promise<Look> => {
    const before = passes;
    passes = 0;
    const found = await look();
    if (!found.done) return found;
    passes = before + 1;
    return passes >= PASSES
      ? found
      : { done: false, detail: `${found.detail}, seen ${passes} of ${PASSES} times` };
  };

  /** How each step is looked at; with `true` each look begins with the instances. */
  const looks: Readonly<Record<ReadinessStep, readonly [look: () => Promise<Look>, locate: boolean]>> = {
    instances: [instancesRun, true],
    ssh: [sshAnswers, alone],
    etcd: [etcdHasQuorum, true],
    fleet: [fleetListsAll, false],
    api: [apiAnswers, false],
    minions: [minionsRegistered, false],
  };

  try {
    const steps = stepsOf(cluster.blueprint);
    for (const name of steps) {
      const [look, locateFirst] = looks[name];
      yield* step(name, name === steps.at(-1) ? again(look) : look, locateFirst);
    }
    yield { type: 'healthy', at: clock.now(), cluster };
  } finally {
    await (shell as Shell | null)?.close();
  }
}

const runOptions = (signal: AbortSignal | undefined) =>
  signal ? { timeoutMs: ASK_MS, signal } : { timeoutMs: ASK_MS };

/** A node that cannot be reached is one whose etcd does not answer yet; the master's own failure is for the step. */
async function askEtcd(
  shell: Shell,
  node: NodeRef,
  argv: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly ok: boolean; readonly detail: string }> {
  try {
    return readQuorum(await shell.run(node, argv, runOptions(signal)));
  } catch (thrown) {
    if (signal?.aborted || node.kind === 'master') throw thrown;
    return { ok: false, detail: printable(asKubecoreError(thrown).why) };
  }
}

function timedOut(
  options: ReadinessOptions,
  name: string,
  step: ReadinessStep,
  detail: string,
): ConstructorParameters<typeof KubecoreError>[0] {
  return {
    what: `the cluster "${name}" did not become healthy within ${Math.round(options.timeoutMs / 60_000)} minutes`,
    why: detail === '' ? `it waited at the step ${step}` : detail,
    next: `${NEXT[step]}; ${options.down} undoes the launch`,
    fault: 'cluster',
    code: 'LaunchTimeout',
  };
}
