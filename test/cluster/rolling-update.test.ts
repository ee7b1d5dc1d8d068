/** A watched rolling update: it ends when all new pods run, and stops with the way back when one does not. */
import { describe, expect, it } from 'vitest';
import { type RollEvent, rollController } from '../../src/cluster/rolling-update.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { type FakeShell, fakeShell } from '../helpers/fake-shell.ts';

interface FakePod {
  readonly id: string;
  readonly image: string;
  /** Of its container: `running`, or an exit code. */
  readonly state: 'running' | 'waiting' | number;
}

const controllers = (image: string, replicas: number): string =>
  JSON.stringify({
    kind: 'ReplicationControllerList',
    items: [
      {
        id: 'web',
        desiredState: {
          replicas,
          replicaSelector: { name: 'web' },
          podTemplate: { desiredState: { manifest: { containers: [{ name: 'web', image }] } } },
        },
      },
    ],
  });

const podList = (pods: readonly FakePod[]): string =>
  JSON.stringify({
    kind: 'PodList',
    items: pods.map(({ id, image, state }) => ({
      id,
      labels: { name: 'web' },
      desiredState: { manifest: { containers: [{ name: 'web', image }] } },
      currentState: {
        status: state === 'running' ? 'Running' : state === 'waiting' ? 'Waiting' : 'Terminated',
        info: {
          web: {
            image,
            state:
              state === 'running'
                ? { running: {} }
                : state === 'waiting'
                  ? { waiting: { reason: 'pulling' } }
                  : { termination: { exitCode: state } },
          },
        },
      },
    })),
  });

/** A cluster whose pods are what `pods` says; the roll ends when `end` is called. */
function cluster(first: readonly FakePod[]) {
  const world = { pods: first, aborted: false, end: () => {} };
  const shell: FakeShell = fakeShell(({ command, signal }) => {
    if (command.includes('list replicationControllers')) return controllers('web:1', 2);
    if (command.includes('list pods')) return podList(world.pods);
    return new Promise((resolve, reject) => {
      world.end = () => resolve('');
      signal?.addEventListener('abort', () => {
        world.aborted = true;
        reject(signal.reason);
      });
    });
  });
  return { shell, world };
}

const old: readonly FakePod[] = [
  { id: 'a', image: 'web:1', state: 'running' },
  { id: 'b', image: 'web:1', state: 'running' },
];

async function play(shell: FakeShell, script: (clock: ReturnType<typeof fakeClock>) => Promise<void>) {
  const clock = fakeClock();
  const events: RollEvent[] = [];
  const running = (async () => {
    for await (const event of rollController({ shell, name: 'web', image: 'web:2', period: 10, clock }))
      events.push(event);
  })();
  await script(clock);
  await running;
  return events;
}

describe('rollController', () => {
  it('runs kubecfg once, tells how far it is, and is done when all new pods run', async () => {
    const { shell, world } = cluster(old);
    const events = await play(shell, async (clock) => {
      await clock.advance(2_000);
      world.pods = [{ id: 'c', image: 'web:2', state: 'waiting' }, old[1]!];
      await clock.advance(2_000);
      world.pods = [
        { id: 'c', image: 'web:2', state: 'running' },
        { id: 'd', image: 'web:2', state: 'running' },
      ];
      world.end();
      await clock.advance(6_000);
    });
    expect(shell.calls.map(({ command }) => command).filter((line) => line.includes('rolling'))).toEqual([
      'kubecfg -image=web:2 -u=10s rollingupdate web',
    ]);
    expect(events.at(0)).toEqual({ type: 'started', from: 'web:1', replicas: 2 });
    expect(events).toContainEqual({ type: 'progress', renewed: 1, running: 0, of: 2 });
    expect(events.at(-1)).toEqual({ type: 'done', from: 'web:1', replicas: 2 });
  });

  it('stops at a new pod that ends, and names the image to go back to', async () => {
    const { shell, world } = cluster(old);
    const events = await play(shell, async (clock) => {
      await clock.advance(0);
      world.pods = [{ id: 'c', image: 'web:2', state: 1 }, old[1]!];
      await clock.advance(2_000);
    });
    expect(events.at(-1)).toEqual({
      type: 'unhealthy',
      from: 'web:1',
      why: 'c: container web is terminated: 1',
    });
    expect(world.aborted).toBe(true);
  });

  it('has patience with an image that is pulled, but not for ever', async () => {
    const { shell, world } = cluster(old);
    const events = await play(shell, async (clock) => {
      await clock.advance(0);
      world.pods = [{ id: 'c', image: 'web:2', state: 'waiting' }, old[1]!];
      await clock.advance(60_000);
      expect(world.aborted).toBe(false);
      await clock.advance(60_000);
    });
    expect(events.at(-1)).toMatchObject({
      type: 'unhealthy',
      why: expect.stringContaining('waiting: pulling'),
    });
  });

  it('counts on the way back what never left the wanted image', async () => {
    const kept: FakePod = { id: 'kept', image: 'web:2', state: 'running' };
    const dead: readonly FakePod[] = [
      { id: 'x', image: 'web:1', state: 1 },
      { id: 'y', image: 'web:2', state: 1 },
    ];
    const { shell, world } = cluster([kept, ...dead]);
    const events = await play(shell, async (clock) => {
      await clock.advance(2_000);
      world.pods = [kept, ...dead, { id: 'd', image: 'web:2', state: 'running' }];
      await clock.advance(6_000);
    });
    expect(events.at(-1)).toEqual({ type: 'done', from: 'web:1', replicas: 2 });
    expect(world.aborted).toBe(true);
  });

  it('does not mind what an earlier try has left behind', async () => {
    const ended: readonly FakePod[] = [
      { id: 'x', image: 'web:2', state: 1 },
      { id: 'y', image: 'web:0', state: 1 },
    ];
    const { shell, world } = cluster([...old, ...ended]);
    const events = await play(shell, async (clock) => {
      await clock.advance(2_000);
      world.pods = [
        ...ended,
        { id: 'c', image: 'web:2', state: 'running' },
        { id: 'd', image: 'web:2', state: 'running' },
      ];
      // kubecfg is still deleting what ended long ago.
      await clock.advance(6_000);
    });
    expect(events.at(-1)).toEqual({ type: 'done', from: 'web:1', replicas: 2 });
  });

  it('says when there is no such controller', async () => {
    const { shell } = cluster(old);
    const roll = rollController({ shell, name: 'wbe', image: 'x', period: 1, clock: fakeClock() });
    await expect(roll.next()).rejects.toThrow('there is no replication controller "wbe"');
  });
});
