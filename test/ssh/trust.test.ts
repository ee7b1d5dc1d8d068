import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubecoreError } from '../../src/cluster/errors.ts';
import { parsePublicLine } from '../../src/ssh/keys.ts';
import { createHostTrust, type FirstContact, type HostContact } from '../../src/ssh/trust.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/ssh');
const line = (name: string) => readFileSync(join(FIXTURES, `${name}.pub`), 'utf8').trim();
const blob = (name: string) => parsePublicLine(line(name))!.blob;
const printed = JSON.parse(readFileSync(join(FIXTURES, 'fingerprints.json'), 'utf8'));

const CONTACT: HostContact = {
  address: '54.1.2.3',
  port: 22,
  instanceId: null,
  knownAs: ['ec2-54-1-2-3.example.com'],
};

let directory: string;
let asked: FirstContact[];
let answer: 'trust' | 'refuse';
const own = () => join(directory, 'state', 'known_hosts');
const user = () => join(directory, 'user_known_hosts');

function trust(userHosts = '') {
  writeFileSync(user(), userHosts);
  return createHostTrust({
    ownFile: own(),
    userFiles: [user(), join(directory, 'missing')],
    firstContact: async (info) => {
      asked.push(info);
      return answer;
    },
  });
}

async function code(promise: Promise<void>): Promise<string | null> {
  return promise.then(
    () => 'trusted',
    (error: KubecoreError) => error.code,
  );
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubecore-trust-'));
  asked = [];
  answer = 'trust';
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('host keys', () => {
  test('a first contact is decided once, and kept with mode 0600', async () => {
    const hosts = trust();
    await Promise.all([hosts.verify(CONTACT, blob('ed25519')), hosts.verify(CONTACT, blob('ed25519'))]);
    expect(asked).toEqual([
      {
        address: '54.1.2.3',
        instanceId: null,
        keyType: 'ssh-ed25519',
        sha256: printed.ed25519.sha256,
        md5: printed.ed25519.md5,
      },
    ]);
    expect(statSync(own()).mode & 0o777).toBe(0o600);
    expect(readFileSync(own(), 'utf8')).toBe(
      `54.1.2.3 ${line('ed25519').split(' ').slice(0, 2).join(' ')}\n`,
    );
    expect(await hosts.knownTypes(CONTACT)).toEqual(['ssh-ed25519']);
  });

  test('a refusal holds, without asking again', async () => {
    answer = 'refuse';
    const hosts = trust();
    expect(await code(hosts.verify(CONTACT, blob('ed25519')))).toBe('HostKeyRefused');
    expect(await code(hosts.verify(CONTACT, blob('ed25519')))).toBe('HostKeyRefused');
    expect(asked).toHaveLength(1);
  });

  test('the user’s known_hosts is believed, by any of the names, and never written', async () => {
    const text = `ec2-54-1-2-3.example.com ${line('rsa')}\n`;
    const hosts = trust(text);
    expect(await hosts.knownTypes(CONTACT)).toEqual(['ssh-rsa']);
    expect(await code(hosts.verify(CONTACT, blob('rsa')))).toBe('trusted');
    expect(asked).toEqual([]);
    expect(readFileSync(user(), 'utf8')).toBe(text);
  });

  test('a changed key stops everything, with both fingerprints and where the old one is', async () => {
    const error = await trust(`\n54.1.2.3 ${line('rsa')}\n`)
      .verify(CONTACT, blob('ed25519'))
      .catch((reason: KubecoreError) => reason);
    expect(error).toMatchObject({ code: 'HostKeyChanged', fault: 'node', exitCode: 4 });
    expect((error as KubecoreError).why).toContain(printed.rsa.sha256);
    expect((error as KubecoreError).why).toContain(printed.ed25519.sha256);
    expect((error as KubecoreError).why).toContain(`${user()} line 2`);
    expect(asked).toEqual([]);
  });

  test('one of several known keys is enough', async () => {
    const hosts = trust(`54.1.2.3 ${line('rsa')}\n54.1.2.3 ${line('ed25519')}\n`);
    expect(await code(hosts.verify(CONTACT, blob('ed25519')))).toBe('trusted');
  });

  test('another instance at a known address is a first contact, not an alarm', async () => {
    const hosts = trust(`54.1.2.3 ${line('rsa')}\n`);
    const one = { ...CONTACT, instanceId: 'i-1' };
    const two = { ...CONTACT, instanceId: 'i-2' };
    expect(await code(hosts.verify(one, blob('ed25519')))).toBe('trusted');
    expect(await code(hosts.verify(two, blob('ecdsa256')))).toBe('trusted');
    expect(asked.map((info) => info.instanceId)).toEqual(['i-1', 'i-2']);
    expect(await code(hosts.verify(one, blob('ecdsa256')))).toBe('HostKeyChanged');
    expect(readFileSync(own(), 'utf8')).toMatch(/^i-1 ssh-ed25519 .*\ni-2 ecdsa-sha2-nistp256 .*\n$/);
  });

  test('revoked keys are refused even where they are known', async () => {
    const hosts = trust(`54.1.2.3 ${line('rsa')}\n@revoked * ${line('rsa')}\n`);
    expect(await code(hosts.verify(CONTACT, blob('rsa')))).toBe('HostKeyRevoked');
  });

  test('a host that only a certificate authority covers is refused with that reason', async () => {
    const hosts = trust(`@cert-authority 54.* ${line('rsa')}\n`);
    expect(await code(hosts.verify(CONTACT, blob('ed25519')))).toBe('HostCertificateOnly');
    expect(asked).toEqual([]);
  });

  test('what is no key is refused', async () => {
    expect(await code(trust().verify(CONTACT, Buffer.from('garbage')))).toBe('HostKeyInvalid');
  });

  test('keeps keys in memory when it has no file', async () => {
    const hosts = createHostTrust({ ownFile: null, userFiles: [], firstContact: async () => 'trust' });
    expect(await code(hosts.verify(CONTACT, blob('rsa')))).toBe('trusted');
    expect(await code(hosts.verify(CONTACT, blob('ed25519')))).toBe('HostKeyChanged');
  });
});
