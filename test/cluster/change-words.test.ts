/** What a change set means, resource by resource, and what must be known before a yes. */
import { expect, test } from 'vitest';
import { effectsOf, warningsOf } from '../../src/cluster/change-words.ts';
import type { ResourceChange } from '../../src/cluster/ports.ts';

const BEFORE = {
  ClusterSize: '6',
  InstanceType: 'm3.medium',
  AllowSSHFrom: '203.0.113.10/32',
  DiscoveryURL: 'https://d/1',
  DockerCIDR: '172.24.0.0/16',
  KeyPair: 'coreos',
};

function changeOf(
  logicalId: string,
  type: string,
  replacement: ResourceChange['replacement'],
  details: readonly Partial<ResourceChange['details'][number]>[] = [],
): ResourceChange {
  return {
    action: 'Modify',
    logicalId,
    physicalId: 'x',
    type,
    replacement,
    details: details.map((detail) => ({
      property: null,
      causedBy: null,
      before: null,
      after: null,
      ...detail,
    })),
  };
}

const GROUP = 'AWS::AutoScaling::AutoScalingGroup';
const effect = (change: ResourceChange, after: Record<string, string> = {}, others: ResourceChange[] = []) =>
  effectsOf([change, ...others], BEFORE, { ...BEFORE, ...after })[0];

test('a group that is replaced loses its machines, their data and their etcd members', () => {
  expect(effect(changeOf('MasterAutoScale', GROUP, 'True', [{ property: 'AutoScalingGroupName' }]))).toEqual({
    resource: 'MasterAutoScale',
    type: GROUP,
    fate: 'replace',
    because: ['AutoScalingGroupName'],
    means:
      'its machines end and others start: what is on their disks, their containers and their etcd members are lost, and the Kubernetes API and its master are away meanwhile',
  });
  expect(effect(changeOf('MinionAutoScale', GROUP, 'Conditional'))).toMatchObject({
    fate: 'may-replace',
    means: expect.stringMatching(/^if so, its machines end .* are lost$/),
  });
});

test.each([
  ['7', /^1 more machine starts, which AWS bills$/],
  ['9', /^3 more machines start, which AWS bills$/],
  ['4', /^2 machines end, chosen by AWS: what is on their disks is lost, .* etcd loses so many members$/],
])('a group of %s', (size, means) => {
  const change = changeOf('MinionAutoScale', GROUP, 'False', [
    { property: 'DesiredCapacity', causedBy: 'ClusterSize' },
  ]);
  expect(effect(change, { ClusterSize: size })).toMatchObject({
    because: [`ClusterSize: 6 → ${size}`],
    means: expect.stringMatching(means),
  });
});

test('a new launch template leaves what runs alone', () => {
  expect(
    effect(
      changeOf('MasterAutoScale', GROUP, 'False', [
        { property: 'LaunchTemplate', causedBy: 'MasterLaunchTemplate.LatestVersionNumber' },
      ]),
    ),
  ).toMatchObject({
    because: ['MasterLaunchTemplate changes'],
    means: 'machines that run stay as they are; those that start later are made the new way',
  });
});

test('a rule that hangs on a group which keeps its id need not be feared', () => {
  const rule = changeOf('CoreOSInternalIngressTCP', 'AWS::EC2::SecurityGroupIngress', 'Conditional', [
    { property: 'GroupId', causedBy: 'KubeSecurityGroup.GroupId' },
  ]);
  const group = (replacement: 'True' | 'False') =>
    changeOf('KubeSecurityGroup', 'AWS::EC2::SecurityGroup', replacement);
  expect(effect(rule, {}, [group('False')])?.means).toBe(
    'not to be expected: KubeSecurityGroup is changed in place and keeps its id',
  );
  expect(effect(rule, {}, [group('True')])?.means).toBe(
    'if so, the rule is made anew; machines and data stay',
  );
});

test('values are shown where they are short, and never raw', () => {
  const direct = (before: string, after: string) =>
    effect(
      changeOf('KubeSecurityGroup', 'AWS::EC2::SecurityGroup', 'False', [
        { property: 'GroupDescription', before, after },
      ]),
    )?.because;
  expect(direct('old', 'new')).toEqual(['GroupDescription: old → new']);
  expect(direct('{"a":1}', '{"a":2}')).toEqual(['GroupDescription']);
  expect(direct('x'.repeat(99), 'y')).toEqual(['GroupDescription']);
  expect(direct('a\u001b[31m', '')).toEqual(['GroupDescription: a\\x1b[31m → (empty)']);
});

test('what a yes must know', () => {
  const warned = (after: Record<string, string>, changes: ResourceChange[] = []) => {
    const all = { ...BEFORE, ...after };
    return warningsOf(effectsOf(changes, BEFORE, all), BEFORE, all).join('\n');
  };
  expect(warned({})).toBe('');
  expect(warned({ ClusterSize: '2' })).toMatch(/etcd.*lose its quorum.*smaller steps/);
  expect(warned({ ClusterSize: '3' })).toBe('');
  expect(warned({ DiscoveryURL: 'https://d/2' })).toMatch(/join another etcd cluster/);
  expect(warned({ DockerCIDR: '10.0.0.0/16' })).toMatch(/do not reach its containers/);
  expect(warned({ KeyPair: 'other' })).toMatch(/machines that run keep the old key/);
  expect(warned({ AllowSSHFrom: '198.51.100.0/24' })).toMatch(/SSH is open to 198\.51\.100\.0\/24 alone/);
  expect(warned({}, [changeOf('MinionAutoScale', GROUP, 'True')])).toMatch(
    /^MinionAutoScale: machines end and others take their place.* can be lost with them$/,
  );
});
