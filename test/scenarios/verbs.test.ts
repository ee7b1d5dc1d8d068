/**
 * A script's day with a cluster, by commands alone: units, pods, services, controllers, scaling, a minion's death, the end.
 * Then any master by --host, without a cloud.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectSandbox } from '../../src/sandbox/process/client.ts';
import { fastSandbox } from '../helpers/fast-sandbox.ts';
import { type Ran, runKubecore } from '../helpers/run.ts';
import type { SandboxHome } from '../helpers/sandbox-home.ts';
import { kubecore as onTerminal } from '../helpers/terminal.ts';

let home: SandboxHome;
let work: string;

const kubecore = (args: readonly string[], input?: string): Promise<Ran> =>
  runKubecore(args, {
    env: home.env,
    cwd: work,
    timeoutMs: 120_000,
    ...(input === undefined ? {} : { input }),
  });
const run = (...args: string[]): Promise<Ran> => kubecore([...args, '--sandbox']);

/** Runs it again until it ends with 0; a script's `until` loop. */
async function until(seconds: number, ...args: string[]): Promise<Ran> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const ran = await run(...args);
    if (ran.code === 0 || Date.now() > deadline) return ran;
  }
}

/** The master's --host and --identity, as for a cluster that someone else launched. */
async function masterHost(): Promise<string[]> {
  const state = home.env.KUBECORE_STATE_DIR ?? '';
  const [cluster] = JSON.parse((await run('list', '-o', 'json')).stdout);
  const client = await connectSandbox(path.join(state, 'sandbox'));
  const place = (await client?.hosts())?.[cluster.master.address];
  const keys = path.join(state, 'sandbox', 'keys');
  const [key = ''] = (await readdir(keys)).filter((name) => name.endsWith('.pem'));
  return ['--host', `core@127.0.0.1:${place?.port}`, '--identity', path.join(keys, key)];
}

// The article's unit.
const MYAPP = `[Unit]
Description=MyApp
After=docker.service
Requires=docker.service

[Service]
TimeoutStartSec=0
ExecStartPre=-/usr/bin/docker kill busybox1
ExecStartPre=-/usr/bin/docker rm busybox1
ExecStartPre=/usr/bin/docker pull busybox
ExecStart=/usr/bin/docker run --name busybox1 busybox /bin/sh -c "while true; do echo Hello World; sleep 1; done"
ExecStop=/usr/bin/docker stop busybox1
`;

const POD = JSON.stringify({
  id: 'redis-master',
  kind: 'Pod',
  apiVersion: 'v1beta1',
  labels: { name: 'redis' },
  desiredState: {
    manifest: {
      version: 'v1beta1',
      id: 'redis-master',
      containers: [{ name: 'master', image: 'dockerfile/redis', ports: [{ containerPort: 6379 }] }],
    },
  },
});

const SERVICE = `# read from standard input
id: redis
kind: Service
apiVersion: v1beta1
port: 6379
containerPort: 6379
selector: {name: redis}
`;

const CONTROLLER = `id: frontend
kind: ReplicationController
apiVersion: v1beta1
labels: {name: frontend}
desiredState:
  replicas: 1
  replicaSelector: {name: frontend}
  podTemplate:
    labels: {name: frontend}
    desiredState:
      manifest:
        version: v1beta1
        id: frontend
        containers: [{name: web, image: busybox}]
`;

