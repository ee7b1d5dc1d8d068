/**
 * Owns launches without a stack (`single`, `fleet`) as AWS shows them: the security group that stands for one, by its tags,
 * and the instances and volumes that carry them.
 */
import { type EC2Client, paginateDescribeVolumes } from '@aws-sdk/client-ec2';
import { TAG } from '../cluster/identity.ts';
import { launchAsStack } from '../cluster/instances-plan.ts';
import { createLaunchLog } from '../cluster/launch-log.ts';
import type { Cloud, Instance, Stack, StackEvent, TaggedResource } from '../cluster/ports.ts';
import { call } from './call.ts';
import type { Asked } from './error-meanings.ts';
import { instancesWith } from './instances.ts';
import { securityGroups } from './security-groups.ts';
import { type Filter, hasTag, tagFilter } from './tags.ts';

export interface Launches {
  byId(launchId: string, signal?: AbortSignal): Promise<Stack | null>;
  byName(name: string, signal?: AbortSignal): Promise<Stack | null>;
  all(signal?: AbortSignal): Promise<readonly Stack[]>;
  instances(launchId: string, signal?: AbortSignal): Promise<readonly Instance[]>;
  events(launchId: string, afterId?: string | null, signal?: AbortSignal): Promise<readonly StackEvent[]>;
  readonly resourcesOf: Cloud['resourcesOf'];
}

export function createLaunches(client: EC2Client, asked: Asked): Launches {
  const log = createLaunchLog();
  const stacksWith = async (filters: readonly Filter[], signal?: AbortSignal): Promise<readonly Stack[]> =>
    (await securityGroups(client, asked, [hasTag(TAG.launch), ...filters], signal)).map(launchAsStack);
  const newest = (stacks: readonly Stack[]): Stack | null =>
    [...stacks].sort((a, b) => b.createdAt - a.createdAt)[0] ?? null;

  const byId: Launches['byId'] = async (launchId, signal) =>
    newest(await stacksWith([tagFilter(TAG.launch, launchId)], signal));
  const instances: Launches['instances'] = (launchId, signal) =>
    instancesWith(client, asked, [tagFilter(TAG.launch, launchId)], `launch ${launchId}`, signal);

  return {
    byId,
    byName: async (name, signal) => newest(await stacksWith([tagFilter(TAG.cluster, name)], signal)),
    all: (signal) => stacksWith([], signal),
    instances,
    async events(launchId, afterId, signal) {
      const [stack, machines] = await Promise.all([byId(launchId, signal), instances(launchId, signal)]);
      return log.seen(launchId, stack, machines, afterId ?? null);
    },
    async resourcesOf(clusterName, signal) {
      const filters = [tagFilter(TAG.cluster, clusterName)];
      const [machines, volumes, groups] = await Promise.all([
        instancesWith(client, asked, filters, `"${clusterName}"`, signal),
        volumesWith(client, asked, filters, signal),
        securityGroups(client, asked, filters, signal),
      ]);
      return [
        ...machines
          .filter(({ state }) => state !== 'terminated')
          .map(({ id, state }): TaggedResource => ({ kind: 'instance', id, state })),
        ...volumes,
        ...groups.map(({ id }): TaggedResource => ({ kind: 'security group', id, state: '' })),
      ];
    },
  };
}

async function volumesWith(
  client: EC2Client,
  asked: Asked,
  filters: readonly Filter[],
  signal: AbortSignal | undefined,
): Promise<readonly TaggedResource[]> {
  const found: TaggedResource[] = [];
  await call(
    { what: `the volumes of ${asked.region} were not listed`, action: 'ec2:DescribeVolumes' },
    asked,
    signal,
    async (options) => {
      const pages = paginateDescribeVolumes({ client, pageSize: 500 }, { Filters: [...filters] }, options);
      for await (const page of pages)
        for (const volume of page.Volumes ?? [])
          found.push({ kind: 'volume', id: volume.VolumeId ?? '', state: volume.State ?? '' });
    },
  );
  // A volume that is being deleted is billed no more.
  return found.filter(({ state }) => state !== 'deleting' && state !== 'deleted');
}
