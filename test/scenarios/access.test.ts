/**
 * One cluster, reached by others' tools and from a shell's prompt: stock ssh, scp and sftp by ssh-config, curl by the tunnel,
 * logs of several units at once, Tab in bash, zsh and fish, a report for a maintainer.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ran, runKubecore } from '../helpers/run.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';
import { PROGRAM, TerminalSession } from '../helpers/terminal.ts';
import { describeWithPeer } from '../render/peers.ts';

let home: SandboxHome;
let work: string;
const run = (...args: string[]): Promise<Ran> =>
  runKubecore([...args, '--sandbox'], { env: home.env, cwd: work, timeoutMs: 170_000 });

beforeAll(async () => {
  home = await sandboxHome();
  work = path.join(home.home, 'work');
  await mkdir(work);
  // What a shell finds on its PATH.
  await writeFile(path.join(work, 'kubecore'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  await chmod(path.join(work, 'kubecore'), 0o755);
  expect(await run('up', '--yes')).toMatchObject({ code: 0 });
}, 180_000);
afterAll(() => home?.dispose());

/** A stock tool, with the block of ssh-config alone. */
const stock = (tool: string, args: readonly string[], input = '') =>
  execa(tool, ['-F', path.join(work, 'config'), ...args], {
    cwd: work,
    reject: false,
    timeout: 30_000,
    input,
    env: { SSH_AUTH_SOCK: '', SSH_ASKPASS_REQUIRE: 'never' },
  });

