/** The article's other launches, as a script does them: a single machine and a fleet, from up to down. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runKubecore } from '../helpers/run.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';

let home: SandboxHome;
const run = (...args: string[]): Promise<Ran> => runKubecore([...args, '--sandbox'], { env: home.env });
/** `ssh NODE -- COMMAND`: options come before the dashes. */
const ssh = (cluster: string, ...command: string[]): Promise<Ran> =>
  runKubecore(['ssh', '--cluster', cluster, '--sandbox', '--', ...command], { env: home.env });
const records = (text: string): { readonly type: string; readonly [more: string]: unknown }[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  home = await sandboxHome();
});
afterAll(async () => {
  await home.dispose();
});

test('a fleet grows, shrinks and goes; a single machine beside it stays as it is', {
  timeout: 240_000,
}, async () => {
  const one = await run('up', '--blueprint', 'single', '--name', 'one', '--yes');
  expect(one).toMatchObject({ code: 0 });
  expect(one.stdout).toMatch(/CREATE_COMPLETE +Machine1[\s\S]*done: SSH answers[\s\S]*one is healthy/);

  const up = await run('up', '--blueprint', 'fleet', '--name', 'web', '--yes', '-o', 'json');
  expect(up.code).toBe(0);
  expect(records(up.stdout).at(-1)).toMatchObject({
    type: 'healthy',
    cluster: { name: 'web', blueprint: 'fleet', size: 3, stackId: expect.stringMatching(/^launch:/) },
  });

  const list = JSON.parse((await run('list', '--all-regions', '-o', 'json')).stdout);
  expect(list).toMatchObject([
    { name: 'web', blueprint: 'fleet', status: 'CREATE_COMPLETE' },
    { name: 'one', blueprint: 'single', status: 'CREATE_COMPLETE' },
  ]);

  const status = await run('status', 'web', '-o', 'json');
  expect(status.code).toBe(0);
  const document = JSON.parse(status.stdout);
  expect(document).toMatchObject({ health: 'healthy', problems: [], minions: [], pods: [] });
  expect(document.machines).toHaveLength(3);
  const machine = JSON.parse((await run('status', 'one', '-o', 'json')).stdout);
  expect(machine).toMatchObject({ health: 'healthy', cluster: { blueprint: 'single' } });
  expect(machine.machines).toHaveLength(1);

  // What the article's first cloud-config does not ask for does not run.
  expect((await ssh('one', 'systemctl', 'is-active', 'etcd.service')).stdout.trim()).toBe('inactive');
  expect((await ssh('web', 'systemctl', 'is-active', 'etcd.service')).stdout.trim()).toBe('active');
  expect((await run('events', 'web')).stdout).toMatch(/Machine3 +CREATE_COMPLETE/);
  expect((await run('logs', 'fleet', '--cluster', 'web', '--lines', '1')).code).toBe(0);
  expect((await run('pods', 'list', '--cluster', 'web')).stderr).toContain('"web" has no Kubernetes');
  expect((await run('logs', 'docker.socket', '--cluster', 'one', '--lines', '1')).code).toBe(0);
  expect((await run('ssh-config', 'one')).stdout).toMatch(/^Host /m);
  expect(await run('render', '--diff', '--cluster', 'one')).toMatchObject({ code: 0, stdout: '' });
  const differs = await run('render', '--diff', '--cluster', 'one', '--update-group', 'beta');
  expect(differs).toMatchObject({ code: 1, stdout: expect.stringMatching(/^- .*alpha\n\+ .*beta$/m) });
  const units = await run('unit', 'list', '--cluster', 'one');
  expect(units).toMatchObject({ code: 2, stderr: expect.stringContaining('"one" has no fleet') });

  expect((await run('scale', '2', '--cluster', 'one', '--yes')).code).toBe(2);
  expect((await run('scale', '2', '--cluster', 'web')).stderr).toMatch(/next: give --yes/);
  const scaled = await run('scale', '4', '--cluster', 'web', '--yes');
  expect(scaled.stdout).toContain('web has 4 machines (it had 3)');
  const shrunk = await run('scale', '1', '--cluster', 'web', '--yes');
  expect(shrunk).toMatchObject({ code: 0 });
  expect(shrunk.stdout).toContain('web has 1 machine (it had 4)');
  expect(JSON.parse((await run('status', 'web', '-o', 'json')).stdout)).toMatchObject({ health: 'healthy' });

  const down = await run('down', 'web', '--yes');
  expect(down).toMatchObject({ code: 0 });
  expect(down.stderr).toMatch(/1 instance: i-[\s\S]*1 volume: vol-[\s\S]*1 security group: sg-/);
  expect(down.stdout).toContain('nothing is left');
  expect(JSON.parse((await run('list', '-o', 'json')).stdout)).toMatchObject([{ name: 'one' }]);
});

test('a launch that AWS refuses is finished by the same command once the cause is mended', {
  timeout: 120_000,
}, async () => {
  await run('sandbox', 'fault', 'no-capacity');
  const refused = await run('up', '--blueprint', 'fleet', '--name', 'late', '--yes', '--ignore-checks');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /"late" was not launched: AWS has no room[\s\S]*next: .*kubecore up --name late/,
  );
  expect((await run('status', 'late')).stderr).toContain('the launch of "late" failed');
  await run('sandbox', 'fault', 'no-capacity', '--end');
  const finished = await run('up', '--name', 'late', '--yes', '-o', 'json');
  expect(finished.code).toBe(0);
  const events = records(finished.stdout);
  expect(events[0]).toMatchObject({ type: 'stack-started', resumed: true });
  expect(events.at(-1)).toMatchObject({ type: 'healthy', cluster: { size: 3 } });
});
