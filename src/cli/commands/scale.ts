/** Owns `kubecore scale`: another number of minions, by an update of the stack, followed until they are there. */
import { EXIT, inputError } from '../../cluster/errors.ts';
import { PARAMETERS } from '../../cluster/parameters.ts';
import { endangersQuorum, scalable, scale as scaling } from '../../cluster/scale.ts';
import { chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { eventRecord } from '../event-record.ts';
import { tellFailure } from '../failure.ts';
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
  const size = wanted(args[0] ?? '');
  const backend = await chooseBackend(context);
  const cluster = await findCluster(backend, context.options.cluster, guards.signal);
  const stack = await scalable(backend.cloud, cluster, guards.signal);
  const before = cluster.size;
  if (size === before) {
    if (io.format === 'text') await io.out(`nothing to do: ${cluster.name} has ${size} minions\n`);
    else await io.record({ type: 'nothing-to-do', cluster });
    return EXIT.done;
  }
  if (size < before && !(await agreed(context, flags, cluster.name, before, size))) return EXIT.bad;
  if (size > before && backend.kind === 'aws')
    io.note(
      `${size - before} more instances of ${stack.parameters.InstanceType ?? 'its type'}; AWS bills them`,
    );
  const identityFile = await identityFor(context, backend, cluster);
  let since: number | null = null;
  const events = scaling({
    cluster,
    size,
    cloud: backend.cloud,
    shell: () => openShell(context, { backend, cluster, identityFile, mayAsk: true }),
    clock: systemClock,
    random: systemRandom,
    signal: guards.signal,
    poll: backend.polling,
  });
  for await (const event of underFaults(context, events)) {
    since ??= event.at;
    if (io.format !== 'text') await io.record(eventRecord(event));
    else if (event.type === 'healthy')
      await io.out(`${cluster.name} has ${size} minions (it had ${before})\n`);
    else {
      const line =
        event.type === 'stack-started'
          ? `  0:00  ${cluster.name}: from ${before} to ${size} minions`
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

/** The number of minions, by the check that --cluster-size has. */
function wanted(text: string): number {
  const verdict = PARAMETERS.find(({ key }) => key === 'clusterSize')?.check(text, {});
  if (verdict?.ok === false) throw inputError(`${text} minions cannot be`, verdict.why, verdict.hint);
  return Number(text);
}

async function agreed(
  context: Context,
  flags: Readonly<Record<string, unknown>>,
  name: string,
  before: number,
  after: number,
): Promise<boolean> {
  const { io } = context;
  const warning = endangersQuorum(before, after)
    ? `Every node is a member of etcd: with so many ending at once it can lose its quorum, and then nothing can be changed any more. Smaller steps keep it. `
    : '';
  if (flags.yes === true) {
    if (warning !== '') io.note(`warning: ${warning.trim()}`);
    return true;
  }
  if (!io.interactive)
    throw inputError(
      'kubecore scale does not end minions without a yes',
      'there is no terminal to ask on',
      'give --yes',
    );
  const gone = before - after;
  const question = `${warning}End ${gone} of the ${before} minions of "${name}", and what runs on ${gone === 1 ? 'it' : 'them'}? AWS chooses which. (yes/no) `;
  if (await confirm(context, question)) return true;
  io.note('nothing was changed');
  return false;
}
