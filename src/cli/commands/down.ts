/** Owns `kubecore down`: delete a cluster, wait until it is gone, and prove that nothing billed is left. */
import { EXIT, inputError, interruptedError } from '../../cluster/errors.ts';
import { type UndoEvent, undo } from '../../cluster/undo.ts';
import { chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { eventRecord } from '../event-record.ts';
import { oneLine } from '../io.ts';
import { elapsed, stackEventLine } from '../launch-text.ts';
import { confirm } from '../prompt.ts';
import { systemClock, systemRandom } from '../system.ts';
import { findCluster } from '../target.ts';

export async function down(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, guards } = context;
  if (flags.yes !== true && !io.interactive) {
    throw inputError(
      'kubecore down does not delete without a yes',
      'there is no terminal to ask on',
      'give --yes',
    );
  }
  const backend = await chooseBackend(context);
  const cluster = await findCluster(backend, args[0] ?? context.options.cluster, guards.signal, {
    anyState: true,
  });
  const where = backend.kind === 'sandbox' ? 'the sandbox' : cluster.region;
  if (flags.yes !== true) {
    const question = `Delete "${cluster.name}" in ${where}, its ${cluster.size + 1} instances and all that is on them? (yes/no) `;
    if (!(await confirm(context, question))) {
      io.note('nothing was deleted');
      return EXIT.bad;
    }
  }
  guards.outliveOutput();
  const startedAt = systemClock.now();
  try {
    for await (const event of undo({
      cloud: backend.cloud,
      name: cluster.stackId ?? cluster.name,
      clock: systemClock,
      random: systemRandom,
      signal: guards.signal,
      poll: backend.polling,
    })) {
      if (io.format !== 'text') await io.record(eventRecord(event));
      else await io.out(`${elapsed(event.at - startedAt)}  ${sentence(event)}\n`);
    }
  } catch (error) {
    if (!guards.signal.aborted) throw error;
    throw interruptedError(
      `the deletion of "${cluster.name}" goes on without kubecore`,
      `run kubecore down ${cluster.name} again to see it end`,
    );
  }
  await backend.records.forget(cluster.region, cluster.name);
  return EXIT.done;
}

function sentence(event: UndoEvent): string {
  switch (event.type) {
    case 'delete-started':
      return `${event.resumed ? 'already deleting' : 'deleting'} the stack ${oneLine(event.stackId)}`;
    case 'stack-event':
      return stackEventLine(event.event);
    case 'throttled':
      return 'AWS throttles; asking again';
    case 'stack-done':
      return 'the stack is deleted';
    case 'instances-left':
      return `${event.count} ${event.count === 1 ? 'instance is' : 'instances are'} still shutting down`;
    case 'gone':
      return `nothing is left: the stack is deleted, ${event.instances === 1 ? 'its instance is' : `all ${event.instances} instances are`} terminated`;
  }
}
