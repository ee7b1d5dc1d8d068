/** Holds `list --all-regions` to asking every region, and to telling one that refuses without losing the others. */
import { expect, test } from 'vitest';
import type { ChosenBackend } from '../../src/cli/backend.ts';
import { inAllRegions } from '../../src/cli/commands/list.ts';
import { interruptedError, KubecoreError } from '../../src/cluster/errors.ts';
import type { Stack } from '../../src/cluster/ports.ts';
import { fakeCloud, stackOf } from '../helpers/fake-cloud.ts';

const refusal = new KubecoreError({
  what: 'the stacks were not listed',
  why: 'these credentials may not\u001b[31m cloudformation:DescribeStacks',
  next: 'ask for the right',
  fault: 'aws',
  code: 'AccessDenied',
});

const clusterNamed = (name: string): Stack =>
  stackOf('CREATE_COMPLETE', {
    name,
    tags: { 'kubecore:cluster': name, 'kubecore:blueprint': 'kubernetes' },
  });

/** Regions by what they say of their stacks; the backend is the first's. */
function backendOf(regions: Readonly<Record<string, () => Promise<readonly Stack[]>>>): ChosenBackend {
  const names = Object.keys(regions);
  const cloudOf = (region: string) =>
    fakeCloud({
      region,
      regions: async () => names,
      stacks: regions[region] ?? (async () => []),
      instances: async () => [],
    });
  const region = names[0] ?? '';
  return { region, cloud: cloudOf(region), inRegion: cloudOf } as unknown as ChosenBackend;
}

const asking = (signal = new AbortController().signal) => {
  const notes: string[] = [];
  return { notes, context: { io: { note: (text: string) => void notes.push(text) }, guards: { signal } } };
};

test('a region that refuses is told, safe for a terminal, and the clusters of the others are found', async () => {
  const { notes, context } = asking();
  const backend = backendOf({
    'eu-west-1': async () => [clusterNamed('here')],
    'us-east-1': () => Promise.reject(refusal),
    'us-west-2': async () => [clusterNamed('there')],
  });
  const found = await inAllRegions(context, backend);
  expect(found.map(({ cluster }) => [cluster.name, cluster.region])).toEqual([
    ['here', 'eu-west-1'],
    ['there', 'us-west-2'],
  ]);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/^us-east-1 was not listed: these credentials may not/);
  expect(notes[0]).not.toContain('\u001b');
});

test('where even the regions may not be listed, and after an interruption, nothing is made up', async () => {
  const { context } = asking();
  const backend = backendOf({ 'eu-west-1': async () => [] });
  const blind = { ...backend, cloud: fakeCloud({ regions: () => Promise.reject(refusal) }) };
  await expect(inAllRegions(context, blind)).rejects.toBe(refusal);

  const stop = new AbortController();
  const interrupted = backendOf({
    'eu-west-1': () => {
      stop.abort();
      return Promise.reject(interruptedError('stopped', 'again'));
    },
  });
  const stopped = asking(stop.signal);
  await expect(inAllRegions(stopped.context, interrupted)).rejects.toMatchObject({ exitCode: 130 });
  expect(stopped.notes).toEqual([]);
});
