import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { KeyPair } from '../../src/cluster/ports.ts';
import { ec2Fingerprints, keyMatches, md5Fingerprint, sha256Fingerprint } from '../../src/ssh/fingerprint.ts';
import {
  keyObjectOf,
  parsePrivateKey,
  parsePublicLine,
  publicKeyOf,
  publicLine,
} from '../../src/ssh/keys.ts';

/** keyMatches for the text of a private key or an OpenSSH public line; false also when it is neither, or locked up. */
function matchesKeyPair(privateKeyOrPublicLine: string, pair: KeyPair): boolean {
  const line = parsePublicLine(privateKeyOrPublicLine);
  if (line !== null) return keyMatches(line, pair);
  const key = parsePrivateKey(privateKeyOrPublicLine);
  if (key === null) return false;
  if (!key.encrypted) return keyMatches(key.unlock(), pair);
  return key.publicKey !== null && keyMatches(key.publicKey, pair);
}

const FIXTURES = join(import.meta.dirname, '../fixtures/ssh');
const read = (name: string) => readFileSync(join(FIXTURES, name), 'utf8');
const printed = JSON.parse(read('fingerprints.json'));
const NAMES = ['rsa', 'ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521'];
const PLAIN = [
  ...NAMES.map((name) => [name, 'openssh']),
  ...NAMES.map((name) => [name, 'pkcs8']),
  ...['rsa', 'ecdsa256', 'ecdsa384', 'ecdsa521'].map((name) => [name, 'pem']),
] as [string, string][];
const ENCRYPTED = [
  ['rsa', 'openssh-encrypted', true],
  ['ed25519', 'openssh-encrypted', true],
  ['rsa', 'pem-encrypted', false],
  ['rsa', 'pkcs8-encrypted', false],
] as const;

function pair(type: KeyPair['type'], fingerprint: string, publicKey: string | null = null): KeyPair {
  return { name: 'coreos', id: 'key-1', type, fingerprint, publicKey };
}

describe('public keys', () => {
  test.each(NAMES)('%s has the fingerprints that ssh-keygen prints', (name) => {
    const key = parsePublicLine(read(`${name}.pub`));
    expect(key?.comment).toBe(`${name}@lab`);
    expect(sha256Fingerprint(key!.blob)).toBe(printed[name].sha256);
    expect(md5Fingerprint(key!.blob)).toBe(printed[name].md5);
    expect(publicLine(key!)).toBe(read(`${name}.pub`).trim());
    expect(publicKeyOf(keyObjectOf(key!)!)?.blob.equals(key!.blob)).toBe(true);
  });

  test.each(['', 'ssh-rsa', 'ssh-rsa AAAA', 'hello world', `ssh-rsa ${Buffer.alloc(9).toString('base64')}`])(
    '%j is none',
    (line) => expect(parsePublicLine(line)).toBeNull(),
  );
});

describe('private keys', () => {
  test.each(PLAIN)('%s as %s is read', (name, form) => {
    const key = parsePrivateKey(read(`${name}.${form}`));
    expect(key?.encrypted).toBe(false);
    const wanted = parsePublicLine(read(`${name}.pub`));
    expect(key?.publicKey?.blob.equals(wanted!.blob)).toBe(true);
    expect(publicKeyOf(key!.unlock())?.blob.equals(wanted!.blob)).toBe(true);
  });

  test.each(ENCRYPTED)('%s as %s is unlocked by its passphrase alone', (name, form, publicReadable) => {
    const key = parsePrivateKey(read(`${name}.${form}`));
    const wanted = parsePublicLine(read(`${name}.pub`));
    expect(key?.encrypted).toBe(true);
    expect(key?.publicKey?.blob.equals(wanted!.blob) ?? null).toBe(publicReadable ? true : null);
    expect(() => key?.unlock('wrong')).toThrow();
    expect(() => key?.unlock()).toThrow();
    expect(publicKeyOf(key!.unlock('secret'))?.blob.equals(wanted!.blob)).toBe(true);
  });

  test('survives Windows line ends and text around', () => {
    const text = `Bag Attributes\r\n${read('rsa.pem').replaceAll('\n', '\r\n')}\r\n`;
    expect(parsePrivateKey(text)?.publicKey?.type).toBe('ssh-rsa');
    expect(parsePrivateKey(read('ed25519.openssh').replaceAll('\n', '\r\n'))?.unlock().type).toBe('private');
  });

  test.each([
    '',
    'hello',
    '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----',
    read('rsa.pub'),
  ])('what is none is not taken for one (%#)', (text) => expect(parsePrivateKey(text)).toBeNull());
});

describe('EC2 key pairs', () => {
  const created = pair('rsa', printed.ec2.created);
  const imported = pair('rsa', printed.ec2.imported);
  const ed25519 = pair('ed25519', printed.ec2.ed25519);

  test('fingerprints are those of the commands in EC2’s guide', () => {
    expect(ec2Fingerprints(parsePrivateKey(read('rsa.pem'))!.unlock())).toContain(printed.ec2.created);
    expect(ec2Fingerprints(parsePrivateKey(read('rsa.pem'))!.unlock())).toContain(printed.ec2.imported);
    expect(ec2Fingerprints(parsePublicLine(read('ed25519.pub'))!)).toEqual([printed.ec2.ed25519]);
  });

  test.each([
    ['rsa.pem', created, true],
    ['rsa.openssh', created, true],
    ['rsa.pkcs8', imported, true],
    ['rsa.pub', imported, true],
    ['rsa.pub', created, false],
    ['ed25519.openssh', ed25519, true],
    ['ed25519.openssh-encrypted', ed25519, true],
    ['ed25519.pub', pair('ed25519', printed.ed25519.sha256), true],
    ['rsa.pem-encrypted', created, false],
    ['ecdsa256.pem', created, false],
    ['ed25519.openssh', created, false],
  ] as const)('%s against fingerprint %#', (file, keyPair, matches) => {
    expect(matchesKeyPair(read(file), keyPair)).toBe(matches);
  });

  test('the public key decides when EC2 gives it, whatever its comment', () => {
    const [type, base64] = read('rsa.pub').split(' ');
    const given = pair('rsa', 'whatever', `${type} ${base64} coreos`);
    expect(matchesKeyPair(read('rsa.openssh-encrypted'), given)).toBe(true);
    expect(matchesKeyPair(read('rsa.pem'), given)).toBe(true);
    expect(matchesKeyPair(read('ed25519.openssh'), given)).toBe(false);
    expect(matchesKeyPair('nonsense', given)).toBe(false);
  });
});
