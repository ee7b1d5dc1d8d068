import { expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { initialLaunchView, type LaunchOptions, launch, reduceLaunch } from '../../src/cluster/launch.ts';
import type { LaunchEvent, LaunchPlan } from '../../src/cluster/launch-contract.ts';
import type { Cluster } from '../../src/cluster/model.ts';
import type { Cloud, Instance, Stack, StackEvent } from '../../src/cluster/ports.ts';
import { type FakeClock, fakeClock, noChance } from '../helpers/fake-clock.ts';
import { eventOf, fakeCloud, instanceOf, STACK_ID, stackOf } from '../helpers/fake-cloud.ts';
import { clusterAnswers, machines, minionList, type Replaced } from '../helpers/fake-cluster.ts';
import { type FakeShell, fakeShell, lost } from '../helpers/fake-shell.ts';

const plan: LaunchPlan = {
  name: 'kubernetes',
  region: 'eu-west-1',
  recipe: 'coreos-2014',
  blueprint: 'kubernetes',
  size: 2,
  keyPair: 'coreos',
  templateBody: '{}',
  templateParameters: { ClusterSize: '2', KeyPair: 'coreos' },
  tags: { 'kubecore:cluster': 'kubernetes' },
  resources: [
    { logicalId: 'MasterAutoScale', type: 'AWS::AutoScaling::AutoScalingGroup' },
    { logicalId: 'MinionAutoScale', type: 'AWS::AutoScaling::AutoScalingGroup' },
  ],
};

const aws = (code: string, why: string, fault: 'aws' | 'network' = 'aws') =>
  new KubecoreError({ what: 'AWS said no', why, next: 'look', fault, code });

/** A stack whose story is a list of events with the times (ms after creation) at which they can be seen. */
function cloudWith(story: readonly [number, StackEvent][], clock: FakeClock, more: Partial<Cloud> = {}) {
  let created: number | null = null;
  const calls = { create: 0, tokens: new Set<string>() };
  const seen = () =>
    story.filter(([at]) => created !== null && created + at <= clock.now()).map(([, event]) => event);
  const cloud = fakeCloud({
    async stack() {
      if (created === null) return null;
      const status =
        seen().findLast(({ logicalId }) => logicalId === 'kubernetes')?.status ?? 'CREATE_IN_PROGRESS';
      return stackOf(status);
    },
    async createStack({ token }) {
      created = clock.now();
      calls.create++;
      calls.tokens.add(token);
      return STACK_ID;
    },
    async stackEvents(_id, after) {
      const events = seen();
      return events.slice(after ? events.findIndex(({ id }) => id === after) + 1 : 0);
    },
    instances: async () => [instanceOf(1), instanceOf(2), instanceOf(3)],
    ...more,
  });
  return {
    cloud,
    calls,
    begin: () => {
      created = clock.now();
    },
  };
}

const GOOD_STORY = (): [number, StackEvent][] => [
  [0, eventOf('kubernetes', 'CREATE_IN_PROGRESS')],
  [1_000, eventOf('MasterAutoScale', 'CREATE_IN_PROGRESS')],
  [9_000, eventOf('MasterAutoScale', 'CREATE_COMPLETE')],
  [9_000, eventOf('MinionAutoScale', 'CREATE_COMPLETE')],
  [10_000, eventOf('kubernetes', 'CREATE_COMPLETE')],
];

function start(
  clock: FakeClock,
  cloud: Cloud,
  more: Partial<LaunchOptions> & { replaced?: () => Replaced } = {},
) {
  const { replaced, ...options } = more;
  const shells: FakeShell[] = [];
  const events: LaunchEvent[] = [];
  let error: unknown = null;
  let done = false;
  const running = launch({
    plan,
    cloud,
    shell: () => {
      const shell = fakeShell(clusterAnswers(replaced));
      shells.push(shell);
      return shell;
    },
    clock,
    random: noChance,
    ...options,
  });
  (async () => {
    try {
      for await (const event of running) events.push(event);
    } catch (thrown) {
      error = thrown;
    }
    done = true;
  })();
  return {
    events,
    shells,
    error: () => error,
    finish: () => clock.until(() => done),
    is: (type: LaunchEvent['type']) => events.filter((event) => event.type === type),
    failure: () => {
      const last = events.at(-1);
      if (last?.type !== 'failed') throw new Error(`it ended with ${last?.type}: ${String(error)}`);
      return last;
    },
  };
}

test('from plan to healthy: the stack, then each step in order, the shell closed at the end', async () => {
  const clock = fakeClock();
  const { cloud, calls } = cloudWith(GOOD_STORY(), clock);
  const run = start(clock, cloud);
  await run.finish();
  expect(calls.create).toBe(1);
  expect(
    run.events.map(({ type }) => type).filter((type) => type !== 'stack-event' && type !== 'step-progress'),
  ).toEqual([
    'stack-started',
    'stack-done',
    ...Array.from({ length: 6 }, () => ['step-started', 'step-done']).flat(),
    'healthy',
  ]);
  expect(run.is('step-done').map((event) => (event as { step: string; detail: string }).detail)).toEqual([
    '3 of 3 instances running',
    '54.0.0.1 answers (Linux 3.17.2)',
    'etcd agrees on 3 of 3 nodes',
    '3 of 3 machines in fleet',
    'the API server answers',
    '2 of 2 minions registered',
  ]);
  expect(run.events.at(-1)).toMatchObject({
    type: 'healthy',
    cluster: { name: 'kubernetes', size: 2, master: { address: '54.0.0.1' } },
  });
  expect(run.shells.map(({ closed }) => closed)).toEqual([true]);
  expect(clock.sleeping).toBe(0);
  const asked = run.shells[0]!.calls.filter(({ command }) => command.startsWith('etcdctl')).map(
    ({ on }) => on,
  );
  expect(asked.sort()).toEqual(['10.0.0.2', '10.0.0.3', 'master']);
});

test('folds into a view of resources and steps', async () => {
  const clock = fakeClock();
  const { cloud } = cloudWith(GOOD_STORY(), clock);
  const run = start(clock, cloud);
  await run.finish();
  const first = initialLaunchView(plan);
  expect(first.resources.map(({ status }) => status)).toEqual(['waiting', 'waiting']);
  const view = run.events.reduce(reduceLaunch, first);
  expect(view).toMatchObject({
    stackId: STACK_ID,
    stackStatus: 'CREATE_COMPLETE',
    resumed: false,
    outcome: { type: 'healthy' },
  });
  expect(view.resources.map(({ status, endedAt }) => [status, endedAt !== null])).toEqual([
    ['CREATE_COMPLETE', true],
    ['CREATE_COMPLETE', true],
  ]);
  expect(
    view.steps.every(
      ({ state, startedAt, endedAt }) => state === 'done' && startedAt !== null && endedAt !== null,
    ),
  ).toBe(true);
  expect(first.steps.every(({ state }) => state === 'waiting')).toBe(true);
});

test('tells how far a step is, and waits until all is there three times in a row', async () => {
  const clock = fakeClock();
  const began = clock.now();
  const age = () => clock.now() - began;
  const { cloud } = cloudWith(GOOD_STORY(), clock, {
    instances: async () => [
      instanceOf(1),
      instanceOf(2, age() < 15_000 ? { state: 'pending' } : {}),
      instanceOf(3),
    ],
  });
  let wobbles = 2;
  const run = start(clock, cloud, {
    replaced: () => ({
      ...(age() < 30_000
        ? { '10.0.0.3: etcdctl': { stderr: 'cannot sync with the cluster\n', code: 4 } }
        : {}),
      ...(age() < 40_000 ? { 'list-machines': machines.split('\n').slice(0, 2).join('\n') } : {}),
      'list minions': () => {
        if (age() < 60_000) return minionList('10.0.0.2');
        return wobbles-- === 1 ? minionList('10.0.0.2') : minionList('10.0.0.2', '10.0.0.3');
      },
    }),
  });
  await run.finish();
  const details = run.is('step-progress').map((event) => (event as { detail: string }).detail);
  expect(details).toEqual([
    '2 of 3 instances running',
    'etcd agrees on 2 of 3 nodes (10.0.0.3: cannot sync with the cluster)',
    '2 of 3 machines in fleet',
    '1 of 2 minions registered',
    '2 of 2 minions registered, seen 1 of 3 times',
    '1 of 2 minions registered',
    '2 of 2 minions registered, seen 1 of 3 times',
    '2 of 2 minions registered, seen 2 of 3 times',
  ]);
  expect(run.events.at(-1)?.type).toBe('healthy');
});

test('takes up a launch in flight, and one that only waits to be healthy', async () => {
  for (const age of [0, 3_000, 60_000]) {
    const clock = fakeClock();
    const { cloud, calls, begin } = cloudWith(GOOD_STORY(), clock);
    begin();
    await clock.advance(age);
    const run = start(clock, cloud);
    await run.finish();
    expect(calls.create).toBe(0);
    expect(run.events[0]).toMatchObject({ type: 'stack-started', resumed: true, stackId: STACK_ID });
    expect(run.is('stack-event')).toHaveLength(5);
    expect(run.events.at(-1)?.type).toBe('healthy');
  }
});

test('another launch of the same name that was quicker is taken up', async () => {
  const clock = fakeClock();
  const world = cloudWith(GOOD_STORY(), clock, {
    async createStack() {
      world.begin();
      throw aws('AlreadyExistsException', 'Stack [kubernetes] already exists');
    },
  });
  const run = start(clock, world.cloud);
  await run.finish();
  expect(run.events[0]).toMatchObject({ type: 'stack-started', resumed: true });
  expect(run.events.at(-1)?.type).toBe('healthy');
});

test.each<[string, Stack, string, RegExp]>([
  [
    "somebody else's stack",
    stackOf('CREATE_COMPLETE', { tags: {} }),
    'ForeignStack',
    /choose another --name/,
  ],
  ['one that is being deleted', stackOf('DELETE_IN_PROGRESS'), 'StackBeingDeleted', /wait until it is gone/],
  [
    'the rest of a failed launch',
    stackOf('ROLLBACK_COMPLETE'),
    'StackLeftOver',
    /kubecore down --cluster kubernetes --yes --sandbox/,
  ],
])('refuses the name of %s', async (_name, stack, code, next) => {
  const clock = fakeClock();
  const cloud = fakeCloud({
    stack: async () => stack,
    stackEvents: async () => [
      eventOf('MasterAutoScale', 'CREATE_FAILED', { reason: 'The key pair "coreos" does not exist' }),
    ],
  });
  const run = start(clock, cloud, { flags: ['--sandbox'] });
  await run.finish();
  expect(run.events).toHaveLength(1);
  expect(run.failure().error).toMatchObject({
    what: 'the name "kubernetes" is taken',
    code,
    next: expect.stringMatching(next),
  });
});

test('a failure is followed through its rollback and names its root cause', async () => {
  const clock = fakeClock();
  const { cloud } = cloudWith(
    [
      [0, eventOf('kubernetes', 'CREATE_IN_PROGRESS')],
      [500, eventOf('MasterAutoScale', 'CREATE_IN_PROGRESS')],
      [
        1_000,
        eventOf('MasterAutoScale', 'CREATE_FAILED', { reason: 'The key pair "coreos" does not exist' }),
      ],
      [1_000, eventOf('MinionAutoScale', 'CREATE_FAILED', { reason: 'Resource creation cancelled' })],
      [
        2_000,
        eventOf('kubernetes', 'ROLLBACK_IN_PROGRESS', {
          reason:
            'The following resource(s) failed to create: [MasterAutoScale]. Rollback requested by user.',
        }),
      ],
      [9_000, eventOf('MasterAutoScale', 'DELETE_COMPLETE')],
      [10_000, eventOf('kubernetes', 'ROLLBACK_COMPLETE')],
    ],
    clock,
  );
  const run = start(clock, cloud);
  await run.finish();
  expect(run.is('stack-event')).toHaveLength(7);
  expect(run.is('stack-done')).toMatchObject([{ status: 'ROLLBACK_COMPLETE' }]);
  const { error, related } = run.failure();
  expect(error).toMatchObject({
    what: 'the stack "kubernetes" was not created',
    code: 'KeyPairMissing',
    exitCode: 1,
  });
  expect(error.why).toMatch(/^MasterAutoScale: the key pair "coreos" is not in this region/);
  expect(error.next).toMatch(
    /kubecore keys create.*kubecore down --cluster kubernetes --yes deletes what is left/,
  );
  expect(related).toEqual([]);
  const view = run.events.reduce(reduceLaunch, initialLaunchView(plan));
  expect(view.resources[0]).toMatchObject({
    status: 'DELETE_COMPLETE',
    reason: 'The key pair "coreos" does not exist',
  });
  expect(view.outcome?.type).toBe('failed');
});

test('a stack that vanishes (deleted by somebody) is a failure too', async () => {
  const clock = fakeClock();
  let looks = 0;
  const cloud = fakeCloud({
    stack: async () => (looks++ === 1 ? stackOf('CREATE_IN_PROGRESS') : null),
    createStack: async () => STACK_ID,
    stackEvents: async () => [],
  });
  const run = start(clock, cloud);
  await run.finish();
  expect(run.failure().error.why).toContain('DELETE_COMPLETE');
});

test('throttling is told, waited out ever longer, and the create is not done twice', async () => {
  const clock = fakeClock();
  let refusals = 4;
  const world = cloudWith(GOOD_STORY(), clock);
  const events = world.cloud.stackEvents;
  const cloud = new Proxy(world.cloud, {
    get: (target, name) =>
      name !== 'stackEvents'
        ? Reflect.get(target, name)
        : async (id: string, after: string | null) => {
            if (refusals-- > 0) throw aws('Throttling', 'Rate exceeded');
            return events(id, after);
          },
  });
  const run = start(clock, cloud);
  await run.finish();
  const waits = run.is('throttled').map((event) => (event as { retryAt: number }).retryAt - event.at);
  expect(waits).toEqual([5_000, 10_000, 20_000, 40_000]);
  expect(world.calls.create).toBe(1);
  expect(run.events.at(-1)?.type).toBe('healthy');
});

test('a network that goes away while the create is answered: the same token is sent again', async () => {
  const clock = fakeClock();
  let tries = 0;
  const world = cloudWith(GOOD_STORY(), clock);
  const create = world.cloud.createStack;
  const cloud = new Proxy(world.cloud, {
    get: (target, name) =>
      name !== 'createStack'
        ? Reflect.get(target, name)
        : async (...args: Parameters<Cloud['createStack']>) => {
            const id = await create(...args);
            if (tries++ === 0) throw aws('ECONNRESET', 'socket hang up', 'network');
            return id;
          },
  });
  const run = start(clock, cloud);
  await run.finish();
  expect(world.calls.tokens.size).toBe(1);
  expect([...world.calls.tokens][0]).toMatch(/^[a-zA-Z0-9][-a-zA-Z0-9]*$/);
  expect(run.events.at(-1)?.type).toBe('healthy');
});

test('what AWS refuses outright is the last event, as the Cloud explains it', async () => {
  const clock = fakeClock();
  const refused = aws('AccessDenied', 'you may not do cloudformation:CreateStack');
  const cloud = fakeCloud({ stack: async () => null, createStack: () => Promise.reject(refused) });
  const run = start(clock, cloud);
  await run.finish();
  expect(run.events).toHaveLength(1);
  expect(run.failure().error).toBe(refused);
  expect(refused.exitCode).toBe(3);
});

test('aborting stops the watching at once and leaves the stack alone', async () => {
  const clock = fakeClock();
  const { cloud } = cloudWith(GOOD_STORY(), clock, { deleteStack: () => Promise.reject(new Error('never')) });
  const stop = new AbortController();
  const run = start(clock, cloud, { signal: stop.signal });
  await clock.advance(3_000);
  stop.abort();
  await run.finish();
  expect(run.error()).toMatchObject({
    fault: 'interrupted',
    exitCode: 130,
    next: expect.stringContaining('kubecore up --name kubernetes'),
  });
  expect(run.events.at(-1)?.type).toBe('stack-event');
  expect(clock.sleeping).toBe(0);
});

test('aborting on the road to healthy closes the shell', async () => {
  const clock = fakeClock();
  const { cloud } = cloudWith(GOOD_STORY(), clock);
  const stop = new AbortController();
  const run = start(clock, cloud, {
    signal: stop.signal,
    replaced: () => ({ 'list minions': minionList() }),
  });
  await clock.until(() =>
    run.is('step-progress').some((event) => (event as { step: string }).step === 'minions'),
  );
  stop.abort();
  await run.finish();
  expect(run.error()).toMatchObject({ fault: 'interrupted' });
  expect(run.shells[0]?.closed).toBe(true);
});

test('time runs out with the last thing the step said, and what to look at', async () => {
  const clock = fakeClock();
  const { cloud } = cloudWith(GOOD_STORY(), clock);
  const run = start(clock, cloud, {
    replaced: () => ({
      etcdctl: { stderr: 'Error:  501: All the given peers are not reachable\n', code: 4 },
    }),
  });
  await run.finish();
  const { error } = run.failure();
  expect(error).toMatchObject({
    code: 'LaunchTimeout',
    what: 'the cluster "kubernetes" did not become healthy within 20 minutes',
  });
  expect(error.why).toContain('etcd agrees on 0 of 3 nodes');
  expect(error.why).toContain('All the given peers are not reachable');
  expect(error.next).toMatch(/kubecore logs etcd\.service; kubecore down --cluster kubernetes --yes undoes/);
  const view = run.events.reduce(reduceLaunch, initialLaunchView(plan));
  expect(view.steps.map(({ state }) => state)).toEqual([
    'done',
    'done',
    'failed',
    'waiting',
    'waiting',
    'waiting',
  ]);
});

test('a stack that hangs ends with its status', async () => {
  const clock = fakeClock();
  const { cloud } = cloudWith([[0, eventOf('kubernetes', 'CREATE_IN_PROGRESS')]], clock);
  const run = start(clock, cloud, { timeoutMs: 60_000 });
  await run.finish();
  expect(run.failure().error).toMatchObject({
    code: 'LaunchTimeout',
    why: 'CloudFormation is still at CREATE_IN_PROGRESS',
  });
});

test('a master that dies on the way is replaced: the connection follows it', async () => {
  const clock = fakeClock();
  let instances: Instance[] = [instanceOf(1), instanceOf(2), instanceOf(3)];
  const { cloud } = cloudWith(GOOD_STORY(), clock, { instances: async () => instances });
  const opened: (string | undefined)[] = [];
  const shells: FakeShell[] = [];
  const run = start(clock, cloud, {
    shell: (cluster: Cluster) => {
      opened.push(cluster.master?.address);
      const dead = cluster.master?.address === '54.0.0.1';
      const shell = fakeShell(
        clusterAnswers(() =>
          dead
            ? {
                ':': () => {
                  instances = [
                    instanceOf(1, { state: 'terminated' }),
                    instanceOf(1, {
                      id: 'i-new',
                      publicAddress: '54.0.0.9',
                      privateAddress: '10.0.0.9',
                      launchTime: 9_999,
                    }),
                    instanceOf(2),
                    instanceOf(3),
                  ];
                  throw lost('no route to host');
                },
              }
            : {},
        ),
      );
      shells.push(shell);
      return shell;
    },
  });
  await run.finish();
  expect(opened).toEqual(['54.0.0.1', '54.0.0.9']);
  expect(shells.map(({ closed }) => closed)).toEqual([true, true]);
  expect(run.events.at(-1)).toMatchObject({
    type: 'healthy',
    cluster: { master: { address: '54.0.0.9', instanceId: 'i-new' } },
  });
});

test('a key refused for long, or a host that is not trusted, ends the wait', async () => {
  const refusing = (code: string): Replaced => ({
    uname: () => {
      throw new KubecoreError({ what: 'no', why: 'it said no', next: 'mend', fault: 'node', code });
    },
  });
  const clock = fakeClock();
  const began = clock.now();
  const auth = start(clock, cloudWith(GOOD_STORY(), clock).cloud, { replaced: () => refusing('AuthFailed') });
  await auth.finish();
  expect(auth.failure().error.code).toBe('AuthFailed');
  expect(clock.now() - began).toBeGreaterThan(90_000);
  const trust = start(clock, cloudWith(GOOD_STORY(), clock).cloud, {
    replaced: () => refusing('HostKeyChanged'),
  });
  await trust.finish();
  expect(trust.failure().error).toMatchObject({ code: 'HostKeyChanged', exitCode: 4 });
});
