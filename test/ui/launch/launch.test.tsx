/** Step 5 as stories: the tree, the road to healthy, failure and its ways out, Ctrl-C. */
import { afterEach, describe, expect, test } from 'vitest';
import type { LaunchEvent } from '../../../src/cluster/launch-contract.ts';
import { cluster, error, fakeServices, type World } from '../fake-services.ts';
import { endStories, KEY, story } from '../story.tsx';

afterEach(endStories);

const AT = Date.UTC(2014, 10, 22, 16, 0, 0);
const started: LaunchEvent = { type: 'stack-started', at: AT, stackId: 'arn:stack/1', resumed: false };
const resource = (
  logicalId: string,
  type: string,
  status: string,
  reason: string | null = null,
): LaunchEvent => ({
  type: 'stack-event',
  at: AT,
  event: { id: `${logicalId}-${status}`, at: AT + 12_000, logicalId, physicalId: null, type, status, reason },
});
const GROUP = 'AWS::AutoScaling::AutoScalingGroup';

async function atLaunch(world: Partial<World> = {}, size = { columns: 80, rows: 24 }) {
  const services = fakeServices({ backend: 'sandbox', world });
  const s = story(services, { size });
  await s.sees('Ready to launch');
  await s.press(KEY.enter);
  await s.sees('private key: ~/.ssh/coreos.pem');
  await s.press(KEY.enter);
  await s.sees('✓ free');
  await s.press(KEY.ctrl('n'));
  await s.sees('4 Review', 'accepted by CloudFormation');
  await s.loses('looking');
  await s.press(KEY.enter);
  await s.sees('5 Launch', 'Road to healthy');
  return { services, s };
}

const failure: LaunchEvent = {
  type: 'failed',
  at: AT + 30_000,
  error: error(
    'the stack "kubernetes" was not created',
    'MasterAutoScale: the vCPU limit of 32 is reached',
    'ask for a higher limit',
  ),
  related: [
    {
      id: '9',
      at: AT,
      logicalId: 'MinionAutoScale',
      physicalId: null,
      type: GROUP,
      status: 'CREATE_FAILED',
      reason: 'no subnet left',
    },
  ],
};

describe('watching', () => {
  test.each([
    { columns: 80, rows: 24 },
    { columns: 200, rows: 60 },
  ])('resources and steps show state, word and time at $columns×$rows', async (size) => {
    const { services, s } = await atLaunch({}, size);
    await s.sees(/○ MasterAutoScale +Auto Scaling group +waiting/);
    services.emit(
      started,
      resource('MasterAutoScale', GROUP, 'CREATE_IN_PROGRESS'),
      resource('KubeSecurityGroup', 'AWS::EC2::SecurityGroup', 'CREATE_COMPLETE'),
    );
    await s.sees(
      'Launching kubernetes in the sandbox: 42 s so far',
      /MasterAutoScale +Auto Scaling group +creating +30 s/,
      /✓ KubeSecurityGroup +security group +created/,
      '1 of 9 resources',
    );
    services.emit(
      { type: 'stack-done', at: AT, status: 'CREATE_COMPLETE' },
      { type: 'step-started', at: AT, step: 'instances' },
      { type: 'step-done', at: AT + 5000, step: 'instances', detail: '3 of 3' },
      { type: 'step-started', at: AT + 5000, step: 'ssh' },
      { type: 'step-progress', at: AT, step: 'ssh', detail: 'the master answers' },
    );
    await s.sees(/✓ Instances are running +3 of 3 +5 s/, /⠋ SSH answers +the master answers +37 s/);
  });

  test('throttling is told', async () => {
    const { services, s } = await atLaunch();
    services.emit(started, { type: 'throttled', at: AT, retryAt: services.clock.now() + 5000 });
    await s.sees('The sandbox asks to slow');
  });

  test('a small terminal keeps what moves in sight; scrolling shows all', async () => {
    const { services, s } = await atLaunch({}, { columns: 70, rows: 17 });
    services.emit(started, resource('MinionAutoScale', GROUP, 'CREATE_IN_PROGRESS'));
    await s.sees(/MinionAutoScale.*creating/);
    await s.press('G');
    await s.sees('Minions are registered', 'Esc follow');
    await s.press(KEY.esc);
    await s.sees(/MinionAutoScale.*creating/);
  });

  test('healthy: a short success, then the console opens by itself', async () => {
    const { services, s } = await atLaunch();
    services.emit(started, { type: 'healthy', at: AT, cluster: cluster('kubernetes') });
    await s.loses('Road to healthy');
    expect(services.world.opened).toEqual([
      { cluster: cluster('kubernetes'), identityFile: '/home/me/.ssh/coreos.pem' },
    ]);
  });

  test('hostile reasons reach the screen harmless', async () => {
    const { services, s } = await atLaunch();
    services.emit(started, resource('MasterAutoScale', GROUP, 'CREATE_FAILED', 'bad\u001b[2Jreason\u0007'));
    await s.sees('badreason');
    expect(s.screen()).not.toContain('\u0007');
  });
});

