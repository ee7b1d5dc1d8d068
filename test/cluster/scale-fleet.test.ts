/** Holds the scaling of a fleet: what is started, what goes and in which order, and that etcd keeps its majority. */
import { expect, test } from 'vitest';
import { clusterFromStack } from '../../src/cluster/identity.ts';
import { launch } from '../../src/cluster/launch.ts';
import type { LaunchEvent } from '../../src/cluster/launch-contract.ts';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import { scalable } from '../../src/cluster/scale.ts';
import { leaving, liveInstances, scaleFleet } from '../../src/cluster/scale-fleet.ts';
import { readMembers } from '../../src/cluster/tools/etcd-members.ts';
import { planFor } from '../../src/render/plan.ts';
import { fakeClock, noChance } from '../helpers/fake-clock.ts';
import { fakeEc2, machineId, refusal } from '../helpers/fake-ec2.ts';
import { bytes, fakeShell } from '../helpers/fake-shell.ts';

const plan = planFor(
  { ...DEFAULTS, blueprint: 'fleet', name: 'web', clusterSize: 3 },
  {
    region: 'eu-west-1',
    keyPair: 'coreos',
    allowSshFrom: '203.0.113.7/32',
    discoveryUrl: 'https://discovery.etcd.io/0123',
    version: '1',
    launchId: 'a1b2c3d4e5f60718',
  },
);

async function launched() {
  const clock = fakeClock();
  const ec2 = fakeEc2(clock);
  let done = false;
  void (async () => {
    for await (const _ of launch({ plan, cloud: ec2.cloud, shell: ec2.shell, clock, random: noChance }));
    done = true;
  })();
  await clock.until(() => done);
  return { clock, ec2 };
}

