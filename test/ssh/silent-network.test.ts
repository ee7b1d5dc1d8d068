/** A network that drops packets without a word, in a network namespace of its own: needs root and `ip netns`. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MASTER } from '../../src/cluster/ports.ts';
import { createShell } from '../../src/ssh/shell.ts';
import { realClock, until } from './helpers/clock.ts';
import { trustAll } from './helpers/peer.ts';
import { startSshd, whyNoSshd } from './helpers/sshd.ts';

const NAME = `kubecore-${process.pid}`;
const [NEAR, FAR] = [`kca${process.pid}`, `kcb${process.pid}`];
/** Of the addresses for benchmarks (RFC 2544), one pair before the change and one after, apart from those of other runs. */
const [BEFORE, AFTER] = ['198.18', '198.19'].map((net) => `${net}.${process.pid % 256}`);
const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });

/** Why there is no namespace here; null when one was made. */
function makeNamespace(): string | null {
  if (whyNoSshd() !== null) return whyNoSshd();
  if (process.getuid?.() !== 0) return 'only root makes network namespaces';
  try {
    ip('netns', 'add', NAME);
    ip('link', 'add', NEAR, 'type', 'veth', 'peer', 'name', FAR, 'netns', NAME);
    ip('addr', 'add', `${BEFORE}.1/30`, 'dev', NEAR);
    ip('link', 'set', NEAR, 'up');
    ip('-n', NAME, 'addr', 'add', `${BEFORE}.2/30`, 'dev', FAR);
    ip('-n', NAME, 'link', 'set', FAR, 'up');
    return null;
  } catch (error) {
    return `ip netns: ${String((error as Error).message)}`;
  }
}

function removeNamespace(): void {
  for (const args of [
    ['link', 'del', NEAR],
    ['netns', 'del', NAME],
  ]) {
    try {
      ip(...args);
    } catch {
      // It was never made.
    }
  }
}

test('a link that goes down without a word is noticed and come back from, and so is an address that changed', {
  timeout: 60_000,
}, async (context) => {
  const missing = makeNamespace();
  const closing: (() => unknown)[] = [removeNamespace];
  try {
    if (missing !== null) return context.skip(missing);
    // Its keys and configuration serve a second sshd inside the namespace.
    const outside = await startSshd();
    closing.push(() => outside.stop());
    const folder = mkdtempSync(join(tmpdir(), 'kubecore-netns-'));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const config = [
      'Port 2222',
      `HostKey ${join(outside.directory, 'host')}`,
      `AuthorizedKeysFile ${join(outside.directory, 'authorized_keys')}`,
      `PidFile ${join(folder, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
    ];
    writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`);
    const sshd = spawn('ip', ['netns', 'exec', NAME, '/usr/sbin/sshd', '-D', '-f', join(folder, 'config')], {
      stdio: 'ignore',
    });
    closing.push(() => sshd.kill('SIGKILL'));
    let address = `${BEFORE}.2`;
    const shell = createShell({
      master: async () => ({ address }),
      user: userInfo().username,
      port: 2222,
      identities: [{ kind: 'file', path: outside.key }],
      trust: trustAll(),
      clock: realClock,
      random: () => 0,
      limits: { keepalive: 500, dial: 1_000, handshake: 5_000 },
    });
    closing.push(() => shell.close());
    const works = async () => (await shell.run(MASTER, ['true'], { timeoutMs: 10_000 })).code === 0;
    await until('sshd', () => works().catch(() => false));
    ip('-n', NAME, 'link', 'set', FAR, 'down');
    await until('the loss to be noticed', () => shell.connection().phase === 'reconnecting');
    expect(shell.connection()).toMatchObject({ why: expect.stringMatching(/no answer|timed out|route/) });
    ip('-n', NAME, 'link', 'set', FAR, 'up');
    await until('the way back', () => works().catch(() => false));
    // The master got another address, and the old one is silent.
    ip('-n', NAME, 'addr', 'flush', 'dev', FAR);
    ip('addr', 'add', `${AFTER}.1/30`, 'dev', NEAR);
    ip('-n', NAME, 'addr', 'add', `${AFTER}.2/30`, 'dev', FAR);
    address = `${AFTER}.2`;
    // What was sent to the old address may be lost with it; the shell finds the new one by itself.
    await until('the new address', () => works().catch(() => false));
    expect(shell.connection()).toMatchObject({ phase: 'connected', to: `${AFTER}.2` });
  } finally {
    for (const close of closing.reverse()) await close();
  }
});
