/** Step 4 as stories: in words, as template, as command; what stands in the way; nothing launched by accident. */
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULTS, type Parameters } from '../../../src/cluster/parameters.ts';
import { CHECKS, type Check, type CheckName } from '../../../src/cluster/preflight-contract.ts';
import { createTheme } from '../../../src/ui/theme.ts';
import { equivalentCommand } from '../../../src/ui/wizard/equivalent-command.ts';
import { summaryLines } from '../../../src/ui/wizard/review-lines.ts';
import { commandLines, quoted, shortPath } from '../../../src/ui/wizard/words.ts';
import { error, fakeServices, stack, type World } from '../fake-services.ts';
import { endStories, KEY, story } from '../story.tsx';

afterEach(endStories);

async function atReview(
  options: {
    backend?: 'aws' | 'sandbox';
    world?: Partial<World>;
    size?: { columns: number; rows: number };
    keys?: string[];
  } = {},
) {
  const services = fakeServices({
    backend: options.backend ?? 'sandbox',
    ...(options.world ? { world: options.world } : {}),
  });
  const s = story(services, options.size ? { size: options.size } : {});
  await s.sees('Ready to launch');
  await s.press(KEY.enter);
  await s.sees('private key: ~/.ssh/coreos.pem');
  await s.press(KEY.enter);
  await s.sees('✓ free');
  if (options.keys) await s.press(...options.keys);
  await s.press(KEY.ctrl('n'));
  await s.sees('4 Review');
  return { services, s };
}

test.each([
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 60 },
])('all of it is seen at $columns×$rows', async (size) => {
  const { s } = await atReview({ size });
  await s.sees(
    /Stack +kubernetes/,
    '1 master and 2 minions, m3.medium',
    /Image +ami-66e6680e/,
    'accepted by CloudFormation',
    /Price +nothing here; on AWS \$0\.201 an hour/,
    /Launch +simulates 3 machines/,
    'Back',
    'Quit',
  );
  // What has no room is scrolled to.
  await s.press(KEY.end);
  await s.sees('kubecore up --name kubernetes --key-pair coreos --sandbox --yes');
  await s.press(KEY.pageUp);
  await s.sees(/Account +arn:aws:iam::123456789012:user\/me/, /vCPU quota +3 vCPUs wanted/);
  await s.press(KEY.home, KEY.pageDown);
  await s.sees('open to 203.0.113.7/32', 'coreos (~/.ssh/coreos.pem)', 'a new token for 3 machines');
});

test('t shows the template, scrolls it and never launches from there', async () => {
  const { services, s } = await atReview();
  await s.press('t');
  await s.sees('Review: the template', 'AWSTemplateFormatVersion');
  await s.press(KEY.enter, 'G');
  await s.sees('DiscoveryURL');
  await s.press(KEY.esc);
  await s.sees(/Stack +kubernetes/);
  expect(services.world.launched).toEqual([]);
});

test('on AWS it says what it costs, and an Enter too many goes back instead of launching', async () => {
  const { services, s } = await atReview({ backend: 'aws' });
  await s.sees('AWS bills 3 machines', 'cost money', /▸ Back/);
  await s.press(KEY.enter);
  await s.sees('3 Parameters');
  await s.press(KEY.ctrl('n'));
  await s.sees('4 Review', '203.0.113.7/32', 'accepted');
  await s.press(KEY.up);
  await s.sees(/▸ Launch/, 'Enter launch');
  await s.press(KEY.enter);
  await s.sees('5 Launch');
  expect(services.world.launched).toHaveLength(1);
});

test('Quit ends with 0, Ctrl-C with 130, nothing launched', async () => {
  const { s } = await atReview();
  await s.press('j', 'j', KEY.enter);
  expect((await s.ends()).exitCode).toBe(0);
  endStories();
  const other = await atReview();
  await other.s.press(KEY.ctrl('c'));
  expect((await other.s.ends()).exitCode).toBe(130);
  expect(other.services.world.launched).toEqual([]);
});

