/** The whole program against OpenSSH's sshd: what only it shows, from the terminal to the processes on the far side. */
import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { kubecore, PROGRAM, type TerminalSession } from '../helpers/terminal.ts';
import { until } from './helpers/clock.ts';
import { FIXTURES, forgetKeyFiles, keyFile } from './helpers/peer.ts';
import { type Sshd, startSshd, whyNoSshd } from './helpers/sshd.ts';

const missing = whyNoSshd();

describe.skipIf(missing !== null)('kubecore over OpenSSH’s sshd', { timeout: 60_000 }, () => {
  let sshd: Sshd;
  let home: string;
  let env: Record<string, string>;
  const open: TerminalSession[] = [];

  /** A master's tools as far as a log needs them; the journal has one line, and is silent from then on. */
  const TOOLS: Record<string, string> = {
    fleetctl:
      '[ "$1" != list-machines ] || printf \'%s\\t127.0.0.9\\trole=master\\n\' "$(cat /etc/machine-id)"',
    systemctl: "echo 'etcd.service loaded active running etcd'",
    journalctl: `echo '{"MESSAGE":"begun","__CURSOR":"c"}'\nexec sleep 67.${process.pid}`,
  };

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'kubecore-program-'));
    const bin = join(home, 'bin');
    mkdirSync(bin);
    for (const [name, script] of Object.entries(TOOLS)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    sshd = await startSshd([`SetEnv PATH=${bin}:/usr/local/bin:/usr/bin:/bin`]);
    appendFileSync(join(sshd.directory, 'authorized_keys'), readFileSync(join(FIXTURES, 'ed25519.pub')));
    env = { HOME: home, KUBECORE_STATE_DIR: join(home, 'state'), PATH: process.env.PATH ?? '' };
  });

  afterEach(async () => {
    for (const terminal of open.splice(0)) await terminal.dispose();
  });

  afterAll(async () => {
    await sshd?.stop();
    forgetKeyFiles();
    rmSync(home, { recursive: true, force: true });
  });

  const to = (key: string): string[] => [
    ...['--host', `${sshd.user}@127.0.0.1:${sshd.port}`, '--identity', key, '--accept-new-host-key'],
  ];

  function terminal(args: readonly string[], more: Record<string, string> = {}): TerminalSession {
    const made = kubecore(args, { env: { ...env, ...more } });
    open.push(made);
    return made;
  }

  function running(pattern: string): boolean {
    try {
      return execFileSync('pgrep', ['-f', pattern]).length > 0;
    } catch {
      return false;
    }
  }

  test('an encrypted key asks for its passphrase hidden, once for all connections, again when it was not it', async () => {
    const key = keyFile('ed25519.openssh-encrypted');
    const wrong = terminal(['ssh', ...to(key), '--', 'echo inside']);
    await wrong.see('Passphrase for');
    wrong.type('not-the-one');
    wrong.press('Enter');
    await wrong.see('That was not it. Passphrase for');
    wrong.type('secret');
    wrong.press('Enter');
    await wrong.see('inside');
    expect(await wrong.end()).toMatchObject({ code: 0 });
    expect(wrong.raw()).not.toMatch(/secret|not-the-one/);

    // Forwarding the agent takes a second connection, which needs the key again.
    const agent = join(home, 'agent');
    const agentProcess = spawn('ssh-agent', ['-D', '-a', agent], { stdio: 'ignore' });
    try {
      await until('the agent', () => {
        try {
          execFileSync('ssh-add', ['-l'], { env: { ...env, SSH_AUTH_SOCK: agent }, stdio: 'pipe' });
          return true;
        } catch (error) {
          // 1: it answers, and has no keys.
          return (error as { status?: number }).status === 1;
        }
      });
      const twice = terminal(
        ['ssh', '--forward-agent', ...to(key), '--', 'ssh-add -l; echo "as $SSH_AUTH_SOCK"'],
        {
          SSH_AUTH_SOCK: agent,
        },
      );
      await twice.see('Passphrase for');
      twice.type('secret');
      twice.press('Enter');
      await twice.see(/as \/tmp\/ssh-/);
      expect(await twice.end()).toMatchObject({ code: 0 });
      expect(twice.history()).toContain('The agent has no identities');
      expect(twice.history().match(/Passphrase for/g)).toHaveLength(1);
      expect(twice.raw()).not.toContain('secret');
    } finally {
      agentProcess.kill('SIGKILL');
    }
  });

  test('a command’s input, output and errors are pipes, exact to the byte, and its exit code ours', async () => {
    const input = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * 31) % 256));
    const child = spawn(
      process.execPath,
      [PROGRAM, 'ssh', ...to(sshd.key), '--', 'cat; echo apart >&2; exit 3'],
      { env, stdio: 'pipe' },
    );
    const read = async (stream: AsyncIterable<Buffer>) => {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      return Buffer.concat(chunks);
    };
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end(input);
    const [out, err] = await Promise.all([read(child.stdout), read(child.stderr)]);
    expect(await ended).toBe(3);
    expect(out.equals(input)).toBe(true);
    expect(err.toString()).toMatch(/(^|\n)apart\n$/);
  });

  // sshd makes a terminal over to its user, which takes root.
  test.skipIf(process.getuid?.() !== 0)(
    'a shell is a whole terminal: its size follows, its exit code is ours, ~. leaves what hangs',
    async () => {
      const at = terminal(['ssh', ...to(sshd.key)]);
      await at.until(() => /[$#] $/.test(at.text().trimEnd().concat(' ')), 'a prompt');
      at.type('stty size; echo size-$?\r');
      await at.see(/40 120\s+size-0/);
      at.resize(100, 30);
      at.type('stty size; echo again-$?\r');
      await at.see(/30 100\s+again-0/);
      // Ctrl-C is the far side's.
      at.type(`sleep 68.${process.pid}\r`);
      await until('the sleep', () => running(`^sleep 68[.]${process.pid}$`));
      at.press('Ctrl+C');
      at.type('echo after\r');
      await at.see(/\nafter/);
      at.type('exit 5\r');
      expect(await at.end()).toMatchObject({ code: 5 });

      const hung = terminal(['ssh', ...to(sshd.key)]);
      await hung.until(() => /[$#] $/.test(hung.text().trimEnd().concat(' ')), 'a prompt');
      hung.type(`stty raw -echo; echo begun; exec sleep 69.${process.pid}\r`);
      await until('the sleep', () => running(`^sleep 69[.]${process.pid}$`));
      hung.type('\r~.');
      await hung.end();
      await until('the end of the far side', () => !running(`^sleep 69[.]${process.pid}$`));
      expect(hung.state()).toMatchObject({ alternate: false, cursorHidden: false });
    },
  );

  test('an interrupted question ends the program and gives the terminal back', async () => {
    const at = terminal(['ssh', ...to(keyFile('ed25519.openssh-encrypted')), '--', 'true']);
    await at.see('Passphrase for');
    at.type('zq7w');
    at.press('Ctrl+C');
    const { code } = await at.end();
    expect(code).not.toBe(0);
    expect(at.raw()).not.toContain('zq7w');
  });

  test.each(['SIGKILL', 'SIGINT'] as const)(
    'a followed log that is silent leaves no process behind after %s',
    async (signal) => {
      const child = spawn(process.execPath, [PROGRAM, 'logs', 'etcd', '--follow', ...to(sshd.key)], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      try {
        let said = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += bytes));
        const ended = new Promise((resolve) => child.once('close', resolve));
        await until('the log', () => {
          if (child.exitCode !== null) throw new Error(`kubecore ended:\n${said}`);
          return said.includes('begun') && running(`sleep 67[.]${process.pid}`);
        });
        child.kill(signal);
        await ended;
        await until('the end of the far side', () => !running(`sleep 67[.]${process.pid}`));
      } finally {
        child.kill('SIGKILL');
      }
    },
  );
});
