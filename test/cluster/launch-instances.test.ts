/** Holds launches without a stack to their word: nothing is created twice, whatever is interrupted, and all of it is found and undone. */
import { expect, test } from 'vitest';
import { launch } from '../../src/cluster/launch.ts';
import type { LaunchEvent } from '../../src/cluster/launch-contract.ts';
import { batches } from '../../src/cluster/launch-instances.ts';
import { DEFAULTS, type Parameters } from '../../src/cluster/parameters.ts';
import { type UndoEvent, undo } from '../../src/cluster/undo.ts';
import { planFor, planOfStack } from '../../src/render/plan.ts';
import { fakeClock, noChance } from '../helpers/fake-clock.ts';
import { fakeEc2, refusal } from '../helpers/fake-ec2.ts';
import { fakeShell } from '../helpers/fake-shell.ts';

const answers = {
  region: 'eu-west-1',
  keyPair: 'coreos',
  allowSshFrom: '203.0.113.7/32',
  discoveryUrl: 'https://discovery.etcd.io/0123',
  version: '1',
  launchId: 'a1b2c3d4e5f60718',
};

const planOf = (more: Partial<Parameters> = {}, launchId = answers.launchId) =>
  planFor(
    { ...DEFAULTS, blueprint: 'fleet', name: 'web', clusterSize: 3, ...more },
    { ...answers, launchId },
  );

type World = ReturnType<typeof worldOf>;
function worldOf() {
  const clock = fakeClock();
  return { clock, ec2: fakeEc2(clock) };
}

