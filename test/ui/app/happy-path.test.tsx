/** The whole way: from the checklist to the console, with fakes outside. */
import { afterEach, expect, test } from 'vitest';
import { cluster, fakeServices } from '../fake-services.ts';
import { endStories, KEY, story } from '../story.tsx';

afterEach(endStories);

test.each([
  { columns: 80, rows: 24 },
  { columns: 200, rows: 60 },
])('from the checklist to the console at $columns×$rows', async (size) => {
  const services = fakeServices({ backend: 'sandbox' });
  const s = story(services, { size });
  await s.sees('1 Prerequisites', 'AWS account', 'Ready to launch');
  await s.press(KEY.enter);
  await s.sees('2 Key pair', 'private key: ~/.ssh/coreos.pem', 'Create a new key pair');
  await s.press(KEY.enter);
  await s.sees('3 Parameters', 'Instance type', '✓ free');
  await s.press(KEY.ctrl('n'));
  await s.sees('4 Review', 'accepted by CloudFormation', 'simulates 3 machines');
  await s.press(KEY.enter);
  await s.sees('5 Launch', 'Road to healthy');
  expect(services.world.launched[0]?.identityFile).toBe('/home/me/.ssh/coreos.pem');
  expect(services.world.launched[0]?.plan).toMatchObject({
    blueprint: 'kubernetes',
    templateParameters: {
      AllowSSHFrom: '203.0.113.7/32',
      DiscoveryURL: 'http://127.0.0.1:4711/token-of-3',
      KeyPair: 'coreos',
      ClusterSize: '2',
    },
  });
  services.emit({ type: 'healthy', at: services.clock.now(), cluster: cluster('kubernetes') });
  await s.loses('Road to healthy');
  await s.sees('kubernetes');
  await s.loses('Connecting to the master');
  expect(services.world.opened).toEqual([
    { cluster: cluster('kubernetes'), identityFile: '/home/me/.ssh/coreos.pem' },
  ]);
  await s.press('q');
  expect(await s.ends()).toEqual({ exitCode: 0 });
});
