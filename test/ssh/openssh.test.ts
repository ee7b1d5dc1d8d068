/** The same shell against Debian's own sshd: what must hold with the real peer. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubecoreError } from '../../src/cluster/errors.ts';
import { MASTER, type NodeRef } from '../../src/cluster/ports.ts';
import { openTail } from '../../src/cluster/tail.ts';
import type { Identity } from '../../src/ssh/keyring.ts';
import { createShell, type ShellOptions, type SshShell } from '../../src/ssh/shell.ts';
import { createHostTrust, type HostTrust } from '../../src/ssh/trust.ts';
import { startAgent } from './helpers/agent.ts';
import { realClock, until } from './helpers/clock.ts';
import { FIXTURES, forgetKeyFiles, keyFile } from './helpers/peer.ts';
import { type Sshd, startSshd, whyNoSshd } from './helpers/sshd.ts';

const missing = whyNoSshd();
if (missing !== null) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== null)('with OpenSSH’s sshd', { timeout: 60_000 }, () => {
  let sshd: Sshd;
  let at: SshShell;
  const shells: SshShell[] = [];
  const servers: Sshd[] = [];
  const NODE: NodeRef = { kind: 'node', address: '127.0.0.1' };
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

  const trustAll = () => createHostTrust({ ownFile: null, userFiles: [], firstContact: async () => 'trust' });

  function shell(more: Partial<ShellOptions> = {}): SshShell {
    const made = createShell({
      master: async () => ({ address: '127.0.0.1' }),
      user: sshd.user,
      port: sshd.port,
      nodePort: sshd.port,
      identities: [{ kind: 'file', path: sshd.key }],
      trust: trustAll(),
      clock: realClock,
      random: () => 0,
      ...more,
    });
    shells.push(made);
    return made;
  }

  async function failure(promise: Promise<unknown>): Promise<KubecoreError> {
    return promise.then(
      () => {
        throw new Error('expected an error');
      },
      (error) => error,
    );
  }

  /** Is a process with this word in its command line running? */
  function running(word: string): boolean {
    try {
      return execFileSync('pgrep', ['-f', word]).length > 0;
    } catch {
      return false;
    }
  }

  /** One more sshd, which ends with the tests whatever becomes of them. */
  async function another(config: readonly string[] = []): Promise<Sshd> {
    const server = await startSshd(config);
    servers.push(server);
    return server;
  }

  beforeAll(async () => {
    sshd = await another();
    for (const name of ['rsa', 'ecdsa256', 'ecdsa521', 'ed25519']) {
      appendFileSync(join(sshd.directory, 'authorized_keys'), readFileSync(join(FIXTURES, `${name}.pub`)));
    }
    at = shell();
  });

  afterAll(async () => {
    await Promise.all(shells.map((made) => made.close()));
    await Promise.all(servers.map((server) => server.stop()));
    forgetKeyFiles();
  });

  test('run: outputs apart, code, PATH, no input to wait for', async () => {
    const script = 'printf "%s" "$PATH"; cat; echo err >&2; exit 7';
    const result = await at.run(MASTER, ['sh', '-c', script]);
    expect(result).toMatchObject({ code: 7, signal: null });
    expect(text(result.stdout)).toMatch(/^\/opt\/bin:/);
    expect(text(result.stderr)).toBe('err\n');
    const killed = await at.run(MASTER, ['sh', '-c', 'kill -TERM $$']);
    expect(killed.signal === 'SIGTERM' || killed.code === 143).toBe(true);
    const stdin = Buffer.alloc(3_000_000, 'standard input\n');
    expect((await at.run(MASTER, ['cat'], { stdin })).stdout.length).toBe(stdin.length);
    expect((await at.run(MASTER, ['no-such-program'])).code).toBe(127);
  });

  test('every argument arrives as it was', async () => {
    const word = fc.string({ unit: 'binary' }).map((raw) => raw.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 8 }), async (words) => {
        const { stdout } = await at.run(MASTER, ['printf', '%s\\0', ...words]);
        expect(text(stdout).split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 10 },
    );
  });

  test('what is out of time is killed over there, with all that it started', async () => {
    const error = await failure(
      at.run(MASTER, ['sh', '-c', 'sleep 61.001 & sleep 61.002; :'], { timeoutMs: 1_000 }),
    );
    expect(error).toMatchObject({ code: 'CommandTimedOut' });
    await until('the group to be killed', () => !running('sleep 61[.]00'));
  });

  // For a login as root sshd passes on no signal, as 2014's does for nobody: run so, the end of the session's input alone kills.
  test('what is no longer wanted is killed over there at once, with what it started', async () => {
    const stop = new AbortController();
    const stopped = failure(
      at.run(MASTER, ['sh', '-c', 'sleep 62.001 & sleep 62.002; :'], {
        signal: stop.signal,
        timeoutMs: 60_000,
      }),
    );
    await until('the command', () => running('sleep 62[.]002'));
    stop.abort();
    expect(await stopped).toMatchObject({ fault: 'interrupted' });
    await until('the kill', () => !running('sleep 62[.]00'));
    for await (const batch of at.follow(MASTER, ['sh', '-c', 'echo a; sleep 63.001'])) {
      expect(batch.map(text)).toEqual(['a']);
      break;
    }
    await until('the kill', () => !running('sleep 63[.]001'));
  });

  test('a silent command whose connection breaks is killed over there', async () => {
    const own = await another();
    const alone = shell({ port: own.port, identities: [{ kind: 'file', path: own.key }] });
    const lost = failure(alone.run(MASTER, ['sleep', '64.001'], { timeoutMs: 600_000 }));
    const log = failure(
      (async () => {
        for await (const _ of alone.follow(MASTER, ['sleep', '64.002']));
      })(),
    );
    await until('the commands', () => running('sleep 64[.]001') && running('sleep 64[.]002'));
    for (const pid of sessionPids(own)) process.kill(pid, 'SIGKILL');
    expect(await lost).toMatchObject({ code: 'ConnectionLost' });
    expect(await log).toMatchObject({ code: 'ConnectionLost' });
    await until('the kill', () => !running('sleep 64[.]00'));
  });

  test('a command whose sshd never learns that we are gone ends by its own limit', async () => {
    const own = await another();
    const alone = shell({ port: own.port, identities: [{ kind: 'file', path: own.key }] });
    await alone.run(MASTER, ['true']);
    const lost = failure(alone.run(MASTER, ['sleep', '65.001'], { timeoutMs: 3_000 }));
    await until('the command', () => running('sleep 65[.]001'));
    const pids = sessionPids(own);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      expect(await lost).toMatchObject({ code: 'CommandTimedOut' });
      await until('the limit over there', () => !running('sleep 65[.]001'));
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGKILL');
    }
  });

  test('follow: all lines of a big file, and a failure with its words', async () => {
    const path = join(sshd.directory, 'big');
    writeFileSync(path, Buffer.alloc(30_000_000, `${'x'.repeat(99)}\n`));
    let lines = 0;
    for await (const batch of at.follow(MASTER, ['cat', path])) lines += batch.length;
    expect(lines).toBe(300_000);
    const failing = async () => {
      for await (const _ of at.follow(MASTER, ['cat', '/no/such/file']));
    };
    expect((await failure(failing())).why).toContain('No such file');
  });

  test('sixteen at once on one connection, whose MaxSessions is ten', async () => {
    const before = sshd.log().match(/Accepted publickey/g)?.length ?? 0;
    const many = shell();
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, i) => many.run(MASTER, ['sh', '-c', `sleep 0.02; echo ${i}`])),
    );
    expect(results.map((result) => text(result.stdout).trim())).toEqual(
      Array.from({ length: 16 }, (_, i) => String(i)),
    );
    expect(sshd.log().match(/Accepted publickey/g)?.length).toBe(before + 1);
  });

  test('fourteen nodes at once, of an sshd that takes ten new connections', async () => {
    // sshd listens on sixteen addresses at most.
    const addresses = Array.from({ length: 14 }, (_, i) => `127.0.0.${i + 2}`);
    // As it is by default: from ten unfinished logins on, sshd drops some.
    const own = await another(['MaxStartups 10:30:100', ...addresses.map((to) => `ListenAddress ${to}`)]);
    const many = shell({
      port: own.port,
      nodePort: own.port,
      identities: [{ kind: 'file', path: own.key }],
      limits: { handshake: 60_000, login: 60_000 },
    });
    const results = await Promise.all(
      addresses.map((address) => many.run({ kind: 'node', address }, ['true'], { timeoutMs: 60_000 })),
    );
    expect(results.map(({ code }) => code)).toEqual(addresses.map(() => 0));
  });

  test('a log that is followed through broken connections loses and repeats no line', async () => {
    const bin = join(sshd.directory, 'bin');
    mkdirSync(bin);
    // Thirty entries, each in its turn; after a cursor those that follow it.
    const script = `#!/bin/sh
at=0
for word; do case $word in --after-cursor=*) at=\${word#--after-cursor=c};; esac; done
while [ $at -lt 30 ]; do
  at=$((at + 1))
  printf '{"__CURSOR":"c%d","__REALTIME_TIMESTAMP":"%d","MESSAGE":"line %d"}\\n' $at $at $at
  sleep 0.05
done
exec sleep 600
`;
    writeFileSync(join(bin, 'journalctl'), script, { mode: 0o755 });
    const broken = await another([`SetEnv PATH=${bin}:/usr/bin:/bin`]);
    const tail = openTail({
      shell: shell({ port: broken.port, identities: [{ kind: 'file', path: broken.key }] }),
      source: { unit: 'a.service', machineId: '', ip: null },
      lines: 100,
      clock: realClock,
      random: () => 0,
    });
    try {
      for (const seen of [3, 12, 21]) {
        await until(`line ${seen}`, () => tail.ring.end >= seen);
        for (const pid of sessionPids(broken)) process.kill(pid, 'SIGKILL');
      }
      await until('the last line', () => tail.ring.end >= 30);
      const messages = Array.from({ length: tail.ring.end }, (_, i) => tail.ring.at(i)?.message);
      expect(messages).toEqual(Array.from({ length: 30 }, (_, i) => `line ${i + 1}`));
    } finally {
      tail.close();
    }
  });

  test('a node is reached through the master', async () => {
    expect(text((await at.run(NODE, ['echo', 'node'])).stdout)).toBe('node\n');
    const error = await failure(at.run({ kind: 'node', address: '127.0.0.2' }, ['x']));
    expect(error).toMatchObject({ fault: 'network', code: 'NoRoute' });
  });

  test.each([
    'rsa.openssh',
    'rsa.pem',
    'rsa.pkcs8',
    'ecdsa256.pem',
    'ecdsa521.pkcs8',
    'ed25519.pkcs8',
    'ed25519.openssh-encrypted',
    'rsa.pem-encrypted',
    'rsa.pkcs8-encrypted',
  ])('logs in with %s', async (name) => {
    const identities: Identity[] = [{ kind: 'file', path: keyFile(name) }];
    expect(
      await shell({ identities, askPassphrase: async () => 'secret' }).run(MASTER, ['true']),
    ).toMatchObject({ code: 0 });
  });

  test('logs in by the agent, with the one key that is wanted, and forwards it when asked', async () => {
    const socket = join(sshd.directory, 'agent');
    const keys = ['ecdsa384.openssh', 'rsa.openssh'].map((name) =>
      readFileSync(join(FIXTURES, name), 'utf8'),
    );
    const agent = await startAgent(keys, socket);
    const only = readFileSync(join(FIXTURES, 'rsa.pub'), 'utf8');
    const byAgent = shell({ identities: [{ kind: 'agent', socket, only }], agentSocket: socket });
    expect(await byAgent.run(MASTER, ['true'])).toMatchObject({ code: 0 });
    const stdout = new PassThrough();
    const io = { stdin: new PassThrough(), stdout, stderr: new PassThrough(), pty: null };
    const command = 'echo "sock=$SSH_AUTH_SOCK"';
    await byAgent.openTerminal(MASTER, { ...io, command, agentForward: true });
    await byAgent.openTerminal(MASTER, { ...io, stdin: new PassThrough(), command });
    const [forwarded, plain] = String(stdout.read()).split('\n');
    expect(forwarded).toMatch(/^sock=\/tmp\/ssh-/);
    expect(plain).toBe('sock=');
    await agent.close();
  });

  test('a key that it does not know, and too many of them', async () => {
    const wrong: Identity[] = [{ kind: 'file', path: keyFile('ecdsa384.openssh') }];
    const error = await failure(shell({ identities: wrong }).run(MASTER, ['true']));
    expect(error).toMatchObject({ code: 'AuthFailed', fault: 'node' });
    expect(error.why).toContain('it takes publickey');
    const strict = await another(['MaxAuthTries 2']);
    const names = ['ecdsa384.openssh', 'rsa.pem', 'ecdsa256.pem', 'ed25519.openssh'];
    const identities = names.map((name) => ({ kind: 'file' as const, path: keyFile(name) }));
    const many = await failure(
      shell({ identities, port: strict.port, user: strict.user }).run(MASTER, ['true']),
    );
    expect(many).toMatchObject({ code: 'TooManyAuthFailures' });
  });

  test('an account that may not log in is told of with what the server shows', async () => {
    const banner = join(sshd.directory, 'banner');
    writeFileSync(banner, 'This account has \u001b[31mexpired.\n');
    const locked = await another(['AllowUsers somebody-else', `Banner ${banner}`]);
    const error = await failure(
      shell({ port: locked.port, identities: [{ kind: 'file', path: locked.key }] }).run(MASTER, ['true']),
    );
    expect(error).toMatchObject({ code: 'AuthFailed', fault: 'node' });
    expect(error.why).toMatch(/tried: .*key; it takes publickey; it said "This account has .*expired\."$/);
    expect(error.why).not.toContain('\u001b');
    expect(error.next).toContain('the account may be locked');
  });

  test('known_hosts as ssh-keygen hashes it is believed; a changed key is not', async () => {
    const file = join(sshd.directory, 'hosts');
    const hosts = (key: string): HostTrust => {
      writeFileSync(file, `[127.0.0.1]:${sshd.port} ${key}\n`);
      execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
      rmSync(`${file}.old`, { force: true });
      return createHostTrust({ ownFile: null, userFiles: [file], firstContact: async () => 'refuse' });
    };
    expect(await shell({ trust: hosts(sshd.hostKey) }).run(MASTER, ['true'])).toMatchObject({ code: 0 });
    const other = readFileSync(join(FIXTURES, 'ed25519.pub'), 'utf8').trim();
    const error = await failure(shell({ trust: hosts(other) }).run(MASTER, ['true']));
    expect(error).toMatchObject({ code: 'HostKeyChanged' });
  });

  test('what we write, OpenSSH reads', async () => {
    const ownFile = join(sshd.directory, 'own');
    const trust = createHostTrust({ ownFile, userFiles: [], firstContact: async () => 'trust' });
    await shell({ trust }).run(MASTER, ['true']);
    const out = execFileSync('ssh', [
      ...['-F', 'none', '-p', String(sshd.port), '-i', sshd.key, '-o', `UserKnownHostsFile=${ownFile}`],
      ...['-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', `${sshd.user}@127.0.0.1`, 'echo yes'],
    ]);
    expect(out.toString()).toBe('yes\n');
  });

  // sshd makes a terminal over to its user, which takes root.
  test.skipIf(process.getuid?.() !== 0)('a terminal is one: tty, size, exit code', async () => {
    const stdout = new PassThrough();
    const io = { stdin: new PassThrough(), stdout, stderr: new PassThrough() };
    const pty = { term: 'xterm-256color', columns: 123, rows: 45 };
    const ended = await at.openTerminal(NODE, { ...io, pty, command: 'tty; stty size; echo $TERM; exit 5' });
    expect(ended).toEqual({ code: 5, signal: null });
    expect(String(stdout.read())).toMatch(/^\/dev\/pts\/\d+\r\n45 123\r\nxterm-256color\r\n$/);
  });

  test('pipes are exact to the byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 31) % 256));
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    const read: Buffer[] = [];
    stdout.on('data', (chunk: Buffer) => read.push(chunk));
    stdin.end(bytes);
    const ended = await at.openTerminal(MASTER, {
      stdin,
      stdout,
      stderr: new PassThrough(),
      pty: null,
      command: ['cat'],
    });
    expect(ended).toEqual({ code: 0, signal: null });
    expect(Buffer.concat(read).equals(bytes)).toBe(true);
  });

  test('an sshd that stops answering is noticed, and come back from', async () => {
    const own = await another();
    const back = shell({
      port: own.port,
      identities: [{ kind: 'file', path: own.key }],
      limits: { keepalive: 500 },
    });
    expect(await back.run(MASTER, ['true'])).toMatchObject({ code: 0 });
    // As a network that drops packets without a word would have it.
    const pids = sessionPids(own);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await until('the loss to be noticed', () => back.connection().phase === 'reconnecting');
    expect(back.connection()).toMatchObject({ why: expect.stringContaining('no answer') });
    expect(await back.run(MASTER, ['true'])).toMatchObject({ code: 0 });
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  });

  /** The processes of sshd that serve connections: one, or with a monitor two. */
  function sessionPids(server: Sshd): number[] {
    const children = (pid: number): number[] => {
      try {
        const pids = execFileSync('pgrep', ['-P', String(pid), '-x', 'sshd'])
          .toString()
          .trim()
          .split('\n')
          .map(Number);
        return pids.flatMap((child) => [child, ...children(child)]);
      } catch {
        return [];
      }
    };
    return children(server.process.pid ?? 0);
  }
});
