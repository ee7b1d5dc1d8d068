import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sshConfigBlock, sshValue } from '../../src/cli/ssh-config-block.ts';
import { sshSettings } from '../../src/ssh/config.ts';
import { describeWithPeer } from '../render/peers.ts';

const block = sshConfigBlock({
  name: 'web',
  user: 'core',
  identityFile: '/home/me/my keys/100%.pem',
  knownHosts: ['/state/own hosts', '/home/me/.ssh/known_hosts'],
  madeBy: 'kubecore ssh-config web',
  machines: [
    {
      alias: 'master',
      id: '0123456789abcdef',
      address: '54.0.0.1',
      port: 2222,
      hostKeyAlias: 'i-1',
      behindMaster: false,
    },
    {
      alias: 'minion-1',
      id: 'fedcba9876543210',
      address: '10.0.0.2',
      port: null,
      hostKeyAlias: 'i-2',
      behindMaster: true,
    },
  ],
});

test('a value with blanks is quoted, a percent sign begins no token', () => {
  expect(sshValue('/a/b')).toBe('/a/b');
  expect(sshValue('/a b/100%')).toBe('"/a b/100%%"');
});

test('our own reader of ssh_config finds each machine', () => {
  const settings = (host: string) =>
    sshSettings(host, {
      files: { roots: ['/config'], read: (file) => (file === '/config' ? block : null), glob: () => [] },
      home: '/home/me',
      user: 'me',
    });
  expect(settings('web-master')).toMatchObject({
    hostName: '54.0.0.1',
    port: 2222,
    user: 'core',
    identityFiles: ['/home/me/my keys/100%.pem'],
    userKnownHostsFiles: ['/state/own hosts', '/home/me/.ssh/known_hosts'],
    proxyJump: [],
  });
  for (const name of ['web-minion-1', 'web-fedcba98'])
    expect(settings(name)).toMatchObject({ hostName: '10.0.0.2', proxyJump: [{ host: 'web-master' }] });
  expect(settings('other').hostName).toBe('other');
});

describeWithPeer('ssh', () => {
  test('and so does stock ssh', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'kubecore-block-'));
    try {
      const file = path.join(folder, 'config');
      writeFileSync(file, block);
      const told = execFileSync('ssh', ['-G', '-F', file, 'web-minion-1'], { encoding: 'utf8' });
      for (const line of [
        'hostname 10.0.0.2',
        'user core',
        'hostkeyalias i-2',
        'proxyjump web-master',
        'stricthostkeychecking true',
      ])
        expect(told.split('\n')).toContain(line);
      expect(told).toContain('identityfile /home/me/my keys/100%');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
