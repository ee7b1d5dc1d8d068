/** Stories of interruption: whatever ends the program, the terminal is as it was found and nothing is lost. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runKubecore } from '../helpers/run.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';
import { kubecore, PROGRAM, TerminalSession } from '../helpers/terminal.ts';

let home: SandboxHome;
let terminal: TerminalSession | null = null;

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

const open = (...args: string[]): TerminalSession => {
  terminal = kubecore(args, { columns: 100, rows: 30, env: home.env });
  return terminal;
};
const asFound = { alternate: false, cursorHidden: false, bracketedPaste: false, mouse: 'none' };

describe('before anything is launched', () => {
  test('Ctrl-C on each screen of the setup ends with 130 and says what was created', {
    timeout: 60_000,
  }, async () => {
    const screens: readonly [string, (session: TerminalSession) => Promise<void>][] = [
      ['Ready to launch', async () => undefined],
      ['Create a new key pair', async (session) => session.press('Enter')],
      [
        'Continue to the review',
        async (session) => {
          session.press('Enter');
          await session.see(/Create a new key pair|▸ coreos/);
          session.press('Enter');
          await session.see(/Create a key pair|Continue to the review/);
          if (session.text().includes('Create a key pair')) session.press('Enter');
        },
      ],
      [
        'Nothing is created yet',
        async (session) => {
          session.press('Enter');
          await session.see(/▸ coreos/);
          session.press('Enter');
          await session.see('Continue to the review');
          session.press('Ctrl+n');
        },
      ],
    ];
    for (const [words, walk] of screens) {
      const session = open('--sandbox');
      await session.see('Ready to launch');
      await walk(session);
      await session.see(words);
      session.press('Ctrl+c');
      expect(await session.end(), words).toMatchObject({ code: 130 });
      expect(session.state(), words).toEqual(asFound);
      await session.dispose();
    }
    const list = await runKubecore(['list', '--sandbox', '-o', 'json'], { env: home.env });
    expect(JSON.parse(list.stdout)).toEqual([]);
  });

  test('a terminal too small says so and goes on when it is enlarged', async () => {
    const session = kubecore(['--sandbox'], { columns: 50, rows: 12, env: home.env });
    terminal = session;
    await session.see('50×12');
    session.resize(80, 24);
    await session.see('Ready to launch');
    session.resize(59, 24);
    await session.see('too small');
    session.press('Ctrl+c');
    expect(await session.end()).toMatchObject({ code: 130 });
    expect(session.state()).toEqual(asFound);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ])('%s restores the terminal', async (signal, code) => {
    // The shell around it shows the line discipline afterwards.
    const session = new TerminalSession('bash', ['--noprofile', '--norc'], {
      columns: 100,
      rows: 30,
      env: { ...home.env, PS1: '$ ' },
    });
    terminal = session;
    session.type(
      `'${process.execPath}' '${PROGRAM}' --sandbox; echo "ended with $?"; stty -a | grep -o -- '-*icanon\\|-*echo\\b'\r`,
    );
    await session.see('Ready to launch');
    const { stdout } = await promisify(execFile)('pgrep', ['-P', String(session.pid)]);
    process.kill(Number(stdout.trim().split('\n')[0]), signal);
    await session.see(`ended with ${code}`);
    await session.see(/^icanon$/m);
    await session.see(/^echo$/m);
    expect(session.state()).toMatchObject({ alternate: false, cursorHidden: false });
  });
});

describe('a launch', () => {
  test('Ctrl-C asks; left running it is taken up again where it is, and nothing is started twice', {
    timeout: 120_000,
  }, async () => {
    const session = open('--sandbox');
    await session.see('Ready to launch');
    session.press('Enter');
    await session.see(/▸ coreos|Create a new key pair/);
    session.press('Enter');
    await session.see(/Create a key pair|Continue to the review/);
    if (session.text().includes('Create a key pair')) session.press('Enter');
    await session.see('Continue to the review');
    session.press('Ctrl+n');
    await session.see('accepted by CloudFormation');
    await session.see(/Image +ami-66e6680e/);
    await session.see(/Launch +simulates 3 machines/);
    session.press('Enter');
    await session.see(/of \d+ resources/);
    session.press('Ctrl+c');
    await session.see('Leave it as it is and quit');
    await session.see(/Undo +deletes the stack/);
    session.press('Escape');
    await session.gone('Leave the launch?');
    session.press('Ctrl+c');
    await session.see('▸ Go on watching');
    session.press('Down', 'Enter');
    await session.end();
    expect(session.state()).toEqual(asFound);
    expect(session.history()).toMatch(/kubecore (up|console)/);

    const again = await runKubecore(['up', '--sandbox', '--yes', '-o', 'json'], { env: home.env });
    expect(again).toMatchObject({ code: 0 });
    const events = again.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    // By now it may have become healthy by itself.
    expect(events[0]).toMatchObject(
      events.length === 1 ? { type: 'nothing-to-do' } : { type: 'stack-started', resumed: true },
    );
    const status = JSON.parse(
      (await runKubecore(['status', '--sandbox', '-o', 'json'], { env: home.env })).stdout,
    );
    expect(status.machines).toHaveLength(3);
  });

  test('the home screen opens what is there, and the console ends on a signal with the terminal restored', {
    timeout: 60_000,
  }, async () => {
    const session = open('--sandbox');
    await session.see(/▸ kubernetes/);
    session.press('Enter');
    await session.see('● healthy');
    session.kill('SIGTERM');
    expect(await session.end()).toMatchObject({ code: 143 });
    expect(session.state()).toEqual(asFound);
  });

  test('a closed pipe ends a command quietly', async () => {
    const { stdout, stderr } = await promisify(execFile)(
      'bash',
      [
        '-c',
        `'${process.execPath}' '${PROGRAM}' logs etcd --sandbox --follow | head -n 2; echo "codes \${PIPESTATUS[*]}"`,
      ],
      { env: { ...process.env, ...home.env }, timeout: 30_000 },
    );
    expect(stdout).toMatch(/^\d{4}.*\n\d{4}.*\ncodes 0 0\n$/);
    expect(stderr).toBe('');
  });

  test('a name already taken by a cluster is taken up, not started twice, and never with other parameters', {
    timeout: 60_000,
  }, async () => {
    const other = await runKubecore(
      ['up', '--sandbox', '--yes', '--name', 'kubernetes', '--cluster-size', '5'],
      { env: home.env },
    );
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toContain('--cluster-size 5, but it has 2');
    const same = await runKubecore(
      ['up', '--sandbox', '--yes', '--name', 'kubernetes', '--cluster-size', '2'],
      { env: home.env },
    );
    expect(same.code).toBe(0);
    expect(same.stdout).toMatch(/nothing to do: "kubernetes" is there as asked|taking up the stack/);
    const list = JSON.parse(
      (await runKubecore(['list', '--sandbox', '-o', 'json'], { env: home.env })).stdout,
    );
    expect(list).toMatchObject([{ name: 'kubernetes', size: 2 }]);
  });

  test('Ctrl-C in headless up ends with 130 and says how to go on', { timeout: 60_000 }, async () => {
    const session = open('up', '--sandbox', '--yes', '--name', 'second');
    await session.see(/CREATE_IN_PROGRESS/);
    session.press('Ctrl+c');
    expect(await session.end()).toMatchObject({ code: 130 });
    expect(session.history()).toMatch(/next: .*kubecore up --name second/);
    const down = await runKubecore(['down', 'second', '--sandbox', '--yes'], { env: home.env });
    expect(down.code).toBe(0);
    expect(down.stdout).toContain('nothing is left');
  });
});
