/** The user's own ssh set-up from disk to a real sshd: aliases, keys, jumps, and what is refused. */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { type Destination, filesOnDisk, loginTo } from '../../src/cli/ssh-config.ts';
import type { KubecoreError } from '../../src/cluster/errors.ts';
import { MASTER } from '../../src/cluster/ports.ts';
import { sshSettings } from '../../src/ssh/config.ts';
import { createShell } from '../../src/ssh/shell.ts';
import { createHostTrust } from '../../src/ssh/trust.ts';
import { startAgent } from './helpers/agent.ts';
import { realClock } from './helpers/clock.ts';
import { FIXTURES, trustAll } from './helpers/peer.ts';
import { type Sshd, startSshd, whyNoSshd } from './helpers/sshd.ts';

let home: string;
const config = (text: string) => writeFileSync(join(home, '.ssh/config'), text, { mode: 0o600 });
const context = (env: Record<string, string> = {}) =>
  ({ env: { HOME: home, ...env }, host: { stdin: { isTTY: false } } }) as unknown as Context;
const to = (address: string, more: Partial<Destination> = {}): Destination => ({
  address,
  user: null,
  port: null,
  defaultUser: 'core',
  identityFile: null,
  ...more,
});

async function failure(promise: Promise<unknown>): Promise<KubecoreError> {
  return promise.then(
    () => {
      throw new Error('expected an error');
    },
    (error) => error,
  );
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'kubecore-home-'));
  mkdirSync(join(home, '.ssh/conf.d'), { recursive: true });
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

test('who, where and with which keys: said on the command line, by the configuration, by default', async () => {
  writeFileSync(join(home, '.ssh/there'), '');
  config(
    'Host m\n HostName 10.0.0.1\n User root\n Port 2200\n IdentityFile ~/.ssh/missing\n IdentityFile ~/.ssh/there\n',
  );
  const there = { kind: 'file', path: join(home, '.ssh/there') };
  expect(await loginTo(context(), to('m'))).toEqual({
    address: 'm',
    dial: '10.0.0.1',
    user: 'root',
    port: 2200,
    identities: [there],
    jumps: [],
  });
  const given = { user: 'me', port: 22, identityFile: '/k' };
  expect(await loginTo(context({ SSH_AUTH_SOCK: '/a' }), to('m', given))).toMatchObject({
    user: 'me',
    port: 22,
    identities: [{ kind: 'file', path: '/k' }, there, { kind: 'agent', socket: '/a' }],
  });
  expect(await loginTo(context(), to('10.1.1.1'))).toMatchObject({ user: 'core', port: 22, identities: [] });
});

test('IdentitiesOnly leaves the agent the named keys alone', async () => {
  copyFileSync(join(FIXTURES, 'rsa.pub'), join(home, '.ssh/mine.pub'));
  config('IdentitiesOnly yes\nIdentityFile ~/.ssh/mine\n');
  const { identities } = await loginTo(context({ SSH_AUTH_SOCK: '/a' }), to('m'));
  const only = readFileSync(join(FIXTURES, 'rsa.pub'), 'utf8').trim();
  expect(identities).toEqual([{ kind: 'agent', socket: '/a', only }]);
});

test('what cannot be followed is said, with what to do', async () => {
  config('ProxyCommand nc %h %p\n');
  expect(await failure(loginTo(context(), to('m')))).toMatchObject({
    fault: 'input',
    why: expect.stringContaining('ProxyCommand nc'),
  });
  config('ProxyJump b\n');
  expect((await failure(loginTo(context(), to('m')))).why).toContain('circle');
  config('Port 1\n');
  writeFileSync(join(home, '.ssh/open'), 'Port 1\n', { mode: 0o666 });
  rmSync(join(home, '.ssh/config'));
  writeFileSync(join(home, '.ssh/config'), 'Port 1\n');
  chmodSync(join(home, '.ssh/config'), 0o666);
  expect((await failure(loginTo(context(), to('m')))).next).toContain('chmod 600');
  chmodSync(join(home, '.ssh/config'), 0o600);
});

