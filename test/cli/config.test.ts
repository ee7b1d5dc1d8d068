/** Holds the config file through the commands: found, told, written, and counted as flags are. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Said, say } from './render-host.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kubecore-config-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** In the folder, with its `home` as XDG's. */
const run = (words: string, env: Record<string, string> = {}): Promise<Said> =>
  say(words === '' ? [] : words.split(' '), {
    cwd: folder,
    env: { XDG_CONFIG_HOME: path.join(folder, 'xdg'), ...env },
  });
const write = async (name: string, text: string): Promise<void> => {
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeFile(path.join(folder, name), text);
};
interface Row {
  readonly key: string;
  readonly value: unknown;
  readonly from: string;
}
const settings = async (words = '', env: Record<string, string> = {}): Promise<Record<string, Row>> => {
  const ran = await run(`config -o json ${words}`.trim(), env);
  expect(ran).toMatchObject({ code: 0 });
  return Object.fromEntries(JSON.parse(ran.stdout).settings.map((row: Row) => [row.key, row]));
};

test('found by --config, the variable, here, then in the home; each counts alone', async () => {
  expect((await settings()).name).toMatchObject({ value: 'kubernetes', from: 'default' });
  await write('xdg/kubecore/kubecore.yaml', 'name: home\n');
  expect((await settings()).name).toMatchObject({ value: 'home', from: 'file' });
  await write('kubecore.yaml', '# ours\nname: here\n');
  expect((await settings()).name).toMatchObject({ value: 'here', file: 'kubecore.yaml', line: 2, column: 7 });
  await write('other.yaml', 'name: variable\n');
  const env = { KUBECORE_CONFIG: 'other.yaml' };
  expect((await settings('', env)).name).toMatchObject({ value: 'variable' });
  await write('sub/flag.yaml', 'cluster-size: 3\n');
  expect(await settings('--config sub/flag.yaml', env)).toMatchObject({
    name: { value: 'kubernetes', from: 'default' },
    'cluster-size': { value: 3, from: 'file', file: 'sub/flag.yaml', line: 1 },
  });
});

test('flag before environment before file before default, told as text', async () => {
  await write('kubecore.yaml', 'name: web\ncluster-size: 3\nregion: eu-west-1\nidentity: keys/web.pem\n');
  const ran = await run('config --name shop', { KUBECORE_CLUSTER_SIZE: '4', KUBECORE_CLUSTERSIZE: '5' });
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/^name +shop +flag --name$/m);
  expect(ran.stdout).toMatch(/^cluster-size +4 +environment KUBECORE_CLUSTER_SIZE$/m);
  expect(ran.stdout).toMatch(/^region +eu-west-1 +kubecore\.yaml:3$/m);
  expect(ran.stdout).toMatch(/^instance-type +m3\.medium +default$/m);
  expect(ran.stderr).toContain('config file: kubecore.yaml');
  expect(ran.stderr).toContain('nothing reads KUBECORE_CLUSTERSIZE; did you mean KUBECORE_CLUSTER_SIZE?');
});

test('commands take parameters from file and environment as from flags', async () => {
  await write('kubecore.yaml', 'docker-cidr: 10.8.0.0/16\nblueprint: kubernetes\n');
  const config = async (words: string, env = {}): Promise<string> =>
    (await run(`render cloud-config ${words}`.trim(), env)).stdout;
  expect(await config('')).toContain('10.8.0.0/16');
  const env = { KUBECORE_DOCKER_CIDR: '10.9.0.0/16' };
  expect(await config('', env)).toContain('10.9.0.0/16');
  expect(await config('--docker-cidr 10.10.0.0/16', env)).toContain('10.10.0.0/16');
});

test('general settings count too: output, read-only', async () => {
  await write('kubecore.yaml', 'output: json\nread-only: true\n');
  const ran = await run('up --yes');
  expect(ran.code).toBe(2);
  expect(JSON.parse(ran.stderr).error.what).toBe('kubecore up is refused');
});