describeWithPeer('scp', () => {
  test('stock ssh, scp and sftp reach the master and, through it, a minion', {
    timeout: 60_000,
  }, async () => {
    const block = await run('ssh-config');
    expect(block).toMatchObject({ code: 0, stderr: '' });
    expect(block.stdout).toMatch(/# {3}export FLEETCTL_TUNNEL=127\.0\.0\.1:\d+/);
    await writeFile(path.join(work, 'config'), block.stdout);
    const machines = JSON.parse((await run('status', '--only', 'machines', '-o', 'json')).stdout).machines;
    const idOf = (role: string): string => machines.find((one: { role: string }) => one.role === role).id;

    const master = await stock('ssh', ['kubernetes-master', 'cat /etc/machine-id']);
    expect(master).toMatchObject({ exitCode: 0, stdout: idOf('master') });
    const minion = idOf('minion');
    const byId = await stock('ssh', [`kubernetes-${minion.slice(0, 8)}`, 'cat /etc/machine-id; exit 3']);
    expect(byId).toMatchObject({ exitCode: 3, stdout: minion });

    await writeFile(path.join(work, 'note.txt'), 'hullo\n');
    expect(await stock('scp', ['-q', 'note.txt', 'kubernetes-minion-1:copy.txt'])).toMatchObject({
      exitCode: 0,
    });
    const fetched = await stock('sftp', ['-q', '-b', '-', 'kubernetes-minion-1'], 'get copy.txt back.txt\n');
    expect(fetched).toMatchObject({ exitCode: 0 });
    expect(await readFile(path.join(work, 'back.txt'), 'utf8')).toBe('hullo\n');

    // The same for a master that is known by a name of the user's own configuration alone.
    const value = (name: string): string => new RegExp(`^  ${name} (.*)$`, 'm').exec(block.stdout)?.[1] ?? '';
    await mkdir(path.join(home.home, '.ssh'));
    await writeFile(
      path.join(home.home, '.ssh', 'config'),
      `Host prod\n  HostName 127.0.0.1\n  Port ${value('Port')}\n  User core\n  IdentityFile ${value('IdentityFile')}\n`,
      { mode: 0o600 },
    );
    const attach = (...args: string[]) => runKubecore(args, { env: home.env, cwd: work });
    const attached = await attach('ssh-config', '--host', 'prod', '--accept-new-host-key');
    expect(attached.code).toBe(0);
    await writeFile(path.join(work, 'config'), attached.stdout);
    expect(await stock('ssh', ['prod-minion-1', 'cat copy.txt'])).toMatchObject({
      exitCode: 0,
      stdout: 'hullo',
    });
    const listed = await attach('list');
    expect(listed).toMatchObject({ code: 0 });
    expect(listed.stdout).toMatch(/^prod .* ATTACHED /m);
    expect(listed.stderr).toContain('AWS was not asked');
  });
});

test('the tunnel: the API and fleet answer on loopback, are there again after the link dropped, and end with a signal', {
  timeout: 240_000,
}, async () => {
  const child = spawn(process.execPath, [PROGRAM, 'tunnel', '--sandbox', '-o', 'json'], {
    cwd: work,
    env: { ...home.env, PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  try {
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('exit', (code) => reject(new Error(`the tunnel ended with ${code}`)));
    });
    const { api, fleet, env } = JSON.parse(line);
    expect(env).toEqual({
      KUBERNETES_MASTER: api.url,
      FLEETCTL_ENDPOINT: fleet.url,
      FLEETCTL_EXPERIMENTAL_API: 'true',
    });
    const curl = async (url: string, ...more: string[]) => {
      const { stdout } = await execa('curl', ['-sS', '--max-time', '30', ...more, url], { reject: false });
      return stdout === '' ? null : JSON.parse(stdout);
    };
    expect((await curl(`${api.url}/api/v1beta1/minions`)).minions).toHaveLength(2);
    expect((await curl(`${fleet.url}/v1-alpha/machines`)).machines).toHaveLength(3);
    const service = JSON.stringify({
      id: 's',
      kind: 'Service',
      apiVersion: 'v1beta1',
      port: 80,
      selector: { a: 'b' },
    });
    await curl(`${api.url}/api/v1beta1/services`, '-d', service);
    expect(JSON.parse((await run('services', 'list', '-o', 'json')).stdout)).toMatchObject([{ name: 's' }]);

    expect(await run('sandbox', 'fault', 'link-drops', '--seconds', '2')).toMatchObject({ code: 0 });
    const deadline = Date.now() + 100_000;
    let version = null;
    while (version === null && Date.now() < deadline) version = await curl(`${api.url}/version`);
    expect(version).toMatchObject({ major: '0', minor: '4.4' });
    child.kill('SIGINT');
    expect(await ended).toBe(130);
  } finally {
    child.kill('SIGKILL');
  }
});

test('logs of several units and nodes are one, in order of time', { timeout: 180_000 }, async () => {
  const lines = (ran: Ran): string[] => ran.stdout.trimEnd().split('\n');
  const glob = await run('logs', 'kube-*', 'etcd', '--machine', 'master', '--lines', '2', '-o', 'json');
  expect(glob).toMatchObject({ code: 0, stderr: '' });
  const entries = lines(glob).map((line) => JSON.parse(line));
  const counts = new Map<string, number>();
  for (const { unit } of entries) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  // Two of each, however much the others say.
  expect(counts.get('kube-apiserver.service')).toBe(2);
  expect(counts.get('kube-register-download.service')).toBe(2);
  expect(counts.get('etcd.service')).toBe(2);
  expect(entries.map(({ time }) => time)).toEqual(entries.map(({ time }) => time).sort());

  const etcd = await run('logs', 'etcd', 'fleet', '--lines', '1');
  expect(lines(etcd)).toHaveLength(6);
  for (const line of lines(etcd)) expect(line).toMatch(/^\S+Z 172\.31\.\d+\.\d+ (etcd|fleet)\.service \S+: /);
  const found = await run(
    'logs',
    'kube-register',
    '--since',
    '1h',
    '--grep',
    '^never',
    '--grep',
    'registered (x|m)',
  );
  expect(found.stdout).toMatch(/registered machines/);
  const none = await run('logs', 'kube-register', '--since', '1h', '--exclude', '.');
  expect(none).toMatchObject({ code: 0, stdout: '' });
  const journal = await run('logs', '--machine', 'minion', '--lines', '1', '-o', 'json');
  expect(new Set(lines(journal).map((line) => JSON.parse(line).ip)).size).toBe(2);

  for (const [args, said] of [
    [['etcd', '--grep', 'a('], 'missing closing )'],
    [['etcd', '--since', 'soon'], 'not a time that journalctl reads'],
    [['etcd', '--follow', '--until', '1m'], 'cannot be given together'],
    [['ectd'], 'did you mean etcd?'],
    [[], 'which logs are meant is not clear'],
  ] as const) {
    const refused = await run('logs', ...args);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(said);
  }
});

test('what is followed takes in units that start, and goes on after the link dropped, no line twice', {
  timeout: 300_000,
}, async () => {
  const child = spawn(
    process.execPath,
    [PROGRAM, 'logs', 'my*', 'etcd', '--follow', '--lines', '1', '-o', 'json', '--sandbox'],
    { cwd: work, env: { ...home.env, PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const hellos: string[] = [];
  let heard = (): void => {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { unit, message, time, ip } = JSON.parse(line);
    if (unit === 'myapp.service' && message === 'Hello World') hellos.push(`${ip} ${time}`);
    heard();
  });
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      heard = () => holds() && resolve();
      child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)));
      heard();
    });
  try {
    await writeFile(path.join(work, 'myapp.service'), (await run('render', 'unit', 'myapp.service')).stdout);
    expect(await run('unit', 'start', 'myapp.service')).toMatchObject({ code: 0 });
    await until(() => hellos.length >= 2);
    expect(said).toMatch(/"\+ myapp\.service on 172\.31\.\d+\.\d+"/);
    expect(await run('sandbox', 'fault', 'link-drops', '--seconds', '2')).toMatchObject({ code: 0 });
    const before = hellos.length;
    await until(() => hellos.length >= before + 8);
    expect(new Set(hellos).size).toBe(hellos.length);
    expect([...hellos].sort()).toEqual(hellos);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
  } finally {
    child.kill('SIGKILL');
  }
});

