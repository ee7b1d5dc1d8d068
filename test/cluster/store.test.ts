import { afterEach, expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { assess } from '../../src/cluster/health.ts';
import type { Cloud } from '../../src/cluster/ports.ts';
import { createStore, rowKey, unitsOf } from '../../src/cluster/store.ts';
import type { ClusterStore, PaneState } from '../../src/cluster/store-contract.ts';
import { fakeClock, noChance, settle } from '../helpers/fake-clock.ts';
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

let store: ClusterStore | undefined;
afterEach(() => store?.stop());

const fleetDown = { stderr: 'Error retrieving list of active machines: timeout reached\n', code: 1 };
const apiDown = {
  stderr: 'F1122 16:36:53.768952 01122 kubecfg.go:403] Got request error: connection refused',
  code: 255,
};

function open(first: Replaced = {}, cloud: Cloud | null = null, attached = cluster) {
  let replaced = first;
  const clock = fakeClock();
  const shell = fakeShell(clusterAnswers(() => replaced));
  store = createStore({ shell, cloud, cluster: attached, clock, random: noChance });
  let told = 0;
  store.subscribe(() => {
    told++;
  });
  return {
    clock,
    shell,
    store,
    told: () => told,
    replace(next: Replaced) {
      replaced = next;
    },
  };
}

function data<T>(pane: PaneState<readonly T[]>): readonly T[] {
  if (pane.status !== 'live' && pane.status !== 'stale') throw new Error(`it is ${pane.status}`);
  return pane.data;
}

test('begins loading and turns live by itself', async () => {
  const { clock, store } = open();
  expect(store.get()).toMatchObject({ machines: { status: 'loading' }, pods: { status: 'loading' } });
  await clock.advance(100);
  const view = store.get();
  expect(data(view.machines).map(({ id, role }) => [id, role])).toEqual([
    [MINION_IDS[0], 'minion'],
    [MASTER_ID, 'master'],
    [MINION_IDS[1], 'minion'],
  ]);
  expect(data(view.minions)).toHaveLength(2);
  for (const kind of ['pods', 'services', 'controllers'] as const)
    expect(view[kind]).toMatchObject({ status: 'live', data: [] });
});

test("shows fleet's units and the cluster's own units of every node's systemd", async () => {
  const { clock, store, replace } = open();
  replace({
    'fleetctl list-units': `myapp.service\tloaded\tactive\trunning\t${MINION_IDS[0]}/10.0.0.2\tabcd\n`,
  });
  await clock.advance(2_500);
  const units = data(store.get().units);
  const on = (machineId: string) =>
    units.filter((unit) => unit.machineId === machineId).map(({ name }) => name);
  expect(on(MASTER_ID)).toContain('kube-apiserver.service');
  expect(on(MINION_IDS[0])).toContain('myapp.service');
  expect(on(MINION_IDS[1])).toContain('kube-proxy.service');
  expect(units.map(({ name }) => name)).not.toContain('sshd.service');
  expect(units.find(({ name }) => name === 'myapp.service')).toMatchObject({
    source: 'fleet',
    ip: '10.0.0.2',
  });
  expect(
    units.find(({ machineId, name }) => machineId === MASTER_ID && name === 'etcd.service'),
  ).toMatchObject({
    source: 'systemd',
    ip: '10.0.0.1',
    description: 'The etcd.service',
  });
});

test('equal answers keep every identity and tell nobody, while the age moves on', async () => {
  const { clock, store, told } = open();
  await clock.advance(5_000);
  const before = store.get();
  const toldBefore = told();
  await clock.advance(20_000);
  const after = store.get();
  expect(told()).toBe(toldBefore);
  for (const kind of ['machines', 'units', 'minions', 'pods'] as const) {
    expect(data<unknown>(after[kind])).toBe(data<unknown>(before[kind]));
    expect((after[kind] as { asOf: number }).asOf).toBeGreaterThan((before[kind] as { asOf: number }).asOf);
  }
  expect(store.get()).toBe(store.get());
});

test('a change in one row leaves the others as they were', async () => {
  const { clock, store, replace, told } = open({
    'list pods': podList({ id: 'a', status: 'Running' }, { id: 'b', status: 'Waiting' }),
  });
  await clock.advance(100);
  const before = data(store.get().pods);
  const toldBefore = told();
  replace({ 'list pods': podList({ id: 'b', status: 'Running' }, { id: 'a', status: 'Running' }) });
  await clock.advance(2_000);
  const after = data(store.get().pods);
  expect(after[0]).toBe(before[0]);
  expect(after[1]).toMatchObject({ name: 'b', status: 'Running' });
  expect(told()).toBe(toldBefore + 1);
});

test('a failing source turns stale with its reason and age, and heals', async () => {
  const { clock, store, replace } = open();
  await clock.advance(100);
  const { asOf } = store.get().machines as { asOf: number };
  replace({ 'list-machines': fleetDown });
  await clock.advance(4_000);
  const stale = store.get().machines;
  expect(stale).toMatchObject({
    status: 'stale',
    asOf: expect.any(Number),
    error: { code: 'EtcdUnreachable' },
  });
  expect((stale as { asOf: number }).asOf - asOf).toBeLessThan(2_500);
  expect(data(stale)).toHaveLength(3);
  expect(store.get().minions.status).toBe('live');
  replace({});
  await clock.until(() => store.get().machines.status === 'live', 60_000);
});

test('what never answered is failed, not blank, and says why', async () => {
  const { clock, store } = open({ 'list minions': apiDown });
  await clock.advance(3_000);
  expect(store.get().minions).toMatchObject({ status: 'failed', error: { code: 'ApiUnreachable' } });
});

test('a node that does not answer keeps its units, marked stale; the others go on', async () => {
  const { clock, store, replace } = open();
  await clock.advance(2_500);
  replace({
    '10.0.0.3: systemctl': () => {
      throw lost('no route to host');
    },
    'master: systemctl': masterUnits.replace(
      'kube-register.service           ',
      'kube-scheduler.service          ',
    ),
  });
  await clock.advance(4_500);
  const pane = store.get().units;
  expect(pane.status).toBe('stale');
  expect((pane as { error: KubecoreError }).error.what).toBe('the units of 1 of 3 nodes are not known');
  expect((pane as { error: KubecoreError }).error.why).toBe('10.0.0.3: no route to host');
  const names = (machineId: string) =>
    data(pane)
      .filter((unit) => unit.machineId === machineId)
      .map(({ name }) => name);
  expect(names(MINION_IDS[1])).toContain('kube-proxy.service');
  expect(names(MASTER_ID)).toContain('kube-scheduler.service');
  replace({ 'list-machines': machines.split('\n').slice(0, 2).join('\n') });
  await clock.until(() => store.get().units.status === 'live', 60_000);
  expect(data(store.get().units).some(({ machineId }) => machineId === MINION_IDS[1])).toBe(false);
});

test("a node that hangs holds up neither the poll nor the others' rows", async () => {
  const { clock, store, replace, shell } = open();
  await clock.advance(2_500);
  replace({
    '10.0.0.3: systemctl': async (call) => {
      await clock.sleep(8_000, call.signal);
      throw lost('it took too long');
    },
  });
  await clock.advance(30_000);
  const asks = shell.calls.filter(({ on, command }) => on === 'master' && command.startsWith('systemctl'));
  expect(asks.length).toBeGreaterThan(10);
  expect(store.get().units.status).toBe('stale');
});

test('when fleet is silent the master still shows its units', async () => {
  const { clock, store } = open({ fleetctl: fleetDown });
  await clock.advance(3_000);
  const units = data(store.get().units);
  expect(units.map(({ name }) => name)).toContain('etcd.service');
  expect(units.every(({ ip, machineId }) => ip === '10.0.0.1' && machineId === null)).toBe(true);
});

test('attached by host: the master is found by the machine id it tells', async () => {
  const { clock, store, shell } = open({}, null, {
    ...cluster,
    stackId: null,
    master: { instanceId: null, address: 'example.com', privateAddress: null },
  });
  await clock.advance(2_500);
  const etcds = data(store.get().units).filter(({ name }) => name === 'etcd.service');
  expect(etcds.map(({ machineId }) => machineId).sort()).toEqual([...MINION_IDS, MASTER_ID].sort());
  expect(shell.calls.some(({ on }) => on === '10.0.0.1')).toBe(false);
});

test('a master that was replaced under an open console is known for what it is', async () => {
  const NEW = 'e'.repeat(32);
  const { clock, store, shell, replace } = open();
  await clock.advance(500);
  replace({
    'list-machines': `${machines}${NEW}\t10.0.0.9\trole=master\n`,
    'cat /etc/machine-id': `${NEW}\n`,
    '10.0.0.1: ': () => {
      throw lost('no route to host');
    },
  });
  shell.connect({ phase: 'reconnecting', to: 'm', at: 0, why: 'lost', attempt: 1 });
  shell.connect({ phase: 'connected', to: 'm', since: 1_000 });
  await clock.advance(5_000);
  const api = data(store.get().units).filter(({ name }) => name === 'kube-apiserver.service');
  expect(api.map(({ machineId, ip }) => [machineId, ip])).toEqual([[NEW, '10.0.0.9']]);
});

test('joins machines with their instances, and keeps going without EC2', async () => {
  let answers = true;
  const cloud = fakeCloud({
    async instances() {
      if (!answers) throw new KubecoreError({ what: 'x', why: 'throttled', next: '', fault: 'aws' });
      return [
        instanceOf(1),
        instanceOf(2, { id: 'i-old', state: 'terminated', launchTime: 1 }),
        instanceOf(2, { launchTime: 5 }),
      ];
    },
  });
  const { clock, store } = open({}, cloud);
  await clock.advance(100);
  const byIp = (ip: string) => data(store.get().machines).find((machine) => machine.ip === ip);
  expect(byIp('10.0.0.2')).toMatchObject({ instanceId: 'i-00000002', zone: 'eu-west-1a', state: 'running' });
  expect(byIp('10.0.0.3')).toMatchObject({ instanceId: null, state: null });
  answers = false;
  await clock.advance(60_000);
  expect(store.get().machines.status).toBe('live');
  expect(byIp('10.0.0.2')?.instanceId).toBe('i-00000002');
});

test('a machine that comes or goes shows without a refresh', async () => {
  const { clock, store, replace } = open();
  await clock.advance(2_500);
  replace({
    'list-machines': machines.split('\n').slice(0, 2).join('\n'),
    'list minions': minionList('10.0.0.2'),
  });
  await clock.advance(2_500);
  const machinesNow = () => data(store.get().machines);
  // The one that went is not just gone: it is shown as lost, last.
  expect(machinesNow().map(({ id, lostAt }) => [id, lostAt !== undefined])).toEqual([
    [MINION_IDS[0], false],
    [MASTER_ID, false],
    [MINION_IDS[1], true],
  ]);
  expect(data(store.get().minions)).toHaveLength(1);
  expect(data(store.get().units).some(({ machineId }) => machineId === MINION_IDS[1])).toBe(false);
  replace({});
  await clock.advance(2_500);
  expect(machinesNow()).toHaveLength(3);
  expect(machinesNow().some(({ lostAt }) => lostAt !== undefined)).toBe(false);
});

test('a lost machine keeps the state that EC2 gives its instance, and leaves after a while', async () => {
  let gone = false;
  const cloud = fakeCloud({
    instances: async () => [
      instanceOf(1),
      gone
        ? // EC2 takes the address of a terminated instance away.
          instanceOf(2, { privateAddress: null, publicAddress: null, state: 'terminated' })
        : instanceOf(2),
    ],
  });
  const { clock, store, replace } = open({}, cloud);
  await clock.advance(2_500);
  const first = () => data(store.get().machines).find(({ id }) => id === MINION_IDS[0]);
  expect(first()).toMatchObject({ instanceId: 'i-00000002', state: 'running' });
  gone = true;
  await clock.advance(12_000);
  // Fleet lists it for up to 30 s more, and it is known by then what became of its instance.
  expect(first()).toMatchObject({ instanceId: 'i-00000002', state: 'terminated' });
  expect(first()?.lostAt).toBeUndefined();
  replace({ 'list-machines': machines.split('\n').slice(1).join('\n') });
  await clock.advance(3_000);
  expect(first()).toMatchObject({
    instanceId: 'i-00000002',
    state: 'terminated',
    lostAt: expect.any(Number),
  });
  await clock.advance(125_000);
  expect(first()).toBeUndefined();
});

test('says that etcd has no quorum when no machine could renew its presence, and when it has one again', async () => {
  const leases = (...ttls: readonly number[]): string =>
    JSON.stringify({
      action: 'get',
      node: {
        key: '/_coreos.com/fleet/machines',
        dir: true,
        nodes: ttls.map((ttl, i) => ({ key: `/m/${i}`, dir: true, nodes: [{ key: `/m/${i}/object`, ttl }] })),
      },
    });
  const { clock, store, replace, told } = open({ curl: leases(17, 12) });
  await clock.advance(1_000);
  expect(store.get().etcd).toEqual({ agrees: true });
  const before = told();
  replace({ curl: leases(-40, 3) });
  await clock.advance(16_000);
  expect(store.get().etcd).toEqual({ agrees: true });
  expect(told()).toBe(before);
  replace({ curl: leases(-55, -12) });
  await clock.advance(16_000);
  expect(store.get().etcd).toMatchObject({ agrees: false, why: expect.stringContaining('12 s ago') });
  expect(assess(store.get(), cluster)).toMatchObject({ health: 'down' });
  replace({ curl: { stderr: 'curl: (7) Failed to connect', code: 7 } });
  await clock.advance(16_000);
  expect(store.get().etcd).toMatchObject({ agrees: false });
  replace({ curl: leases(29) });
  await clock.advance(16_000);
  expect(store.get().etcd).toEqual({ agrees: true });
});

test('tells what a poll costs, and since when one has had no answer', async () => {
  let hang = true;
  const { clock, store } = open({
    'list pods': () => (hang ? new Promise<string>(() => {}) : podList()),
  });
  await clock.advance(12_000);
  expect(store.pulse?.('pods')).toMatchObject({ askedSince: expect.any(Number), tookMs: null });
  // Nobody waited for it.
  expect(store.get().minions.status).toBe('live');
  expect(store.pulse?.('minions')).toMatchObject({ askedSince: null, everyMs: 2_000 });
  hang = false;
  await clock.until(() => store.get().pods.status === 'live', 300_000);
  expect(store.pulse?.('pods').askedSince).toBeNull();
});

test('what is not on screen is asked slowly', async () => {
  const { clock, store, shell } = open();
  await clock.advance(100);
  store.setVisible(['pods']);
  shell.calls.length = 0;
  await clock.advance(20_000);
  const asked = (piece: string) => shell.calls.filter(({ command }) => command.includes(piece)).length;
  expect(asked('list pods')).toBeGreaterThanOrEqual(9);
  expect(asked('list minions')).toBeLessThanOrEqual(2);
});

test('a connection that comes back is told, and everything asked at once', async () => {
  const { clock, store, shell, told } = open();
  await clock.advance(500);
  shell.connect({ phase: 'reconnecting', to: 'm', at: 0, why: 'lost', attempt: 1 });
  expect(store.get().connection.phase).toBe('reconnecting');
  expect(told()).toBeGreaterThan(0);
  shell.calls.length = 0;
  shell.connect({ phase: 'connected', to: 'm', since: 1 });
  await settle();
  expect(shell.calls.filter(({ command }) => command.includes('list minions'))).toHaveLength(1);
});

test('stops: nobody is asked, nobody is told, nobody sleeps', async () => {
  const { clock, store, shell, told } = open({}, fakeCloud({ instances: async () => [instanceOf(1)] }));
  await clock.advance(500);
  store.stop();
  await settle();
  const asked = shell.calls.length;
  const toldBefore = told();
  shell.connect({ phase: 'closed' });
  await clock.advance(60_000);
  expect([shell.calls.length, told(), clock.sleeping]).toEqual([asked, toldBefore, 0]);
});

test('a large cluster is gone through in turn, the master always', async () => {
  const list = Array.from(
    { length: 40 },
    (_, i) => `${String(i).padStart(32, 'a')}\t10.0.1.${i}\trole=minion`,
  ).join('\n');
  const { clock, store, shell } = open({
    'list-machines': `${list}\n${MASTER_ID}\t10.0.0.1\trole=master\n`,
  });
  await clock.advance(8_500);
  const asks = shell.calls.filter(({ command }) => command.startsWith('systemctl'));
  const nodes = asks.filter(({ on }) => on !== 'master').map(({ on }) => on);
  expect(new Set(nodes).size).toBe(40);
  expect(nodes.length).toBeLessThanOrEqual(16 * asks.filter(({ on }) => on === 'master').length);
  expect(new Set(data(store.get().units).map(({ machineId }) => machineId)).size).toBe(41);
});

test('lists all units of a node for the log picker', async () => {
  const { shell } = open();
  const names = (await unitsOf(shell, '10.0.0.2')).map(({ name }) => name);
  expect(names).toContain('sshd.service');
  expect(names).toEqual([...names].sort());
  await unitsOf(shell, '10.0.0.1', { masterAddress: '10.0.0.1' });
  expect(shell.calls.at(-1)?.on).toBe('master');
});

test('a row has an identity that outlives a refresh', async () => {
  const { clock, store } = open();
  await clock.advance(2_500);
  const units = data(store.get().units);
  expect(new Set(units.map((unit) => rowKey('units', unit))).size).toBe(units.length);
});