async function scale(
  { clock, ec2 }: Awaited<ReturnType<typeof launched>>,
  size: number,
  signal?: AbortSignal,
) {
  const stack = (await ec2.cloud.stack('web'))!;
  const live = await liveInstances(ec2.cloud, stack.id);
  const cluster = clusterFromStack(stack, live, 'eu-west-1');
  await scalable(ec2.cloud, cluster);
  const going =
    size < live.length
      ? await leaving(ec2.shell(), { size, live, gateway: cluster.master?.privateAddress ?? null })
      : [];
  const shell = ec2.shell();
  const events: LaunchEvent[] = [];
  let error: unknown = null;
  let done = false;
  void (async () => {
    try {
      for await (const event of scaleFleet({
        cluster,
        stack,
        size,
        leaving: going,
        cloud: ec2.cloud,
        shell: () => shell,
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
  return {
    events,
    last: events.at(-1),
    error,
    going,
    commands: shell.calls.map(({ on, command }) => [on, command]),
  };
}

test('grows by more of the same', async () => {
  const world = await launched();
  const { last, events } = await scale(world, 5);
  expect(last).toMatchObject({ type: 'healthy', cluster: { size: 5 } });
  expect(events.filter(({ type }) => type === 'stack-done')).toMatchObject([{ status: 'UPDATE_COMPLETE' }]);
  expect(world.ec2.live()).toHaveLength(5);
  const [first] = world.ec2.machines;
  for (const { run } of world.ec2.machines.slice(3))
    expect(run).toMatchObject({
      userData: first!.run.userData,
      imageId: first!.run.imageId,
      securityGroup: first!.run.securityGroup,
      tags: first!.run.tags,
      count: 2,
    });
  expect(clusterFromStack((await world.ec2.cloud.stack('web'))!, []).size).toBe(5);
});

test('shrinks: units handed over, etcd told, then the instance ended; the way in and the leader stay', async () => {
  const world = await launched();
  const [a, b, c] = world.ec2.live().map(({ ip }) => ip);
  world.ec2.units = { 'app.service': c! };
  const { last, going, commands } = await scale(world, 2);
  // a is the way in and the leader, c runs something.
  expect(going.map(({ machine }) => machine?.ip)).toEqual([b]);
  expect(last).toMatchObject({ type: 'healthy', cluster: { size: 2 } });
  const acts = commands.filter(([, command]) => /stop|remove/.test(command!));
  expect(acts).toEqual([
    [b, 'sudo systemctl stop fleet.service'],
    ['master', expect.stringContaining(`/remove/${machineId(b!)}`)],
    [b, 'sudo systemctl stop etcd.service'],
  ]);
  expect(world.ec2.live().map(({ ip }) => ip)).toEqual([a, c]);
  expect(world.ec2.members()).toHaveLength(2);
});

test('down to one machine, etcd has its majority at every step', async () => {
  const world = await launched();
  let least = 1;
  world.ec2.before = (call) => {
    if (call !== 'terminateInstances') return;
    const voters = world.ec2.live().filter(({ removed }) => !removed);
    least = Math.min(least, world.ec2.members().length / voters.length);
  };
  const { last, going } = await scale(world, 1);
  expect(going).toHaveLength(2);
  expect(last).toMatchObject({ type: 'healthy', cluster: { size: 1 } });
  expect(least).toBeGreaterThan(0.5);
});

test('what is on the machines that go is known beforehand', async () => {
  const world = await launched();
  const [, b, c] = world.ec2.live().map(({ ip }) => ip);
  world.ec2.units = { 'one.service': b!, 'two.service': b!, 'three.service': c! };
  const { going } = await scale(world, 1);
  expect(going.map(({ machine, units }) => [machine?.ip, units.map(({ name }) => name)])).toEqual([
    [c, ['three.service']],
    [b, ['one.service', 'two.service']],
  ]);
});

test('a machine that died is started anew by asking for the same number', async () => {
  const world = await launched();
  world.ec2.machines[2]!.endedAt = world.clock.now();
  await world.clock.advance(20_000);
  const { last } = await scale(world, 3);
  expect(last).toMatchObject({ type: 'healthy' });
  expect(world.ec2.live()).toHaveLength(3);
});

test('AWS refuses: said in plain words, and the cluster keeps the size it has', async () => {
  const world = await launched();
  world.ec2.before = (call) => {
    if (call === 'runInstances')
      throw refusal('VcpuLimitExceeded', 'more vCPU capacity than your current limit');
  };
  const { last } = await scale(world, 9);
  expect(last).toMatchObject({
    type: 'failed',
    error: { code: 'InstanceQuota', what: '"web" did not grow' },
  });
  expect(clusterFromStack((await world.ec2.cloud.stack('web'))!, []).size).toBe(3);
});

test('an etcd without a majority is not made smaller', async () => {
  const world = await launched();
  const shell = fakeShell(({ command }) =>
    command.includes('admin/machines') ? { code: 22, stderr: 'The requested URL returned error: 500' } : '',
  );
  const live = await liveInstances(world.ec2.cloud, 'launch:a1b2c3d4e5f60718');
  await expect(leaving(shell, { size: 2, live, gateway: null })).rejects.toMatchObject({
    fault: 'cluster',
    code: 'EtcdUnreachable',
  });
});

test('interrupted while shrinking, the same number finishes it', async () => {
  const world = await launched();
  const stop = new AbortController();
  world.ec2.after = (call) => {
    if (call === 'terminateInstances') stop.abort();
  };
  expect((await scale(world, 1, stop.signal)).error).toMatchObject({
    fault: 'interrupted',
    next: expect.stringContaining('kubecore scale 1'),
  });
  world.ec2.after = () => {};
  expect((await scale(world, 1)).last).toMatchObject({ type: 'healthy', cluster: { size: 1 } });
  expect(world.ec2.live()).toHaveLength(1);
});

test('a single machine is not scaled', async () => {
  const world = await launched();
  const stack = (await world.ec2.cloud.stack('web'))!;
  const single = { ...clusterFromStack(stack, [], 'eu-west-1'), blueprint: 'single' as const };
  await expect(scalable(world.ec2.cloud, single)).rejects.toMatchObject({ fault: 'input' });
});

test('what is no list of members says so', () => {
  const result = (stdout: string) => ({
    stdout: bytes(stdout),
    stderr: bytes(''),
    code: 0,
    signal: null,
    durationMs: 1,
  });
  expect(
    readMembers(result('[{"name":"a","state":"leader"},{"name":"b","state":"standby"},{"x":1}]')),
  ).toEqual([
    { name: 'a', state: 'leader' },
    { name: 'b', state: 'standby' },
  ]);
  expect(() => readMembers(result('<html>'))).toThrow(/could not be read/);
});
