/** What a launch without a stack keeps in its tags, and what its log makes of what EC2 shows. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clusterFromStack, nodesOf } from '../../src/cluster/identity.ts';
import { launchAsStack, newLaunchId, parametersOfTags, sizeTag } from '../../src/cluster/instances-plan.ts';
import { createLaunchLog } from '../../src/cluster/launch-log.ts';
import { appliesTo, DEFAULTS, PARAMETERS } from '../../src/cluster/parameters.ts';
import { planFor, planOfStack } from '../../src/render/plan.ts';
import { instanceOf } from '../helpers/fake-cloud.ts';
import { validParameters } from '../render/arbitrary.ts';

const AMI = 'ami-0123456789abcdef0';

test('any launch is read back whole from the tags of its group', () => {
  fc.assert(
    fc.property(
      validParameters,
      fc.constantFrom('single' as const, 'fleet' as const),
      fc.integer({ min: 0, max: 0xffff }),
      (given, blueprint, seed) => {
        const parameters = { ...given, blueprint, ami: AMI };
        const answers = {
          region: 'eu-north-1',
          keyPair: parameters.keyPair ?? 'coreos',
          allowSshFrom: parameters.allowSshFrom ?? '203.0.113.7/32',
          discoveryUrl:
            blueprint === 'single' ? '' : (parameters.discoveryUrl ?? 'https://discovery.etcd.io/1'),
          version: '1',
          launchId: newLaunchId(() => (seed % 997) / 997),
        };
        fc.pre(answers.discoveryUrl.length <= 256 && (parameters.subnets?.length ?? 0) <= 256);
        const plan = planFor(parameters, answers);
        if (plan.blueprint === 'kubernetes') throw new Error('not without a stack');
        const stack = launchAsStack({ id: 'sg-1', tags: { ...plan.tags, ...plan.parameterTags } });
        const read = parametersOfTags(stack.tags);
        for (const { key } of PARAMETERS)
          if (
            appliesTo(key, blueprint) &&
            !['keyPair', 'allowSshFrom', 'discoveryUrl', 'clusterSize'].includes(key)
          )
            expect(read[key], key).toEqual(parameters[key]);
        expect(planOfStack(stack, 'eu-north-1', '1')).toEqual(plan);
        expect(Object.keys({ ...plan.tags, ...plan.parameterTags }).length).toBeLessThan(50);
        for (const value of Object.values(plan.parameterTags)) expect(value.length).toBeLessThanOrEqual(256);
        const cluster = clusterFromStack(stack, [], 'eu-north-1');
        expect(nodesOf(cluster)).toBe(plan.size);
      },
    ),
    { numRuns: 60 },
  );
});

test('damaged tags give the defaults, not nonsense', () => {
  const read = parametersOfTags({
    'kubecore:cluster': 'web',
    'kubecore:blueprint': 'fleet',
    'kubecore:cluster-size': '9999',
    'kubecore:instance-type': 'x\u001b[31m',
  });
  expect(read).toMatchObject({ name: 'web', clusterSize: DEFAULTS.clusterSize, instanceType: 'm3.medium' });
  expect(parametersOfTags({ 'kubecore:blueprint': 'fleet', ...sizeTag(256) }).clusterSize).toBe(256);
});

test('the way in is the first machine, and stays it as long as it runs', () => {
  const tags = { 'kubecore:launch': 'a1', 'kubecore:cluster': 'web', 'kubecore:blueprint': 'fleet' };
  const stack = launchAsStack({ id: 'sg-1', tags });
  const machine = (n: number, state = 'running') => instanceOf(n, { tags, launchTime: 1_000, state });
  expect(clusterFromStack(stack, [machine(3), machine(2)], 'r').master?.address).toBe('54.0.0.2');
  expect(clusterFromStack(stack, [machine(2, 'terminated'), machine(3)], 'r').master?.address).toBe(
    '54.0.0.3',
  );
  expect(clusterFromStack(stack, [machine(2, 'pending')], 'r').master).toBeNull();
});

test('the log tells each change once, and what is after an event', () => {
  const tags = { 'kubecore:launch': 'a1', 'kubecore:cluster': 'web', 'kubecore:blueprint': 'fleet' };
  const stack = launchAsStack({ id: 'sg-1', tags: { ...tags, 'kubecore:status': 'CREATE_IN_PROGRESS' } });
  const log = createLaunchLog();
  const machine = (n: number, state: string, stateReason: string | null = null) =>
    instanceOf(n, { tags, state, stateReason });
  const told = (events: ReturnType<typeof log.seen>) =>
    events.map(({ logicalId, status }) => `${logicalId} ${status}`);
  const first = log.seen('a1', stack, [machine(2, 'pending'), machine(1, 'pending')], null);
  expect(told(first)).toEqual([
    'SecurityGroup CREATE_COMPLETE',
    'Machine1 CREATE_IN_PROGRESS',
    'Machine2 CREATE_IN_PROGRESS',
    'web CREATE_IN_PROGRESS',
  ]);
  const last = first.at(-1)!.id;
  expect(log.seen('a1', stack, [machine(1, 'pending'), machine(2, 'pending')], last)).toEqual([]);
  const ended = machine(2, 'shutting-down', 'User initiated (2026-11-22 21:05:12 GMT)');
  const next = log.seen('a1', stack, [machine(1, 'running'), ended], last);
  expect(told(next)).toEqual(['Machine1 CREATE_COMPLETE', 'Machine2 DELETE_IN_PROGRESS']);
  expect(next[1]).toMatchObject({ at: Date.UTC(2026, 10, 22, 21, 5, 12), physicalId: 'i-00000002' });
  const gone = log.seen('a1', null, [machine(1, 'terminated'), machine(2, 'terminated')], next[1]!.id);
  expect(told(gone)).toEqual([
    'SecurityGroup DELETE_COMPLETE',
    'Machine1 DELETE_COMPLETE',
    'Machine2 DELETE_COMPLETE',
    'web DELETE_COMPLETE',
  ]);
  expect(gone.at(-1)?.physicalId).toBe('launch:a1');
  const times = log.seen('a1', null, [], null).map(({ at }) => at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});
