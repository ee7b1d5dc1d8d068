import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clusterFromStack, launchPlan, masterOf } from '../../src/cluster/identity.ts';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import { instanceOf, stackOf } from '../helpers/fake-cloud.ts';

test('the master is the newest running instance of its group', () => {
  const instances = [
    instanceOf(2, { launchTime: 99_999 }),
    instanceOf(1, { id: 'i-old', state: 'terminated', launchTime: 50_000 }),
    instanceOf(1, { id: 'i-first', launchTime: 10, publicAddress: '54.0.0.7' }),
    instanceOf(1, { id: 'i-second', launchTime: 20, publicAddress: '54.0.0.8' }),
    instanceOf(1, { id: 'i-next', launchTime: 30, state: 'pending' }),
  ];
  expect(masterOf('kubernetes', instances)).toEqual({
    instanceId: 'i-second',
    address: '54.0.0.8',
    privateAddress: '10.0.0.1',
  });
  expect(masterOf('kube', instances)).toBeNull();
  expect(masterOf('kubernetes', [instanceOf(2)])).toBeNull();
});

test('a cluster is read from its stack', () => {
  const cluster = clusterFromStack(stackOf('CREATE_COMPLETE'), [instanceOf(1)]);
  expect(cluster).toMatchObject({
    name: 'kubernetes',
    region: 'eu-west-1',
    size: 2,
    keyPair: 'coreos',
    blueprint: 'kubernetes',
  });
  expect(cluster.master?.address).toBe('54.0.0.1');
  expect(clusterFromStack(stackOf('CREATE_IN_PROGRESS'), [], 'us-east-1')).toMatchObject({
    region: 'us-east-1',
    master: null,
  });
});

test("a plan carries the article's parameters, its resources and kubecore's tags", () => {
  const template = readFileSync(new URL('../fixtures/render/kubernetes.json', import.meta.url), 'utf8');
  const plan = launchPlan(DEFAULTS, template, {
    region: 'eu-west-1',
    keyPair: 'coreos',
    allowSshFrom: '203.0.113.7/32',
    discoveryUrl: 'https://discovery.etcd.io/abc',
    version: '0.1.0',
  });
  expect(plan.templateParameters).toEqual({
    InstanceType: 'm3.medium',
    ClusterSize: '2',
    DockerCIDR: '172.24.0.0/16',
    AdvertisedIPAddress: 'private',
    AllowSSHFrom: '203.0.113.7/32',
    DiscoveryURL: 'https://discovery.etcd.io/abc',
    KeyPair: 'coreos',
  });
  expect(plan.resources).toHaveLength(9);
  expect(plan.tags).toEqual({
    'kubecore:cluster': 'kubernetes',
    'kubecore:recipe': 'coreos-2014',
    'kubecore:blueprint': 'kubernetes',
    'kubecore:version': '0.1.0',
  });
});