test('mistakes are shown with their line and a mark, all at once, exit code 2', async () => {
  await write('kubecore.yaml', 'name: web\ncluster-size: 1\ninstance-typ: m3.large\n');
  const ran = await run('render');
  expect(ran).toEqual({
    code: 2,
    stdout: '',
    stderr: `kubecore: kubecore.yaml cannot be used: it has 2 mistakes
kubecore.yaml:2:15: cluster-size: 1 is outside 2 to 256; the nearest is 2
    2 | cluster-size: 1
      |               ^
kubecore.yaml:3:1: there is no setting "instance-typ"; did you mean instance-type?
    3 | instance-typ: m3.large
      | ^^^^^^^^^^^^
next: mend it; kubecore config --schema describes every setting
`,
  });
  const json = JSON.parse((await run('render -o json')).stderr);
  expect(json.error).toMatchObject({ fault: 'input', code: 'ConfigInvalid' });
  expect(json.error.problems[0]).toEqual({
    file: 'kubecore.yaml',
    line: 2,
    column: 15,
    endColumn: 16,
    what: 'cluster-size: 1 is outside 2 to 256',
    next: 'the nearest is 2',
  });
});

test('the mark stands under wide characters, in long lines, and nothing raw reaches the terminal', async () => {
  await write(
    'kubecore.yaml',
    `名前: x\nprofile: "${'x'.repeat(300)}"\nsandbox: "\u001b[2J"\n"${'y'.repeat(90)}": 1\n`,
  );
  const { stderr } = await run('config');
  expect(stderr).toContain('    1 | 名前: x\n      | ^^^^\n');
  expect(stderr).not.toContain('\u001b');
  for (const line of stderr.split('\n').filter((text) => /^ +\d* \| /.test(text)))
    expect(line.length).toBeLessThan(115);
});

test.each([
  [
    'config --config nope.yaml',
    {},
    'the config file nope.yaml cannot be read: there is no such file or directory',
  ],
  ['config --config .', {}, 'it is a directory'],
  ['config', { KUBECORE_CLUSTER_SIZE: '1' }, 'KUBECORE_CLUSTER_SIZE=1 cannot be used: 1 is outside 2 to 256'],
  ['status', { KUBECORE_OUTPUT: 'jsn' }, 'KUBECORE_OUTPUT=jsn cannot be used'],
  ['config --instance-type m3.mediun', {}, 'did you mean m3.medium?'],
])('%s %j: %s', async (words, env, expected) => {
  const ran = await run(words, env);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(expected);
});

test('init writes, does not overwrite, and with --force keeps the comments', async () => {
  const flags = '--name web --cluster-size 3 --sandbox';
  const made = await run(`init ${flags}`);
  expect(made).toMatchObject({ code: 0, stdout: 'wrote kubecore.yaml\n' });
  const file = path.join(folder, 'kubecore.yaml');
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(
    /^# yaml-language-server: \$schema=https:\/\/unpkg\.com\/kubecore@[^/]+\/schema\/kubecore\.schema\.json\n/,
  );
  expect(parse(text)).toEqual({ name: 'web', 'cluster-size': 3, sandbox: true });
  expect((await run(`init --print ${flags}`)).stdout).toBe(text);

  await writeFile(file, text.replace('cluster-size: 3', 'cluster-size: 3 # enough'));
  const refused = await run('init --cluster-size 4');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('kubecore.yaml was not written: it is there already');
  const forced = await run('init --cluster-size 4 --force -o json');
  expect(JSON.parse(forced.stdout)).toEqual({
    file: 'kubecore.yaml',
    replaced: true,
    settings: { 'cluster-size': 4 },
  });
  expect(await readFile(file, 'utf8')).toBe(text.replace('cluster-size: 3', 'cluster-size: 4 # enough'));
});

test('init refuses what cannot be, and a file with mistakes is told, not overwritten', async () => {
  const wrong = await run('init --cluster-size 1 --name 1web');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('--name 1web and --cluster-size 1 cannot be used');
  await write('kubecore.yaml', 'nam: web\n');
  const ran = await run('init --force --name web');
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('kubecore.yaml:1:1: there is no setting "nam"; did you mean name?');
  expect(await readFile(path.join(folder, 'kubecore.yaml'), 'utf8')).toBe('nam: web\n');
  expect((await run('init --name web --config none/there.yaml')).code).toBe(2);
});

test('the published schema is the program’s own, and is told whatever the config file is', async () => {
  await write('kubecore.yaml', 'nam: web\n');
  const { code, stdout } = await run('config --schema');
  expect(code).toBe(0);
  // Written by scripts/build.mjs, which runs before the tests.
  const published = await readFile(new URL('../../schema/kubecore.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(published).properties).toEqual(JSON.parse(stdout).properties);
});