describe('what stands in the way', () => {
  test('an address that is not found out: the field has to be given', async () => {
    const { services, s } = await atReview({
      world: { callerAddress: error('no answer', 'checkip.amazonaws.com timed out', 'try again') },
    });
    await s.sees('public address could not be found out', 'go back to "SSH allowed from"');
    await s.sees('One check failed', /Launch +once every check passes/);
    await s.press(KEY.enter);
    await s.sees('4 Review');
    expect(services.world.launched).toEqual([]);
  });

  test('a given net block needs no address', async () => {
    const { s } = await atReview({
      world: { callerAddress: error('no answer', 'timed out', 'try again') },
      keys: [...Array.from({ length: 7 }, () => KEY.down), '10.0.0.0/8'],
    });
    await s.sees('open to 10.0.0.0/8');
    await s.press(KEY.end);
    await s.sees('--allow-ssh-from 10.0.0.0/8');
  });

  test('an image that is gone', async () => {
    const { services, s } = await atReview({ world: { image: 'gone' } });
    await s.sees('the image ami-66e6680e is not in us-east-1', 'CoreOS withdrew its images');
    await s.press(KEY.enter);
    await s.sees('4 Review');
    expect(services.world.launched).toEqual([]);
  });

  test('not being allowed to look at the image is no hindrance', async () => {
    const { s } = await atReview({ world: { image: error('x', 'UnauthorizedOperation', 'y') } });
    await s.sees('not checked: UnauthorizedOperation', 'simulates 3 machines');
    await s.press(KEY.enter);
    await s.sees('5 Launch');
  });

  test('a template that CloudFormation refuses; r asks again', async () => {
    const { services, s } = await atReview({
      world: {
        template: error('the template was refused', 'ValidationError', 'report it', 'TemplateRefused'),
      },
    });
    await s.sees('the template was refused: ValidationError', '→ report it');
    services.world.template = null;
    await s.press('r');
    await s.sees('accepted by CloudFormation');
    await s.loses('ValidationError');
  });

  test('a discovery URL that is used up', async () => {
    const { s } = await atReview({
      world: { discovery: { members: 3, size: 3 } },
      keys: [...Array.from({ length: 8 }, () => KEY.down), 'https://discovery.etcd.io/abc'],
    });
    await s.sees('this discovery URL is used up', 'go back to "Discovery URL"');
  });

  test('a discovery service that does not answer keeps from launching, until it does', async () => {
    const { services, s } = await atReview({
      world: { discoveryService: error('no token', '503', 'later') },
    });
    await s.sees('no discovery token could be had', '503', 'One check failed');
    await s.press(KEY.enter);
    await s.sees('4 Review');
    expect(services.world.launched).toEqual([]);
    services.world.discoveryService = null;
    await s.press('r');
    await s.sees('simulates 3 machines');
    await s.press(KEY.enter);
    await s.sees('5 Launch');
  });

  test('a name taken meanwhile', async () => {
    const { services, s } = await atReview();
    await s.sees('simulates 3 machines');
    services.world.stacks.kubernetes = stack('kubernetes', 'CREATE_COMPLETE');
    await s.press(KEY.enter);
    await s.sees('was taken meanwhile', 'choose another name');
    expect(services.world.launched).toEqual([]);
  });

  test('launching waits for the checks', async () => {
    const services = fakeServices({ backend: 'sandbox' });
    let answer = (): void => {};
    services.holds.validateTemplate = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const s = story(services);
    await s.sees('Ready');
    await s.press(KEY.enter);
    await s.sees('coreos.pem');
    await s.press(KEY.enter);
    await s.sees('✓ free');
    await s.press(KEY.ctrl('n'));
    await s.sees('4 Review', 'looking');
    await s.press(KEY.enter);
    await s.sees('not everything is checked yet');
    expect(services.world.launched).toEqual([]);
    answer();
    await s.loses('not everything is checked yet');
  });
});

