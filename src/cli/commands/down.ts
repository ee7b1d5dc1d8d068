/** Owns `kubecore down`: delete a cluster, wait until it is gone, and prove that nothing billed is left. */
import { asKubecoreError, EXIT, inputError, interruptedError } from '../../cluster/errors.ts';
import { launchIdOf } from '../../cluster/identity.ts';
import type { Cluster } from '../../cluster/model.ts';
import type { Instance, TaggedResource } from '../../cluster/ports.ts';
import { removal, type UndoEvent, undo } from '../../cluster/undo.ts';
import { type ChosenBackend, chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { eventRecord } from '../event-record.ts';
import { oneLine } from '../io.ts';
import { elapsed, stackEventLine, whole } from '../launch-text.ts';
import { confirm } from '../prompt.ts';
import { systemClock, systemRandom } from '../system.ts';
import { findCluster } from '../target.ts';
import { underFaults } from '../under-faults.ts';

export async function down(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, guards } = context;
  if (flags.yes !== true && !io.interactive) {
    throw inputError('kubecore down does not delete without a yes', io.nobody, 'give --yes');
  }
  const backend = await chooseBackend(context);
  const cluster = await findCluster(backend, args[0] ?? context.options.cluster, guards.signal, {
    anyState: true,
  });
  const where = backend.kind === 'sandbox' ? 'the sandbox' : cluster.region;
  const going = await whatGoes(backend, cluster, guards.signal);
  io.note(`deleting "${cluster.name}" in ${where}: this goes, and all that is on it\n${going.join('\n')}`);
  if (flags.yes !== true) {
    if (!(await confirm(context, `Delete "${cluster.name}"? (yes/no) `))) {
      io.note('nothing was deleted');
      return EXIT.bad;
    }
  }
  guards.outliveOutput();
  const startedAt = systemClock.now();
  let left: readonly TaggedResource[] | null = [];
  try {
    const events = undo({
      cloud: backend.cloud,
      name: cluster.stackId ?? cluster.name,
      clock: systemClock,
      random: systemRandom,
      signal: guards.signal,
      poll: backend.polling,
    });
    for await (const event of underFaults(context, events)) {
      if (io.format !== 'text') await io.record(eventRecord(event));
      else await io.out(`${elapsed(event.at - startedAt)}  ${sentence(event)}\n`);
      if (event.type === 'gone') left = event.left;
    }
  } catch (error) {
    if (!guards.signal.aborted) throw error;
    throw interruptedError(
      launchIdOf(cluster.stackId ?? '') === null
        ? `the deletion of "${cluster.name}" goes on without kubecore`
        : `"${cluster.name}" is not deleted whole yet`,
      `run ${['kubecore down', cluster.name, ...backend.flags].join(' ')} again to see it end`,
    );
  }
  await backend.records.forget(cluster.region, cluster.name);
  if (left === null || left.length === 0) return EXIT.done;
  for (const line of waysOut(left, backend)) io.note(line);
  return EXIT.bad;
}

/** More of one kind than these are counted, not named. */
const NAMED = 8;

/** What a deletion takes with it, a line each. What may not be listed is said, not failed: the deletion does not need it. */
async function whatGoes(
  backend: ChosenBackend,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const id = cluster.stackId ?? cluster.name;
  const stack = launchIdOf(id) === null ? [`  the CloudFormation stack ${oneLine(id)}`] : [];
  try {
    const [instances, resources] = await Promise.all([
      backend.cloud.instances(id, signal),
      backend.cloud.resourcesOf(cluster.name, signal),
    ]);
    const live = instances.filter(({ state }) => state !== 'terminated');
    const others = (kind: TaggedResource['kind']): readonly string[] =>
      resources.filter((one) => one.kind === kind).map((one) => one.id);
    return [
      ...stack,
      ...listed('instance', live.map(described)),
      ...listed('volume', others('volume')),
      ...listed('security group', others('security group')),
    ];
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return [...stack, `  what it has created (not listed: ${oneLine(asKubecoreError(thrown).why)})`];
  }
}

const described = ({ id, type, zone, state }: Instance): string =>
  `${id} (${oneLine(type)} in ${oneLine(zone)}, ${state})`;

function listed(kind: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more` : '';
  const shown = names.slice(0, NAMED).map(oneLine).join(', ');
  return [`  ${names.length} ${kind}${names.length === 1 ? '' : 's'}: ${shown}${more}`];
}

/** What is left, and how to be rid of it. */
function waysOut(left: readonly TaggedResource[], { region }: ChosenBackend): readonly string[] {
  return left.map((one) => {
    const state = one.state === '' ? '' : ` (${one.state})`;
    return `left: ${one.kind} ${one.id}${state}; next: ${removal(one, region)}`;
  });
}

function sentence(event: UndoEvent): string {
  switch (event.type) {
    case 'delete-started':
      return `${event.resumed ? 'already deleting' : 'deleting'} the ${whole(event.stackId)}`;
    case 'stack-event':
      return stackEventLine(event.event);
    case 'throttled':
      return 'AWS throttles; asking again';
    case 'stack-done':
      return 'all of it is deleted';
    case 'instances-left':
      return `${event.count} ${event.count === 1 ? 'instance is' : 'instances are'} still shutting down`;
    case 'held':
      return `${oneLine(event.id)} is still in use, AWS says; trying again`;
    case 'gone':
      return proof(event);
  }
}

function proof(event: Extract<UndoEvent, { type: 'gone' }>): string {
  const ended =
    event.instances === 0
      ? 'it has no instances'
      : `${event.instances === 1 ? 'its instance is' : `all ${event.instances} instances are`} terminated`;
  if (event.left === null)
    return `deleted, ${ended}; that nothing else is left could not be checked: ${oneLine(event.unproven ?? '')}`;
  if (event.left.length > 0)
    return `deleted, ${ended}, but ${event.left.length} ${event.left.length === 1 ? 'thing carries' : 'things carry'} its tag still`;
  return `nothing is left: ${ended}, and nothing carries its tag any more`;
}
