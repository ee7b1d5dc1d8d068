/** Holds doctor to what it finds: each check told, no secret printed, 1 when something is bad. */
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reach } from '../../src/cli/doctor/reach.ts';
import { runKubecore } from '../helpers/run.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';
import { say } from './render-host.ts';

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
      KUBECORE_DISCOVERY_SERVICE: 'http://127.0.0.1:1',
    },
  });
  expect(ran.stdout).toContain('the environment (AWS_ACCESS_KEY_ID)');
  expect(ran.stdout).toMatch(/^reach AWS +absent +127\.0\.0\.1:1: nothing listens there$/m);
  expect(ran.stdout).toMatch(/^reach etcd discovery +absent +127\.0\.0\.1:1: nothing listens there$/m);
  expect(ran.stdout + ran.stderr).not.toContain(secret);
  expect(ran.stdout + ran.stderr).not.toContain('AKIAIOSFODNN7EXAMPLE');
});

test('the config file: none, one that is well, one with mistakes; variables that nothing reads', async () => {
  const checks = async (env: Record<string, string> = {}) => {
    const ran = await say(['doctor', '-o', 'json'], {
      cwd: home.home,
      env: { ...home.env, XDG_CONFIG_HOME: home.home, ...env },
    });
    const found: { check: string; state: string; found: string; next: string | null }[] = JSON.parse(
      ran.stdout,
    ).checks;
    return { code: ran.code, of: (name: string) => found.find(({ check }) => check === name) };
  };
  expect((await checks()).of('config file')).toMatchObject({ state: 'absent' });
  const file = path.join(home.home, 'kubecore.yaml');
  await writeFile(file, 'name: web\n');
  expect((await checks()).of('config file')).toMatchObject({
    state: 'ok',
    found: 'kubecore.yaml, 1 setting',
  });
  await writeFile(file, 'nam: web\n');
  const bad = await checks({ KUBECORE_REGON: 'x' });
  expect(bad.code).toBe(1);
  expect(bad.of('config file')).toMatchObject({ state: 'bad' });
  expect(bad.of('environment')?.next).toBe('did you mean KUBECORE_REGION?');
  await rm(file);
});

test('a port that listens, one that does not', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await reach('127.0.0.1', port)).toEqual({ ms: expect.any(Number) });
  server.close();
  await once(server, 'close');
  expect(await reach('127.0.0.1', port)).toEqual({ why: 'nothing listens there' });
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
