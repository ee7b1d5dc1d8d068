/** Owns tags in the SDK's shape, and setting them. */
import { CreateTagsCommand, type EC2Client, type Tag } from '@aws-sdk/client-ec2';
import { call } from './call.ts';
import type { Asked } from './error-meanings.ts';

export interface Filter {
  readonly Name: string;
  readonly Values: string[];
}

export const awsTags = (tags: Readonly<Record<string, string>>): Tag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export const readTags = (tags: readonly Tag[] | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));

/** EC2's filters take `*` and `?` as wildcards. */
const escapeFilter = (value: string): string => value.replace(/[\\*?]/g, '\\$&');

/** What carries this tag with just this value. */
export const tagFilter = (tag: string, value: string): Filter => ({
  Name: `tag:${tag}`,
  Values: [escapeFilter(value)],
});

/** What carries this tag at all. */
export const hasTag = (tag: string): Filter => ({ Name: 'tag-key', Values: [tag] });

export async function setTags(
  client: EC2Client,
  asked: Asked,
  id: string,
  tags: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await call({ what: `${id} was not tagged`, action: 'ec2:CreateTags' }, asked, signal, (options) =>
    client.send(new CreateTagsCommand({ Resources: [id], Tags: awsTags(tags) }), options),
  );
}