beforeAll(async () => {
  home = await fastSandbox(20);
  work = path.join(home.home, 'work');
  await mkdir(work);
  await Promise.all([
    writeFile(path.join(work, 'myapp.service'), MYAPP),
    writeFile(path.join(work, 'bad.service'), '[Service]\nExecStart=/bin/sh -c "echo oh no; exit 3"\n'),
    writeFile(path.join(work, 'redis.json'), POD),
    writeFile(path.join(work, 'frontend.yaml'), CONTROLLER),
  ]);
  expect(await run('up', '--yes')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await home.dispose();
});

test('units: started from a file, waited for, read, stopped and destroyed', {
  timeout: 120_000,
}, async () => {
  const started = await run('unit', 'start', 'myapp.service');
  expect(started).toMatchObject({ code: 0 });
  expect(started.stdout).toMatch(/^myapp\.service runs on 172\.31\.\d+\.\d+\n$/);
  const log = await run('logs', 'myapp', '--lines', '5');
  expect(log.code).toBe(0);
  expect(log.stdout).toContain('Hello World');
  const left = await run('ssh', '--', 'ls /tmp');
  expect(left.stdout).not.toContain('kubecore.');

  const listed = JSON.parse((await run('unit', 'list', '-o', 'json')).stdout);
  expect(listed).toMatchObject([
    { name: 'myapp.service', desired: 'launched', description: 'MyApp', machines: [{ active: 'active' }] },
  ]);
  expect(await run('unit', 'cat', 'myapp')).toMatchObject({ code: 0, stdout: MYAPP });

  const nameless = await kubecore(['unit', 'submit', '-', '--sandbox'], MYAPP);
  expect(nameless).toMatchObject({ code: 2, stdout: '' });
  expect(nameless.stderr).toContain('give --name');
  const piped = await kubecore(['unit', 'submit', '-', '--name', 'web@.service', '--sandbox'], MYAPP);
  expect(piped).toMatchObject({ code: 0, stdout: 'web@.service is submitted\n' });
  expect(await run('unit', 'cat', 'web@')).toMatchObject({ code: 0, stdout: MYAPP });
  expect(await run('unit', 'destroy', 'web@', '--yes')).toMatchObject({ code: 0 });

  const mixed = await run('unit', 'start', 'bad.service', 'myap');
  expect(mixed.code).toBe(1);
  expect(mixed.stderr).toMatch(/bad\.service does not run: .*its last line: sh: oh no/);
  expect(mixed.stderr).toContain('there is no unit "myap.service"');
  expect(mixed.stderr).toContain('did you mean myapp.service?');
  const looked = await run('unit', 'status', 'myapp', 'bad');
  expect(looked.code).toBe(1);
  expect(looked.stdout).toMatch(/bad\.service\n {2}\S+: failed/);
  const partly = await run('unit', 'status', 'myapp', 'nosuch');
  expect(partly).toMatchObject({ code: 2, stdout: expect.stringMatching(/^myapp\.service/) });
  expect(partly.stderr).toContain('there is no unit "nosuch.service"');

  expect(await run('unit', 'destroy', 'bad')).toMatchObject({ code: 2, stdout: '' });
  const destroyed = await run('unit', 'destroy', 'bad', 'nosuch', '--yes');
  expect(destroyed.code).toBe(2);
  expect(destroyed.stdout).toBe('bad.service is destroyed\n');
  expect(destroyed.stderr).toContain('there is no unit "nosuch.service"');
});

test('kinds: a pod, a service and a controller from files, resized and deleted', {
  timeout: 120_000,
}, async () => {
  expect(await run('pods', 'create', 'redis.json')).toMatchObject({
    code: 0,
    stdout: 'created the pod redis-master\n',
  });
  expect(await kubecore(['services', 'create', '-', '--sandbox'], SERVICE)).toMatchObject({ code: 0 });
  expect(await run('controllers', 'create', 'frontend.yaml')).toMatchObject({ code: 0 });
  expect(await run('controllers', 'resize', 'frontend', '2')).toMatchObject({ code: 0 });

  const again = await run('pods', 'create', 'redis.json');
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('pod "redis-master" already exists');
  const other = await run('pods', 'create', 'frontend.yaml');
  expect(other.code).toBe(2);
  expect(other.stderr).toContain('did you mean kubecore controllers create?');

  expect(await until(60, 'status')).toMatchObject({ code: 0 });
  const pods = JSON.parse((await run('pods', 'list', '--selector', 'name=frontend', '-o', 'json')).stdout);
  expect(pods).toHaveLength(2);
  for (const pod of pods) expect(pod).toMatchObject({ status: 'Running', images: ['busybox'] });
  expect(JSON.parse((await run('services', 'get', 'redis', '-o', 'json')).stdout)).toMatchObject({
    kind: 'Service',
    id: 'redis',
    port: 6379,
  });
  const missing = await run('controllers', 'resize', 'frontnd', '1');
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain('did you mean frontend?');

  const unread = await run('pods', 'list', '--selector', 'name');
  expect(unread).toMatchObject({ code: 2, stdout: '' });
  expect(unread.stderr).toMatch(
    /--selector name cannot be used: invalid selector.*\nnext: write LABEL=VALUE/,
  );
  expect(await run('pods', 'delete', 'redis-master')).toMatchObject({ code: 2 });
  expect(await run('pods', 'delete', 'redis-master', '--yes', '--read-only')).toMatchObject({ code: 2 });
  expect(await run('pods', 'delete', 'redis-master', '--yes')).toMatchObject({ code: 0 });
  expect(await run('services', 'delete', 'redis', '--yes')).toMatchObject({ code: 0 });
});

test("run: the container's output and exit code", { timeout: 60_000 }, async () => {
  const hullo = await run('run', 'busybox', '/bin/echo', 'hullo, world!');
  expect(hullo).toMatchObject({ code: 0, stdout: 'hullo, world!\n' });
  const failed = await kubecore([
    'run',
    '--sandbox',
    'master',
    'busybox',
    '--',
    'sh',
    '-c',
    'echo no >&2; exit 3',
  ]);
  expect(failed).toMatchObject({ code: 3, stdout: '' });
  expect(failed.stderr).toContain('no\n');
});

test('any master by --host: no cloud, a host key that must be accepted', { timeout: 60_000 }, async () => {
  const status = JSON.parse((await run('status', '-o', 'json')).stdout);
  const host = await masterHost();

  const unknown = await kubecore(['minions', 'list', ...host]);
  expect(unknown).toMatchObject({ code: 4, stdout: '' });
  expect(unknown.stderr).toContain('the host key of 127.0.0.1 is not known');
  const attached = await kubecore(['status', ...host, '--accept-new-host-key', '-o', 'json']);
  expect(attached.code).toBe(0);
  expect(JSON.parse(attached.stdout)).toMatchObject({
    health: 'healthy',
    cluster: { name: '127.0.0.1', master: { machineId: status.cluster.master.machineId } },
    minions: status.minions,
  });
  // Now the key is known.
  expect(await kubecore(['minions', 'list', ...host])).toMatchObject({ code: 0, stderr: '' });
  const logs = await kubecore(['logs', 'etcd', '--lines', '1', ...host]);
  expect(logs.stdout.trimEnd().split('\n')).toHaveLength(3);
  expect((await kubecore(['unit', ...host, 'status', 'myapp'])).stdout).toContain('active (running)');
  expect(await kubecore(['ssh', ...host, 'master', '--', 'exit 7'])).toMatchObject({ code: 7 });
  expect(await kubecore(['minions', 'list', '--host', '127.0.0.1:1', ...host.slice(2)])).toMatchObject({
    code: 4,
  });
});

test('on a terminal: the console of a master by --host, the watch redrawn, a yes asked for', {
  timeout: 90_000,
}, async () => {
  const host = await masterHost();
  // A home without known hosts: the person is asked, before the screen is taken.
  const env = { ...home.env, KUBECORE_STATE_DIR: path.join(home.home, 'other-state') };
  const panes = onTerminal(['console', ...host], { env });
  try {
    await panes.see(/Trust it\? \(yes\/no\)/);
    expect(panes.state().alternate).toBe(false);
    panes.type('yes');
    panes.press('Enter');
    await panes.see('kube-apiserver.service', 40_000);
    expect(panes.state().alternate).toBe(true);
    panes.type('q');
    expect(await panes.end()).toMatchObject({ code: 0 });
    expect(panes.state()).toMatchObject({ alternate: false, cursorHidden: false });
  } finally {
    await panes.dispose();
  }

  const watch = onTerminal(['status', '--watch', '--only', 'minions', '--sandbox'], { env: home.env });
  try {
    await watch.see('MINIONS');
    expect(watch.state().alternate).toBe(true);
    const [time] = watch.lines();
    await watch.until(() => watch.lines()[0] !== time, 'a second look');
    expect(watch.text().match(/MINIONS/g)).toHaveLength(1);
    watch.press('Ctrl+c');
    expect(await watch.end()).toMatchObject({ code: 130 });
    expect(watch.state().alternate).toBe(false);
  } finally {
    await watch.dispose();
  }

  const destroy = onTerminal(['unit', 'destroy', 'myapp', '--sandbox'], { env: home.env, cwd: work });
  try {
    await destroy.see(/have fleet forget it\? \(yes\/no\)/);
    destroy.type('no');
    destroy.press('Enter');
    await destroy.see('nothing was destroyed');
    expect(await destroy.end()).toMatchObject({ code: 1 });
  } finally {
    await destroy.dispose();
  }
});

test('scale, the death of a minion, healthy again, down', { timeout: 240_000 }, async () => {
  const grown = await run('scale', '3', '-o', 'json');
  expect(grown.code).toBe(0);
  const events = grown.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.at(-1)).toMatchObject({ type: 'healthy', cluster: { size: 3 } });
  expect(await run('scale', '3')).toMatchObject({
    code: 0,
    stdout: 'nothing to do: kubernetes has 3 minions\n',
  });
  expect(await run('scale', '2')).toMatchObject({ code: 2 });
  expect(JSON.parse((await run('minions', 'list', '-o', 'json')).stdout)).toHaveLength(3);

  expect(await run('sandbox', 'fault', 'minion-dies')).toMatchObject({ code: 0 });
  const hurt = await run('status');
  expect(hurt.code).toBe(1);
  expect(hurt.stdout).toMatch(/is degraded/);
  // The dead minion's pods stay in the list as terminated until somebody deletes them.
  expect(await until(120, 'status', '--only', 'machines,units,minions')).toMatchObject({ code: 0 });

  expect(await run('down', '--yes')).toMatchObject({ code: 0 });
  expect(await run('unit', 'list')).toMatchObject({ code: 2 });
});
