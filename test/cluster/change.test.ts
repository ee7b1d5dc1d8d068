/** Holds changing to its road: prepared, read, dropped or carried out; nothing to change; what goes wrong on the way. */
import { expect, test } from 'vitest';
import {
  type ChangeEvent,
  carryOutChange,
  changeable,
  movesMachines,
  prepareChange,
} from '../../src/cluster/change.ts';
import { KubecoreError } from '../../src/cluster/errors.ts';
import type { ChangeSet, Cloud, ResourceChange } from '../../src/cluster/ports.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { eventOf, fakeCloud, instanceOf, STACK_ID, stackOf } from '../helpers/fake-cloud.ts';
import { cluster, clusterAnswers } from '../helpers/fake-cluster.ts';
import { fakeShell } from '../helpers/fake-shell.ts';

const stack = stackOf('CREATE_COMPLETE');
const WANTED = { parameters: { InstanceType: 'm3.large' } };

const set = (status: string, more: Partial<ChangeSet> = {}): ChangeSet => ({
  id: 'arn:change-set',
  status,
  statusReason: null,
  changes: [],
  ...more,
});

const groupChange = (...properties: string[]): ResourceChange => ({
  action: 'Modify',
  logicalId: 'MinionAutoScale',
  physicalId: 'kubernetes-MinionAutoScale-1A2B3C',
  type: 'AWS::AutoScaling::AutoScalingGroup',
  replacement: 'False',
  details: properties.map((property) => ({ property, causedBy: null, before: null, after: null })),
});

/** Prepares a change; the set is `looks[i]` at the i-th look. */
async function prepare(looks: readonly (ChangeSet | Error)[], more: Partial<Cloud> = {}) {
  const clock = fakeClock();
  const done: string[] = [];
  let look = 0;
  const cloud = fakeCloud({
    createChangeSet: async (_stack, name, wanted) => {
      done.push(`create ${JSON.stringify(wanted)}`);
      expect(name).toMatch(/^kubecore-[a-z0-9-]+$/);
      return 'arn:change-set';
    },
    changeSet: async () => {
      const found = looks[Math.min(look++, looks.length - 1)];
      if (found instanceof Error) throw found;
      return found ?? set('FAILED');
    },
    deleteChangeSet: async (id) => void done.push(`delete ${id}`),
    ...more,
  });
  let outcome: ChangeSet | null | KubecoreError | undefined;
  void prepareChange(stack, WANTED, { cloud, clock, random: () => 0.5 }).then(
    (found) => {
      outcome = found;
    },
    (error: KubecoreError) => {
      outcome = error;
    },
  );
  await clock.until(() => outcome !== undefined, 900_000);
  return { outcome, done };
}

test('waits until CloudFormation has worked it out, and changes nothing', async () => {
  const ready = set('CREATE_COMPLETE', { changes: [groupChange('DesiredCapacity')] });
  const { outcome, done } = await prepare([set('CREATE_PENDING'), set('CREATE_IN_PROGRESS'), ready]);
  expect(outcome).toEqual(ready);
  expect(done).toEqual(['create {"parameters":{"InstanceType":"m3.large"}}']);
});

test.each([
  "The submitted information didn't contain changes. Submit different information to create a change set.",
  'No updates are to be performed.',
])('nothing to change is no error, and leaves nothing behind: %s', async (statusReason) => {
  const { outcome, done } = await prepare([set('FAILED', { statusReason })]);
  expect(outcome).toBeNull();
  expect(done.at(-1)).toBe('delete arn:change-set');
});

test('a refusal is told in plain words, and leaves nothing behind', async () => {
  const statusReason =
    'Parameter validation failed: parameter value gone for parameter name KeyPair does not exist.';
  const { outcome, done } = await prepare([set('FAILED', { statusReason })]);
  expect(outcome).toMatchObject({ code: 'KeyPairMissing', why: expect.stringContaining('key pair "gone"') });
  expect(done.at(-1)).toBe('delete arn:change-set');
});

test('a set that is never made, or cannot be read, is dropped', async () => {
  const slow = await prepare([set('CREATE_IN_PROGRESS')]);
  expect(slow.outcome).toMatchObject({ code: 'ChangeSetTimeout' });
  expect(slow.done.at(-1)).toBe('delete arn:change-set');
  const denied = new KubecoreError({
    what: 'not read',
    why: 'no right',
    next: '',
    fault: 'aws',
    code: 'AccessDenied',
  });
  expect((await prepare([denied])).done.at(-1)).toBe('delete arn:change-set');
});