/** Launches to the end, or until `signal`. */
async function up({ clock, ec2 }: World, plan = planOf(), signal?: AbortSignal) {
  const events: LaunchEvent[] = [];
  let error: unknown = null;
  let done = false;
  void (async () => {
    try {
      for await (const event of launch({
        plan,
        cloud: ec2.cloud,
        shell: ec2.shell,
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
  const last = events.at(-1);
  return { events, error, last, failure: last?.type === 'failed' ? last.error : null };
}

async function down({ clock, ec2 }: World, name = 'web') {
  const events: UndoEvent[] = [];
  let error: unknown = null;
  let done = false;
  void (async () => {
    try {
      for await (const event of undo({ cloud: ec2.cloud, name, clock, random: noChance })) events.push(event);
    } catch (thrown) {
      error = thrown;
    }
    done = true;
  })();
  await clock.until(() => done);
  return { events, error, last: events.at(-1) };
}

test('a fleet: group, rules, instances, each tagged; then the road to healthy', async () => {
  const world = worldOf();
  const { events, last } = await up(world);
  expect(last).toMatchObject({
    type: 'healthy',
    cluster: {
      name: 'web',
      blueprint: 'fleet',
      size: 3,
      keyPair: 'coreos',
      stackId: 'launch:a1b2c3d4e5f60718',
    },
  });
  const [group] = world.ec2.groups.values();
  expect(group?.name).toBe('kubecore-web');
  expect(group?.rules.map(({ protocol, fromPort, from }) => [protocol, fromPort, from])).toEqual([
    ['tcp', 22, '203.0.113.7/32'],
    ['tcp', 0, 'members'],
    ['udp', 0, 'members'],
  ]);
  expect(group?.tags).toMatchObject({ 'kubecore:cluster': 'web', 'kubecore:status': 'CREATE_COMPLETE' });
  expect(world.ec2.machines).toHaveLength(3);
  expect(world.ec2.machines[0]?.run).toMatchObject({
    token: 'kubecore-a1b2c3d4e5f60718-0',
    tags: { 'kubecore:cluster': 'web', 'kubecore:launch': 'a1b2c3d4e5f60718', Name: 'web' },
  });
  expect(world.ec2.machines[0]?.run.userData).toContain('discovery: https://discovery.etcd.io/0123');
  const steps = events.flatMap((event) => (event.type === 'step-done' ? [event.step] : []));
  expect(steps).toEqual(['instances', 'ssh', 'etcd', 'fleet']);
  expect(events.filter(({ type }) => type === 'step-progress').at(-1)).toMatchObject({
    detail: '3 of 3 machines in fleet, seen 2 of 3 times',
  });
});

test('a right that is missing is told once how to go on', async () => {
  const world = worldOf();
  world.ec2.before = (call) => {
    if (call === 'runInstances')
      throw refusal('UnauthorizedOperation', 'User: x is not authorized to perform: ec2:RunInstances');
  };
  const { failure } = await up(world);
  expect(failure?.next).toMatch(/^have ec2:RunInstances allowed .*is needed\); then kubecore up --name web/);
});

test('a fleet whose discovery URL was used before is told so, and not waited for', async () => {
  const world = worldOf();
  const etcdAlone = fakeShell(({ command }) =>
    command.startsWith('uname') ? '3.17.2\n' : { code: 1, stderr: 'peers are not reachable' },
  );
  const addresses = ['10.9.0.1', '10.9.0.2', '10.9.0.3'];
  Object.assign(world.ec2, { shell: () => etcdAlone });
  Object.assign(world.ec2.cloud, {
    discovery: async () => ({ members: 3, size: 3, addresses }),
    consoleOutput: async () => null,
  });
  expect((await up(world)).failure).toMatchObject({
    code: 'DiscoveryTokenBurnt',
    why: expect.stringContaining('3 machines are registered there that do not belong to this cluster'),
  });
});

test('a single machine needs no more than SSH, three times', async () => {
  const world = worldOf();
  const { events, last } = await up(world, planOf({ blueprint: 'single' }));
  expect(last).toMatchObject({ type: 'healthy', cluster: { blueprint: 'single', size: 1 } });
  expect(world.ec2.machines).toHaveLength(1);
  expect(world.ec2.machines[0]?.run.userData).not.toContain('etcd');
  expect([...world.ec2.groups.values()][0]?.rules).toHaveLength(1);
  expect(events.flatMap((event) => (event.type === 'step-done' ? [event.step] : []))).toEqual([
    'instances',
    'ssh',
  ]);
});

test('interrupted at any call, it is taken up from the tags alone: one group, three machines, one token', async () => {
  const whole = worldOf();
  await up(whole);
  const calls = whole.ec2.calls.length;
  for (let at = 1; at <= calls; at++) {
    const world = worldOf();
    const stop = new AbortController();
    world.ec2.after = () => {
      if (world.ec2.calls.length === at) stop.abort();
    };
    const first = await up(world, planOf(), stop.signal);
    expect(first.error, `stopped at ${world.ec2.calls.at(-1)}`).toMatchObject({ fault: 'interrupted' });
    world.ec2.after = () => {};
    const there = await world.ec2.cloud.stack('web');
    const plan = there ? planOfStack(there, 'eu-west-1', '1') : planOf();
    if (there) expect(plan).toEqual(planOf());
    const second = await up(world, plan);
    expect(second.last, `taken up after ${at} calls`).toMatchObject({ type: 'healthy' });
    expect(world.ec2.groups.size).toBe(1);
    expect(world.ec2.machines).toHaveLength(3);
  }
});

test('answers that are lost on the way do not make it start anything twice', async () => {
  for (const lost of ['createSecurityGroup', 'runInstances', 'allowIngress', 'setTags']) {
    const world = worldOf();
    let times = 1;
    world.ec2.after = (call) => {
      if (call === lost && times-- > 0)
        throw Object.assign(refusal('TimeoutError', 'no answer'), { fault: 'network' });
    };
    const { last } = await up(world);
    expect(last, lost).toMatchObject({ type: 'healthy' });
    expect([world.ec2.groups.size, world.ec2.machines.length]).toEqual([1, 3]);
  }
});

test('what EC2 does not know everywhere yet is asked for again', async () => {
  const world = worldOf();
  let unknown = 2;
  world.ec2.before = (call) => {
    if (call === 'allowIngress' && unknown-- > 0)
      throw refusal('InvalidGroup.NotFound', 'The security group does not exist');
  };
  expect((await up(world)).last).toMatchObject({ type: 'healthy' });
});

test('a name that is taken: by a foreign group, by another launch, by one that is being deleted', async () => {
  const foreign = worldOf();
  await foreign.ec2.cloud.createSecurityGroup({
    name: 'kubecore-web',
    description: '',
    vpc: null,
    tags: { owner: 'someone' },
  });
  expect((await up(foreign)).failure).toMatchObject({ fault: 'input', code: 'InvalidGroup.Duplicate' });
  expect(foreign.ec2.machines).toEqual([]);

  const other = worldOf();
  await up(other);
  const { failure } = await up(other, planOf({}, 'ffffffffffffffff'));
  expect(failure).toMatchObject({ fault: 'input', code: 'AlreadyExists' });
  expect(other.ec2.machines).toHaveLength(3);

  const going = worldOf();
  await up(going);
  const [group] = going.ec2.groups.values();
  group!.tags['kubecore:status'] = 'DELETE_IN_PROGRESS';
  expect((await up(going)).failure).toMatchObject({ code: 'StackBeingDeleted' });
});

test('a refusal is told in plain words, kept, and the launch finished once its cause is mended', async () => {
  const world = worldOf();
  world.ec2.before = (call) => {
    if (call === 'runInstances')
      throw refusal(
        'VcpuLimitExceeded',
        'You have requested more vCPU capacity than your current vCPU limit',
      );
  };
  const { events, failure } = await up(world);
  expect(failure).toMatchObject({ fault: 'cluster', code: 'InstanceQuota', what: '"web" was not launched' });
  expect(failure?.next).toContain('kubecore down --cluster web');
  expect(events.filter(({ type }) => type === 'stack-event').at(-1)).toMatchObject({
    event: { logicalId: 'Machine1', status: 'CREATE_FAILED' },
  });
  const there = await world.ec2.cloud.stack('web');
  expect(there).toMatchObject({ status: 'CREATE_FAILED', statusReason: expect.stringContaining('quota') });
  world.ec2.before = () => {};
  expect((await up(world, planOfStack(there!, 'eu-west-1', '1'))).last).toMatchObject({ type: 'healthy' });
  expect((await world.ec2.cloud.stack('web'))?.status).toBe('CREATE_COMPLETE');
});

test('an instance that ends while it is started fails the launch with its reason', async () => {
  const world = worldOf();
  world.ec2.after = (call) => {
    if (call !== 'runInstances') return;
    const [first] = world.ec2.machines;
    first!.endedAt = world.clock.now();
    first!.reason = 'Server.InsufficientInstanceCapacity: Insufficient capacity to satisfy instance request';
  };
  const { failure } = await up(world);
  expect(failure).toMatchObject({ fault: 'cluster', code: 'InsufficientInstanceCapacity' });
  expect(failure?.why).toContain('ended while it was started');
});

test('machines started by a kubecore that writes the cloud-config otherwise count', async () => {
  const world = worldOf();
  const stop = new AbortController();
  world.ec2.after = (call) => {
    if (call === 'runInstances') stop.abort();
  };
  await up(world, planOf(), stop.signal);
  world.ec2.after = () => {};
  let hidden = 1;
  const { instances } = world.ec2.cloud;
  Object.assign(world.ec2.cloud, {
    instances: async (id: string) => (hidden-- > 0 ? [] : instances(id)),
  });
  const { last } = await up(world, planOf({ updateGroup: 'beta' }));
  expect(last).toMatchObject({ type: 'healthy' });
  expect(world.ec2.machines).toHaveLength(3);
});

test('instances are spread over the subnets', () => {
  expect(batches({ size: 3, subnets: [] })).toEqual([{ subnet: null, count: 3, index: 0 }]);
  expect(batches({ size: 5, subnets: ['a', 'b', 'c'] }).map(({ count }) => count)).toEqual([2, 2, 1]);
  expect(batches({ size: 1, subnets: ['a', 'b'] })).toEqual([{ subnet: 'a', count: 1, index: 0 }]);
});

test('undo deletes exactly what was created, after waiting for what holds the group', async () => {
  const world = worldOf();
  await up(world);
  await up(world, planOf({ name: 'other', blueprint: 'single' }, 'bbbbbbbbbbbbbbbb'));
  const { events, last } = await down(world);
  expect(last).toMatchObject({ type: 'gone', instances: 3, left: [] });
  expect(events[0]).toMatchObject({
    type: 'delete-started',
    stackId: 'launch:a1b2c3d4e5f60718',
    resumed: false,
  });
  expect(events.flatMap((event) => (event.type === 'stack-event' ? [event.event.status] : []))).toContain(
    'DELETE_COMPLETE',
  );
  expect([...world.ec2.groups.values()].map(({ name }) => name)).toEqual(['kubecore-other']);
  expect(world.ec2.live().map(({ run }) => run.tags.Name)).toEqual(['other']);
});

test('a group that something else holds is tried until it is let go', async () => {
  const world = worldOf();
  await up(world);
  let held = 3;
  world.ec2.before = (call) => {
    if (call === 'deleteSecurityGroup' && held-- > 0)
      throw refusal('DependencyViolation', 'resource sg-1 has a dependent object');
  };
  const { events, last } = await down(world);
  expect(events.filter(({ type }) => type === 'held')).toHaveLength(3);
  expect(last).toMatchObject({ type: 'gone', left: [] });
});

test('instances that EC2 shows only after all seemed to be gone are ended too', async () => {
  const world = worldOf();
  await up(world);
  const { instances } = world.ec2.cloud;
  let hidden = 4;
  Object.assign(world.ec2.cloud, {
    instances: async (id: string) => (hidden-- > 0 ? [] : instances(id)),
  });
  expect((await down(world)).last).toMatchObject({ type: 'gone', instances: 3, left: [] });
  expect(world.ec2.live()).toEqual([]);
});

test('whatever a launch had created when it was stopped, undo leaves nothing', async () => {
  const whole = worldOf();
  await up(whole);
  for (let at = 1; at <= whole.ec2.calls.length; at++) {
    const world = worldOf();
    const stop = new AbortController();
    world.ec2.after = () => {
      if (world.ec2.calls.length === at) stop.abort();
    };
    await up(world, planOf(), stop.signal);
    world.ec2.after = () => {};
    if (world.ec2.groups.size === 0) continue;
    const { last } = await down(world, 'launch:a1b2c3d4e5f60718');
    expect(last, `stopped after ${at} calls`).toMatchObject({ type: 'gone', left: [] });
    expect([world.ec2.groups.size, world.ec2.live().length]).toEqual([0, 0]);
  }
});

test('a parameter that no tag can hold is refused before anything is sent', () => {
  expect(() =>
    planFor(
      { ...DEFAULTS, blueprint: 'fleet' },
      { ...answers, discoveryUrl: `https://discovery.etcd.io/${'x'.repeat(300)}` },
    ),
  ).toThrow(/--discovery-url is too long/);
});
