import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConsoleFingerprints } from '../../src/ssh/console-fingerprints.ts';
import { hostName, knownHostLine, namesMatch, parseKnownHosts } from '../../src/ssh/known-hosts.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/ssh');
const read = (name: string) => readFileSync(join(FIXTURES, name), 'utf8');
const KEY = read('ed25519.pub').split(' ').slice(0, 2).join(' ');

function found(text: string, name: string): string[] {
  return parseKnownHosts(text)
    .filter((entry) => namesMatch(entry.names, name))
    .map((entry) => `${entry.marker} ${entry.type} ${entry.line}`);
}

describe('known_hosts', () => {
  test.each(['known_hosts.plain', 'known_hosts.hashed'])('%s, as OpenSSH writes it', (file) => {
    const text = read(file);
    expect(found(text, hostName('Master.Example.com'))).toHaveLength(1);
    expect(found(text, hostName('54.1.2.3'))).toHaveLength(1);
    expect(found(text, hostName('10.0.0.9', 2222))[0]).toContain('ssh-rsa');
    expect(found(text, hostName('10.0.0.9'))).toEqual([]);
    expect(found(text, 'other')).toEqual([]);
  });

  test('markers, comments, several keys, broken lines, tabs and CRLF', () => {
    const text = [
      '# a comment',
      '',
      `@revoked * ${KEY}`,
      `@cert-authority *.example.com ${KEY} the CA`,
      `@unknown * ${KEY}`,
      'host ssh-rsa',
      'host ssh-rsa AAAA',
      `host\t${KEY} comment here\r`,
      `host ${read('rsa.pub').trim()}`,
    ].join('\n');
    expect(found(text, 'host')).toEqual(['revoked ssh-ed25519 3', 'none ssh-ed25519 8', 'none ssh-rsa 9']);
    expect(found(text, 'a.example.com')).toEqual(['revoked ssh-ed25519 3', 'cert-authority ssh-ed25519 4']);
  });

  test.each([
    ['*', 'x', true],
    ['10.0.?.1', '10.0.5.1', true],
    ['10.0.?.1', '10.0.55.1', false],
    ['*.example.com,!bad.example.com', 'bad.example.com', false],
    ['*.example.com,!bad.example.com', 'good.example.com', true],
    ['a*b*c', 'aXXbYYc', true],
    ['a*b*c', 'aXXbYY', false],
    ['[host]:2222', '[host]:2222', true],
    ['|1|broken', 'x', false],
  ])('%s covers %s: %s', (names, name, covers) => expect(namesMatch(names, name)).toBe(covers));

  test('a pattern made to be slow is not', () => {
    const started = performance.now();
    expect(namesMatch(`${'*a'.repeat(60)}b`, 'a'.repeat(5_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('reads back what it writes, and never fails on any text', () => {
    const blob = Buffer.from(KEY.split(' ')[1]!, 'base64');
    expect(found(knownHostLine(['i-1', '[10.0.0.1]:22'], 'ssh-ed25519', blob), 'i-1')).toEqual([
      'none ssh-ed25519 1',
    ]);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void found(text, 'x')));
  });
});

describe('fingerprints on the EC2 console', () => {
  test('of cloud-init, of today and of old', () => {
    const text = [
      '[   12.34] cloud-init[1]: -----BEGIN SSH HOST KEY FINGERPRINTS-----\r',
      'ec2: 256 SHA256:uA83M/+yM8UFxykAi8jajVumGy8uYloKaChqcGCC9wo root@ip (ED25519)\r',
      'ec2: 2048 f1:40:A7:4e:0f:28:8d:12:21:59:f1:ff:03:5f:63:54 /etc/ssh/ssh_host_rsa_key.pub (RSA)\r',
      'ec2: 1024 MD5:28:f3:ef:a6:86:05:50:33:76:16:24:32:56:14:06:13 x (DSA)\r',
      'ec2: -----END SSH HOST KEY FINGERPRINTS-----\r',
    ].join('\n');
    expect(parseConsoleFingerprints(text)).toEqual({
      sha256: ['SHA256:uA83M/+yM8UFxykAi8jajVumGy8uYloKaChqcGCC9wo'],
      md5: [
        'MD5:f1:40:a7:4e:0f:28:8d:12:21:59:f1:ff:03:5f:63:54',
        'MD5:28:f3:ef:a6:86:05:50:33:76:16:24:32:56:14:06:13',
      ],
    });
  });

  test('of CoreOS, above its login prompt, repeated at each boot', () => {
    const boot = [
      'This is ip-10-0-0-1 (Linux x86_64 3.17.2) 18:52:27',
      'SSH host key: 84:04:c9:a4:ba:a7:28:81:2a:4a:42:4d:ce:58:c6:e2 (RSA)',
      'SSH host key: SHA256:zlyJwn9Nb3JyrvgpJVtsDHOcQqcPtXClP4Jt0pCviwo (ED25519)',
      'eth0: 10.0.0.1',
    ].join('\n');
    expect(parseConsoleFingerprints(`${boot}\n${boot}\n`)).toEqual({
      sha256: ['SHA256:zlyJwn9Nb3JyrvgpJVtsDHOcQqcPtXClP4Jt0pCviwo'],
      md5: ['MD5:84:04:c9:a4:ba:a7:28:81:2a:4a:42:4d:ce:58:c6:e2'],
    });
  });

  test('the keys that may log in prove nothing about the host', () => {
    const text = [
      'ci-info: ++++Authorized keys from /home/core/.ssh/authorized_keys for user core++++',
      'ci-info: | ssh-rsa | 84:04:c9:a4:ba:a7:28:81:2a:4a:42:4d:ce:58:c6:e2 | - | core@lab |',
      'The key fingerprint is: SHA256:zlyJwn9Nb3JyrvgpJVtsDHOcQqcPtXClP4Jt0pCviwo',
      '',
    ].join('\n');
    expect(parseConsoleFingerprints(text)).toEqual({ sha256: [], md5: [] });
  });

  test('a cut fingerprint is none', () => {
    expect(parseConsoleFingerprints('SSH host key: 84:04:c9:a4:ba:a7 SHA256:zlyJwn9Nb3Jyr')).toEqual({
      sha256: [],
      md5: [],
    });
  });
});
