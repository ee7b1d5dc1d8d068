import { expect, test } from 'vitest';
import { psArgv, readContainers } from '../../../src/cluster/tools/docker.ts';
import { isClusterUnit, readUnits } from '../../../src/cluster/tools/systemctl.ts';
import { recording } from '../fixtures.ts';

const text = (value: string) => new TextEncoder().encode(value);

test('reads rows padded with blanks; the description is the rest', () => {
  const rows = readUnits(recording('systemctl-list-units'));
  const lines = new TextDecoder().decode(recording('systemctl-list-units')).split('\n').filter(Boolean);
  expect(rows).toHaveLength(lines.length);
  expect(rows.find(({ name }) => name.startsWith('a-very-long'))).toEqual({
    name: 'a-very-long-unit-name-that-keeps-going-on-and-on-for-quite-a-while.1.service',
    load: 'loaded',
    active: 'active',
    sub: 'running',
    description: 'Long name, ünïcödé description with  two spaces\tand a tab',
  });
  expect(rows.find(({ name }) => name === 'crashloop.service')).toMatchObject({
    active: 'activating',
    sub: 'auto-restart',
  });
});

test('a dot before a failed or missing unit is no name', () => {
  const rows = readUnits(recording('systemctl-list-units-services-noplain'));
  expect(rows.find(({ name }) => name === 'auditd.service')).toMatchObject({ load: 'not-found' });
  expect(rows.every(({ name }) => name.endsWith('.service'))).toBe(true);
});

test('a JOB column (systemd of 2014) is not part of the description', () => {
  const rows = readUnits(
    text(
      [
        'docker.service loaded inactive   dead    start Docker Application Container Engine',
        'etcd.service   loaded active     running       etcd start stop',
        'start.service  loaded activating start-pre restart start me up',
        '',
      ].join('\n'),
    ),
  );
  expect(rows[0]?.description).toBe('Docker Application Container Engine');
  expect(rows[1]?.description).toBe('etcd start stop');
});

test('tells the units of the cluster from those of the system', () => {
  for (const name of [
    'etcd.service',
    'fleet.socket',
    'flannel-download.service',
    'docker.socket',
    'kube-proxy.service',
  ])
    expect(isClusterUnit(name)).toBe(true);
  for (const name of ['sshd.service', 'etcd2-proxy.service', 'dockerfoo.service', 'kube-x.timer'])
    expect(isClusterUnit(name)).toBe(false);
});

test('reads docker ps by its columns', () => {
  expect(psArgv({ all: true })).toEqual(['docker', 'ps', '--no-trunc', '-a']);
  const table = [
    'CONTAINER ID        IMAGE                  COMMAND             CREATED             STATUS              PORTS               NAMES',
    'f1e2d3c4b5a6        busybox:latest         "sh -c date"        3 minutes ago       Up 3 minutes                            k8s_x.y',
    '',
  ].join('\n');
  expect(readContainers(text(table))).toEqual([
    {
      id: 'f1e2d3c4b5a6',
      image: 'busybox:latest',
      command: '"sh -c date"',
      created: '3 minutes ago',
      status: 'Up 3 minutes',
      ports: '',
      names: 'k8s_x.y',
    },
  ]);
  expect(readContainers(new Uint8Array())).toEqual([]);
  expect(() => readContainers(text('Cannot connect to the Docker daemon'))).toThrow(/docker ps/);
});
