/** ssh_config as OpenSSH reads it: `ssh -G` is the judge where it is there. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { type ConfigFiles, parseDestination, sshSettings } from '../../src/ssh/config.ts';
import { wildcardMatch } from '../../src/ssh/known-hosts.ts';

function files(contents: Record<string, string>): ConfigFiles {
  return {
    roots: ['/home/me/.ssh/config', '/etc/ssh/ssh_config'],
    read: (path) => contents[path] ?? null,
    glob: (pattern) =>
      Object.keys(contents)
        .filter((path) => wildcardMatch(pattern, path))
        .sort(),
  };
}

const settings = (host: string, contents: Record<string, string> | string) =>
  sshSettings(host, {
    files: files(typeof contents === 'string' ? { '/home/me/.ssh/config': contents } : contents),
    home: '/home/me',
    user: 'me',
  });

describe('sshSettings', () => {
  test('nothing said is nothing changed', () => {
    expect(settings('h', {})).toEqual({
      hostName: 'h',
      user: null,
      port: null,
      identityFiles: [],
      identitiesOnly: false,
      proxyJump: [],
      proxyCommand: null,
      userKnownHostsFiles: null,
    });
  });

  test('the first value holds, identities add up, patterns and their negation', () => {
    const text = `# mine
Host master !other
  HostName 54.1.2.3
  User=admin
  Port 2222
  IdentityFile "~/.ssh/a key"
  IdentityFile %d/.ssh/%r-%h

HOST m*ter, other
  identitiesonly yes
Host *
  User nobody
  IdentityFile ~/.ssh/last
  UserKnownHostsFile ~/.ssh/one ~/.ssh/two
  ProxyJump jump@bastion:2200,[::1]:23,inner
`;
    expect(settings('master', text)).toEqual({
      hostName: '54.1.2.3',
      user: 'admin',
      port: 2222,
      identityFiles: ['/home/me/.ssh/a key', '/home/me/.ssh/admin-54.1.2.3', '/home/me/.ssh/last'],
      identitiesOnly: false,
      proxyJump: [
        { host: 'bastion', user: 'jump', port: 2200 },
        { host: '::1', user: null, port: 23 },
        { host: 'inner', user: null, port: null },
      ],
      proxyCommand: null,
      userKnownHostsFiles: ['/home/me/.ssh/one', '/home/me/.ssh/two'],
    });
    expect(settings('other', text)).toMatchObject({
      hostName: 'other',
      user: 'nobody',
      identitiesOnly: true,
    });
  });

  test('tokens and environment variables in paths', () => {
    const more = {
      home: '/home/me',
      user: 'me',
      uid: 1000,
      localHost: 'laptop.lan',
      env: (name: string) => ({ KEYS: '/keys' })[name],
    };
    const one = (line: string, given = {}) =>
      sshSettings('alias', {
        files: files({ '/home/me/.ssh/config': `HostName 54.1.2.3\nUser core\nPort 2222\n${line}\n` }),
        ...more,
        ...given,
      });
    const key = (path: string, given = {}) => one(`IdentityFile ${path}`, given).identityFiles[0];
    expect(key('%d/%h/%n/%k/%p/%r/%u/%i/%l/%L/%%')).toBe(
      '/home/me/54.1.2.3/alias/alias/2222/core/me/1000/laptop.lan/laptop/%',
    );
    expect(key('${KEYS}/${KEYS}%n')).toBe('/keys//keysalias');
    expect(one('UserKnownHostsFile ${KEYS}/%h').userKnownHostsFiles).toEqual(['/keys/54.1.2.3']);
    expect(one('HostKeyAlias other\nIdentityFile /%k').identityFiles).toEqual(['/other']);
    // What was said on the command line was said first.
    expect(key('/%r-%p', { given: { user: 'admin', port: 22 } })).toBe('/admin-22');
    expect(
      one('Match user admin\nIdentityFile /admins', { given: { user: 'admin', port: null } }).identityFiles,
    ).toEqual(['/admins']);
    expect(() => key('${NOWHERE}/x')).toThrow('which is not set');
    expect(() => key('/x%z')).toThrow('which is no token for a path');
    expect(() => key('/x%')).toThrow(KubecoreError);
  });

  test('Include: globs, ~, relative to ~/.ssh or /etc/ssh, only where its Host holds, no circle', () => {
    const contents = {
      '/home/me/.ssh/config': 'Include conf.d/*.conf\nHost in\n  Include ~/inner\nHost *\n  Port 5',
      '/home/me/.ssh/conf.d/1.conf': 'Host x\n  Port 1\nHost *.y\n  User y',
      '/home/me/.ssh/conf.d/2.conf': 'Host x\n  Port 2\n  User two',
      '/home/me/inner': 'User inside\nHost deeper in\n  Port 9',
      '/etc/ssh/ssh_config': 'Include system\n',
      '/etc/ssh/system': 'User system',
    };
    expect(settings('x', contents)).toMatchObject({ port: 1, user: 'two' });
    expect(settings('a.y', contents)).toMatchObject({ port: 5, user: 'y' });
    expect(settings('in', contents)).toMatchObject({ port: 9, user: 'inside' });
    expect(settings('deeper', contents)).toMatchObject({ port: 5, user: 'system' });
    expect(() => settings('h', 'Include config')).toThrow('circle');
  });

  test('Match is read where it asks about names, and runs nothing', () => {
    const text = `Host alias
  HostName real.example
Match exec "touch /tmp/never"
  Port 1
Match originalhost alias !user root
  Port 2
Match host real.*
  User matched
Match all
  IdentityFile /all`;
    expect(settings('alias', text)).toMatchObject({ port: 2, user: 'matched', identityFiles: ['/all'] });
  });

  test('of two ways through another host the first holds', () => {
    expect(settings('h', 'ProxyJump none\nProxyCommand nc %h %p')).toMatchObject({
      proxyJump: [],
      proxyCommand: null,
    });
    expect(settings('h', 'ProxyCommand nc %h %p\nProxyJump j')).toMatchObject({
      proxyJump: [],
      proxyCommand: 'nc %h %p',
    });
  });

  test('what is no configuration is bad input, never a crash', () => {
    for (const text of ['Host a\nPort abc', 'User "x\n', 'ProxyJump a b/c']) {
      expect(() => settings('a', text), text).toThrow(KubecoreError);
    }
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (host, text) => {
        try {
          settings(host, `Host *\n${text}`);
        } catch (error) {
          expect(error).toBeInstanceOf(KubecoreError);
        }
      }),
    );
  });

  test.skipIf(!existsSync('/usr/bin/ssh'))('says what ssh -G says', () => {
    const directory = mkdtempSync(join(tmpdir(), 'kubecore-config-'));
    try {
      const path = join(directory, 'config');
      const extra = join(directory, 'extra');
      writeFileSync(extra, 'Host b* !bad\n  Port 7\n  IdentityFile /k/%n\nHost *\n  User extra\n');
      const words = [
        'Host a b bad',
        'Host *',
        'Host !bad *',
        'Host b?d',
        'Match host 10.*',
        'Match originalhost a,b',
        '  HostName 10.0.0.1',
        '  User u1',
        '  User u2',
        '  Port 1022',
        '  IdentityFile /k/one',
        '  IdentityFile /k/%r@%h:%p',
        '  IdentitiesOnly yes',
        '  IdentitiesOnly no',
        '  UserKnownHostsFile /h1 /h2',
        '  ProxyJump j1,u@j2:99',
        '  ProxyJump none',
        `  Include ${extra}`,
      ];
      fc.assert(
        fc.property(
          fc.array(fc.constantFrom(...words), { maxLength: 12 }),
          fc.constantFrom('a', 'b', 'bad', 'bid'),
          (lines, host) => {
            writeFileSync(path, `${lines.join('\n')}\n`);
            const ours = sshSettings(host, {
              files: { roots: [path], read: (at) => readFileSync(at, 'utf8'), glob: (pattern) => [pattern] },
              home: '/home/me',
              user: 'me',
            });
            const said = execFileSync('ssh', ['-G', '-F', path, host], {
              encoding: 'utf8',
              stdio: ['ignore', 'pipe', 'ignore'],
            });
            const all = (name: string) =>
              said
                .split('\n')
                .filter((line) => line.startsWith(`${name} `))
                .map((line) => line.slice(name.length + 1));
            expect(ours.hostName).toBe(all('hostname')[0]);
            expect(String(ours.port ?? 22)).toBe(all('port')[0]);
            if (ours.user !== null) expect(ours.user).toBe(all('user')[0]);
            expect(ours.identitiesOnly ? 'yes' : 'no').toBe(all('identitiesonly')[0]);
            if (ours.userKnownHostsFiles)
              expect(ours.userKnownHostsFiles.join(' ')).toBe(all('userknownhostsfile')[0]);
            const jumps = ours.proxyJump
              .map(
                ({ host: at, user, port }) =>
                  `${user === null ? '' : `${user}@`}${at}${port === null ? '' : `:${port}`}`,
              )
              .join(',');
            expect(jumps === '' ? undefined : jumps).toBe(all('proxyjump')[0]);
            // It prints them before their tokens are expanded.
            expect(ours.identityFiles.length).toBe(
              all('identityfile').filter((key) => key.startsWith('/k/')).length,
            );
          },
        ),
        { numRuns: 60 },
      );
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

test('a destination is a user, a host and a port', () => {
  expect(parseDestination('core@54.1.2.3:2222')).toEqual({ user: 'core', host: '54.1.2.3', port: 2222 });
  expect(parseDestination('a@b@h')).toEqual({ user: 'a@b', host: 'h', port: null });
  expect(parseDestination('[2001:db8::1]:22')).toEqual({ user: null, host: '2001:db8::1', port: 22 });
  expect(parseDestination('2001:db8::1')).toEqual({ user: null, host: '2001:db8::1', port: null });
  expect(parseDestination('ssh://me@h:1/')).toEqual({ user: 'me', host: 'h', port: 1 });
  for (const bad of ['', 'me@', '-oProxyCommand=x', 'a b', 'h:99999', 'h:x']) {
    expect(() => parseDestination(bad), bad).toThrow(KubecoreError);
  }
});
