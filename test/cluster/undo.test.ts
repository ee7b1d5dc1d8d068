import { expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import type { Cloud, StackEvent } from '../../src/cluster/ports.ts';
import { type UndoEvent, undo } from '../../src/cluster/undo.ts';
import { fakeClock, noChance } from '../helpers/fake-clock.ts';
import { eventOf, fakeCloud, instanceOf, stackOf } from '../helpers/fake-cloud.ts';

/** A stack that is deleted `forMs` after it was asked for, its instances a little later. */
function world(forMs: number, more: Partial<Cloud> = {}) {
  const clock = fakeClock();
  let asked: number | null = null;
  const old = eventOf('kubernetes', 'CREATE_COMPLETE');
  const begun = eventOf('kubernetes', 'DELETE_IN_PROGRESS');
  const age = () => (asked === null ? -1 : clock.now() - asked);
  const calls = { deleted: 0 };
  const cloud = fakeCloud({
    stack: async () =>
      stackOf(age() < 0 ? 'CREATE_COMPLETE' : age() < forMs ? 'DELETE_IN_PROGRESS' : 'DELETE_COMPLETE'),
    stackEvents: async (_id, after) => {
      const events: StackEvent[] = age() < 0 ? [old] : [old, begun];
      return after ? events.slice(events.findIndex(({ id }) => id === after) + 1) : events;
    },
    async deleteStack() {
      calls.deleted++;
      asked = clock.now();
    },
    instances: async () =>
      [1, 2, 3].map((n) => instanceOf(n, { state: age() < forMs + 10_000 ? 'shutting-down' : 'terminated' })),
    resourcesOf: async () => [],
    ...more,
  });
  const events: UndoEvent[] = [];
  let error: unknown = null;
  return {
    clock,
    calls,
    events,
    error: () => error,
    async run(signal?: AbortSignal) {
      let done = false;
      (async () => {
        try {
          for await (const event of undo({
            cloud,
            name: 'kubernetes',
            clock,
            random: noChance,
            ...(signal ? { signal } : {}),
          }))
            events.push(event);
        } catch (thrown) {
          error = thrown;
        }
        done = true;
      })();
      await clock.until(() => done);
    },
  };
}

test('deletes, waits, and proves that nothing is left', async () => {
  const w = world(20_000);
  await w.run();
  expect(w.error()).toBeNull();
  expect(w.events.map(({ type }) => type)).toEqual([
    'delete-started',
    'stack-event',
    'stack-done',
    'instances-left',
    'gone',
  ]);
  expect(w.events[1]).toMatchObject({ event: { status: 'DELETE_IN_PROGRESS' } });
  expect(w.events.at(-1)).toMatchObject({ instances: 3, left: [], unproven: null });
  expect(w.calls.deleted).toBe(1);
});

test('what carries the tag all the same is told, after a while for what is on its way out', async () => {
  const volume = { kind: 'volume', id: 'vol-1', state: 'available' } as const;
  const w = world(0, { instances: async () => [], resourcesOf: async () => [volume] });
  await w.run();
  expect(w.events.at(-1)).toMatchObject({ type: 'gone', left: [volume] });
  let looks = 0;
  const late = world(0, {
    instances: async () => [],
    resourcesOf: async () => (looks++ < 2 ? [volume] : []),
  });
  await late.run();
  expect(late.events.at(-1)).toMatchObject({ type: 'gone', left: [] });
});

test('a proof that AWS does not allow is said, not failed', async () => {
  const w = world(0, {
    instances: async () => [],
    resourcesOf: () =>
      Promise.reject(
        new KubecoreError({
          what: 'the volumes were not listed',
          why: 'not allowed',
          next: '',
          fault: 'aws',
          code: 'UnauthorizedOperation',
        }),
      ),
  });
  await w.run();
  expect(w.events.at(-1)).toMatchObject({ type: 'gone', left: null, unproven: 'not allowed' });
});

test('a deletion that is refused while a dependency vanishes is asked for again', async () => {
  const group = eventOf('KubeSecurityGroup', 'DELETE_FAILED', {
    reason: 'resource sg-1 has a dependent object (Service: AmazonEC2; Error Code: DependencyViolation)',
  });
  let tries = 0;
  const w = world(0, {
    stack: async () =>
      stackOf(['CREATE_COMPLETE', 'DELETE_FAILED', 'DELETE_COMPLETE'][tries] ?? 'DELETE_COMPLETE'),
    stackEvents: async (_id, after) => (tries === 1 && after !== group.id ? [group] : []),
    deleteStack: async () => {
      tries++;
    },
    instances: async () => [],
  });
  await w.run();
  expect(w.error()).toBeNull();
  expect(tries).toBe(2);
  expect(w.events.find(({ type }) => type === 'held')).toMatchObject({ id: 'KubeSecurityGroup' });
});

test('a deletion in flight is taken up, not asked for again', async () => {
  let looks = 0;
  const w = world(0, {
    stack: async () => (looks++ < 3 ? stackOf('DELETE_IN_PROGRESS') : null),
    stackEvents: async () => [],
    instances: async () => [],
  });
  await w.run();
  expect(w.calls.deleted).toBe(0);
  expect(w.events[0]).toMatchObject({ type: 'delete-started', resumed: true });
  expect(w.events.at(-1)).toMatchObject({ type: 'gone', instances: 0 });
});

test('refuses what is not there and what kubecore did not make', async () => {
  const none = world(0, { stack: async () => null });
  await none.run();
  expect(none.error()).toMatchObject({ fault: 'input', what: 'there is no cluster "kubernetes"' });
  const foreign = world(0, { stack: async () => stackOf('CREATE_COMPLETE', { tags: {} }) });
  await foreign.run();
  expect(foreign.error()).toMatchObject({ fault: 'input' });
  expect([none.calls.deleted, foreign.calls.deleted]).toEqual([0, 0]);
});

test('a deletion that fails names what held it', async () => {
  const failed = eventOf('KubeSecurityGroup', 'DELETE_FAILED', {
    reason: 'resource sg-1 has a dependent object',
  });
  let asked = false;
  const w = world(0, {
    stack: async () => stackOf(asked ? 'DELETE_FAILED' : 'CREATE_COMPLETE'),
    stackEvents: async (_id, after) => (asked && after !== failed.id ? [failed] : []),
    deleteStack: async () => {
      asked = true;
    },
  });
  await w.run();
  expect(w.error()).toMatchObject({
    code: 'DeleteFailed',
    why: expect.stringMatching(/^KubeSecurityGroup: resource sg-1 is still used by something else/),
  });
});

test('an earlier failed deletion is tried anew', async () => {
  let looks = 0;
  const w = world(0, {
    stack: async () =>
      [stackOf('DELETE_FAILED'), stackOf('DELETE_FAILED'), stackOf('DELETE_IN_PROGRESS'), null][looks++] ??
      null,
    stackEvents: async () => [],
    instances: async () => [],
  });
  await w.run();
  expect(w.error()).toBeNull();
  expect(w.calls.deleted).toBe(1);
});

test('aborting says that AWS goes on', async () => {
  const w = world(60_000);
  const stop = new AbortController();
  const running = w.run(stop.signal);
  stop.abort();
  await running;
  expect(w.error()).toMatchObject({ fault: 'interrupted', next: expect.stringContaining('AWS goes on') });
});
