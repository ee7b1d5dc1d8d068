/** Step 1 as stories: what is looked at, what fails, the way into the sandbox. */
import { afterEach, describe, expect, test } from 'vitest';
import { error, fakeServices } from '../fake-services.ts';
import { endStories, KEY, story } from '../story.tsx';

afterEach(endStories);

const EXPIRED = error('AWS did not accept the credentials', 'the token is expired', 'aws sso login');

test('the first frame has the final layout while everything is still looked at', async () => {
  const services = fakeServices();
  for (const what of ['identity', 'keyPairs', 'tool']) services.holds[what] = new Promise(() => {});
  const s = story(services);
  await s.sees(
    '1 Prerequisites',
    'asking AWS who you are',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_DEFAULT_REGION',
    'looking on the PATH',
    'asking EC2 for the list',
  );
  await s.press(KEY.enter);
  await s.sees('Still looking');
});

test('each result comes as it is found; secrets are never shown', async () => {
  const services = fakeServices();
  let answer = (): void => {};
  services.holds.identity = new Promise((resolve) => (answer = resolve));
  const s = story(services);
  await s.sees('2 in us-east-1: coreos, work', 'asking AWS who you are');
  answer();
  await s.sees(
    '123456789012',
    'arn:aws:iam::123456789012:user/me',
    /AWS_ACCESS_KEY_ID +set/,
    /AWS_SECRET_ACCESS_KEY +set \(its value is never shown\)/,
    /AWS_DEFAULT_REGION +us-east-1/,
    /aws +2\.15\.30, not needed by kubecore/,
    /jq +not installed: not needed by kubecore/,
    'Ready to launch in us-east-1',
  );
  expect(s.screen()).not.toMatch(/hush|AKIA/);
});

test('missing variables are no failure when credentials come from elsewhere', async () => {
  const s = story(fakeServices({ world: { env: {} } }));
  await s.sees(/○ AWS_ACCESS_KEY_ID +not set: credentials come from elsewhere/, 'Ready to launch');
  await s.press(KEY.enter);
  await s.sees('2 Key pair');
});

test('a region without key pairs says that the next step creates one', async () => {
  const s = story(fakeServices({ world: { pairs: [] } }));
  await s.sees('none in us-east-1 yet: the next step creates one');
});

describe('without an account', () => {
  test('it says why, how to mend it, and checks again with r', async () => {
    const services = fakeServices({ world: { identity: EXPIRED, env: {} } });
    const s = story(services);
    await s.sees('AWS did not accept', '→ aws sso login', 'Use the sandbox', 'Check again', 'Quit');
    await s.sees(/✗ AWS_ACCESS_KEY_ID +not set: export AWS_ACCESS_KEY_ID=/);
    services.world.identity = null;
    await s.press('r');
    await s.sees('Ready to launch');
  });

  test('the sandbox takes over, and its defaults reach the form', async () => {
    const s = story(fakeServices({ backend: null, world: { env: {} } }));
    await s.sees('no credentials were found', 'no AWS account');
    await s.press(KEY.enter);
    await s.sees('sandbox us-east-1', 'the sandbox needs none', 'Ready to launch in the sandbox');
    await s.press(KEY.enter);
    await s.sees('private key: ~/.ssh/coreos.pem');
    await s.press(KEY.enter);
    await s.sees('http://127.0.0.1:4711');
  });

  test('a sandbox that does not start says so and leaves the choice', async () => {
    const services = fakeServices({
      backend: null,
      world: {
        sandboxError: error('the sandbox did not start', 'its port is taken', 'kubecore sandbox stop'),
      },
    });
    const s = story(services);
    await s.sees('Use the sandbox');
    await s.press(KEY.enter);
    await s.sees('the sandbox did not start: its port is taken', 'kubecore sandbox stop', 'Check again');
  });

  test('all of it fits at 80×24, and Down Enter in one packet chooses what it means', async () => {
    const s = story(fakeServices({ backend: null, world: { env: {} } }));
    await s.sees('EC2 key pairs', 'Quit', '? help');
    await s.press(KEY.down, KEY.down, KEY.enter);
    expect(await s.ends()).toEqual({ exitCode: 0 });
  });
});

test('key pairs that cannot be listed hold the step, with the reason', async () => {
  const s = story(
    fakeServices({
      world: {
        pairs: error('key pairs were not listed', 'UnauthorizedOperation', 'allow ec2:DescribeKeyPairs'),
      },
    }),
  );
  await s.sees('key pairs were not listed: UnauthorizedOperation', '→ allow ec2:DescribeKeyPairs');
  await s.press(KEY.enter);
  await s.sees('mend it, then press r');
});

test('hostile words from outside reach the screen harmless', async () => {
  const s = story(fakeServices({ world: { env: { AWS_DEFAULT_REGION: '\u001b[2Jeu\u0007' } } }));
  await s.sees('AWS_DEFAULT_REGION');
  expect(s.screen()).not.toContain('\u0007');
});

test('help opens over the screen, lists its keys, and closes', async () => {
  const s = story(fakeServices());
  await s.sees('Ready');
  await s.press('?');
  await s.sees('Prerequisites: help', 'Look at everything once more');
  await s.press(KEY.esc);
  await s.sees('Ready');
});

test('Ctrl-C quits with 130 and nothing to say', async () => {
  const s = story(fakeServices());
  await s.sees('Prerequisites');
  await s.press(KEY.ctrl('c'));
  expect(await s.ends()).toEqual({ exitCode: 130 });
});
