/** Owns `kubecore scale`: another number of minions (by an update of the stack) or of fleet's machines, followed until it is there. */
import { asKubecoreError, EXIT, inputError } from '../../cluster/errors.ts';
import type { LaunchEvent } from '../../cluster/launch-contract.ts';
import type { Cluster } from '../../cluster/model.ts';
import { PARAMETERS } from '../../cluster/parameters.ts';
import type { Shell } from '../../cluster/ports.ts';
import { endangersQuorum, scalable, scale as scaling } from '../../cluster/scale.ts';
import { type Leaving, leaving, liveInstances, scaleFleet } from '../../cluster/scale-fleet.ts';
import { lookAtFleetUnits, lookAtPods } from '../../cluster/sources.ts';
import { chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { eventRecord } from '../event-record.ts';
import { tellFailure } from '../failure.ts';
import { oneLine } from '../io.ts';
import { launchLine } from '../launch-text.ts';
import { confirm } from '../prompt.ts';
import { identityFor, openShell } from '../session.ts';
import { systemClock, systemRandom } from '../system.ts';
import { findCluster } from '../target.ts';
import { underFaults } from '../under-faults.ts';

export async function scale(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, guards } = context;
  const { signal } = guards;
  const backend = await chooseBackend(context);
  const cluster = await findCluster(backend, context.options.cluster, signal);
  const stack = await scalable(backend.cloud, cluster, signal);
  const size = wanted(args[0] ?? '', cluster);
  const one = cluster.blueprint === 'fleet' ? 'machine' : 'minion';
  const what = `${one}s`;
  // A fleet has nobody who starts what has died: what counts is what is there.
  const live = cluster.blueprint === 'fleet' ? await liveInstances(backend.cloud, stack.id, signal) : null;
  const before = live?.length ?? cluster.size;
  if (size === before && size === cluster.size) {
    if (io.format === 'text') await io.out(`nothing to do: ${cluster.name} has ${counted(size, one)}\n`);
    else await io.record({ type: 'nothing-to-do', cluster });
    return EXIT.done;
  }
  const identityFile = await identityFor(context, backend, cluster);
  const shell = () => openShell(context, { backend, cluster, identityFile, mayAsk: true });
  let going: readonly Leaving[] = [];
  if (size < before) {
    if (flags.yes !== true && !io.interactive)
      throw inputError(`kubecore scale does not end ${what} without a yes`, io.nobody, 'give --yes');
    const looking = shell();
    try {
      if (live) going = await leaving(looking, { size, live, gateway: gatewayOf(cluster) }, signal);
      const told = live ? goingWords(going) : await movingWords(looking, cluster, before, size, signal);
      for (const line of told) io.note(line);
    } finally {
      await looking.close();
    }
    const gone = before - size;
    const chooses = live ? '' : ' AWS chooses which.';
    const question = `End ${gone} of the ${before} ${what} of "${cluster.name}", and what runs on ${gone === 1 ? 'it' : 'them'}?${chooses} (yes/no) `;
    if (flags.yes !== true && !(await confirm(context, question))) {
      io.note('nothing was changed');
      return EXIT.bad;
    }
  }
  if (size > before && backend.kind === 'aws') {
    const more = size - before;
    const started = `${more} more ${more === 1 ? 'instance' : 'instances'} of ${stack.parameters.InstanceType ?? 'its type'}`;
    if (flags.yes !== true && !io.interactive)
      throw inputError(
        'kubecore scale does not start what AWS bills without a yes',
        `it would start ${started}, and ${io.nobody}`,
        'give --yes',
      );
    if (flags.yes === true) io.note(`${started}; AWS bills them`);
    else if (!(await confirm(context, `Start ${started}, which AWS bills? (yes/no) `))) {
      io.note('nothing was changed');
      return EXIT.bad;
    }
  }
  const options = {
    cluster,
    size,
    cloud: backend.cloud,
    shell,
    clock: systemClock,
    random: systemRandom,
    signal,
    poll: backend.polling,
  };
  const events = live ? scaleFleet({ ...options, stack, leaving: going }) : scaling(options);
  return follow(context, events, { name: cluster.name, before, size, one });
}

const counted = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

const gatewayOf = (cluster: Cluster): string | null => cluster.master?.privateAddress ?? null;

async function follow(
  context: Context,
  events: AsyncIterable<LaunchEvent>,
  { name, before, size, one }: { name: string; before: number; size: number; one: string },
): Promise<number> {
  const { io } = context;
  let since: number | null = null;
  for await (const event of underFaults(context, events)) {
    since ??= event.at;
    if (io.format !== 'text') await io.record(eventRecord(event));
    else if (event.type === 'healthy') await io.out(`${name} has ${counted(size, one)} (it had ${before})\n`);
    else {
      const line =
        event.type === 'stack-started'
          ? `  0:00  ${name}: from ${before} to ${counted(size, one)}`
          : launchLine(event, since);
      if (line !== null) await io.out(`${line}\n`);
    }
    if (event.type === 'failed') {
      tellFailure(context, event);
      return event.error.fault === 'interrupted' ? EXIT.interrupted : event.error.exitCode;
    }
  }
  return EXIT.done;
}

/** The number wanted, by the check that --cluster-size has for the blueprint. */
function wanted(text: string, { blueprint }: Cluster): number {
  const verdict = PARAMETERS.find(({ key }) => key === 'clusterSize')?.check(text, { blueprint });
  if (verdict?.ok === false)
    throw inputError(
      `${text} ${blueprint === 'fleet' ? 'machines' : 'minions'} cannot be`,
      verdict.why,
      verdict.hint,
    );
  return Number(text);
}

/** Which machines of a fleet go, and what runs on them. */
const goingWords = (going: readonly Leaving[]): readonly string[] =>
  going.map(({ instance, machine, units }) => {
    const where = machine?.ip ?? instance.privateAddress ?? '';
    const has =
      units.length === 0
        ? 'fleet has no units on it'
        : `fleet starts elsewhere what runs on it: ${units.map(({ name }) => oneLine(name)).join(', ')}`;
    return `${instance.id} (${where}) goes: ${has}`;
  });

/** What may have to move when minions go: which go, AWS says only when it has chosen. What cannot be looked at is said. */
async function movingWords(
  shell: Shell,
  cluster: Cluster,
  before: number,
  after: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const quorum = endangersQuorum(before, after)
    ? [
        'warning: every node is a member of etcd: with so many ending at once it can lose its quorum, and then nothing can be changed any more; smaller steps keep it',
      ]
    : [];
  try {
    const [units, pods] = await Promise.all([lookAtFleetUnits(shell, signal), lookAtPods(shell, signal)]);
    const placed = units.filter(({ ip }) => ip !== null && ip !== gatewayOf(cluster)).length;
    const hosted = pods.filter(({ host }) => host !== null).length;
    return placed + hosted === 0
      ? quorum
      : [
          ...quorum,
          `warning: ${counted(placed, 'unit')} of fleet and ${counted(hosted, 'pod')} run on the ${before} minions; fleet and the replication controllers start anew, on those that stay, what was on those that go; a pod without a controller is lost`,
        ];
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return [...quorum, `what runs on the minions is not known: ${oneLine(asKubecoreError(thrown).why)}`];
  }
}
