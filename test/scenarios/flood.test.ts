/** A log that floods while the link drops for a minute: the keys answer, and all comes back by itself. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FastSandbox, fastSandbox } from '../helpers/fast-sandbox.ts';
import { type Ran, runKubecore } from '../helpers/run.ts';
import { kubecore, type TerminalSession } from '../helpers/terminal.ts';

let sandbox: FastSandbox;
let terminal: TerminalSession | null = null;
const run = (...args: string[]): Promise<Ran> =>
  runKubecore([...args, '--sandbox'], { env: sandbox.env, cwd: sandbox.home });

const CHATTY = `[Unit]
Description=Chatty

[Service]
ExecStart=/bin/sh -c "while true; do echo 'noise 日本語 🎉'; sleep 0.05; done"
`;

beforeAll(async () => {
  sandbox = await fastSandbox(8);
  await writeFile(path.join(sandbox.home, 'chatty.service'), CHATTY);
  expect((await run('up', '--yes')).code).toBe(0);
  expect((await run('unit', 'start', 'chatty.service')).code).toBe(0);
}, 180_000);
afterEach(async () => {
  await terminal?.dispose();
  terminal = null;
});
afterAll(async () => {
  await sandbox.dispose();
});

test('the keys answer while lines pour in; after a minute without a link the log goes on', {
  timeout: 240_000,
}, async () => {
  const session = kubecore(['console', '--sandbox'], { columns: 80, rows: 24, env: sandbox.env });
  terminal = session;
  await session.see('1 Machines 3', 60_000);
  session.type('2');
  await session.see('[2 Units');
  session.type('/');
  session.type('chatty');
  await session.see('/chatty');
  session.press('Enter');
  await session.see(/l logs/);
  session.type('l');
  await session.see('● following');
  await session.see(/noise 日本語 🎉/);
  await session.see(/ [1-9],\d{3} lines/, 60_000);

  session.type('?');
  await session.see(/Help/);
  session.press('Escape');
  await session.see('● following');
  session.press('Space');
  await session.see(/paused, [\d,]+ new lines? below/);
  session.type('f');
  await session.see('● following');

  expect((await run('sandbox', 'fault', 'link-drops', '--seconds', '60')).code).toBe(0);
  await session.see(/chatty\.service.*reconnecting/);
  await session.see(/✗ down.*reconnecting/);
  session.press('Escape');
  await session.see(/stale, (\d+ s|1 min) ago/, 60_000);
  await session.see('● healthy', 120_000);
  session.type('l');
  await session.see('● following', 30_000);
  await session.see(/noise 日本語 🎉/);
});
