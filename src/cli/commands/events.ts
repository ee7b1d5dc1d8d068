/** Owns `kubecore events`: what CloudFormation said of a cluster's stack. */
import { chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';
import { table } from '../table.ts';
import { findCluster } from '../target.ts';

export async function events(context: Context, args: readonly string[]): Promise<undefined> {
  const backend = await chooseBackend(context);
  const cluster = await findCluster(backend, args[0] ?? context.options.cluster, context.guards.signal);
  const all = await backend.cloud.stackEvents(cluster.stackId ?? cluster.name, null, context.guards.signal);
  if (context.io.format !== 'text') {
    await context.io.document(all.map(({ at, ...rest }) => ({ time: new Date(at).toISOString(), ...rest })));
    return;
  }
  const rows = all.map((event) => [
    new Date(event.at).toISOString(),
    event.logicalId,
    event.status,
    oneLine(event.reason ?? ''),
  ]);
  await context.io.out(table(['TIME', 'RESOURCE', 'STATUS', 'REASON'], rows));
}
