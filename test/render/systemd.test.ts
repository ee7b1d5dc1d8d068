/** Every unit under systemd's own verifier, with stand-ins for the programs and for the units that the CoreOS image brings. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import { type Form, unitFile, unitNames } from '../../src/render/template.ts';
import { execLines, parseUnitFile, splitWords } from '../../src/sandbox/hosts/unit-file.ts';
import { describeWithPeer } from './peers.ts';

const IMAGE_UNITS: Readonly<Record<string, string>> = {
  'etcd.service': '[Service]\nExecStart=/usr/bin/etcd\n',
  'docker.socket': '[Socket]\nListenStream=/var/run/docker.sock\n',
  'fleet.socket': '[Socket]\nListenStream=/var/run/fleet.sock\n',
  'fleet.service': '[Service]\nExecStart=/usr/bin/fleetd\n',
  ...Object.fromEntries(
    ['network-online', 'sysinit', 'basic', 'sockets', 'shutdown', 'multi-user'].map((name) => [
      `${name}.target`,
      `[Unit]\nDescription=${name}\n`,
    ]),
  ),
};

const IMAGE_PROGRAMS = ['etcd', 'fleetd', 'wget', 'chmod', 'docker', 'etcdctl', 'sleep'].map(
  (name) => `usr/bin/${name}`,
);
const DOWNLOADED = [
  'flanneld',
  'kubelet',
  'proxy',
  'apiserver',
  'scheduler',
  'controller-manager',
  'kube-register',
];

describeWithPeer('systemd-analyze', () => {
  let root: string;

  const write = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode });
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'kubecore-systemd-'));
    for (const [name, text] of Object.entries(IMAGE_UNITS)) write(`usr/lib/systemd/system/${name}`, text);
    for (const path of [
      ...IMAGE_PROGRAMS,
      'bin/bash',
      'bin/mount',
      ...DOWNLOADED.map((name) => `opt/bin/${name}`),
    ])
      write(path, '#!/bin/sh\n', 0o755);
  });

  afterEach(() => rmSync(root, { recursive: true }));

  const verify = (names: readonly string[]): { status: number | null; said: string } => {
    const { status, stdout, stderr } = spawnSync(
      'systemd-analyze',
      [
        'verify',
        '--man=no',
        '--recursive-errors=yes',
        `--root=${root}`,
        ...names.map((name) => `/etc/systemd/system/${name}`),
      ],
      { encoding: 'utf8' },
    );
    return { status, said: stdout + stderr };
  };

  it.each<['master' | 'minion', Form]>([
    ['master', 'default'],
    ['minion', 'default'],
    ['master', 'published'],
    ['minion', 'published'],
  ])("finds nothing to say of a %s's units (%s form)", (role, form) => {
    const names = unitNames().filter((name) => {
      try {
        const { text } = unitFile(name, DEFAULTS, role, form);
        write(`etc/systemd/system/${name}`, text.replaceAll('$private_ipv4', '10.0.0.1'));
        return true;
      } catch {
        return false;
      }
    });
    expect(names).toHaveLength(role === 'master' ? 12 : 6);
    expect(verify(names)).toEqual({ status: 0, said: '' });
  });

  it('would say so of a unit that needs what is not there', () => {
    write('etc/systemd/system/bad.service', unitFile('flannel', DEFAULTS, 'minion', 'default').text);
    const { status, said } = verify(['bad.service']);
    expect(status).not.toBe(0);
    expect(said).toContain('kube-download.service not found');
  });
});

it("flannel's network reaches etcd as JSON through systemd's quoting and bash's", () => {
  const { text } = unitFile('flannel', { ...DEFAULTS, dockerCidr: '10.1.0.0/16' }, 'master', 'default');
  const [line] = execLines(parseUnitFile(text), 'ExecStartPre');
  const [program, option, script] = splitWords(line?.text ?? '');
  expect([program, option]).toEqual(['/bin/bash', '-c']);
  const said = execFileSync('bash', ['-c', script!.replace('/usr/bin/etcdctl', 'printf "%s\\n"')], {
    encoding: 'utf8',
  });
  expect(said.trimEnd().split('\n')).toEqual([
    '--no-sync',
    'set',
    '/coreos.com/network/config',
    '{"Network":"10.1.0.0/16"}',
  ]);
});
