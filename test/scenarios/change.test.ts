/** Changing a cluster that runs: shown before it is done, declined, done, undone by CloudFormation, and nothing to do. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FastSandbox, fastSandbox } from '../helpers/fast-sandbox.ts';
import { type Ran, runKubecore } from '../helpers/run.ts';
import { kubecore } from '../helpers/terminal.ts';

let home: FastSandbox;
const run = (...args: string[]): Promise<Ran> => runKubecore([...args, '--sandbox'], { env: home.env });

beforeAll(async () => {
  home = await fastSandbox();
  expect((await run('up', '--yes')).code).toBe(0);
}, 90_000);
afterAll(async () => {
  await home.dispose();
});

test('what it would do is shown, and a no leaves everything as it is', { timeout: 120_000 }, async () => {
  const terminal = kubecore(['change', '--sandbox', '--cluster-size', '3'], { columns: 100, env: home.env });
  try {
    await terminal.see('what would become of "kubernetes"');
    await terminal.see('~ MinionAutoScale (AutoScaling::AutoScalingGroup): changed in place');
    await terminal.see('ClusterSize: 2 → 3');
    await terminal.see('1 more machine starts');
    await terminal.see('Change "kubernetes" so? (yes/no)');
    terminal.type('no');
    terminal.press('Enter');
    await terminal.see('nothing was changed; the change set is deleted');
    expect(await terminal.end()).toMatchObject({ code: 1 });
  } finally {
    await terminal.dispose();
  }
  expect(JSON.parse((await run('list', '-o', 'json')).stdout)).toMatchObject([{ size: 2 }]);
  const silent = await run('change', '--cluster-size', '3');
  expect(silent).toMatchObject({ code: 2, stdout: '' });
  expect(silent.stderr).toContain('next: give --yes');
});

test('it is carried out and waited for; the same again is nothing to change', {
  timeout: 120_000,
}, async () => {
  const changed = await run(
    'change',
    '--cluster-size',
    '3',
    '--instance-type',
    'm3.large',
    '--yes',
    '-o',
    'json',
  );
  expect(changed.code).toBe(0);
  const records = changed.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records[0]).toMatchObject({ type: 'change-set', cluster: 'kubernetes', warnings: [] });
  expect(records[0].effects).toContainEqual({
    resource: 'MasterLaunchTemplate',
    type: 'AWS::EC2::LaunchTemplate',
    fate: 'modify',
    because: ['InstanceType: m3.medium → m3.large'],
    means: 'a new version of it; nothing that runs is touched',
  });
  expect(records.at(-1)).toMatchObject({ type: 'changed', cluster: { size: 3 } });
  expect((await run('status', '-o', 'json')).code).toBe(0);
  const again = await run('change', '--cluster-size', '3', '--instance-type', 'm3.large', '--yes');
  expect(again).toMatchObject({ code: 0, stdout: 'nothing to change: kubernetes is already as asked\n' });
});

test('what is only in the template is changed in it, and all else is kept', {
  timeout: 120_000,
}, async () => {
  expect((await run('change', '--reboot-strategy', 'etcd-lock', '--yes')).code).toBe(0);
  const second = await run('change', '--update-group', 'stable', '--yes');
  expect(second.code).toBe(0);
  expect(second.stdout).toMatch(/~ MasterLaunchTemplate .*: changed in place/);
  expect(second.stderr).not.toContain('warning');
  const diff = await run('render', '--diff', '--reboot-strategy', 'etcd-lock', '--update-group', 'stable');
  expect(diff).toMatchObject({ code: 0, stdout: '' });
});

test('a change that fails is rolled back, with its cause', { timeout: 120_000 }, async () => {
  const failed = await run('change', '--cluster-size', '5', '--yes', '--fault', 'no-capacity');
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(/UPDATE_ROLLBACK_IN_PROGRESS.*UPDATE_ROLLBACK_COMPLETE /s);
  expect(failed.stderr).toMatch(
    /^kubecore: "kubernetes" was not changed: MinionAutoScale: AWS has no room for m3\.large instances/m,
  );
  expect(failed.stderr).toMatch(/^next: .*the cluster goes on as it was$/m);
});

test('what cannot be', { timeout: 120_000 }, async () => {
  const other = await run('change', '--key-pair', 'nosuch', '--yes');
  expect(other.code).not.toBe(0);
  expect(other.stderr).toMatch(
    /the change of "kubernetes" was refused: the key pair "nosuch" is not in this region/,
  );
  const fleet = await run('change', '--blueprint', 'fleet', '--cluster-size', '3', '--yes');
  expect(fleet).toMatchObject({ code: 2, stdout: '' });
  const nothing = await run('change', '--yes');
  expect(nothing.code).toBe(2);
});
