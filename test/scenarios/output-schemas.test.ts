/** Holds what every command prints with -o json and -o yaml to its published schema, over one cluster's life. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Ajv, type ValidateFunction } from 'ajv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { fastSandbox } from '../helpers/fast-sandbox.ts';
import { runKubecore } from '../helpers/run.ts';
import type { SandboxHome } from '../helpers/sandbox-home.ts';
import { PROGRAM, ROOT } from '../helpers/terminal.ts';

const FOLDER = path.join(ROOT, 'schema');
const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const schemas = new Map<string, ValidateFunction>();
const used = new Set<string>();

let home: SandboxHome;
beforeAll(async () => {
  home = await fastSandbox(20);
  for (const file of (await readdir(FOLDER)).filter((name) => name !== 'kubecore.schema.json'))
    schemas.set(
      file.replace('.schema.json', ''),
      ajv.compile(JSON.parse(await readFile(path.join(FOLDER, file), 'utf8'))),
    );
});
afterAll(async () => {
  await home.dispose();
});

function holds(name: string, value: unknown): void {
  const validate = schemas.get(name);
  if (!validate) throw new Error(`there is no schema ${name}`);
  used.add(name);
  expect(validate(value), `${name}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`).toBe(true);
}

const jsonLines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Runs a command; what it says on standard error must be its records too. */
async function run(words: string, format: 'json' | 'yaml', code: number, input?: string): Promise<string> {
  const ran = await runKubecore([...words.split(' '), '--sandbox', '-o', format], {
    env: home.env,
    cwd: home.home,
    ...(input === undefined ? {} : { input }),
  });
  expect(ran.code, `${words}: ${ran.stderr}`).toBe(code);
  for (const line of jsonLines(ran.stderr)) holds('stderr', line);
  return ran.stdout;
}

/** A command that prints one document. */
async function document(name: string, words: string, code = 0, input?: string): Promise<unknown> {
  const value: unknown = JSON.parse(await run(words, 'json', code, input));
  holds(name, value);
  return value;
}

/** A command that prints a line for each event. */
async function records(name: string, words: string, code = 0): Promise<readonly Record<string, unknown>[]> {
  const found = jsonLines(await run(words, 'json', code)) as Record<string, unknown>[];
  expect(found.length).toBeGreaterThan(0);
  for (const record of found) holds(name, record);
  return found;
}

