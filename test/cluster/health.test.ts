import { expect, test } from 'vitest';
import { assess } from '../../src/cluster/health.ts';
import type { Cluster } from '../../src/cluster/model.ts';
import { snapshot, statusDocument } from '../../src/cluster/status.ts';
import type { ClusterView } from '../../src/cluster/store-contract.ts';
import { fakeClock, noChance } from '../helpers/fake-clock.ts';
import { fakeCloud, instanceOf } from '../helpers/fake-cloud.ts';
import {
  cluster,
  clusterAnswers,
  MASTER_ID,
  MINION_IDS,
  machines,
  masterUnits,
  minionList,
  podList,
  type Replaced,
} from '../helpers/fake-cluster.ts';
import { fakeShell, lost } from '../helpers/fake-shell.ts';

const clock = fakeClock();
const cloud = fakeCloud({ instances: async () => [instanceOf(1), instanceOf(2), instanceOf(3)] });

const look = (replaced: Replaced = {}, more: object = {}) =>
  snapshot({
    shell: fakeShell(clusterAnswers(() => replaced)),
    cloud,
    cluster,
    clock,
    random: noChance,
    ...more,
  });

const judge = async (replaced: Replaced) => assess(await look(replaced), cluster);

test('all there: healthy, no problems', async () => {
  expect(await judge({})).toEqual({ health: 'healthy', problems: [] });
});

test('a failed unit names its node and its log', async () => {
  const verdict = await judge({
    'master: systemctl': masterUnits.replace(
      /(kube-register\.service +loaded) active {3}running/,
      '$1 failed failed',
    ),
  });
  expect(verdict).toMatchObject({
    health: 'degraded',
    problems: [
      {
        what: 'kube-register.service has failed on 10.0.0.1',
        why: 'systemd says failed (failed)',
        next: `kubecore logs kube-register.service --machine ${MASTER_ID}`,
      },
    ],
  });
});

test("the master's API server failing takes the cluster down", async () => {
  const verdict = await judge({
    'master: systemctl': masterUnits.replace(
      /(kube-apiserver\.service +loaded) active {3}running/,
      '$1 failed failed',
    ),
  });
  expect(verdict.health).toBe('down');
});

test('a lost machine and the minion that went with it', async () => {
  const verdict = await judge({
    'list-machines': machines.split('\n').slice(0, 2).join('\n'),
    'list minions': minionList('10.0.0.2'),
  });
  expect(verdict.health).toBe('degraded');
  expect(verdict.problems.map(({ what }) => what)).toEqual([
    '1 machine of 3 is missing from fleet',
    '1 minion of 2 is not registered',
  ]);
});

test('a machine that fleet still lists while its instance is ending', async () => {
  const view = await look(
    {},
    {
      cloud: fakeCloud({
        instances: async () => [instanceOf(1), instanceOf(2), instanceOf(3, { state: 'shutting-down' })],
      }),
    },
  );
  const { health, problems } = assess(view, cluster);
  expect(health).toBe('degraded');
  expect(problems[0]?.what).toBe('machine 10.0.0.3 is going away');
});

test('a machine that EC2 still calls pending is starting, not going', async () => {
  const instances = async () => [instanceOf(1), instanceOf(2), instanceOf(3, { state: 'pending' })];
  const [problem] = assess(await look({}, { cloud: fakeCloud({ instances }) }), cluster).problems;
  expect(problem).toMatchObject({
    what: 'machine 10.0.0.3 is starting',
    next: expect.stringMatching(/^wait/),
  });
});

test('what has no master and no fleet is not told of them', () => {
  const single: Cluster = { ...cluster, blueprint: 'single', size: 1 };
  const error = lost('it is out of reach');
  const nothing = { status: 'loading' } as const;
  const view: ClusterView = {
    connection: { phase: 'failed', to: '54.0.0.1', error },
    machines: { status: 'failed', error },
    units: nothing,
    minions: nothing,
    pods: nothing,
    services: nothing,
    controllers: nothing,
  };
  expect(assess(view, single).problems.map(({ what }) => what)).toEqual([
    'the machine cannot be reached',
    'the machine does not answer',
  ]);
});

test('a machine that fleet still lists though its instance has gone', async () => {
  const view = await look(
    {},
    { cloud: fakeCloud({ instances: async () => [instanceOf(1), instanceOf(2)] }) },
  );
  expect(assess(view, cluster).problems[0]).toMatchObject({
    what: 'machine 10.0.0.3 is going away',
    why: 'no instance has its address any more',
  });
});

test('machines with role minion that kubecfg does not list', async () => {
  const { health, problems } = await judge({ 'list minions': minionList('10.0.0.2') });
  expect(health).toBe('degraded');
  expect(problems).toMatchObject([
    { what: '1 minion is not registered', why: expect.stringContaining('10.0.0.3') },
  ]);
  expect((await judge({ 'list minions': minionList() })).health).toBe('down');
});

test('etcd without an answer, and the API without one', async () => {
  const etcd = await judge({
    fleetctl: { stderr: 'connect: connection refused\nError x: timeout reached\n', code: 1 },
  });
  expect(etcd.health).toBe('down');
  expect(etcd.problems[0]?.what).toBe('etcd has no quorum or does not run on the master');
  const api = await judge({
    kubecfg: {
      stderr: 'F1122 16:36:53.768952 01122 kubecfg.go:403] Got request error: connection refused',
      code: 255,
    },
  });
  expect(api.health).toBe('down');
  expect(api.problems.map(({ what }) => what)).toEqual(['the Kubernetes API does not answer']);
});

