import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import type { KeyPair } from '../../src/cluster/ports.ts';
import { findPrivateKey, savePrivateKey } from '../../src/ssh/identities.ts';
import { createKeyring } from '../../src/ssh/keyring.ts';
import { startAgent } from './helpers/agent.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/ssh');
const printed = JSON.parse(readFileSync(join(FIXTURES, 'fingerprints.json'), 'utf8'));
const CREATED: KeyPair = {
  name: 'coreos',
  id: 'key-1',
  type: 'rsa',
  fingerprint: printed.ec2.created,
  publicKey: null,
};
const ED25519: KeyPair = {
  name: 'ed',
  id: 'key-2',
  type: 'ed25519',
  fingerprint: printed.ec2.ed25519,
  publicKey: null,
};

let home: string;
const at = (...names: string[]) => join(home, ...names);

function put(fixture: string, path: string, mode = 0o400): string {
  copyFileSync(join(FIXTURES, fixture), path);
  chmodSync(path, mode);
  return path;
}

function search(more: { explicit?: string; agent?: string } = {}) {
  return { files: [at('coreos.pem')], directories: [at('keys'), at('.ssh')], agent: null, home, ...more };
}

async function failure(promise: Promise<unknown>): Promise<KubecoreError> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(KubecoreError);
  expect((error as KubecoreError).exitCode).toBe(2);
  return error as KubecoreError;
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'kubecore-keys-'));
  mkdirSync(at('keys'));
  mkdirSync(at('.ssh'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('finding the private key of a key pair', () => {
  test('nothing at hand is null, also without the directories', async () => {
    expect(await findPrivateKey(CREATED, search())).toBeNull();
    expect(await findPrivateKey(CREATED, { ...search(), directories: [at('none')] })).toBeNull();
  });

  test('looks into ./NAME.pem, then kubecore’s keys, then ~/.ssh, and passes over what is no key or another one', async () => {
    writeFileSync(at('.ssh', 'known_hosts'), 'x');
    writeFileSync(at('.ssh', 'broken'), '-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----');
    mkdirSync(at('.ssh', 'directory'));
    symlinkSync('nowhere', at('.ssh', 'dangling'));
    put('ed25519.openssh', at('.ssh', 'id_ed25519'));
    put('rsa.pem', at('.ssh', 'zz'));
    expect(await findPrivateKey(CREATED, search())).toEqual({
      path: at('.ssh', 'zz'),
      label: '~/.ssh/zz',
      encrypted: false,
    });
    put('rsa.openssh', at('keys', 'other.pem'));
    expect((await findPrivateKey(CREATED, search()))?.path).toBe(at('keys', 'other.pem'));
    put('rsa.pkcs8', at('coreos.pem'));
    expect((await findPrivateKey(CREATED, search()))?.label).toBe('~/coreos.pem');
  });

  test('an encrypted key is found by its public half, in it or beside it', async () => {
    put('ed25519.openssh-encrypted', at('.ssh', 'id'));
    expect(await findPrivateKey(ED25519, search())).toMatchObject({
      path: at('.ssh', 'id'),
      encrypted: true,
    });
    const imported = { ...CREATED, fingerprint: printed.ec2.imported };
    put('rsa.pem-encrypted', at('.ssh', 'old'));
    expect(await findPrivateKey(imported, search())).toBeNull();
    put('rsa.pub', at('.ssh', 'old.pub'));
    expect(await findPrivateKey(imported, search())).toMatchObject({
      path: at('.ssh', 'old'),
      encrypted: true,
    });
  });

  test('the only fitting key, open to others, is an error with the command that mends it', async () => {
    put('rsa.pem', at('.ssh', 'id'), 0o644);
    const error = await failure(findPrivateKey(CREATED, search()));
    expect(error.message).toContain('0644');
    expect(error.next).toBe(`run: chmod 400 ${at('.ssh', 'id')}`);
    put('rsa.pem', at('coreos.pem'));
    expect((await findPrivateKey(CREATED, search()))?.path).toBe(at('coreos.pem'));
  });

  test('an explicit file is looked at alone', async () => {
    put('rsa.pem', at('coreos.pem'));
    put('rsa.pem', at('mine'));
    expect((await findPrivateKey(CREATED, search({ explicit: at('mine') })))?.path).toBe(at('mine'));
    put('ed25519.openssh', at('ed'));
    const other = await failure(findPrivateKey(CREATED, search({ explicit: at('ed') })));
    expect(other.why).toContain(printed.ec2.ed25519);
    expect(other.why).toContain(printed.ec2.created);
    expect((await failure(findPrivateKey(CREATED, search({ explicit: at('none') })))).why).toContain(
      'no such file',
    );
    expect((await failure(findPrivateKey(CREATED, search({ explicit: home })))).why).toContain('not a file');
    put('rsa.pub', at('pub'));
    expect((await failure(findPrivateKey(CREATED, search({ explicit: at('pub') })))).why).toContain(
      'public key',
    );
    writeFileSync(at('text'), 'hello', { mode: 0o400 });
    expect((await failure(findPrivateKey(CREATED, search({ explicit: at('text') })))).why).toContain(
      'no private key',
    );
    put('rsa.pem', at('open'), 0o640);
    expect((await failure(findPrivateKey(CREATED, search({ explicit: at('open') })))).next).toContain(
      'chmod 400',
    );
  });

  test.each([
    ['all of it is encrypted', 'rsa.pem-encrypted'],
    ['all of it is encrypted (PKCS#8)', 'rsa.pkcs8-encrypted'],
    ['EC2 has a fingerprint of its private half alone', 'rsa.openssh-encrypted'],
  ])('an encrypted key is unproved where %s, and proves itself once unlocked', async (_, fixture) => {
    const path = put(fixture, at('locked'));
    const explicit = search({ explicit: path });
    const locked = { path, label: '~/locked', encrypted: true, unproved: true };
    expect(await findPrivateKey(CREATED, explicit)).toEqual(locked);
    // Among others only its name speaks for it, and any other key that fits comes first.
    expect(await findPrivateKey(CREATED, { ...search(), directories: [home] })).toBeNull();
    const named = put(fixture, at('.ssh', 'coreos.pem'));
    expect(await findPrivateKey(CREATED, search())).toMatchObject({ path: named, unproved: true });

    const unlocked = new Map();
    const askPassphrase = async () => 'secret';
    for (const file of [path, named])
      await createKeyring({ identities: [{ kind: 'file', path: file }], askPassphrase, unlocked }).unlock();
    expect(await findPrivateKey(CREATED, { ...explicit, unlocked })).toEqual({
      path,
      label: '~/locked',
      encrypted: false,
    });
    expect(await findPrivateKey(CREATED, { ...search(), unlocked })).toMatchObject({ path: named });
    const others = { ...CREATED, fingerprint: CREATED.fingerprint.replace(/^../, '00') };
    expect((await failure(findPrivateKey(others, { ...explicit, unlocked }))).code).toBe('KeyMismatch');
    expect(await findPrivateKey(others, { ...search(), unlocked })).toBeNull();

    put('rsa.pem', at('keys', 'other'));
    expect(await findPrivateKey(CREATED, search())).toMatchObject({ path: at('keys', 'other') });
  });

  test('an encrypted key whose public half is another one is another key', async () => {
    put('ed25519.openssh-encrypted', at('coreos.pem'));
    expect(await findPrivateKey(CREATED, search())).toBeNull();
    const error = await failure(findPrivateKey(CREATED, search({ explicit: at('coreos.pem') })));
    expect(error.code).toBe('KeyMismatch');
  });

  test('the ssh-agent comes last; a dead or silent one is no key', async () => {
    const agent = await startAgent([readFileSync(join(FIXTURES, 'ed25519.openssh'), 'utf8')], at('agent'));
    expect(await findPrivateKey(ED25519, search({ agent: at('agent') }))).toEqual({
      path: null,
      label: 'ssh-agent (ed25519@lab)',
      encrypted: false,
    });
    expect(await findPrivateKey(CREATED, search({ agent: at('agent') }))).toBeNull();
    await agent.close();
    expect(await findPrivateKey(ED25519, search({ agent: at('agent') }))).toBeNull();
  });
});

describe('saving a private key', () => {
  const material = readFileSync(join(FIXTURES, 'rsa.pem'), 'utf8').trimEnd();

  test('writes NAME.pem as 0400 in a directory of its own, and never over a file', async () => {
    const path = await savePrivateKey(at('new', 'keys'), 'coreos', material);
    expect(path).toBe(at('new', 'keys', 'coreos.pem'));
    expect(statSync(path).mode & 0o777).toBe(0o400);
    expect(statSync(at('new', 'keys')).mode & 0o777).toBe(0o700);
    expect(readFileSync(path, 'utf8')).toBe(`${material}\n`);
    const error = await failure(savePrivateKey(at('new', 'keys'), 'coreos', 'other'));
    expect(error.why).toContain('there already');
    expect(error.message).not.toContain('PRIVATE KEY');
    expect(readFileSync(path, 'utf8')).toBe(`${material}\n`);
  });

  test('a file in the place of the folder is named as what is in the way', async () => {
    writeFileSync(at('taken'), 'a file\n');
    const error = await failure(savePrivateKey(at('taken'), 'coreos', material));
    expect(error.why).toMatch(/taken is not a folder$/);
  });

  test('a dangling link is not followed', async () => {
    symlinkSync(at('elsewhere'), at('keys', 'coreos.pem'));
    await failure(savePrivateKey(at('keys'), 'coreos', material));
  });

  test.each([
    ['../../etc/x', '__.._etc_x.pem'],
    ['.hidden', '_hidden.pem'],
    ['a b/c', 'a_b_c.pem'],
    ['', '_.pem'],
    ['..', '_.pem'],
    ['näme\u0007', 'n_me_.pem'],
  ])('%j stays in the directory', async (name, file) => {
    expect(await savePrivateKey(at('keys'), name, material)).toBe(at('keys', file));
  });
});

describe('the keyring', () => {
  test('asks for a passphrase once, for all connections, and again after a wrong one', async () => {
    const asked: number[] = [];
    const keyring = createKeyring({
      identities: [{ kind: 'file', path: put('ed25519.openssh-encrypted', at('id')) }],
      askPassphrase: async (label, attempt) => {
        expect(label).toContain('id');
        asked.push(attempt);
        return attempt === 1 ? 'wrong' : 'secret';
      },
    });
    const [one, two] = await Promise.all([keyring.load(), keyring.load()]);
    expect(asked).toEqual([]);
    const data = Buffer.from('data');
    await Promise.all([one.offers[0]!.sign(data, null), two.offers[0]!.sign(data, null)]);
    await (await keyring.load()).offers[0]!.sign(data, null);
    expect(asked).toEqual([1, 2]);
  });

  test('asks before anything else when told to, and not for what the agent holds', async () => {
    let asked = 0;
    const askPassphrase = async () => {
      asked++;
      return 'secret';
    };
    const path = at('ahead');
    put('ed25519.openssh-encrypted', path);
    const unlocked = new Map();
    const file = { kind: 'file' as const, path };
    await createKeyring({ identities: [file], askPassphrase, unlocked }).unlock();
    expect(asked).toBe(1);
    // Another keyring of the same program, which may not ask.
    const [offer] = (await createKeyring({ identities: [file], unlocked }).load()).offers;
    expect((await offer!.sign(Buffer.from('x'), null)).length).toBe(64);
    const agent = await startAgent([readFileSync(join(FIXTURES, 'ed25519.openssh'), 'utf8')], at('agent'));
    const socket = { kind: 'agent' as const, socket: at('agent') };
    await createKeyring({ identities: [file, socket], askPassphrase }).unlock();
    expect(asked).toBe(1);
    await agent.close();
    await expect(
      createKeyring({ identities: [file], askPassphrase: async () => null }).unlock(),
    ).rejects.toMatchObject({ fault: 'input', why: 'its passphrase was not given' });
    // Nor does a key pass whose public half cannot be read without it.
    const whole = { kind: 'file' as const, path: put('rsa.pem-encrypted', at('whole')) };
    await expect(
      createKeyring({ identities: [whole], askPassphrase: async () => null }).unlock(),
    ).rejects.toMatchObject({ code: 'NoPassphrase' });
    let attempts = 0;
    const fourth = async (_: string, attempt: number) => {
      attempts = attempt;
      return attempt < 4 ? 'wrong' : 'secret';
    };
    await createKeyring({ identities: [whole], askPassphrase: fourth, attempts: 9 }).unlock();
    expect(attempts).toBe(4);
  });

  test('says what cannot be used, and offers the rest; the same key once', async () => {
    const keyring = createKeyring({
      identities: [
        { kind: 'file', path: put('rsa.pem', at('open'), 0o644) },
        { kind: 'file', path: at('none') },
        { kind: 'file', path: put('rsa.pem-encrypted', at('locked')) },
        { kind: 'agent', socket: at('none') },
        { kind: 'file', path: put('rsa.pkcs8', at('a')) },
        { kind: 'file', path: put('rsa.pem', at('b')) },
      ],
    });
    const { offers, problems } = await keyring.load();
    expect(offers.map((offer) => offer.publicKey.type)).toEqual(['ssh-rsa']);
    expect(problems.map((problem) => problem.why)).toEqual([
      expect.stringContaining('others can read it'),
      expect.stringContaining('no such file'),
      expect.stringContaining('nobody can be asked'),
      expect.stringContaining('Failed to connect to agent'),
    ]);
  });

  test.each(['rsa.pkcs8', 'ed25519.pkcs8', 'ecdsa256.pkcs8', 'ecdsa384.pem', 'ecdsa521.openssh'])(
    'signs with %s as its kind asks',
    async (file) => {
      const keyring = createKeyring({ identities: [{ kind: 'file', path: put(file, at('id')) }] });
      const [offer] = (await keyring.load()).offers;
      const data = Buffer.from('to be signed');
      const verifier = ssh2.utils.parseKey(offer!.publicKey.blob);
      if (verifier instanceof Error) throw verifier;
      const hash = file.startsWith('rsa') ? 'sha512' : null;
      const signature = await offer!.sign(data, hash);
      expect(verifier.verify(data, signature, hash ?? undefined)).toBe(true);
    },
  );

  test('a silent agent holds nobody up for ever', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('silent'), resolve));
    const keyring = createKeyring({
      identities: [{ kind: 'agent', socket: at('silent') }],
      agentAnswerMs: 50,
    });
    expect((await keyring.load()).problems[0]?.why).toContain('did not answer');
    server.close();
  });
});