describe('what the checks found', () => {
  const parameters = { ...DEFAULTS, keyPair: 'coreos' };
  const key = { name: 'coreos', identityFile: '/k/coreos.pem', label: '~/.ssh/coreos.pem', typed: false };
  const well = (check: CheckName, more: Partial<Check> = {}): Check => ({
    check,
    state: 'ok',
    found: `${check} is well`,
    next: null,
    parameter: null,
    error: null,
    ...more,
  });
  const linesOf = (checks: readonly Check[], more: Partial<Parameters> = {}): string[] =>
    summaryLines(
      {
        parameters: { ...parameters, ...more },
        key,
        backend: fakeServices({ backend: 'aws' }).backend!,
        defaults: DEFAULTS,
        preflight: {
          checks: Object.fromEntries(checks.map((check) => [check.check, check])),
          settled: null,
          error: null,
        },
        spin: '*',
      },
      76,
      createTheme(false),
    );

  test('what keeps from launching stands first; each state has its mark, each remedy its line of the form', () => {
    const lines = linesOf([
      well('image', { state: 'warning', found: 'old', next: 'give a newer one', parameter: 'ami' }),
      well('price', { state: 'unchecked', found: 'not allowed', next: 'have it allowed' }),
      well('quota', { state: 'failed', found: 'too few', next: 'take fewer', parameter: 'instanceType' }),
      well('identity'),
    ]);
    expect(lines.slice(0, 3)).toEqual([
      'vCPU quota    ✗ too few',
      '              → go back to "Instance type": take fewer',
      'Stack         kubernetes in us-east-1; 2 Auto Scaling groups',
    ]);
    expect(lines).toContain('Image         ▲ old');
    expect(lines).toContain('              → go back to "AMI": give a newer one');
    expect(lines).toContain('Price         ? not checked: not allowed');
    expect(lines).toContain('Account       identity is well');
    expect(lines).toContain('Network       * looking');
  });

  test('a taken name has a row of its own; control characters of AWS never reach the screen', () => {
    const lines = linesOf([
      well('name', { state: 'failed', found: 'taken\u001b[2J', next: 'another', parameter: 'name' }),
    ]);
    expect(lines[0]).toMatch(/^Name +✗ taken/);
    expect(lines.join('')).not.toContain('\u001b');
  });

  test.each([
    ['single', /Machines +1 machine, type is well/, 'Discovery'],
    ['fleet', /Machines +3 machines with etcd and fleet, type is well/, 'Template'],
  ] as const)('%s has the rows of what it is', (blueprint, machines, without) => {
    const all = CHECKS.map((check) => well(check));
    const text = linesOf(all, { blueprint, clusterSize: 3 }).join('\n');
    expect(text).toMatch(machines);
    expect(text).toMatch(/Firewall +1 security group/);
    expect(text).not.toContain(without);
    expect(text).not.toContain('Docker in');
  });
});

describe('the command', () => {
  test('has what is not the default, quoted, and the backend', () => {
    const parameters = { ...DEFAULTS, name: 'prod', keyPair: "o'hara key", clusterSize: 5 };
    expect(
      equivalentCommand(parameters, DEFAULTS, ['--region', 'eu-west-1'], '/my keys/k.pem').join(' '),
    ).toBe(
      `kubecore up --name prod --cluster-size 5 --key-pair 'o'\\''hara key' --identity '/my keys/k.pem' --region eu-west-1 --yes`,
    );
  });

  test('breaks between words only, each line but the last ending in a backslash', () => {
    const lines = commandLines(['kubecore up', '--name a', '--docker-cidr 10.0.0.0/16', '--yes'], 30);
    expect(lines).toEqual(['kubecore up --name a \\', '  --docker-cidr 10.0.0.0/16 \\', '  --yes']);
    expect(quoted('')).toBe("''");
  });
});

test('a long path loses folders in its middle, never its name', () => {
  expect(shortPath('~/.ssh/coreos.pem', 36)).toBe('~/.ssh/coreos.pem');
  expect(shortPath('/home/me/.local/state/kubecore/sandbox/keys/coreos.pem', 30)).toBe(
    '/home/…/keys/coreos.pem',
  );
  expect(shortPath('/a/b/c/a-very-long-name-of-a-key.pem', 10)).toBe('/a/…/a-very-long-name-of-a-key.pem');
});
