/** A script's story: launch, look, read a log, delete, all without a terminal, by exit codes and documents. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runKubecore } from '../helpers/run.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';

let home: SandboxHome;
const run = (...args: string[]): Promise<Ran> => runKubecore(args, { env: home.env });

beforeAll(async () => {
  home = await sandboxHome();
});
afterAll(async () => {
  await home.dispose();
});

test('up, status, logs, ssh, list, events and down tell one story', { timeout: 180_000 }, async () => {
  const up = await run('up', '--sandbox', '--yes');
  expect(up).toMatchObject({ code: 0 });
  expect(up.stdout).toMatch(/CREATE_COMPLETE +MinionAutoScale/);
  expect(up.stdout).toMatch(/done: etcd has quorum[\s\S]*done: minions registered/);
  expect(up.stdout).toContain('kubernetes is healthy');
  expect(up.stderr).not.toMatch(/warning|deprecat/i);

  // Repeated, it has nothing to do; on a machine that is slow for a moment it waits once more for what is there.
  let again: { readonly type?: string; readonly cluster?: unknown } = {};
  for (let i = 0; i < 3 && again.type !== 'nothing-to-do'; i++) {
    const ran = await run('up', '--sandbox', '--yes', '-o', 'json');
    expect(ran.code).toBe(0);
    again = JSON.parse(ran.stdout.trimEnd().split('\n').at(-1) ?? '');
  }
  expect(again).toMatchObject({ type: 'nothing-to-do', cluster: { name: 'kubernetes', size: 2 } });

  const status = await run('status', '--sandbox', '-o', 'json');
  expect(status.code).toBe(0);
  const document = JSON.parse(status.stdout);
  expect(document).toMatchObject({
    health: 'healthy',
    cluster: { name: 'kubernetes', blueprint: 'kubernetes', recipe: 'coreos-2014' },
    pods: [],
    problems: [],
  });
  expect(document.machines).toHaveLength(3);
  expect(document.minions).toHaveLength(2);
  for (const machine of document.machines) expect(machine.id).toMatch(/^[0-9a-f]{32}$/);
  expect(document.machines.map((machine: { role: string }) => machine.role).sort()).toEqual([
    'master',
    'minion',
    'minion',
  ]);
  expect(document.units.map((unit: { name: string }) => unit.name)).toContain('kube-apiserver.service');

  const logs = await run('logs', 'kube-register', '--sandbox', '--lines', '20');
  expect(logs.code).toBe(0);
  expect(logs.stdout).toMatch(/^\d{4}-\d\d-\d\dT.*kube-register: .*registered machines/m);
  const records = await run('logs', 'etcd', '--sandbox', '--lines', '2', '-o', 'json');
  const lines = records.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(new Set(lines.map((line) => line.ip)).size).toBe(3);
  expect(Object.keys(lines[0])).toEqual(['time', 'machineId', 'ip', 'unit', 'priority', 'message']);
  expect(lines.map((line) => line.time)).toEqual(lines.map((line) => line.time).sort());

  const remote = await run('ssh', '--sandbox', '--', 'fleetctl', 'list-machines', '--full', '--no-legend');
  expect(remote.code).toBe(0);
  expect(remote.stdout.trimEnd().split('\n')).toHaveLength(3);
  expect((await run('ssh', '--sandbox', 'master', '--', 'exit 7')).code).toBe(7);

  const list = await run('list', '--sandbox', '-o', 'json');
  expect(JSON.parse(list.stdout)).toMatchObject([{ name: 'kubernetes', status: 'CREATE_COMPLETE' }]);
  expect((await run('events', '--sandbox')).stdout).toMatch(/KubeSecurityGroup +CREATE_COMPLETE/);

  const down = await run('down', '--sandbox', '--yes');
  expect(down).toMatchObject({ code: 0 });
  expect(down.stdout).toContain('nothing is left');
  expect(JSON.parse((await run('list', '--sandbox', '-o', 'json')).stdout)).toEqual([]);
  const gone = await run('status', '--sandbox');
  expect(gone).toMatchObject({ code: 2 });
  expect(gone.stderr).toMatch(
    /there is no cluster in the sandbox[\s\S]*next: launch one: kubecore up --sandbox/,
  );
});

test('what needs a terminal or a yes explains itself and ends with 2', async () => {
  for (const args of [
    [],
    ['--sandbox'],
    ['console', '--sandbox'],
    ['up', '--sandbox'],
    ['down', '--sandbox'],
  ]) {
    const ran = await run(...args);
    expect(ran, args.join(' ')).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr, args.join(' ')).toMatch(/^kubecore: .+: .+\nnext: .+\n$/);
  }
});

test('wrong words get a suggestion and exit code 2', async () => {
  const command = await run('statsu');
  expect(command).toMatchObject({ code: 2 });
  expect(command.stderr).toContain('did you mean kubecore status?');
  const flag = await run('up', '--sanbox');
  expect(flag).toMatchObject({ code: 2 });
  expect(flag.stderr).toContain('did you mean --sandbox?');
  const json = await run('up', '--sanbox', '-o', 'json');
  expect(json.code).toBe(2);
  expect(JSON.parse(json.stderr)).toMatchObject({ error: { fault: 'input' } });
});

test.each([
  ['--name', '1web', 'a stack name starts with a letter'],
  ['--name', 'a b', 'letters, digits and hyphens'],
  ['--cluster-size', '1', '1 is outside 2 to 256'],
  ['--cluster-size', '257', '257 is outside 2 to 256'],
  ['--cluster-size', 'two', 'a whole number'],
  ['--instance-type', 'm3.mediun', 'did you mean m3.medium?'],
  ['--docker-cidr', '192.168.0.0/16', 'fleet uses 192.168/16'],
  ['--docker-cidr', '172.24.1.0/16', 'did you mean 172.24.0.0/16?'],
  ['--docker-cidr', '172.31.0.0/16', 'the default VPC'],
  ['--docker-cidr', '8.8.0.0/16', 'outside 10/8 and 172.16/12'],
  ['--advertised-ip', 'publik', 'did you mean public?'],
  ['--allow-ssh-from', '10.0.0.1', 'did you mean 10.0.0.1/32?'],
  ['--discovery-url', 'ftp://x', 'not http or https'],
  ['--ami', 'ami-xyz', 'not an AMI id'],
  ['--update-group', 'gamma', 'did you mean'],
  ['--reboot-strategy', 'of', 'did you mean off?'],
  ['--recipe', 'flatcar', 'coreos-2014'],
])('up %s %s is refused before anything is started', async (flag, value, why) => {
  const ran = await run('up', '--sandbox', '--yes', flag, value);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(`${flag} ${value} cannot be used`);
  expect(ran.stderr).toContain(why);
});
