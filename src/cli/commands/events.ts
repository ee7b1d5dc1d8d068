/** Owns `kubecore events`: what CloudFormation said of a cluster's stack, and goes on saying. */

import { createAsking } from '../../cluster/asking.ts';
import { EXIT } from '../../cluster/errors.ts';
import type { StackEvent } from '../../cluster/ports.ts';
import { type ChosenBackend, chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';
import { stackEventLine } from '../launch-text.ts';
import { systemClock, systemRandom } from '../system.ts';
import { table } from '../table.ts';
import { findCluster } from '../target.ts';

const record = ({ at, ...rest }: StackEvent): Record<string, unknown> => ({
  time: new Date(at).toISOString(),
  ...rest,
});

export async function events(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, guards } = context;
  const backend = await chooseBackend(context);
  // What failed or is being deleted is what one wants to know most about.
  const cluster = await findCluster(backend, args[0] ?? context.options.cluster, guards.signal, {
    anyState: true,
  });
  const stack = cluster.stackId ?? cluster.name;
  if (flags.follow === true) return follow(context, backend, stack);
  const all = await backend.cloud.stackEvents(stack, null, guards.signal);
  if (io.format !== 'text') {
    await io.document(all.map(record));
    return EXIT.done;
  }
  const rows = all.map((event) => [
    new Date(event.at).toISOString(),
    oneLine(event.logicalId),
    oneLine(event.status),
    oneLine(event.reason ?? ''),
  ]);
  await io.out(table(['TIME', 'RESOURCE', 'STATUS', 'REASON'], rows));
  return EXIT.done;
}

/** Prints events as they come, until a signal, or until the stack is deleted. Throttling and a lost network are waited out. */
async function follow(context: Context, backend: ChosenBackend, stack: string): Promise<number> {
  const { io, guards } = context;
  const asking = createAsking({
    clock: systemClock,
    random: systemRandom,
    poll: backend.polling,
    deadline: Number.POSITIVE_INFINITY,
    signal: guards.signal,
  });
  let last: string | null = null;
  try {
    for (;;) {
      const answers = asking.ask(() => backend.cloud.stackEvents(stack, last, guards.signal));
      let answer = await answers.next();
      while (!answer.done) {
        io.note('AWS throttles; asking again');
        answer = await answers.next();
      }
      for (const event of answer.value) {
        last = event.id;
        if (io.format === 'text')
          await io.out(`${new Date(event.at).toISOString()}  ${stackEventLine(event)}\n`);
        else await io.record(record(event));
        if (event.physicalId === stack && event.status === 'DELETE_COMPLETE') return EXIT.done;
      }
      await systemClock.sleep(asking.wait(), guards.signal);
    }
  } catch (thrown) {
    if (guards.signal.aborted) return EXIT.interrupted;
    throw thrown;
  }
}
