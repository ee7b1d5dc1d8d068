/** Owns CreateTags and DescribeTags over everything in EC2 that carries tags. */
import { AwsError } from '../aws-error.ts';
import type { Actions } from '../request.ts';
import type { CloudRegion } from '../state.ts';
import { set } from '../xml.ts';
import { applyFilters, page, readTags } from './filters.ts';

interface Tagged {
  readonly id: string;
  readonly type: string;
  readonly tags: Record<string, string>;
}

const everything = (region: CloudRegion): Tagged[] => [
  ...Object.values(region.instances).map(({ id, tags }) => ({ id, type: 'instance', tags })),
  ...Object.values(region.securityGroups).map(({ id, tags }) => ({ id, type: 'security-group', tags })),
  ...Object.values(region.keyPairs).map(({ id, tags }) => ({ id, type: 'key-pair', tags })),
  ...Object.values(region.launchTemplates).map(({ id, tags }) => ({ id, type: 'launch-template', tags })),
];

export const tagActions: Actions = {
  CreateTags: ({ params, region }) => {
    const all = everything(region);
    const tags = readTags(params);
    const targets = params.texts('ResourceId').map((id) => {
      const target = all.find((one) => one.id === id);
      if (!target) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
      return target;
    });
    for (const target of targets) Object.assign(target.tags, tags);
    return { return: true };
  },

  DescribeTags: ({ params, region }) => {
    const all = everything(region).flatMap(({ id, type, tags }) =>
      Object.entries(tags).map(([key, value]) => ({ id, type, key, value })),
    );
    const tags = applyFilters(all, params, (tag, name) => {
      if (name === 'resource-id') return [tag.id];
      if (name === 'resource-type') return [tag.type];
      if (name === 'key') return [tag.key];
      if (name === 'value') return [tag.value];
      if (name.startsWith('tag:')) return tag.key === name.slice(4) ? [tag.value] : [];
      return undefined;
    });
    const paged = page(tags, params, { min: 5, max: 1_000 });
    return {
      tagSet: set(
        paged.items.map((tag) => ({
          resourceId: tag.id,
          resourceType: tag.type,
          key: tag.key,
          value: tag.value,
        })),
      ),
      nextToken: paged.nextToken,
    };
  },
};
