/** A newcomer's story: from nothing to a live console with a log tail, every screen by its keys, in the sandbox. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';
import { kubecore, type TerminalSession } from '../helpers/terminal.ts';

let home: SandboxHome;
let terminal: TerminalSession;

beforeEach(async () => {
  home = await sandboxHome();
});

afterEach(async () => {
  await terminal.dispose();
  await home.dispose();
});

for (const [columns, rows] of [
  [80, 24],
  [200, 60],
] as const) {
  test(`guided setup, launch and console at ${columns}x${rows}`, { timeout: 120_000 }, async () => {
    terminal = kubecore(['--sandbox'], { columns, rows, env: home.env });

    await terminal.see('1 Prerequisites');
    await terminal.see('Ready to launch in the sandbox');
    expect(terminal.text()).toContain('AWS_SECRET_ACCESS_KEY');
    terminal.press('Enter');

    await terminal.see('Create a new key pair');
    terminal.press('Enter');
    await terminal.see('Create a key pair');
    terminal.press('Enter');

    await terminal.see('Continue to the review');
    const key = path.join(home.env.KUBECORE_STATE_DIR ?? '', 'sandbox', 'keys', 'coreos.pem');
    expect((await stat(key)).mode & 0o777).toBe(0o400);
    expect(await readFile(key, 'utf8')).toContain('PRIVATE KEY');
    // Down to Minions, 2 becomes 3.
    terminal.press('Down', 'Down', 'Down', 'Down', 'Backspace');
    terminal.type('3');
    await terminal.see(/Minions\s+3/);
    terminal.press('Ctrl+n');

    await terminal.see('Nothing is created yet');
    await terminal.see('1 master and 3 minions');
    await terminal.see('accepted by CloudFormation');
    // Once every check has answered the review has its whole length, and its end is where it stays.
    await terminal.see('Launch  simulates 4 machines');
    terminal.press('End');
    await terminal.see('--cluster-size 3');
    terminal.type('t');
    await terminal.see('AWSTemplateFormatVersion');
    terminal.type('t');
    await terminal.see('Launch  simulates 4 machines');
    terminal.press('Enter');

    await terminal.see(/Stack kubernetes\s+\d of \d+ resources/);
    await terminal.see(/MinionAutoScale.*(waiting|creating|created)/);
    await terminal.see(/Minions are registered/);
    await terminal.see('● healthy', 90_000);
    await terminal.see(/1 Machines 4/);
    await terminal.see(/172\.31\.\d+\.\d+\s+master/);

    terminal.type('2');
    await terminal.see(/docker\.service/);
    terminal.type('/');
    terminal.type('kube-register.service');
    await terminal.see('/kube-register.service');
    terminal.press('Enter');
    await terminal.gone('docker.service');
    await terminal.see(/l logs +d details/);
    terminal.type('l');
    await terminal.see('kube-register.service @');
    await terminal.see('● following');
    await terminal.see('registered machines');
    terminal.press('Space');
    await terminal.see('paused');
    terminal.press('Escape');
    terminal.type('?');
    await terminal.see(/Help/);
    terminal.press('Escape');
    await terminal.gone(/^ Help/m);
    terminal.type('q');

    expect(await terminal.end()).toMatchObject({ code: 0 });
    expect(terminal.state()).toEqual({
      alternate: false,
      cursorHidden: false,
      bracketedPaste: false,
      mouse: 'none',
    });
  });
}

test('without AWS credentials the sandbox is offered, and Back keeps the answers', {
  timeout: 60_000,
}, async () => {
  terminal = kubecore([], {
    env: { ...home.env, AWS_EC2_METADATA_DISABLED: 'true' },
    columns: 120,
    rows: 40,
  });
  await terminal.see('Use the sandbox', 30_000);
  expect(terminal.text()).toContain('AWS_ACCESS_KEY_ID');
  terminal.press('Enter');
  await terminal.see('Ready to launch in the sandbox');
  terminal.press('Enter');
  await terminal.see('Create a new key pair');
  terminal.press('Enter');
  await terminal.see('Create a key pair');
  terminal.press('Enter');
  await terminal.see('Continue to the review');
  terminal.press('Ctrl+u');
  terminal.type('1abc');
  await terminal.see('a stack name starts with a letter');
  terminal.press('Ctrl+n');
  await terminal.see('a stack name starts with a letter');
  terminal.press('Ctrl+u');
  terminal.type('web');
  await terminal.see('✓ free');
  terminal.press('Escape');
  await terminal.see('coreos');
  terminal.press('Enter');
  await terminal.see(/Name\s+web/);
  terminal.press('Ctrl+c');
  const { code } = await terminal.end();
  expect(code).toBe(130);
  expect(terminal.history()).toContain('coreos');
  expect(terminal.state().alternate).toBe(false);
});