/** It tells its ports once and stays open until a signal. */
async function tunnel(): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, 'tunnel', '--sandbox', '-o', 'json'], {
    cwd: home.home,
    env: { ...home.env, PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  holds('tunnel', JSON.parse(line));
  child.kill('SIGINT');
  expect((await ended)[0]).toBe(130);
}

test('before there is a cluster', { timeout: 120_000 }, async () => {
  await document('config', 'config');
  await document('init', 'init --name web');
  await document('doctor', 'doctor');
  await document('check', 'check');
  await document('iam-policy', 'iam-policy');
  await document('render-template', 'render');
  await document('render-cloud-config', 'render cloud-config');
  await document('render-unit', 'render unit flannel');
  expect(await document('keys-list', 'keys list')).toEqual([]);
  await document('keys-create', 'keys create mine');
  const pairs = (await document('keys-list', 'keys list')) as { publicKey: string }[];
  await writeFile(path.join(home.home, 'mine.pub'), pairs[0]?.publicKey ?? '');
  await document('keys-import', 'keys import other mine.pub');
  expect(await document('list', 'list')).toEqual([]);
  await document('sandbox-fault', 'sandbox fault');
  // Errors are records on standard error, whoever finds them.
  expect(await run('up --cluster-size 1', 'json', 2)).toBe('');
  expect(await run('statsu', 'json', 2)).toBe('');
  expect(await run('up --sanbox', 'yaml', 2)).toBe('');
  await writeFile(path.join(home.home, 'bad.yaml'), 'nam: web\n');
  expect(await run('status --config bad.yaml', 'json', 2)).toBe('');
});

test('a cluster, its units and its objects', { timeout: 240_000 }, async () => {
  expect((await records('up', 'up --yes')).at(-1)).toMatchObject({ type: 'healthy' });
  await records('up', 'up --yes');
  // As a file describes it, there is nothing to do; as another one does, it says who asked for what.
  const describe = (name: string, text: string): Promise<void> => writeFile(path.join(home.home, name), text);
  await describe('same.yaml', 'cluster-size: 2\ninstance-type: m3.medium\n');
  expect((await records('up', 'up --yes --config same.yaml')).at(-1)).toHaveProperty('cluster');
  await describe('other.yaml', '# more\ncluster-size: 5\n');
  const other = await runKubecore(['up', '--yes', '--config', 'other.yaml', '--sandbox', '-o', 'json'], {
    env: home.env,
    cwd: home.home,
  });
  expect(other).toMatchObject({ code: 2, stdout: '' });
  expect(JSON.parse(other.stderr).error).toMatchObject({
    why: 'cluster-size: 5 (other.yaml:2), but it has 2',
    next: expect.stringContaining('kubecore scale 5 --cluster kubernetes --sandbox does that'),
  });
  await document('list', 'list');
  const looked = await document('status', 'status');
  expect(looked).toMatchObject({ health: 'healthy' });
  const [yaml] = parseAllDocuments(await run('status', 'yaml', 0)) as { toJS(): unknown }[];
  holds('status', yaml?.toJS());
  await document('events', 'events');
  await records('logs', 'logs etcd --lines 2');
  await document('render-diff', 'render --diff');
  await document('ssh-config', 'ssh-config');
  await document('report', 'report');
  await document('minions-list', 'minions list');

  await writeFile(
    path.join(home.home, 'myapp.service'),
    '[Unit]\nDescription=My app\n[Service]\nExecStart=/usr/bin/sleep 1000\n',
  );
  await document('unit', 'unit start myapp.service');
  await document('unit-list', 'unit list');
  await document('unit-status', 'unit status myapp');
  await document('unit-cat', 'unit cat myapp');
  await document('unit', 'unit stop myapp');
  await document('unit', 'unit destroy myapp --yes');
  await document('unit', 'unit start none.service', 2);

  const container = { name: 'c', image: 'busybox' };
  const manifest = { version: 'v1beta1', id: 'one', containers: [container] };
  const object = (kind: string, id: string, more: object): string =>
    JSON.stringify({ kind, apiVersion: 'v1beta1', id, ...more });
  await document(
    'object-changes',
    'pods create -',
    0,
    object('Pod', 'one', { desiredState: { manifest }, labels: { name: 'one' } }),
  );
  await document('pods-list', 'pods list');
  await document('object-get', 'pods get one');
  await document(
    'object-changes',
    'services create -',
    0,
    object('Service', 'web', { port: 8000, selector: { name: 'one' } }),
  );
  await document('services-list', 'services list');
  await document(
    'object-changes',
    'controllers create -',
    0,
    object('ReplicationController', 'many', {
      desiredState: {
        replicas: 1,
        replicaSelector: { name: 'many' },
        podTemplate: { desiredState: { manifest: { ...manifest, id: 'many' } }, labels: { name: 'many' } },
      },
    }),
  );
  await document('object-changes', 'controllers resize many 0');
  await document('controllers-list', 'controllers list');
  await document('object-changes', 'pods delete one --yes');
  await document('object-changes', 'pods delete none --yes', 2);
  await tunnel();
});

test('its changes and its end', { timeout: 240_000 }, async () => {
  await records('scale', 'scale 2');
  await records('change', 'change --cluster-size 2 --yes');
  expect((await records('scale', 'scale 3')).at(-1)).toMatchObject({ type: 'healthy' });
  await document('sandbox-fault', 'sandbox fault minion-dies');
  expect((await records('down', 'down --yes')).at(-1)).toMatchObject({ type: 'gone', left: [] });
  await document('sandbox-stop', 'sandbox stop');
  await document('sandbox-reset', 'sandbox reset');
  expect(
    [...schemas.keys()].filter((name) => !used.has(name)),
    'schemas that nothing was held to',
  ).toEqual([]);
});
