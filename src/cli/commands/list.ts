/** Owns `kubecore list`: the clusters in the account and region. */
import { chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { table } from '../table.ts';
import { clustersOf } from '../target.ts';

export async function list(context: Context): Promise<undefined> {
  const backend = await chooseBackend(context);
  const clusters = await clustersOf(backend, context.guards.signal);
  if (context.io.format !== 'text') {
    await context.io.document(
      clusters.map(({ cluster, status, createdAt }) => ({
        ...cluster,
        status,
        createdAt: new Date(createdAt).toISOString(),
      })),
    );
    return;
  }
  if (clusters.length === 0) {
    context.io.note(
      `no clusters in ${backend.kind === 'sandbox' ? 'the sandbox' : backend.region}; launch one: ${['kubecore up', ...backend.flags].join(' ')}`,
    );
    return;
  }
  await context.io.out(
    table(
      ['NAME', 'REGION', 'BLUEPRINT', 'MINIONS', 'STATUS', 'MASTER', 'CREATED'],
      clusters.map(({ cluster, status, createdAt }) => [
        cluster.name,
        cluster.region,
        cluster.blueprint,
        String(cluster.size),
        status,
        cluster.master?.address ?? '-',
        new Date(createdAt).toISOString(),
      ]),
    ),
  );
}