test('pods that do not run say where and why', async () => {
  const { health, problems } = await judge({
    'list pods': podList(
      { id: 'a', status: 'Running', host: '10.0.0.2' },
      { id: 'b', status: 'Waiting' },
      { id: 'c', status: 'Terminated', host: '10.0.0.3' },
    ),
  });
  expect(health).toBe('degraded');
  expect(problems.map(({ what, why }) => [what, why])).toEqual([
    ['pod b is waiting', 'no minion was found for it'],
    ['pod c is terminated', 'x on 10.0.0.3: waiting'],
  ]);
});

test('many pods alike are one problem, so that they bury no other', async () => {
  const crashed = Array.from({ length: 40 }, (_, n) => ({
    id: `web-${n}`,
    status: 'Terminated',
    host: '10.0.0.3',
    labels: { name: 'web' },
  }));
  const { problems } = await judge({
    'list pods': podList({ id: 'b', status: 'Waiting' }, ...crashed),
  });
  expect(problems.map(({ what, why }) => [what, why])).toEqual([
    ['pod b is waiting', 'no minion was found for it'],
    ['40 pods labelled name=web are terminated', 'web-0, one of them: x on 10.0.0.3: waiting'],
  ]);
});

test('attached by host nobody knows how many there should be', async () => {
  const attached = { ...cluster, stackId: null, size: 0 };
  expect(assess(await look(), attached).health).toBe('healthy');
});

test('kinds that were not asked are not judged', async () => {
  const shell = fakeShell(clusterAnswers());
  const view = await snapshot({ shell, cloud, cluster, clock, random: noChance, only: ['minions'] });
  expect(shell.calls.map(({ command }) => command)).toEqual(['kubecfg -json list minions']);
  expect(assess(view, cluster)).toEqual({ health: 'healthy', problems: [] });
  expect(statusDocument(view, cluster, 0)).toMatchObject({ machines: [], units: [], pods: [] });
});

test('an unreachable master: every pane fails, the document still stands', async () => {
  const view = await look({
    ':': () => {
      throw lost('connection refused');
    },
  });
  const document = statusDocument(view, cluster, 0);
  expect(document.health).toBe('down');
  expect(document.machines).toEqual([]);
  expect(document.problems.length).toBeGreaterThan(0);
});

test('an interrupted look is thrown', async () => {
  const stop = new AbortController();
  stop.abort();
  await expect(
    look({ ':': () => Promise.reject(stop.signal.reason) }, { signal: stop.signal }),
  ).rejects.toMatchObject({ fault: 'interrupted' });
});

/** The keys of CLI.md's example, in its order. */
const KEYS = {
  document: [
    'cluster',
    'health',
    'asOf',
    'machines',
    'units',
    'minions',
    'pods',
    'services',
    'replicationControllers',
    'problems',
  ],
  cluster: ['name', 'region', 'recipe', 'blueprint', 'master'],
  machines: ['id', 'ip', 'role', 'metadata', 'instanceId', 'instanceType', 'zone', 'state'],
  units: ['name', 'machineId', 'ip', 'load', 'active', 'sub'],
  minions: ['name', 'cpu', 'memory', 'registered'],
  pods: ['name', 'images', 'host', 'labels', 'status'],
  services: ['name', 'labels', 'selector', 'port'],
  replicationControllers: ['name', 'images', 'selector', 'replicas'],
} as const;

test("the status document is CLI.md's", async () => {
  const view = await look({
    'list pods': podList({ id: 'a', status: 'Running', host: '10.0.0.2' }),
    'list services': JSON.stringify({
      kind: 'ServiceList',
      items: [{ id: 's', port: 80, selector: { name: 'a' } }],
    }),
    'list replicationControllers': JSON.stringify({
      kind: 'ReplicationControllerList',
      items: [{ id: 'r', desiredState: { replicas: 2, replicaSelector: { name: 'a' } } }],
    }),
  });
  const document = statusDocument(view, cluster, Date.UTC(2014, 10, 22, 16, 0, 0));
  const read = JSON.parse(JSON.stringify(document));
  expect(Object.keys(read)).toEqual(KEYS.document);
  expect(Object.keys(read.cluster)).toEqual(KEYS.cluster);
  for (const list of ['machines', 'units', 'minions', 'pods', 'services', 'replicationControllers'] as const)
    expect(Object.keys(read[list][0])).toEqual(KEYS[list]);
  expect(read.asOf).toBe('2014-11-22T16:00:00.000Z');
  expect(read.cluster.master).toEqual({ address: '54.0.0.1', machineId: MASTER_ID });
  expect(read.machines.map(({ id }: { id: string }) => id)).toEqual([
    MINION_IDS[0],
    MASTER_ID,
    MINION_IDS[1],
  ]);
  expect(read.machines[1]).toMatchObject({
    role: 'master',
    metadata: { role: 'master' },
    instanceId: 'i-00000001',
  });
  expect(read.services[0]).toEqual({ name: 's', labels: {}, selector: { name: 'a' }, port: 80 });
});
