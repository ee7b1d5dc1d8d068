/** How the launch of each blueprint looks, folded from its events. */
import { expect, test } from 'vitest';
import { newLaunchId } from '../../../src/cluster/instances-plan.ts';
import type { LaunchEvent, LaunchPlan } from '../../../src/cluster/launch-contract.ts';
import { initialLaunchView, reduceLaunch } from '../../../src/cluster/launch-view.ts';
import { DEFAULTS, defaultsFor } from '../../../src/cluster/parameters.ts';
import { planFor } from '../../../src/render/plan.ts';
import { launchGroups } from '../../../src/ui/launch/launch-lines.ts';

const planOf = (blueprint: LaunchPlan['blueprint']): LaunchPlan =>
  planFor(
    { ...DEFAULTS, ...defaultsFor(blueprint), name: 'web' },
    {
      region: 'us-east-1',
      keyPair: 'coreos',
      allowSshFrom: '203.0.113.7/32',
      discoveryUrl: blueprint === 'single' ? '' : 'https://discovery.etcd.io/0123',
      version: '1',
      launchId: newLaunchId(() => 0.5),
    },
  );

const look = (plan: LaunchPlan, events: readonly LaunchEvent[] = []) => {
  const groups = launchGroups(events.reduce(reduceLaunch, initialLaunchView(plan)), 1_000);
  return groups.map(({ head, rows }) => [
    head.label,
    ...rows.map(({ label, note }) => `${label} ${note}`.trim()),
  ]);
};

test('a single machine: its group, one rule, itself, and SSH', () => {
  expect(look(planOf('single'))).toEqual([
    ['Single machine web', 'SecurityGroup security group', 'SSHIngress ingress rule', 'Machine1 machine'],
    ['Road to healthy', 'Instances are running', 'SSH answers'],
  ]);
});

test('a fleet: its machines talk to each other, and etcd and fleet are waited for', () => {
  expect(look(planOf('fleet'))).toEqual([
    [
      'Fleet web',
      'SecurityGroup security group',
      'SSHIngress ingress rule',
      'InternalIngressTCP ingress rule',
      'InternalIngressUDP ingress rule',
      'Machine1 machine',
      'Machine2 machine',
      'Machine3 machine',
    ],
    [
      'Road to healthy',
      'Instances are running',
      'SSH answers',
      'etcd has a quorum',
      'fleet lists the machines',
    ],
  ]);
});

test('the whole is told apart from its parts', () => {
  const event = (logicalId: string, type: string, status: string): LaunchEvent => ({
    type: 'stack-event',
    at: 500,
    event: { id: `${logicalId}-${status}`, at: 500, logicalId, physicalId: null, type, status, reason: null },
  });
  const [launch] = launchGroups(
    [
      event('Machine1', 'AWS::EC2::Instance', 'CREATE_COMPLETE'),
      event('web', 'Kubecore::Launch', 'CREATE_COMPLETE'),
    ].reduce(reduceLaunch, initialLaunchView(planOf('single'))),
    1_000,
  );
  expect(launch?.head).toMatchObject({ note: '1 of 3 resources', word: 'created' });
  expect(launch?.rows.map(({ word }) => word)).toEqual(['waiting', 'waiting', 'created']);
});
