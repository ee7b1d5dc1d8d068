/** Why nodes that run as far as AWS knows do not become a cluster: only what settles it is thrown. */
import { expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { consolesOf, createDiagnosis, NodesDown, type Waiting } from '../../src/cluster/node-diagnosis.ts';
import type { Cloud } from '../../src/cluster/ports.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { fakeCloud, instanceOf } from '../helpers/fake-cloud.ts';

const PANIC =
  'Booting CoreOS default\r\n[    2.304903] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(202,9)\r\n\u001b[31m';

const all = [instanceOf(1), instanceOf(2), instanceOf(3)];

/** Asks for a diagnosis every 5 s of waiting, so often; what it threw, and when. */
async function diagnose(
  cloud: Partial<Cloud>,
  waiting: Partial<Waiting>,
  rounds = 3,
  replaced = true,
): Promise<{ error: KubecoreError | null; round: number }> {
  const clock = fakeClock();
  const look = createDiagnosis({
    cloud: fakeCloud(cloud),
    clock,
    signal: undefined,
    what: 'the cluster "web" did not become healthy',
    down: 'kubecore down web',
    up: 'kubecore up --name web',
    discoveryUrl: 'https://discovery.example/abc',
    replaced,
  });
  for (let round = 1; round <= rounds; round++) {
    await clock.advance(5_000);
    try {
      await look({ silent: [], all, etcdAlone: false, ...waiting });
    } catch (thrown) {
      if (thrown instanceof KubecoreError) return { error: thrown, round };
      throw thrown;
    }
  }
  return { error: null, round: rounds };
}

test('a kernel that panicked settles it: which node, why, its console, what to do', async () => {
  const { error, round } = await diagnose(
    { consoleOutput: async (id) => (id === 'i-00000002' ? PANIC : null) },
    { silent: [instanceOf(2), instanceOf(3)] },
  );
  expect(round).toBe(1);
  expect(error).toMatchObject({
    code: 'NodeNeverBooted',
    why: 'i-00000002 (10.0.0.2) did not boot: Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(202,9)',
    next: expect.stringContaining('--instance-ids i-00000002; then kubecore up --name web goes on'),
    exitCode: 1,
  });
  const [console] = error instanceof NodesDown ? error.consoles : [];
  expect(console).toMatchObject({ instanceId: 'i-00000002', address: '10.0.0.2' });
  // Nothing of a machine reaches the terminal raw.
  expect(console?.lines.at(-1)).toBe('\\x1b[31m');
});

test('where no group starts another, nobody is told to wait for it', async () => {
  const dead = { consoleOutput: async () => PANIC };
  const { error } = await diagnose(dead, { silent: [instanceOf(2)] }, 1, false);
  expect(error?.next).toBe(
    'nothing starts another in its place: kubecore down web, then launch again; if that one dies too, with another --ami or --instance-type',
  );
});

test('a console that is empty, unreadable or of a boot that goes on settles nothing', async () => {
  const consoles = [
    async () => null,
    async () => 'Booting CoreOS default\r\n[ OK ] Reached target Network is Online.\r\n',
    () => Promise.reject(new KubecoreError({ what: 'x', why: 'no right', next: '', fault: 'aws' })),
  ];
  for (const consoleOutput of consoles)
    expect((await diagnose({ consoleOutput }, { silent: all })).error).toBeNull();
});

const discovery = (...addresses: string[]): Partial<Cloud> => ({
  discovery: async () => ({ members: addresses.length, size: 3, addresses }),
});

test('a token that names only strangers was used before', async () => {
  const { error, round } = await diagnose(discovery('10.9.0.1', '10.9.0.2', '10.9.0.3', '10.9.0.4'), {
    etcdAlone: true,
  });
  expect(round).toBe(1);
  expect(error).toMatchObject({
    code: 'DiscoveryTokenBurnt',
    why: expect.stringContaining(
      '4 machines are registered there that do not belong to this cluster (10.9.0.1, 10.9.0.2, 10.9.0.3)',
    ),
    next: expect.stringContaining('without --discovery-url'),
  });
});

test('one that names ours is good; a stranger among ours may be one of ours, replaced: not at once', async () => {
  const etcdAlone = true;
  expect((await diagnose(discovery('10.0.0.1', '54.0.0.2'), { etcdAlone }, 40)).error).toBeNull();
  expect((await diagnose(discovery(), { etcdAlone }, 40)).error).toBeNull();
  const late = await diagnose(discovery('10.0.0.1', '10.9.0.2'), { etcdAlone }, 40);
  expect(late.error?.why).toContain('1 machine is registered there');
  expect(late.round).toBeGreaterThanOrEqual(18);
});

test('a token that the service does not know settles it; a service out of reach from here does not', async () => {
  const failing = (code: string): Partial<Cloud> => ({
    discovery: () =>
      Promise.reject(new KubecoreError({ what: 'x', why: code, next: '', fault: 'network', code })),
  });
  const unknown = await diagnose(failing('DiscoveryTokenUnknown'), { etcdAlone: true });
  expect(unknown.error?.why).toBe(
    'the discovery service does not know the token https://discovery.example/abc (any more)',
  );
  expect((await diagnose(failing('ECONNREFUSED'), { etcdAlone: true })).error).toBeNull();
});

test('the token is not looked at once etcd has answered anywhere', async () => {
  expect((await diagnose({}, { etcdAlone: false })).error).toBeNull();
});

test('the ends of consoles: a few nodes, their last lines', async () => {
  const text = Array.from({ length: 40 }, (_, n) => `line ${n}`).join('\r\n');
  const found = await consolesOf(
    fakeCloud({ consoleOutput: async () => text }),
    [1, 2, 3, 4, 5].map((n) => instanceOf(n)),
    undefined,
  );
  expect(found).toHaveLength(3);
  expect(found[0]?.lines).toHaveLength(12);
  expect(found[0]?.lines.at(-1)).toBe('line 39');
});
