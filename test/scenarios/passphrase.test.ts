/** A key with a passphrase: asked for before anything is created, once, hidden; whoever does not give it has lost nothing. */
import { createPrivateKey } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/** One that shows only unlocked which key it is: PKCS#8 has the public half inside. */
function lockedKey(file: string, passphrase: string): void {
  const plain = readFileSync(path.join(ROOT, 'test/fixtures/ssh/rsa.pem'));
  const locked = createPrivateKey(plain).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase,
  });
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, locked, { mode: 0o400 });
}

test('the wizard asks for the passphrase, launch and console do not; home asks in a process of its own', {
  timeout: 180_000,
}, async () => {
  home = await sandboxHome();
  const { env } = home;
  const said = 'open, sesame';
  lockedKey(path.join(home.home, '.ssh', 'mine.pem'), said);
  const publicKey = path.join(ROOT, 'test/fixtures/ssh/rsa.pub');
  expect((await runKubecore(['keys', 'import', 'mine', publicKey, '--sandbox'], { env })).code).toBe(0);
  const config = path.join(home.home, 'kubecore.yaml');
  writeFileSync(config, 'blueprint: single\nname: one\n');

  terminal = kubecore(['--sandbox', '--debug', '--config', config], { env, columns: 120, rows: 40 });
  await terminal.see('Ready to launch in the sandbox');
  terminal.press('Enter');
  await terminal.see(/▸ mine +rsa +encrypted key: ~\/\.ssh\/mine\.pem/);
  terminal.press('Enter');
  await terminal.see('The private key ~/.ssh/mine.pem is encrypted');
  terminal.type('not this one');
  await terminal.see(/Passphrase +•{12}/);
  terminal.press('Enter');
  await terminal.see('That was not it');
  terminal.type(said);
  await terminal.see(/Passphrase +•{12}/);
  terminal.press('Enter');
  await terminal.see('Continue to the review');
  terminal.press('Ctrl+n');
  await terminal.see('Launch  simulates 1 machine');
  terminal.press('Enter');
  // The launch logs in, then the console does: neither has anybody to ask.
  await terminal.see('● healthy', 90_000);
  await terminal.see(/1 Machines 1/);
  terminal.type('q');
  expect(await terminal.end()).toMatchObject({ code: 0 });
  expect(terminal.raw()).not.toMatch(/sesame|not this one/);
  await terminal.dispose();

  terminal = kubecore(['--sandbox'], { env });
  await terminal.see('One cluster is here');
  terminal.press('Enter');
  await terminal.see('The private key ~/.ssh/mine.pem is encrypted');
  terminal.press('Escape');
  await terminal.see('One cluster is here');
  terminal.press('Enter');
  await terminal.see('The private key ~/.ssh/mine.pem is encrypted');
  terminal.type(said);
  await terminal.see(/Passphrase +•{12}/);
  terminal.press('Enter');
  await terminal.see(/1 Machines 1/, 60_000);
  // Back home and in again: it is open for the rest of the run.
  terminal.press('Escape');
  await terminal.see('One cluster is here');
  terminal.press('Enter');
  await terminal.see(/1 Machines 1/, 60_000);
  terminal.type('q');
  expect(await terminal.end()).toMatchObject({ code: 0 });
  expect(terminal.raw()).not.toContain('sesame');
});
