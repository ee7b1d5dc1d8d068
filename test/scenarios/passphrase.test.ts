/** A key with a passphrase: asked for before anything is created, hidden; whoever does not give it has lost nothing. */
import { chmodSync, copyFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { runKubecore } from '../helpers/run.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';
import { kubecore, ROOT, type TerminalSession } from '../helpers/terminal.ts';

let home: SandboxHome | undefined;
let terminal: TerminalSession | undefined;

afterEach(async () => {
  await terminal?.dispose();
  await home?.dispose();
});

test('up asks for the passphrase first; without it nothing is created', { timeout: 120_000 }, async () => {
  home = await sandboxHome();
  const { env } = home;
  const key = path.join(home.home, 'locked');
  copyFileSync(path.join(ROOT, 'test/fixtures/ssh/ed25519.openssh-encrypted'), key);
  chmodSync(key, 0o400);
  const publicKey = path.join(ROOT, 'test/fixtures/ssh/ed25519.pub');
  expect((await runKubecore(['keys', 'import', 'locked', publicKey, '--sandbox'], { env })).code).toBe(0);

  terminal = kubecore(['up', '--sandbox', '--key-pair', 'locked', '--identity', key, '--yes'], { env });
  await terminal.see('Passphrase for');
  terminal.type('wrong one');
  terminal.press('Enter');
  await terminal.see('That was not it.');
  terminal.press('Enter');
  expect(await terminal.end()).toMatchObject({ code: 2 });
  expect(terminal.history()).toContain('its passphrase was not given');
  expect(terminal.raw()).not.toContain('wrong one');
  const list = await runKubecore(['list', '--sandbox', '-o', 'json'], { env });
  expect(JSON.parse(list.stdout)).toEqual([]);
});
