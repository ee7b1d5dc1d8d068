/** Holds doctor to what it finds: each check told, no secret printed, 1 when something is bad. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runKubecore } from '../helpers/run.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';

let home: SandboxHome;
beforeAll(async () => {
  home = await sandboxHome();
});
afterAll(async () => {
  await home.dispose();
});

test('an empty home: nothing is bad, and what is missing says what to do', async () => {
  const ran = await runKubecore(['doctor', '-o', 'json'], { env: home.env });
  expect(ran.code).toBe(0);
  const { checks } = JSON.parse(ran.stdout);
  const states = Object.fromEntries(
    checks.map((one: { check: string; state: string }) => [one.check, one.state]),
  );
  expect(states).toMatchObject({
    kubecore: 'ok',
    node: 'ok',
    terminal: 'absent',
    'state directory': 'ok',
    'ssh-agent': 'absent',
    sandbox: 'absent',
    'AWS region': 'absent',
    'AWS credentials': 'absent',
  });
});

test('credentials are told by their place, never by their words', async () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const ran = await runKubecore(['doctor', '--region', 'eu-west-1', '--debug'], {
    env: {
      ...home.env,
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: secret,
      // Nothing listens there: no question leaves this computer.
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    },
  });
  expect(ran.stdout).toContain('the environment (AWS_ACCESS_KEY_ID)');
  expect(ran.stdout + ran.stderr).not.toContain(secret);
  expect(ran.stdout + ran.stderr).not.toContain('AKIAIOSFODNN7EXAMPLE');
});

test('a broken agent and a state directory that is a file are bad', async () => {
  const file = path.join(home.home, 'file');
  await writeFile(file, '');
  const ran = await runKubecore(['doctor'], {
    env: {
      ...home.env,
      KUBECORE_STATE_DIR: path.join(file, 'state'),
      SSH_AUTH_SOCK: path.join(home.home, 'none'),
    },
  });
  expect(ran.code).toBe(1);
  expect(ran.stdout).toMatch(/state directory +bad/);
  expect(ran.stdout).toMatch(/ssh-agent +bad/);
  expect(ran.stdout).toMatch(/next: state directory: /);
});