describe('failing', () => {
  test('the root cause comes first, then the others, then what can be done', async () => {
    const { services, s } = await atLaunch();
    services.emit(started, resource('MasterAutoScale', GROUP, 'CREATE_FAILED', 'limit'), failure);
    await s.sees(
      'The launch failed',
      'the vCPU limit of',
      '→ ask for a higher limit',
      'MinionAutoScale: no subnet left',
      /▸ Leave it as it is and quit/,
      'Undo',
      'Back to the parameters',
    );
    const screen = s.screen();
    expect(screen.indexOf('vCPU limit')).toBeLessThan(screen.indexOf('no subnet left'));
    expect(screen.indexOf('no subnet left')).toBeLessThan(screen.indexOf('Leave it as'));
  });

  test('leaving it exits 1 and says how to delete it', async () => {
    const { services, s } = await atLaunch();
    services.emit(started, failure);
    await s.sees('Leave it');
    await s.press(KEY.enter);
    expect(await s.ends()).toEqual({
      exitCode: 1,
      message: '"kubernetes" is left as it is: kubecore down --cluster kubernetes --sandbox deletes it',
    });
  });

  test('undo deletes all, then the parameters are as they were', async () => {
    const { services, s } = await atLaunch();
    let answer = (): void => {};
    services.holds.undo = new Promise((resolve) => (answer = resolve));
    services.emit(started, failure);
    await s.sees('Undo');
    await s.press(KEY.down, KEY.enter);
    await s.sees('Undoing the launch', 'Deleting the stack kubernetes');
    answer();
    await s.sees('Everything is deleted');
    // By its id: a later stack of the same name is another's.
    expect(services.world.undone).toEqual(['arn:stack/1']);
    await s.press(KEY.enter);
    await s.sees('3 Parameters', '✓ free');
  });

  test('an undo that fails says why and leaves the choice', async () => {
    const { services, s } = await atLaunch({
      undoError: error('the stack was not deleted', 'DELETE_FAILED', 'try again'),
    });
    services.emit(started, failure);
    await s.sees('Undo');
    await s.press(KEY.down, KEY.enter);
    await s.sees('the stack was not deleted: DELETE_FAILED', 'Leave it as it is');
    services.world.undoError = null;
    await s.press(KEY.down, KEY.enter);
    await s.sees('Everything is deleted');
  });

  test('nothing created: no undo, back to the parameters', async () => {
    const { services, s } = await atLaunch();
    services.emit({ ...failure, related: [] } as LaunchEvent);
    await s.sees('Nothing was created', /▸ Back to the parameters/);
    expect(s.screen()).not.toContain('Undo');
    await s.press(KEY.enter);
    await s.sees('3 Parameters', 'kubernetes');
  });

  test('a launch that throws is a failure with its reason', async () => {
    const services = fakeServices({ backend: 'sandbox' });
    const broken = {
      ...services,
      launch: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () =>
            Promise.reject(error('the launch broke off', 'the network is gone', 'kubecore up takes it up')),
        }),
      }),
    } as typeof services;
    const s = story(broken);
    await s.sees('Ready');
    await s.press(KEY.enter);
    await s.sees('coreos.pem');
    await s.press(KEY.enter);
    await s.sees('✓ free');
    await s.press(KEY.ctrl('n'));
    await s.sees('accepted', '203.0.113.7/32', 'CoreOS-alpha');
    await s.press(KEY.enter);
    await s.sees('the launch broke off: the network is gone');
  });
});

