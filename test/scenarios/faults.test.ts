/** Stories of trouble: the console and the launch say what went wrong, and what mends itself comes back without a key. */
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Ran, runKubecore } from '../helpers/run.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';
import { kubecore, type TerminalSession } from '../helpers/terminal.ts';

let home: SandboxHome;
let terminal: TerminalSession | null = null;
const run = (...args: string[]): Promise<Ran> => runKubecore(args, { env: home.env });

beforeAll(async () => {
  home = await sandboxHome();
});
afterEach(async () => {
  await terminal?.dispose();
  terminal = null;
});
afterAll(async () => {
  await home.dispose();
});

/** The address of the newest minion, as the console shows it. */
const minionRow = /✗|172\.31\.\d+\.\d+ +minion/g;

test('a launch that fails shows its cause, and down proves that nothing is left', {
  timeout: 120_000,
}, async () => {
  expect((await run('sandbox', 'fault', 'stack-fails', 'capacity')).code).toBe(0);
  const up = await run('up', '--sandbox', '--yes', '--name', 'doomed');
  expect(up.code).toBe(1);
  expect(up.stdout).toMatch(/ROLLBACK_IN_PROGRESS/);
  expect(up.stderr).toMatch(
    /kubecore: the stack "doomed" was not created: MinionAutoScale: AWS has no room for m3.medium/,
  );
  expect(up.stderr).toMatch(/^next: .+/m);
  expect(up.stderr).not.toMatch(/cancelled/i);
  const again = await run('up', '--sandbox', '--yes', '--name', 'doomed');
  expect(again.code).not.toBe(0);
  expect(again.stderr).toContain('kubecore down');
  const down = await run('down', 'doomed', '--sandbox', '--yes');
  expect(down).toMatchObject({ code: 0 });
  expect(down.stdout).toContain('nothing is left');
});

test('a private key that does not match is refused before anything is launched', {
  timeout: 60_000,
}, async () => {
  expect((await run('keys', 'create', 'mine', '--sandbox')).code).toBe(0);
  expect((await run('keys', 'create', 'other', '--sandbox')).code).toBe(0);
  const other = path.join(home.env.KUBECORE_STATE_DIR ?? '', 'sandbox', 'keys', 'other.pem');
  const ran = await run('up', '--sandbox', '--yes', '--key-pair', 'mine', '--identity', other);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toMatch(/it is another key: its fingerprint is/);
  const open = path.join(home.home, 'open.pem');
  await writeFile(open, 'not a key\n');
  await chmod(open, 0o644);
  const unusable = await run('up', '--sandbox', '--yes', '--key-pair', 'mine', '--identity', open);
  expect(unusable).toMatchObject({ code: 2, stdout: '' });
  expect(unusable.stderr).toMatch(/^kubecore: .+\nnext: .+\n$/);
  const missing = await run('up', '--sandbox', '--yes', '--key-pair', 'nosuch');
  expect(missing).toMatchObject({ code: 2 });
  expect(missing.stderr).toContain('mine, other');
  expect(JSON.parse((await run('list', '--sandbox', '-o', 'json')).stdout)).toEqual([]);
});

test('a minion killed from another terminal leaves the panes, and its replacement comes, without a key pressed', {
  timeout: 180_000,
}, async () => {
  expect((await run('up', '--sandbox', '--yes')).code).toBe(0);
  const session = kubecore(['console', '--sandbox'], { columns: 120, rows: 40, env: home.env });
  terminal = session;
  await session.see('● healthy');
  await session.see(/1 Machines 3/);
  await session.see(/3 Minions 2/);
  // Both rows: a frame may come in several pieces, its tabs before its rows.
  await session.see(/172\.31\.\d+\.\d+ +minion[\s\S]*172\.31\.\d+\.\d+ +minion/);
  const before = session.text().match(minionRow) ?? [];
  const killed = await run('sandbox', 'fault', 'minion-dies');
  expect(killed.code).toBe(0);
  const address = /172\.31\.\d+\.\d+/.exec(killed.stdout)?.[0] ?? 'no address';
  expect(before.some((row) => row.startsWith(address))).toBe(true);
  await session.see('▲ degraded');
  // The dead machine is shown as lost, with what EC2 says of it, beside the one that took its place.
  await session.see(new RegExp(`${address} .*✗ lost`), 90_000);
  await session.see(/1 Machines 3/, 60_000);
  await session.see(/3 Minions 2/, 60_000);
  await session.see('● healthy', 60_000);

  // The link drops: the panes stay, with their age, and come back by themselves.
  expect((await run('sandbox', 'fault', 'link-drops', '--seconds', '5')).code).toBe(0);
  await session.see(/reconnecting/);
  await session.see(/1 Machines 3/);
  await session.see(/ connected /, 60_000);
  await session.see('● healthy', 60_000);

  // A unit crashes: the console says so; its log says why.
  expect((await run('sandbox', 'fault', 'unit-crashes', 'kube-scheduler.service')).code).toBe(0);
  session.type('2/kube-scheduler');
  await session.see('/kube-scheduler');
  session.press('Enter');
  await session.see(/▸ +kube-scheduler\.service/);
  await session.see(/l logs +d details/);
  session.type('l');
  await session.see('kube-scheduler.service @');
  await session.see(/status=1|exited/);
  session.type('q');
  expect(await session.end()).toMatchObject({ code: 0 });
});

test('the master dies: the console finds its replacement', { timeout: 180_000 }, async () => {
  const session = kubecore(['console', '--sandbox'], { columns: 120, rows: 40, env: home.env });
  terminal = session;
  await session.see('● healthy', 60_000);
  const address = /(172\.31\.\d+\.\d+) +master/.exec(session.text())?.[1] ?? 'no master';
  expect((await run('sandbox', 'fault', 'master-dies')).code).toBe(0);
  await session.see(/reconnecting|down/);
  await session.until(
    () => {
      const master = /(172\.31\.\d+\.\d+) +master/.exec(session.text())?.[1];
      return session.text().includes('● healthy') && master !== undefined && master !== address;
    },
    'a healthy cluster with another master',
    120_000,
  );
  expect((await run('status', '--sandbox')).code).toBe(0);
  session.press('Ctrl+c');
  await session.end();
  expect(session.state()).toMatchObject({ alternate: false, cursorHidden: false });
});
