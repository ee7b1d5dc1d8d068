/** Containers: what the kubelet calls them, and their logs line by line. */
import { describe, expect, it } from 'vitest';
import { containersOfPod } from '../../../src/cluster/sources.ts';
import {
  type ContainerRow,
  containerReader,
  logsArgv,
  podContainer,
} from '../../../src/cluster/tools/docker.ts';
import { bytes } from '../../helpers/fake-shell.ts';

const NOW = Date.UTC(2014, 10, 22, 16, 0, 0);
const SOURCE = { unit: 'web/main', machineId: 'm', ip: '10.0.0.11', container: 'c0ffee' };

describe('names', () => {
  it('are taken apart as the kubelet of 0.4 puts them together', () => {
    expect(
      podContainer('k8s--redis_-_master.1b2c3d4e--redis_-_master_-_1.default.etcd--aa_-_bb--1f2e'),
    ).toEqual({ container: 'redis-master', pod: 'redis-master-1' });
    expect(podContainer('busybox1')).toBeNull();
  });

  it('find the newest container of each kind of one pod', () => {
    const row = (id: string, names: string): ContainerRow => ({
      id,
      names,
      image: 'x',
      command: '',
      created: '',
      status: 'Up 3 seconds',
      ports: '',
    });
    const name = (container: string, pod: string) => `k8s--${container}.aa--${pod}.default.etcd--u--1`;
    const rows = [
      row('3', name('main', 'web')),
      row('2', name('main', 'web')),
      row('1', name('net', 'web')),
      row('0', name('main', 'other')),
      row('4', 'busybox1'),
    ];
    expect(containersOfPod(rows, 'web')).toEqual([{ id: '3', container: 'main' }]);
  });
});

describe('logs', () => {
  it('are asked with their times, both streams of the container', () => {
    expect(logsArgv('c0ffee', { lines: 50, follow: true })).toEqual([
      'sh',
      '-c',
      'exec docker logs "$@" 2>&1',
      'sh',
      '-t',
      '--tail=50',
      '-f',
      'c0ffee',
    ]);
  });

  it('are read to the microsecond; a line without a time came now', () => {
    const reader = containerReader(SOURCE, () => NOW);
    expect(reader.read(bytes('2014-11-22T15:59:58.123456789Z GET / 200'))).toEqual({
      timeUs: Date.UTC(2014, 10, 22, 15, 59, 58) * 1000 + 123_456,
      machineId: 'm',
      ip: '10.0.0.11',
      unit: 'web/main',
      identifier: 'web/main',
      priority: null,
      message: 'GET / 200',
      cursor: null,
    });
    expect(reader.read(bytes('no time here'))).toMatchObject({ timeUs: NOW * 1000, message: 'no time here' });
    expect(reader.read(bytes('2014-99-99T00:00:00Z x'))).toMatchObject({ timeUs: NOW * 1000 });
  });

  it('leave out what is older than was asked for', () => {
    const reader = containerReader(SOURCE, () => NOW, '5 minutes ago');
    expect(reader.read(bytes('2014-11-22T15:54:59Z old'))).toBeNull();
    expect(reader.read(bytes('2014-11-22T15:55:01Z new'))).not.toBeNull();
  });
});