describe('a failure', () => {
  test('its cause is told while everything is still rolled back', async () => {
    const { services, s } = await atLaunch();
    services.emit(
      started,
      resource(
        'KubeSecurityGroup',
        'AWS::EC2::SecurityGroup',
        'CREATE_FAILED',
        'Resource creation cancelled',
      ),
      resource('MinionAutoScale', GROUP, 'CREATE_FAILED', 'No default VPC for this user'),
      resource('kubernetes', 'AWS::CloudFormation::Stack', 'ROLLBACK_IN_PROGRESS'),
      resource('MinionAutoScale', GROUP, 'DELETE_IN_PROGRESS'),
    );
    await s.sees('The launch failed and is rolled back', 'MinionAutoScale: the account has no default VPC');
    await s.sees(/MinionAutoScale .*deleting/);
  });

  test('of a node that never came up ends with what its console said last', async () => {
    const { services, s } = await atLaunch();
    services.emit(started, {
      type: 'failed',
      at: services.clock.now(),
      error: error('it did not become healthy', 'i-1 did not boot', 'end it'),
      related: [],
      consoles: [
        { instanceId: 'i-1', address: '10.0.0.2', lines: ['booting', 'Kernel panic - not syncing: VFS'] },
      ],
    });
    await s.sees(
      'i-1 did not boot',
      'The end of the console of i-1 (10.0.0.2)',
      'Kernel panic - not syncing',
    );
  });
});

describe('Ctrl-C', () => {
  test('while the stack rolls back the title says so, and who goes on', async () => {
    const { services, s } = await atLaunch();
    services.emit(started, resource('kubernetes', 'AWS::CloudFormation::Stack', 'ROLLBACK_IN_PROGRESS'));
    await s.sees('The launch failed and is rolled back');
    await s.press(KEY.ctrl('c'));
    await s.sees('The launch failed: leave it?', 'the sandbox goes on by itself');
    await s.loses('AWS goes on');
  });

  test('asks; Esc goes on watching', async () => {
    const { services, s } = await atLaunch();
    services.emit(started);
    await s.sees('so far');
    await s.press(KEY.ctrl('c'));
    await s.sees('Leave the launch?', /▸ Go on watching/, 'Leave it as it is', 'Undo');
    await s.press(KEY.esc);
    await s.loses('Leave the launch?');
    expect(s.exits).toEqual([]);
  });

  test('leave: it goes on by itself, exit 130 and how to take it up', async () => {
    const { services, s } = await atLaunch();
    services.emit(started);
    await s.sees('so far');
    await s.press(KEY.ctrl('c'), KEY.down, KEY.enter);
    const { exitCode, message } = await s.ends();
    expect(exitCode).toBe(130);
    expect(message).toContain('kubecore up --name kubernetes --yes --sandbox takes it up where it is');
    expect(services.world.undone).toEqual([]);
  });

  test('a second Ctrl-C leaves it running', async () => {
    const { services, s } = await atLaunch();
    services.emit(started);
    await s.sees('so far');
    await s.press(KEY.ctrl('c'), KEY.ctrl('c'));
    expect((await s.ends()).exitCode).toBe(130);
    expect(services.world.undone).toEqual([]);
  });

  test('undo: everything is deleted, then it is over', async () => {
    const { services, s } = await atLaunch();
    services.emit(started);
    await s.sees('so far');
    await s.press(KEY.ctrl('c'), KEY.down, KEY.down, KEY.enter);
    await s.sees('Everything is deleted');
    await s.press(KEY.down, KEY.enter);
    expect((await s.ends()).exitCode).toBe(130);
    // By its id: a later stack of the same name is another's.
    expect(services.world.undone).toEqual(['arn:stack/1']);
  });

  test('while the question is open a healthy cluster does not take the screen away', async () => {
    const { services, s } = await atLaunch();
    services.emit(started);
    await s.sees('so far');
    await s.press(KEY.ctrl('c'));
    await s.sees('Leave the launch?');
    services.emit({ type: 'healthy', at: AT, cluster: cluster('kubernetes') });
    await s.sees('is healthy');
    expect(s.screen()).toContain('Go on watching');
    await s.press(KEY.enter);
    await s.loses('Road to healthy');
    expect(services.world.opened).toHaveLength(1);
  });
});
