/**
 * Owns `kubecore list`: the clusters in the account and region, or in all regions that the account can use, and the masters
 * that were attached by --host.
 */
import { asKubecoreError } from '../../cluster/errors.ts';
import { nodesOf } from '../../cluster/identity.ts';
import { parseHost } from '../attach.ts';
import { attachedRecords } from '../attached.ts';
import { type ChosenBackend, chooseBackend } from '../backend.ts';
import type { Context } from '../context.ts';
import { type Io, oneLine } from '../io.ts';
import { lookOf, state, when } from '../look.ts';
import type { Guards } from '../process-guards.ts';
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
  const attached = await attachedClusters(context);
  const everywhere = flags.allRegions === true;
  let backend: ChosenBackend;
  let found: Found;
  try {
    backend = await chooseBackend(context);
    found = everywhere
      ? await inAllRegions(context, backend)
      : await clustersOf(backend, context.guards.signal);
  } catch (thrown) {
    // Those attached need no AWS: they are told all the same, and are all there is for who has set up none.
    if (attached.length > 0) await print(context, attached);
    const error = asKubecoreError(thrown);
    const { region, profile } = context.options;
    const isSetUp = region !== undefined || profile !== undefined || error.fault !== 'input';
    if (attached.length === 0 || isSetUp) throw thrown;
    io.note(`AWS was not asked: ${oneLine(error.what)}`);
    return;
  }
  if (io.format === 'text' && found.length === 0) {
    const region = everywhere ? 'any region' : backend.region;
    const where = backend.kind === 'sandbox' ? 'the sandbox' : region;
    io.note(`no clusters in ${where}; launch one: ${['kubecore up', ...backend.flags].join(' ')}`);
  }
  await print(context, [...found, ...attached]);
}

async function print({ io }: Context, clusters: Found): Promise<void> {
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
  if (clusters.length === 0) return;
  const look = lookOf(io, systemClock.now());
  await io.out(
    table(
      ['NAME', 'REGION', 'BLUEPRINT', 'MACHINES', 'STATUS', 'MASTER', 'CREATED'],
      clusters.map(({ cluster, status, createdAt }) => [
        cluster.name,
        cluster.region || '-',
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

/** Masters that answered to --host; the sandbox's list has nothing to do with them. */
async function attachedClusters({ options, stateDir, env }: Context): Promise<Found> {
  if (options.sandbox || env.KUBECORE_SANDBOX === '1') return [];
  const records = await attachedRecords(stateDir).all();
  return records.map(({ host, machines, attachedAt }) => ({
    cluster: {
      name: host,
      region: '',
      recipe: 'coreos-2014',
      blueprint: 'kubernetes',
      size: machines - 1,
      keyPair: '',
      stackId: null,
      master: { instanceId: null, address: parseHost(host).address, privateAddress: null },
    },
    status: 'ATTACHED',
    createdAt: Date.parse(attachedAt),
  }));
}

/** All regions are asked at once; one that refuses (a policy, an outage) is said, and does not spoil the others. */
export async function inAllRegions(
  { io, guards }: { readonly io: Pick<Io, 'note'>; readonly guards: Pick<Guards, 'signal'> },
  backend: ChosenBackend,
): Promise<Found> {
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