test('only a stack at rest, and only one of the blueprint kubernetes', async () => {
  const refused = (status: string | null, blueprint: 'fleet' | 'kubernetes' = 'kubernetes') =>
    changeable(fakeCloud({ stack: async () => (status === null ? null : stackOf(status)) }), {
      ...cluster,
      blueprint,
    }).catch((error: unknown) => error);
  expect(await refused('UPDATE_ROLLBACK_COMPLETE')).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
  expect(await refused('UPDATE_IN_PROGRESS')).toMatchObject({ code: 'StackBusy' });
  expect(await refused('ROLLBACK_COMPLETE')).toMatchObject({
    code: 'StackBusy',
    next: expect.stringContaining('kubecore down'),
  });
  expect(await refused(null)).toMatchObject({ fault: 'input', why: 'its stack is gone' });
  expect(await refused('CREATE_COMPLETE', 'fleet')).toMatchObject({ fault: 'input' });
});

/** Carries a change out; the stack is `statuses[i]` at the i-th look. */
async function carryOut(changes: readonly ResourceChange[], statuses: readonly string[], reason: string) {
  const clock = fakeClock();
  const old = eventOf('kubernetes', 'CREATE_COMPLETE');
  const news = [
    eventOf('kubernetes', 'UPDATE_IN_PROGRESS'),
    eventOf('MinionAutoScale', 'UPDATE_FAILED', { reason }),
    eventOf('KubeSecurityGroup', 'UPDATE_FAILED', { reason: 'resource sg-1 has a dependent object' }),
  ];
  const executed: string[] = [];
  let look = 0;
  const shell = fakeShell(clusterAnswers(() => ({})));
  const cloud = fakeCloud({
    stackEvents: async (_name, after) =>
      executed.length === 0 ? [old] : after === old.id && look > 0 ? news : [],
    executeChangeSet: async (id) => void executed.push(id),
    stack: async () => stackOf(statuses[Math.min(look++, statuses.length - 1)] ?? ''),
    instances: async () => [instanceOf(1), instanceOf(2), instanceOf(3)],
  });
  const events: ChangeEvent[] = [];
  let done = false;
  void (async () => {
    for await (const event of carryOutChange({
      cluster: { ...cluster, stackId: STACK_ID },
      changeSet: set('CREATE_COMPLETE', { changes }),
      cloud,
      shell: () => shell,
      clock,
      random: () => 0.5,
      timeoutMs: 120_000,
    }))
      events.push(event);
  })().finally(() => {
    done = true;
  });
  await clock.until(() => done, 900_000);
  return { events, executed };
}

test('what moves no machine is done with the stack', async () => {
  const { events, executed } = await carryOut(
    [groupChange('LaunchTemplate')],
    ['CREATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'],
    'x',
  );
  expect(executed).toEqual(['arn:change-set']);
  expect(events.map(({ type }) => type)).toEqual([
    'stack-started',
    'stack-event',
    'stack-event',
    'stack-event',
    'stack-done',
    'changed',
  ]);
});

test('what does is waited for until the cluster is healthy again', async () => {
  const { events } = await carryOut(
    [groupChange('DesiredCapacity')],
    ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'],
    'x',
  );
  const types = events.map(({ type }) => type);
  expect(types.slice(-2)).toEqual(['healthy', 'changed']);
});

test('a failed change: the cause, and whether the cluster is as it was', async () => {
  const reason =
    'We currently do not have sufficient m3.large capacity in the Availability Zone you requested (eu-west-1a).';
  const back = await carryOut([groupChange('DesiredCapacity')], ['UPDATE_ROLLBACK_COMPLETE'], reason);
  expect(back.events.at(-1)).toMatchObject({
    type: 'failed',
    error: {
      what: '"kubernetes" was not changed',
      why: 'MinionAutoScale: AWS has no room for m3.large instances in the zone eu-west-1a now',
      next: expect.stringContaining('the cluster goes on as it was'),
      exitCode: 1,
    },
  });
  const stuck = await carryOut([groupChange('DesiredCapacity')], ['UPDATE_ROLLBACK_FAILED'], reason);
  expect(stuck.events.at(-1)).toMatchObject({
    error: {
      why: expect.stringMatching(
        /its rollback failed as well, at KubeSecurityGroup: resource sg-1 is still used/,
      ),
      next: expect.stringContaining('continue-update-rollback'),
    },
  });
});

test('which changes move machines', () => {
  expect(movesMachines([groupChange('LaunchTemplate'), groupChange('Tags')])).toBe(false);
  expect(movesMachines([groupChange('VPCZoneIdentifier')])).toBe(true);
  expect(movesMachines([{ ...groupChange(), replacement: 'Conditional' }])).toBe(true);
  expect(movesMachines([{ ...groupChange(), action: 'Remove', replacement: null }])).toBe(true);
  expect(movesMachines([{ ...groupChange('X'), type: 'AWS::EC2::SecurityGroup', replacement: 'True' }])).toBe(
    false,
  );
});
