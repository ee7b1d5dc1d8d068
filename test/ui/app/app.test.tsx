/** Between the screens: home, opening a console, coming back, resizing. */
import { afterEach, expect, test } from 'vitest';
import { cluster, error, fakeServices } from '../fake-services.ts';
import { endStories, KEY, story } from '../story.tsx';

afterEach(endStories);

const clusters = [cluster('kubernetes'), cluster('staging')];
const home = { initial: { screen: 'home' as const }, clusters };

test('home lists the clusters and opens the chosen one; Esc in the console comes back', async () => {
  const services = fakeServices({ backend: 'sandbox' });
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
