/** Files brought to a node, by each kind of server: OpenSSH's, the sandbox's, one without sftp. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { KubecoreError } from '../../src/cluster/errors.ts';
import { MASTER } from '../../src/cluster/ports.ts';
import { createShell, type SshShell } from '../../src/ssh/shell.ts';
import { instance, makeWorld, userData } from '../sandbox/hosts/world.ts';
import { realClock, until } from './helpers/clock.ts';
import { finish, forgetKeyFiles, shellAt, startPeer, trustAll } from './helpers/peer.ts';
import { type Sshd, startSshd, whyNoSshd } from './helpers/sshd.ts';

const closing: (() => Promise<unknown>)[] = [];

async function failure(promise: Promise<unknown>): Promise<KubecoreError> {
  return promise.then(
    () => {
      throw new Error('expected an error');
    },
    (error) => error,
  );
}

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  forgetKeyFiles();
});

const missing = whyNoSshd();

describe.skipIf(missing !== null)('with OpenSSH’s sftp-server', () => {
  let sshd: Sshd;
  let at: SshShell;
  const shellTo = (server: Sshd) => {
    const shell = createShell({
      master: async () => ({ address: '127.0.0.1' }),
      user: server.user,
      port: server.port,
      identities: [{ kind: 'file', path: server.key }],
      trust: trustAll(),
      clock: realClock,
      random: () => 0,
    });
    return shell;
  };

  beforeAll(async () => {
    sshd = await startSshd(['Subsystem sftp internal-sftp']);
    at = shellTo(sshd);
  });

  afterAll(async () => {
    await at.close();
    await sshd.stop();
  });

  test('every byte, the mode, over an older file, nothing left beside it', async () => {
    const directory = join(sshd.directory, 'up');
    mkdirSync(directory);
    const path = join(directory, 'a file\n.service');
    writeFileSync(path, 'old and longer than nothing');
    const bytes = Buffer.from(Array.from({ length: 3_000_001 }, (_, i) => (i * 7) % 256));
    await at.upload(MASTER, path, bytes, { mode: 0o640 });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    await at.upload(MASTER, path, new Uint8Array());
    expect(readFileSync(path)).toHaveLength(0);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readdirSync(directory)).toEqual(['a file\n.service']);
  });

  test('no directory, and a directory in the way', async () => {
    expect(await failure(at.upload(MASTER, '/no/such/place/x', Buffer.from('x')))).toMatchObject({
      code: 'NoSuchDirectory',
      why: 'there is no directory /no/such/place',
    });
    const path = join(sshd.directory, 'taken');
    mkdirSync(path);
    expect(await failure(at.upload(MASTER, path, Buffer.from('x')))).toMatchObject({ fault: 'node' });
    expect(readdirSync(sshd.directory).filter((name) => name.startsWith('.taken'))).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)('a full disk is told as such', async (context) => {
    const disk = mkdtempSync(join(tmpdir(), 'kubecore-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      rmSync(disk, { recursive: true });
      return context.skip('no file system may be mounted here');
    }
    try {
      const error = await failure(at.upload(MASTER, join(disk, 'x'), Buffer.alloc(200_000)));
      expect(error).toMatchObject({ code: 'DiskFull', fault: 'node' });
      expect(error.why).toMatch(/^the disk is full: \d+ bytes are free, 200000 are needed$/);
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
      rmSync(disk, { recursive: true });
    }
  });

  test('an sshd without sftp, and one whose sftp-server is not there', async () => {
    for (const config of [[], ['Subsystem sftp /no/such/sftp-server']]) {
      const bare = await startSshd(config);
      closing.push(() => bare.stop());
      const shell = shellTo(bare);
      closing.push(() => shell.close());
      const error = await failure(shell.upload(MASTER, 'x', Buffer.from('x')));
      expect(error).toMatchObject({ code: 'SftpAbsent', fault: 'node' });
      expect(error.next).toContain('Subsystem sftp internal-sftp');
      expect((await shell.run(MASTER, ['true'])).code).toBe(0);
    }
  });
});

test('stopped, timed out, dropped: each said, and the lane is free again', async () => {
  const there = await startPeer({
    sftp: (sftp) => void sftp.on('OPEN', () => {}),
    exec: (session) => finish(session),
  });
  closing.push(() => there.close());
  const shell = shellAt(there);
  closing.push(() => shell.close());
  const upload = (options: { signal?: AbortSignal; timeoutMs?: number }) =>
    failure(shell.upload(MASTER, 'x', Buffer.from('x'), options));
  await shell.run(MASTER, ['true']);
  expect(await upload({ timeoutMs: 1_000 })).toMatchObject({ code: 'UploadTimedOut', fault: 'node' });
  const stop = new AbortController();
  const stopped = upload({ signal: stop.signal });
  await until('the session', () => there.sftps() === 2);
  stop.abort();
  expect(await stopped).toMatchObject({ fault: 'interrupted' });
  const dropped = upload({});
  await until('the session', () => there.sftps() === 3);
  there.drop();
  expect(await dropped).toMatchObject({ code: 'ConnectionLost' });
});

test('a host of the sandbox takes a unit file', async () => {
  const keys = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const world = makeWorld([instance(1, userData('Master'), keys.public)], { size: 1 });
  closing.push(() => world.hosts.close());
  world.pass(25_000);
  await world.hosts.ready();
  const home = mkdtempSync(join(tmpdir(), 'kubecore-upload-'));
  closing.push(async () => rmSync(home, { recursive: true }));
  writeFileSync(join(home, 'key'), keys.private, { mode: 0o600 });
  const shell = createShell({
    master: async () => ({ address: '172.31.5.1' }),
    addressMap: async (address) => world.hosts.sshPorts()[address] ?? null,
    user: 'core',
    identities: [{ kind: 'file', path: join(home, 'key') }],
    trust: trustAll(),
    clock: realClock,
    random: () => 0,
  });
  closing.push(() => shell.close());
  const unit = '[Service]\nExecStart=/bin/true\n';
  for (const text of ['first', unit]) {
    await shell.upload(MASTER, 'hello.service', Buffer.from(text));
    const { stdout } = await shell.run(MASTER, ['cat', '/home/core/hello.service']);
    expect(Buffer.from(stdout).toString()).toBe(text);
  }
  expect(await failure(shell.upload(MASTER, '/etc/x', Buffer.from('x')))).toMatchObject({
    code: 'PermissionDenied',
  });
});
