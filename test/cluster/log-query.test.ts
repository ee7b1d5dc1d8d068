import { expect, test } from 'vitest';
import { sourceNamer } from '../../src/cluster/log-names.ts';
import { globMatches, logSources } from '../../src/cluster/log-query.ts';
import type { Unit } from '../../src/cluster/model.ts';

const unit = (name: string, machineId: string | null): Unit => ({
  name,
  machineId,
  ip: machineId && `10.0.0.${machineId}`,
  load: 'loaded',
  active: 'active',
  sub: 'running',
  hash: null,
  source: 'fleet',
  description: null,
});
const units = [
  unit('kube-proxy.service', '1'),
  unit('kube-proxy.service', '2'),
  unit('kube-apiserver.service', '1'),
  unit('etcd.service', '1'),
  unit('lost.service', null),
];
const named = (words: readonly string[], machines: readonly string[] | null = null) => {
  const { sources, unknown } = logSources(
    { units: words, machines: machines === null ? null : machines.map((id) => ({ id, ip: `10.0.0.${id}` })) },
    units,
  );
  return { sources: sources.map((source) => `${source.unit} ${source.machineId}`), unknown };
};

test('a name, a glob, several, on all machines or some', () => {
  expect(named(['etcd'])).toEqual({ sources: ['etcd.service 1'], unknown: [] });
  expect(named(['kube-*'])).toEqual({
    sources: ['kube-proxy.service 1', 'kube-proxy.service 2', 'kube-apiserver.service 1'],
    unknown: [],
  });
  expect(named(['kube-proxy', 'kube-p*', 'nosuch', 'lost'])).toEqual({
    sources: ['kube-proxy.service 1', 'kube-proxy.service 2'],
    unknown: ['nosuch', 'lost'],
  });
  expect(named(['kube-*'], ['2'])).toEqual({ sources: ['kube-proxy.service 2'], unknown: [] });
  // systemd has more units than anyone lists.
  expect(named(['sshd.socket'], ['1', '2']).sources).toEqual(['sshd.socket 1', 'sshd.socket 2']);
  expect(named([], ['2'])).toEqual({ sources: ['null 2'], unknown: [] });
});

test.each([
  ['kube-*', 'kube-proxy.service', true],
  ['*', 'etcd.service', true],
  ['web@?', 'web@1.service', true],
  ['web@[12].service', 'web@3.service', false],
  ['web@[!12]', 'web@3.service', true],
  ['a.b', 'axb.service', false],
  ['web@[', 'web@1.service', false],
  ['a*a*a*a*a*a*a*a*b', 'a'.repeat(250), false],
])('the glob %s and %s: %s', (glob, name, matches) => {
  expect(globMatches(glob, name)).toBe(matches);
});

test('a name says what its source does not share with the others, and a colour is its own', () => {
  const source = (name: string, id: string) => ({
    unit: `${name}.service`,
    machineId: id,
    ip: `10.0.0.${id}`,
  });
  const [one, two, three] = [source('etcd', '1'), source('etcd', '2'), source('kube-proxy', '1')];
  expect(sourceNamer([one, two], 6)(two).name).toBe('10.0.0.2');
  expect(sourceNamer([one, three], 6)(three).name).toBe('kube-proxy');
  const all = sourceNamer([one, two, three], 6);
  expect([one, two, three].map((each) => all(each).name)).toEqual([
    'etcd@10.0.0.1',
    'etcd@10.0.0.2',
    'kube-proxy@10.0.0.1',
  ]);
  expect(all(one).colour).toBe(sourceNamer([one], 6)(one).colour);
  const colours = new Set(Array.from({ length: 60 }, (_, i) => all(source('web', `${i}`)).colour));
  expect([...colours].sort()).toEqual([0, 1, 2, 3, 4, 5]);
});
