/** Between the screens: home, opening a console, coming back, resizing. */
import { afterEach, expect, test } from 'vitest';
import { cluster, error, fakeServices, stack } from '../fake-services.ts';
import { endStories, KEY, story } from '../story.tsx';

afterEach(endStories);

const clusters = [cluster('kubernetes'), cluster('staging')];
const home = { initial: { screen: 'home' as const }, clusters };

const ours = (name: string, status: string, createdAt: number) => ({
  ...stack(name, status, { 'kubecore:cluster': name }),
  createdAt,
});

test('home lists the clusters and opens the chosen one; Esc in the console comes back', async () => {
  const stacks = Object.fromEntries(
    clusters.map(({ name }, index) => [name, ours(name, 'CREATE_COMPLETE', 2 - index)]),
  );
  const services = fakeServices({ backend: 'sandbox', world: { stacks } });
  const s = story(services, home);
  await s.sees(
    '2 clusters are here',
    /▸ kubernetes +us-east-1, 2 minions, master 198\.51\.100\.4/,
    'staging',
  );
  await s.press('j', KEY.enter);
  await s.sees('1 Machines');
  expect(services.world.opened.map((one) => one.cluster.name)).toEqual(['staging']);
  await s.press(KEY.esc);
  await s.sees('2 clusters are here');
  expect(services.world.sessionsClosed).toBe(1);
});

test('Esc at home does not leave; the list keeps its order and its cursor', async () => {
  const stacks = {
    kubernetes: ours('kubernetes', 'CREATE_COMPLETE', 2),
    staging: ours('staging', 'UPDATE_COMPLETE', 1),
  };
  const s = story(fakeServices({ world: { stacks } }), home);
  await s.sees(/▸ kubernetes.*\n {4}staging/);
  await s.press('j', KEY.enter);
  await s.sees('1 Machines');
  await s.press(KEY.esc, KEY.esc);
  // As the region tells it by now.
  await s.sees(/ {4}kubernetes +us-east-1, 4 minions.*\n +▸ staging +us-east-1, 4 minions/);
  expect(s.exits).toEqual([]);
  await s.press(KEY.esc, 'k', KEY.enter);
  await s.sees('1 Machines');
  await s.press(KEY.esc);
  await s.sees(/▸ kubernetes.*\n {4}staging/);
  await s.press('q');
  expect(await s.ends()).toEqual({ exitCode: 0 });
});

const FILE = '/home/me/.ssh/coreos.pem';

test('a cluster whose key is encrypted asks before its console opens; Esc comes back, later it is open', async () => {
  const stacks = { kubernetes: ours('kubernetes', 'CREATE_COMPLETE', 1) };
  const services = fakeServices({ world: { stacks, passphrases: { [FILE]: 'open sesame' } } });
  const s = story(services, {
    initial: { screen: 'home', identityFile: FILE },
    clusters: [cluster('kubernetes')],
  });
  await s.sees('One cluster is here');
  await s.press(KEY.enter);
  await s.sees(`The private key ${FILE} is encrypted`, '6 Console');
  await s.press('half', KEY.esc);
  await s.sees('One cluster is here');
  await s.press(KEY.enter);
  await s.sees('is encrypted');
  await s.press('wrong');
  await s.press(KEY.enter);
  await s.sees('That was not it');
  await s.press('open sesame');
  await s.sees(/•{11}/);
  await s.press(KEY.enter);
  await s.sees('1 Machines');
  await s.press(KEY.esc);
  await s.sees('One cluster is here');
  await s.press(KEY.enter);
  await s.sees('1 Machines');
  expect(services.world.opened.map((one) => one.identityFile)).toEqual([FILE, FILE]);
});

test('without home behind it, Esc says that the passphrase was not given, and it can be given after all', async () => {
  const services = fakeServices({ world: { passphrases: { [FILE]: 'open sesame' } } });
  const s = story(services, {
    initial: { screen: 'console', cluster: cluster('kubernetes'), identityFile: FILE },
  });
  await s.sees('is encrypted');
  await s.press(KEY.esc);
  await s.sees('its passphrase was not given', 'Try again');
  await s.press(KEY.enter);
  await s.sees('is encrypted');
  await s.press('open sesame');
  await s.press(KEY.enter);
  await s.sees('1 Machines');
});

test('a launch that is taken up asks for the passphrase of its key first; Esc leaves it as it is', async () => {
  const stacks = { web: ours('web', 'CREATE_IN_PROGRESS', 1) };
  const services = fakeServices({ world: { stacks, passphrases: { [FILE]: 'open sesame' } } });
  const s = story(services, {
    initial: { screen: 'home' },
    clusters: [{ ...cluster('web'), status: 'CREATE_IN_PROGRESS' }],
  });
  await s.sees('being launched');
  await s.press(KEY.enter);
  await s.sees('is encrypted', '5 Launch');
  await s.press(KEY.esc);
  await s.sees('being launched');
  expect(services.world.launched).toEqual([]);
  await s.press(KEY.enter);
  await s.sees('is encrypted');
  await s.press('open sesame');
  await s.press(KEY.enter);
  await s.sees('Road to healthy');
  expect(services.world.launched[0]?.identityFile).toBe(FILE);
});

