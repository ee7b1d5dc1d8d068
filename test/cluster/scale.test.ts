/** Holds scaling to its road: the update, its events, the minions in fleet and registered, and its bad ends. */
import { expect, test } from 'vitest';
import type { LaunchEvent } from '../../src/cluster/launch-contract.ts';
import type { Cloud, Stack } from '../../src/cluster/ports.ts';
import { endangersQuorum, scalable, scale } from '../../src/cluster/scale.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { eventOf, fakeCloud, instanceOf, stackOf } from '../helpers/fake-cloud.ts';
import { cluster, clusterAnswers, machines, minionList } from '../helpers/fake-cluster.ts';
import { fakeShell } from '../helpers/fake-shell.ts';

const third = `${'a'.repeat(32)}\t10.0.0.4\trole=minion\n`;
const old = eventOf('kubernetes', 'CREATE_COMPLETE');

/** Runs it to its end; the stack is `statuses[i]` at the i-th look. */
async function road(size: number, statuses: readonly string[], answers: () => Record<string, string>) {
  const clock = fakeClock();
  let look = 0;
  const updates: unknown[] = [];
  const news = [
    eventOf('kubernetes', 'UPDATE_IN_PROGRESS'),
    eventOf('MinionAutoScale', 'UPDATE_FAILED', { reason: 'quota' }),
  ];
  const status = (): string => statuses[Math.min(look, statuses.length - 1)] ?? '';
  const cloud = fakeCloud({
    stackEvents: async (_name, after) =>
      after === null || after === undefined ? [old] : after === old.id && look > 0 ? news : [],
    updateStack: async (_name, change) => void updates.push(change),
    stack: async () => {
      look++;
      return stackOf(status(), { parameters: { ClusterSize: String(size), KeyPair: 'coreos' } });
    },
    instances: async () => [instanceOf(1), instanceOf(2)],
  });
  const events: LaunchEvent[] = [];
  const shell = fakeShell(clusterAnswers(answers));
  const running = (async () => {
    for await (const event of scale({
      cluster,
      size,
      cloud,
      shell: () => shell,
      clock,
      random: () => 0.5,
      timeoutMs: 120_000,
    }))
      events.push(event);
  })();
  let done = false;
  void running.finally(() => {
    done = true;
  });
  await clock.until(() => done, 600_000);
  return { events, updates, shell };
}

test('grows: waits for the update, then for each minion to be registered', async () => {
  let looks = 0;
  const { events, updates, shell } = await road(
    3,
    ['CREATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'],
    () => {
      looks++;
      return looks < 4
        ? {}
        : looks < 8
          ? { 'list-machines': machines + third }
          : {
              'list-machines': machines + third,
              'list minions': minionList('10.0.0.2', '10.0.0.3', '10.0.0.4'),
            };
    },
  );
  expect(updates).toEqual([{ parameters: { ClusterSize: '3' } }]);
  expect(events.map(({ type }) => type)).toEqual([
    'stack-started',
    'stack-event',
    'stack-event',
    'stack-done',
    'step-started',
    'step-progress',
    'step-progress',
    'step-progress',
    'step-done',
    'healthy',
  ]);
  expect(events.at(-1)).toMatchObject({ cluster: { size: 3, name: 'kubernetes' } });
  expect(shell.closed).toBe(true);
});

test('a failed update says why and leaves the size', async () => {
  const { events } = await road(3, ['UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE'], () => ({}));
  expect(events.at(-1)).toMatchObject({
    type: 'failed',
    error: { what: '"kubernetes" was not scaled', why: expect.stringContaining('quota'), fault: 'cluster' },
  });
});

test('minions that do not come end the wait', async () => {
  const { events } = await road(3, ['UPDATE_COMPLETE'], () => ({}));
  expect(events.at(-1)).toMatchObject({
    type: 'failed',
    error: { code: 'ScaleTimeout', why: '2 of 3 minions in fleet, 2 of them registered' },
  });
});

test.each([
  [{ blueprint: 'single' as const }, {}, 'one single machine'],
  [{}, { stack: async (): Promise<Stack | null> => null }, 'its stack is gone'],
  [
    {},
    { stack: async (): Promise<Stack | null> => stackOf('UPDATE_IN_PROGRESS') },
    'its stack is at UPDATE_IN_PROGRESS',
  ],
] as const)('%j %j is refused', async (change, methods, why) => {
  const cloud = fakeCloud(methods as Partial<Cloud>);
  await expect(scalable(cloud, { ...cluster, ...change })).rejects.toMatchObject({
    why: expect.stringContaining(why),
  });
});

test.each([
  [3, 2, false],
  [4, 2, false],
  [5, 2, true],
  [10, 8, false],
  [256, 255, false],
  [256, 2, true],
])('from %i to %i minions endangers the quorum: %s', (before, after, endangered) => {
  expect(endangersQuorum(before, after)).toBe(endangered);
});
