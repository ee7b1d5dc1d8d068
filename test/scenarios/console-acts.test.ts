/** Stories of doing: units, controllers, a shell and a log that follows its unit, all from one open console on a real terminal. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FastSandbox, fastSandbox } from '../helpers/fast-sandbox.ts';
import { type Ran, runKubecore } from '../helpers/run.ts';
import { kubecore, type TerminalSession } from '../helpers/terminal.ts';

let sandbox: FastSandbox;
let terminal: TerminalSession | null = null;
const run = (...args: string[]): Promise<Ran> => runKubecore(args, { env: sandbox.env });

beforeAll(async () => {
  sandbox = await fastSandbox();
  await writeFile(path.join(sandbox.home, 'web.json'), CONTROLLER);
  await writeFile(path.join(sandbox.home, 'myapp.service'), UNIT);
  expect((await run('up', '--sandbox', '--yes')).code).toBe(0);
}, 120_000);
afterEach(async () => {
  await terminal?.dispose();
  terminal = null;
});
afterAll(async () => {
  await sandbox.dispose();
});

const CONTROLLER = JSON.stringify({
  id: 'web',
  kind: 'ReplicationController',
  apiVersion: 'v1beta1',
  labels: { name: 'web' },
  desiredState: {
    replicas: 2,
    replicaSelector: { name: 'web' },
    podTemplate: {
      desiredState: {
        manifest: { version: 'v1beta1', id: 'web', containers: [{ name: 'web', image: 'nginx:1' }] },
      },
      labels: { name: 'web' },
    },
  },
});

const UNIT = `[Unit]
Description=MyApp

[Service]
ExecStart=/bin/sh -c "while true; do echo Hello World; sleep 1; done"

[X-Fleet]
MachineMetadata="role=minion"
`;

async function openConsole(env: Record<string, string> = {}, ...more: string[]): Promise<TerminalSession> {
  const session = kubecore(['console', '--sandbox', ...more], {
    columns: 110,
    rows: 34,
    cwd: sandbox.home,
    env: { ...sandbox.env, ...env },
  });
  terminal = session;
  await session.see('1 Machines 3', 60_000);
  return session;
}

/** Types a `:` command. */
async function command(session: TerminalSession, line: string): Promise<void> {
  session.type(':');
  await session.see('Tab complete');
  session.type(line);
  await session.see(`:${line}`);
  session.press('Enter');
}

test('a unit is started from a file, its log followed when its minion dies, and a shell opened and left', {
  timeout: 240_000,
}, async () => {
  const session = await openConsole();
  session.type('2');
  await session.see('[2 Units');
  session.type('a');
  await session.see('type to narrow');
  session.type('start a');
  await session.see('/start a');
  session.press('Enter');
  await session.see('Tab complete');
  session.type('mya');
  await session.see(/unit file +mya/);
  session.press('Tab');
  await session.see(/unit file +myapp\.service/);
  session.press('Enter');
  await session.see('Send myapp.service to the master and start myapp.service? y / n');
  session.type('y');
  await session.see(/myapp\.service runs: active \(running\) on 172\.31\./, 60_000);
  session.press('Escape');

  session.type('/myapp');
  await session.see(/2 Units 1 of \d+ \/myapp/, 60_000);
  session.press('Enter');
  await session.see('l logs');
  session.type('l');
  await session.see('● following', 60_000);
  await session.see('Hello World', 60_000);
  const [, first = ''] = /myapp\.service @ (172\.31\.\d+\.\d+)/.exec(session.text()) ?? [];
  expect((await run('sandbox', 'fault', 'minion-dies', first)).code).toBe(0);
  await session.see('read on 172.31.', 120_000);
  await session.until(
    () => {
      const now = /myapp\.service @ (172\.31\.\d+\.\d+) .*following/.exec(session.text())?.[1];
      return now !== undefined && now !== first;
    },
    'the log to follow the unit to another machine',
    120_000,
  );

  // What was read is saved from both machines.
  session.press('Ctrl+s');
  await session.see(/lines saved to .*myapp\.service-.*\.log/);
  const [saved = ''] = (await readdir(sandbox.home)).filter((name) => name.endsWith('.log'));
  expect(await readFile(path.join(sandbox.home, saved), 'utf8')).toMatch(
    new RegExp(`${first.replaceAll('.', '\\.')} .*Hello World[^]*172\\.31\\..* .*Hello World`),
  );
  session.press('Escape');

  await session.see(/2 Units 1 of \d+ \/myapp/);
  session.type('s');
  await session.see(/core@ip-172-31-\d+-\d+ ~ \$/, 60_000);
  expect(session.state()).toMatchObject({ alternate: false, cursorHidden: false, mouse: 'none' });
  session.type('echo the shell says $((6*7))');
  session.press('Enter');
  await session.see('the shell says 42');
  session.type('exit');
  session.press('Enter');
  await session.see(/2 Units 1 of \d+ \/myapp/);
  expect(session.state()).toMatchObject({ alternate: true, cursorHidden: true });
  session.type('q');
  expect(await session.end()).toMatchObject({ code: 0 });
});

test('read-only offers nothing that changes anything', { timeout: 60_000 }, async () => {
  const session = await openConsole({}, '--read-only');
  expect(session.text()).not.toMatch(/a acts|s shell/);
  session.type('s');
  session.type('a');
  session.type(':');
  await session.see('Tab complete');
  session.type('unit st');
  await session.see(':unit st');
  session.press('Enter');
  await session.see('there is no command :unit st');
  session.type('q');
  expect(await session.end()).toMatchObject({ code: 0 });
});

// The last one: the bad image leaves a heap of ended pods behind.
test('a controller is created from a file, resized from 2 to 5, rolled to a new image, and back from a bad one', {
  timeout: 300_000,
}, async () => {
  const session = await openConsole();
  await command(session, 'controllers create web.json');
  await session.see('master $ kubecfg -json -c - create replicationControllers < web.json');
  session.type('y');
  await session.see('created the replication controller of web.json', 60_000);
  session.press('Escape');

  session.type('6');
  await session.see(/▸.*web +● 2 of 2/, 60_000);
  session.type('+');
  await session.see(/pods +2 +\(typing replaces it\)/);
  session.type('5');
  session.press('Enter');
  await session.see('master $ kubecfg resize web 5');
  await session.see('Have web keep 5 pods running? y / n');
  session.type('y');
  await session.see('web keeps 5 pods running', 60_000);
  session.press('Escape');
  await session.see(/▸.*web +● 5 of 5/, 60_000);

  await command(session, 'controllers update web nginx:2 0');
  await session.see('kubecfg -image=nginx:2 -u=0s rollingupdate web');
  session.type('y');
  await session.see('web runs nginx:2 in all 5 pods', 120_000);
  session.press('Escape');
  await session.see(/▸.*web +● 5 of 5.*nginx:2/, 60_000);

  // An image that ends at once: the roll stops, and one key leads back.
  await command(session, 'controllers update web exit/web:3 1');
  await session.see('y / n');
  session.type('y');
  await session.see(/stopped: .*container web is terminated: 1/, 120_000);
  await session.see('b: back to nginx:2');
  session.type('b');
  await session.see('kubecfg -image=nginx:2 -u=1s rollingupdate web');
  // At this speed ended pods pile up by the second: the roll itself is test/cluster/rolling-update.test.ts's.
  session.type('n');
  await session.see(/▸.*web/);
  session.type('q');
  expect(await session.end()).toMatchObject({ code: 0 });
});
