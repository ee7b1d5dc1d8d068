/** Owns EC2's `Filter` parameters: values of one filter are alternatives, filters must all match, `*` and `?` are wildcards. */
import { AwsError } from '../aws-error.ts';
import type { Params } from '../params.ts';

const pattern = (value: string): RegExp =>
  new RegExp(
    `^${value
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  );

/** Values that an item has under a filter's name; undefined: there is no such filter. */
export type FilterValues<T> = (item: T, name: string) => readonly string[] | undefined;

export function applyFilters<T>(items: readonly T[], params: Params, valuesOf: FilterValues<T>): T[] {
  const filters = params.items('Filter').map((filter) => ({
    name: filter.text('Name') ?? '',
    patterns: filter.texts('Value').map(pattern),
  }));
  return items.filter((item) =>
    filters.every(({ name, patterns }) => {
      const values = valuesOf(item, name);
      if (values === undefined)
        throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
      return values.some((value) => patterns.some((one) => one.test(value)));
    }),
  );
}

/** The filters that every tagged thing has; undefined when `name` is none of them. */
export function tagValues(tags: Readonly<Record<string, string>>, name: string): string[] | undefined {
  if (name === 'tag-key') return Object.keys(tags);
  if (!name.startsWith('tag:')) return undefined;
  const value = tags[name.slice(4)];
  return value === undefined ? [] : [value];
}

/** Tags of `TagSpecification.N` for one resource type. */
export function tagsFor(params: Params, resourceType: string): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const specification of params.items('TagSpecification')) {
    if (specification.text('ResourceType') !== resourceType) continue;
    Object.assign(tags, readTags(specification));
  }
  return tags;
}

export function readTags(params: Params): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const tag of params.items('Tag')) {
    const key = tag.text('Key') ?? '';
    if (key.startsWith('aws:'))
      throw new AwsError(
        'InvalidParameterValue',
        `Tag keys starting with 'aws:' are reserved for internal use`,
      );
    tags[key] = tag.text('Value') ?? '';
  }
  return tags;
}

/** One page of a list, with EC2's opaque token for the next. */
export function page<T>(
  items: readonly T[],
  params: Params,
  limits: { min: number; max: number },
): { items: T[]; nextToken: string | undefined } {
  const size = params.number('MaxResults');
  if (size !== undefined && !(size >= limits.min && size <= limits.max))
    throw new AwsError(
      'InvalidParameterValue',
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between ${limits.min} and ${limits.max}.`,
    );
  const token = params.text('NextToken');
  const from = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(from) || from < 0)
    throw new AwsError('InvalidNextToken', `The token '${token}' is invalid`);
  const to = from + (size ?? limits.max);
  return {
    items: items.slice(from, to),
    nextToken: to < items.length ? Buffer.from(String(to)).toString('base64url') : undefined,
  };
}
