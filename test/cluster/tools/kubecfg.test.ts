import { expect, test } from 'vitest';
import { KubecoreError } from '../../../src/cluster/errors.ts';
import {
  failure,
  listArgv,
  readControllers,
  readMinions,
  readPods,
  readServices,
} from '../../../src/cluster/tools/kubecfg.ts';
import { ended, recording } from '../fixtures.ts';

const text = (value: string) => new TextEncoder().encode(value);

test('asks for JSON before the verb', () => {
  expect(listArgv('pods')).toEqual(['kubecfg', '-json', 'list', 'pods']);
});

test('reads minions once though the list carries them twice', () => {
  expect(readMinions(recording('kube-minions-json'))).toEqual([
    { name: '10.77.0.12', cpu: 1000, memory: 3221225472, registered: true },
    { name: '10.77.0.13', cpu: 1000, memory: 3221225472, registered: true },
  ]);
});

test('reads empty lists: items null, items left out', () => {
  expect(readPods(recording('kube-empty-pods-json'))).toEqual([]);
  expect(readMinions(recording('kube-empty-minions-json'))).toEqual([]);
  expect(readControllers(recording('kube-empty-replicationControllers-json'))).toEqual([]);
});

test('reads pods as observed, sorted by name, the net container left out', () => {
  const pods = readPods(recording('kube-pods-json'));
  const names = pods.map(({ name }) => name);
  expect(names).toEqual([...names].sort());
  const of = (name: string) => pods.find((pod) => pod.name === name);
  expect(of('crashing')).toMatchObject({
    status: 'Terminated',
    host: '10.77.0.13',
    podIp: '172.24.3.9',
    containers: [{ name: 'x', image: 'exit/one', state: 'terminated: 1', restarts: 7 }],
  });
  expect(of('hostport-3')).toMatchObject({ status: 'Waiting', host: null, podIp: null });
  expect(of('half-up')?.containers.map(({ name, state }) => [name, state])).toEqual([
    ['ok', 'running'],
    ['bad', 'waiting: Image: missing/other is not ready on the node'],
  ]);
  expect(of('env-cmd')?.labels).toEqual({ empty: '', name: 'env' });
  expect(of('nolabels')?.labels).toEqual({});
});

test('reads services and controllers', () => {
  expect(readServices(recording('kube-services-json')).map(({ name, port }) => [name, port])).toEqual([
    ['frontend', 9998],
    ['redismaster', 10000],
    ['udp-dns-long-name-24char', 53],
    ['unlabelled', 10000],
  ]);
  expect(readControllers(recording('kube-replicationControllers-json'))).toEqual([
    {
      name: 'frontendController',
      images: ['brendanburns/php-redis'],
      selector: { name: 'frontend' },
      replicas: 3,
    },
    {
      name: 'multi',
      images: ['img/a:1', 'img/b:2'],
      selector: { app: 'multi', track: 'canary' },
      replicas: 2,
    },
    { name: 'zero', images: ['busybox'], selector: { name: 'zero' }, replicas: 0 },
  ]);
});

test('a port may be a string', () => {
  const list = { kind: 'ServiceList', items: [{ id: 'a', port: '80', containerPort: 'web' }] };
  expect(readServices(text(JSON.stringify(list)))[0]?.port).toBe(80);
});

test('what is no list of that kind is refused, not read as empty', () => {
  expect(() => readPods(text('{"kind":"Status"}'))).toThrow(KubecoreError);
  expect(() => readPods(text('Please enter Username: '))).toThrow(/kubecfg/);
});

test('an F-line is the reason, without its prefix', () => {
  const down = failure(
    'the pods could not be listed',
    ended(255, '', recording('kube-err-apiserver-down-json', 'stderr')),
  );
  expect(down).toMatchObject({ code: 'ApiUnreachable', what: 'the pods could not be listed' });
  expect(down?.why).toContain('connection refused');
  expect(down?.why).not.toMatch(/F1122|kubecfg\.go/);
  expect(failure('x', ended(255, '', recording('kube-err-invalid', 'stderr')))?.why).toMatch(
    /^pod "x" is invalid/,
  );
  expect(failure('x', ended(127))?.code).toBe('ToolMissing');
  expect(failure('x', ended(0))).toBeNull();
});