test('Include finds files by glob on disk, hidden ones not', () => {
  writeFileSync(join(home, '.ssh/conf.d/b.conf'), 'Port 2\n');
  writeFileSync(join(home, '.ssh/conf.d/a.conf'), 'Port 1\n');
  writeFileSync(join(home, '.ssh/conf.d/.0.conf'), 'Port 9\n');
  config('Include ~/.ssh/conf.?/*.conf /no/such/*\nPort 3\n');
  expect(sshSettings('h', { files: filesOnDisk(home), home, user: 'me' }).port).toBe(1);
});

const missing = whyNoSshd();

describe.skipIf(missing !== null)('with OpenSSH’s sshd', () => {
  let outer: Sshd;
  let inner: Sshd;
  beforeAll(async () => {
    outer = await startSshd();
    inner = await startSshd();
  });
  afterAll(async () => {
    await outer.stop();
    await inner.stop();
  });

  /** A shell to `alias` as the configuration has it; host keys must be in the configuration's known_hosts. */
  async function shellTo(alias: string, ctx = context()) {
    const found = await loginTo(ctx, to(alias));
    return createShell({
      user: 'core',
      master: async () => found,
      identities: [],
      trust: createHostTrust({ ownFile: null, userFiles: [], firstContact: async () => 'refuse' }),
      clock: realClock,
      random: () => 0,
    });
  }

  test('an alias behind two jumps, each with its own key and known host', async () => {
    const hosts = join(home, '.ssh/hosts');
    writeFileSync(
      hosts,
      `[127.0.0.1]:${outer.port} ${outer.hostKey}\n[127.0.0.1]:${inner.port} ${inner.hostKey}\n`,
    );
    config(`Host *
  UserKnownHostsFile ${hosts}
  User ${outer.user}
Host first second
  HostName 127.0.0.1
  Port ${outer.port}
  IdentityFile ${outer.key}
Host alias
  HostName 127.0.0.1
  Port ${inner.port}
  IdentityFile ${inner.key}
  ProxyJump first,second
`);
    const shell = await shellTo('alias');
    try {
      const before = outer.log().match(/Accepted publickey/g)?.length ?? 0;
      const { stdout } = await shell.run(MASTER, ['sh', '-c', 'echo "$SSH_CONNECTION"']);
      expect(Buffer.from(stdout).toString().trim().endsWith(` 127.0.0.1 ${inner.port}`)).toBe(true);
      expect(outer.log().match(/Accepted publickey/g)?.length).toBe(before + 2);
      expect(shell.connection()).toMatchObject({ phase: 'connected', to: 'alias' });
    } finally {
      await shell.close();
    }
  });

  test('an unknown jump host is refused before anything is sent through it', async () => {
    writeFileSync(join(home, '.ssh/hosts'), `[127.0.0.1]:${inner.port} ${inner.hostKey}\n`);
    const shell = await shellTo('alias');
    try {
      expect(await failure(shell.run(MASTER, ['true']))).toMatchObject({ code: 'HostKeyRefused' });
    } finally {
      await shell.close();
    }
  });

  test('a key that the agent holds needs no passphrase; without it and without a terminal the way out is said', async () => {
    const key = join(home, '.ssh/encrypted');
    copyFileSync(join(FIXTURES, 'rsa.openssh-encrypted'), key);
    chmodSync(key, 0o600);
    appendFileSync(join(inner.directory, 'authorized_keys'), readFileSync(join(FIXTURES, 'rsa.pub')));
    config(
      `Host direct\n HostName 127.0.0.1\n Port ${inner.port}\n User ${inner.user}\n IdentityFile ${key}\n`,
    );
    const socket = join(home, 'agent');
    const agent = await startAgent([readFileSync(join(FIXTURES, 'rsa.openssh'), 'utf8')], socket);
    const login = async (env: Record<string, string>) => {
      const found = await loginTo(context(env), to('direct'));
      return createShell({
        user: 'core',
        master: async () => found,
        identities: [],
        trust: trustAll(),
        clock: realClock,
        random: () => 0,
      });
    };
    const held = await login({ SSH_AUTH_SOCK: socket });
    const alone = await login({});
    try {
      expect((await held.run(MASTER, ['true'])).code).toBe(0);
      const error = await failure(alone.run(MASTER, ['true']));
      expect(error.message).toContain(key);
      expect(`${error.why} ${error.next}`).toContain('ssh-add');
    } finally {
      await held.close();
      await alone.close();
      await agent.close();
    }
  });
});
