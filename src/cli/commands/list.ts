/** Owns `kubecore list`: the clusters in the account and region, or in all regions that the account can use. */
import { asKubecoreError } from '../../cluster/errors.ts';
import { nodesOf } from '../../cluster/identity.ts';
import { type ChosenBackend, chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';
import { lookOf, state, when } from '../look.ts';
import { systemClock } from '../system.ts';
import { table } from '../table.ts';
import { clustersOf } from '../target.ts';

type Found = Awaited<ReturnType<typeof clustersOf>>;

export async function list(
  context: Context,
  _args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<undefined> {
  const { io } = context;
  const backend = await chooseBackend(context);
  const everywhere = flags.allRegions === true;
  const clusters = everywhere
    ? await inAllRegions(context, backend)
    : await clustersOf(backend, context.guards.signal);
  if (io.format !== 'text') {
    await io.document(
      clusters.map(({ cluster, status, createdAt }) => ({
        ...cluster,
        status,
        createdAt: new Date(createdAt).toISOString(),
      })),
    );
    return;
  }
  if (clusters.length === 0) {
    const region = everywhere ? 'any region' : backend.region;
    const where = backend.kind === 'sandbox' ? 'the sandbox' : region;
    io.note(`no clusters in ${where}; launch one: ${['kubecore up', ...backend.flags].join(' ')}`);
    return;
  }
  const look = lookOf(io, systemClock.now());
  await io.out(
    table(
      ['NAME', 'REGION', 'BLUEPRINT', 'MACHINES', 'STATUS', 'MASTER', 'CREATED'],
      clusters.map(({ cluster, status, createdAt }) => [
        cluster.name,
        cluster.region,
        cluster.blueprint,
        String(nodesOf(cluster)),
        state(status, look),
        cluster.master?.address ?? '-',
        when(createdAt, look),
      ]),
      (line) => look.theme.paint('dim', line),
    ),
  );
}

/** All regions are asked at once; one that refuses (a policy, an outage) is said, and does not spoil the others. */
async function inAllRegions({ io, guards }: Context, backend: ChosenBackend): Promise<Found> {
  const { signal } = guards;
  const regions = await backend.cloud.regions(signal);
  const found = await Promise.all(
    regions.map(async (region): Promise<Found> => {
      const cloud = region === backend.region ? backend.cloud : backend.inRegion(region);
      try {
        return await clustersOf({ ...backend, region, cloud }, signal);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        io.note(`${region} was not listed: ${oneLine(asKubecoreError(thrown).why)}`);
        return [];
      }
    }),
  );
  return found.flat();
}