test('a launch in flight says so at home, and Enter takes it up with its key', async () => {
  const stacks = { web: ours('web', 'CREATE_IN_PROGRESS', 1) };
  const services = fakeServices({ world: { stacks } });
  const s = story(services, {
    initial: { screen: 'home' },
    clusters: [{ ...cluster('web'), status: 'CREATE_IN_PROGRESS' }],
  });
  await s.sees(/▸ web +◌ being launched/);
  await s.press(KEY.enter);
  await s.sees('5 Launch', 'Road to healthy');
  expect(services.world.launched).toMatchObject([
    { plan: { name: 'web', size: 4 }, identityFile: '/home/me/.ssh/coreos.pem' },
  ]);
  expect(services.world.opened).toEqual([]);
});

test('a launch in flight that cannot be taken up says why', async () => {
  // Nothing of what a stack has to say can be read.
  const stacks = { web: { ...ours('web', 'CREATE_IN_PROGRESS', 1), parameters: null as never } };
  const services = fakeServices({ world: { stacks } });
  const s = story(services, {
    initial: { screen: 'home' },
    clusters: [{ ...cluster('web'), status: 'CREATE_IN_PROGRESS' }],
  });
  await s.sees('being launched');
  await s.press(KEY.enter);
  await s.sees('✗', 'null', '▸ Try again');
  await s.press(KEY.esc);
  await s.sees('Launch another cluster');
});

test('what a failed launch left is explained and can be deleted; home knows that it is gone', async () => {
  const stacks = { web: ours('web', 'ROLLBACK_COMPLETE', 1), other: ours('other', 'CREATE_COMPLETE', 2) };
  const stackEvents = [
    {
      id: '1',
      at: 1,
      logicalId: 'MasterAutoScale',
      physicalId: null,
      type: 'AWS::AutoScaling::AutoScalingGroup',
      status: 'CREATE_FAILED',
      reason: 'VcpuLimitExceeded',
    },
  ];
  const services = fakeServices({ backend: 'sandbox', world: { stacks, stackEvents } });
  const s = story(services, {
    initial: { screen: 'home' },
    clusters: [{ ...cluster('web'), status: 'ROLLBACK_COMPLETE' }],
  });
  await s.sees(/▸ web +✗ launch failed/);
  await s.press(KEY.enter);
  await s.sees('This launch failed', 'MasterAutoScale: the cluster needs more', '▸ Back to the clusters');
  await s.sees(/kubecore down --cluster web\s+--sandbox/);
  await s.press(KEY.down, KEY.enter);
  await s.sees('Everything is deleted');
  expect(services.world.undone).toEqual([stacks.web.id]);
  delete services.world.stacks.web;
  await s.press(KEY.enter);
  await s.sees('One cluster is here', /▸ other/);
});

test('a deletion in flight is watched to its end', async () => {
  let answer = (): void => {};
  const services = fakeServices({ world: { stacks: { web: ours('web', 'DELETE_IN_PROGRESS', 1) } } });
  services.holds.undo = new Promise((resolve) => (answer = resolve));
  const s = story(services, {
    initial: { screen: 'home' },
    clusters: [{ ...cluster('web'), status: 'DELETE_IN_PROGRESS' }],
  });
  await s.sees(/▸ web +◌ being deleted/);
  await s.press(KEY.enter);
  await s.sees('It is being deleted', 'until no machine is left');
  answer();
  await s.sees('Everything is deleted');
});

test('home leads into the setup, and back', async () => {
  const s = story(fakeServices(), home);
  await s.sees('Launch another cluster');
  await s.press('G', KEY.up, KEY.enter);
  await s.sees('1 Prerequisites', 'Ready');
  await s.press(KEY.esc);
  await s.sees('2 clusters are here');
  await s.press('q');
  expect(await s.ends()).toEqual({ exitCode: 0 });
});

test('Ctrl-C at home ends with 130', async () => {
  const s = story(fakeServices(), home);
  await s.sees('2 clusters');
  await s.press(KEY.ctrl('c'));
  expect(await s.ends()).toEqual({ exitCode: 130 });
});

test('the console opens directly, with the identity that was given', async () => {
  const services = fakeServices();
  const s = story(services, {
    initial: { screen: 'console', cluster: cluster('kubernetes'), identityFile: '/k/mine.pem' },
  });
  await s.loses('Connecting', 'Prerequisites');
  expect(services.world.opened[0]?.identityFile).toBe('/k/mine.pem');
});

test('a master that does not answer is explained, tried again, or given up with its exit code', async () => {
  const down = error('the master was not reached', 'connection refused', 'look at kubecore events');
  const services = fakeServices({ world: { openErrors: [down, down] } });
  const s = story(services, { initial: { screen: 'console', cluster: cluster('kubernetes') } });
  await s.sees(
    '6 Console',
    'the master was not reached: connection refused',
    '→ look at kubecore events',
    'Try again',
  );
  await s.press(KEY.enter);
  await s.sees('connection refused');
  await s.press(KEY.down, KEY.enter);
  expect(await s.ends()).toEqual({
    exitCode: 3,
    message: 'the master was not reached: connection refused; next: look at kubecore events',
  });
});

test('a terminal too small says so and loses nothing', async () => {
  const s = story(fakeServices(), { size: { columns: 50, rows: 12 } });
  await s.sees('too small');
});