test('on a terminal the sources have names and colours', { timeout: 60_000 }, async () => {
  const logs = new TerminalSession(
    process.execPath,
    [PROGRAM, 'logs', 'etcd', 'kube-*', '--follow', '--lines', '1', '--highlight', 'apiserver', '--sandbox'],
    { env: home.env },
  );
  try {
    await logs.see(/^\d\d:\d\d:\d\d etcd@172\.31\.\d+\.\d+ +\S/m);
    await logs.until(() => /\x1b\[3[2456]m|\x1b\[9[2456]m/.test(logs.raw()), 'a colour');
    logs.press('Ctrl+c');
    expect(await logs.end()).toMatchObject({ code: 130 });
  } finally {
    await logs.dispose();
  }
});

const typed = async (shell: string, script: string): Promise<string[]> => {
  const { stdout } = await execa(shell, ['-c', script], {
    cwd: work,
    env: { ...home.env, PATH: `${work}:${process.env.PATH}` },
    timeout: 30_000,
  });
  return stdout.split(/\s+/);
};

describe('live names after Tab', () => {
  // A shell is not kept waiting: on a slow machine the first answers may come too late, and are then known for some time.
  beforeAll(async () => {
    for (const kind of ['logs', 'machines', 'clusters'])
      while ((await run('__complete', kind)).stdout === '')
        await new Promise((done) => setTimeout(done, 100));
  }, 120_000);

  test('bash', { timeout: 60_000 }, async () => {
    const press = (...words: string[]) =>
      typed(
        'bash',
        `source <(kubecore completion bash); COMP_WORDS=(${words.join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _kubecore; echo "\${COMPREPLY[@]}"`,
      );
    expect(await press('kubecore', 'logs', '--sandbox', 'kube-p')).toEqual(['kube-proxy']);
    expect(await press('kubecore', 'ssh', '--sandbox', 'mas')).toEqual(['master']);
    expect(await press('kubecore', '--sandbox', 'status', "''")).toEqual(['kubernetes']);
    expect(await press('kubecore', 'logs', 'etcd', '--sandbox', '--machine', 'mas')).toEqual(['master']);
    // Nothing to ask, nothing said.
    expect(await press('kubecore', 'ssh', '--host', 'nobody@127.0.0.1', 'mas')).toEqual(['']);
  });

  describeWithPeer('fish', () => {
    test('completes', { timeout: 120_000 }, async () => {
      const press = (line: string) =>
        typed('fish', `kubecore completion fish | source; complete -C '${line}'`);
      expect(await press('kubecore logs --sandbox kube-p')).toEqual(['kube-proxy', 'unit']);
      expect(await press('kubecore --sandbox --cluster ')).toEqual(['kubernetes', 'CREATE_COMPLETE']);
    });
  });

  describeWithPeer('zsh', () => {
    test('completes', { timeout: 60_000 }, async () => {
      const zsh = new TerminalSession('zsh', ['-f', '-i'], {
        env: { ...home.env, PATH: `${work}:${process.env.PATH}` },
      });
      try {
        zsh.type(
          'PROMPT="ready> "; autoload -U compinit; compinit -u -D; source <(kubecore completion zsh); echo loaded',
        );
        zsh.press('Enter');
        await zsh.see(/^loaded\nready>/m);
        zsh.type('kubecore logs --sandbox kube-prox');
        zsh.press('Tab');
        await zsh.see('logs --sandbox kube-proxy');
        zsh.press('Ctrl+u');
        zsh.type('kubecore ssh --sandbox mas');
        zsh.press('Tab');
        await zsh.see('ssh --sandbox master');
      } finally {
        await zsh.dispose();
      }
    });
  });
});

test('the report shows all it would write, and no secret', { timeout: 120_000 }, async () => {
  const planted = {
    AWS_SECRET_ACCESS_KEY: 'pl4nted/Secret+Of40Letters0000000000000',
    MY_TOKEN: 'tokenvalue-77aa',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  };
  const env = { ...home.env, ...planted };
  const report = (...args: string[]) =>
    runKubecore(['report', '--sandbox', ...args], { env, cwd: work, timeoutMs: 60_000 });
  const shown = await report();
  expect(shown.code).toBe(0);
  for (const title of ['kubecore', 'doctor', 'environment', 'cluster kubernetes'])
    expect(shown.stdout).toContain(`== ${title}\n`);
  expect(shown.stdout).toContain('AWS_SECRET_ACCESS_KEY is set');
  expect(shown.stdout).toContain('"health": "healthy"');
  expect(shown.stdout).toMatch(/fleetctl list-machines.*exit 0/);
  expect(shown.stderr).toContain('--file');

  expect(await report('--file', 'r.json')).toMatchObject({ code: 2 });
  const kept = await report('--file', 'r.json', '--yes', '-o', 'json');
  expect(kept.code).toBe(0);
  const file = path.join(work, 'r.json');
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(kept.stdout));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await report('--file', 'r.json', '--yes')).toMatchObject({ code: 2 });
  for (const text of [shown.stdout, shown.stderr, kept.stdout])
    for (const secret of [...Object.values(planted), home.home]) expect(text).not.toContain(secret);
});
