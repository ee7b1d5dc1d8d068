/** A careful person's story: everything looked at before anything is created, all that is wrong told at once, by commands alone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, runKubecore } from '../helpers/run.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';

let home: SandboxHome;
const run = (...args: string[]): Promise<Ran> => runKubecore(args, { env: home.env });
const check = (...args: string[]): Promise<Ran> => run('check', '--sandbox', ...args);
const created = async (): Promise<unknown> => [
  JSON.parse((await run('list', '--sandbox', '-o', 'json')).stdout),
  JSON.parse((await run('keys', 'list', '--sandbox', '-o', 'json')).stdout),
];

interface Document {
  readonly ok: boolean;
  readonly checks: readonly { check: string; state: string; found: string; next: string | null }[];
}
const checksOf = async (...args: string[]): Promise<Record<string, Document['checks'][number]>> => {
  const { checks }: Document = JSON.parse((await check(...args, '-o', 'json')).stdout);
  return Object.fromEntries(checks.map((one) => [one.check, one]));
};

beforeAll(async () => {
  home = await sandboxHome();
});
afterAll(async () => {
  await home.dispose();
});

test('all is well: every check is a line, and nothing was created', { timeout: 60_000 }, async () => {
  const ran = await check();
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  const lines = ran.stdout.trimEnd().split('\n');
  expect(lines.at(-1)).toBe('14 checks ok; nothing was created');
  expect(lines.slice(0, -1).every((line) => /^ok {11}[A-Zv]/.test(line))).toBe(true);
  for (const said of [
    /^ok +Computer +.*kubecore needs neither/m,
    /^ok +AWS account +arn:aws:iam::\d{12}:user\/sandbox/m,
    /^ok +Permissions +EC2 allows RunInstances, CreateLaunchTemplate, /m,
    /^ok +Image +ami-66e6680e CoreOS/m,
    /^ok +SSH from +203\.0\.113\.10\/32/m,
    /^ok +Discovery +a new token for 3 machines/m,
    /^ok +Price +\$0\.201 an hour/m,
  ])
    expect(ran.stdout).toMatch(said);
  expect(await created()).toEqual([[], []]);
  for (const blueprint of ['single', 'fleet'])
    expect(await check('--blueprint', blueprint)).toMatchObject({ code: 0 });
});

test('what is wrong is told whole, each with its remedy; what may not be looked at is told too', {
  timeout: 60_000,
}, async () => {
  const wrong = [
    'permission-denied=ec2:RunInstances',
    'type-not-offered',
    'ami-withdrawn',
    'vcpu-quota=2',
    'permission-denied=pricing:GetProducts',
    'permission-denied=cloudformation:ValidateTemplate',
  ].flatMap((fault) => ['--fault', fault]);
  const found = await checksOf(...wrong);
  const states = Object.fromEntries(Object.entries(found).map(([name, { state }]) => [name, state]));
  expect(states).toMatchObject({
    identity: 'ok',
    permissions: 'failed',
    type: 'failed',
    image: 'failed',
    quota: 'failed',
    template: 'unchecked',
    price: 'unchecked',
    network: 'ok',
    sizes: 'ok',
  });
  for (const { state, next } of Object.values(found)) if (state !== 'ok') expect(next).toBeTruthy();
  expect(found.permissions?.next).toContain('have ec2:RunInstances allowed');
  expect(found.quota?.found).toContain('3 vCPUs wanted, 0 in use, 2 allowed');
  const text = await check(...wrong);
  expect(text.code).toBe(1);
  expect(text.stdout).toMatch(/^FAILED {7}Machines +EC2 does not offer m3\.medium.*\n +next: /m);
  expect(text.stdout).toMatch(/8 checks ok, 4 failed, 2 not checked; nothing was created/);
});

test.each<[fault: string, name: string, state: string, found: RegExp]>([
  ['no-default-vpc', 'network', 'failed', /there is no default VPC in us-east-1/],
  ['ami-deprecated', 'image', 'warning', /deprecated on \d{4}-/],
  ['type-not-offered=us-east-1b', 'type', 'warning', /not in us-east-1b/],
])('%s', { timeout: 60_000 }, async (fault, name, state, found) => {
  const { [name]: one } = await checksOf('--fault', fault);
  expect(one?.state).toBe(state);
  expect(one?.found).toMatch(found);
});

test('a discovery URL that another launch used up', { timeout: 60_000 }, async () => {
  const { checks }: Document = JSON.parse(
    (await check('--fault', 'discovery-burnt', '--discovery-url', await tokenOf(3), '-o', 'json')).stdout,
  );
  expect(checks.find((one) => one.check === 'discovery')).toMatchObject({
    state: 'failed',
    found: expect.stringContaining('used up: 3 machines of another launch'),
  });
  const other = await checksOf('--discovery-url', await tokenOf(5));
  expect(other.discovery?.found).toContain('it expects 5 machines, this cluster has 3');
});

/** A token of the sandbox's own discovery service. */
async function tokenOf(size: number): Promise<string> {
  const { discovery } = await checksOf();
  const service = /from (http\S+)/.exec(discovery?.found ?? '')?.[1];
  return (await (await fetch(`${service}/new?size=${size}`)).text()).trim();
}

test('without an account that is one reason, not ten: exit code 3; bad input: 2', {
  timeout: 60_000,
}, async () => {
  const nobody = await check('--fault', 'bad-credentials');
  expect(nobody.code).toBe(3);
  expect(nobody.stdout.match(/^FAILED/gm)).toHaveLength(1);
  expect(nobody.stdout).toMatch(/^not checked +Image +not asked: see AWS account$/m);
  const input = await check('--cluster-size', '1', '--name', '1x');
  expect(input).toMatchObject({ code: 2, stdout: '' });
  expect(input.stderr).toMatch(/--name 1x and --cluster-size 1 cannot be used/);
});

test('up looks first and tells all that is in the way; --ignore-checks launches all the same', {
  timeout: 90_000,
}, async () => {
  expect((await run('sandbox', 'fault', 'type-not-offered')).code).toBe(0);
  expect((await run('sandbox', 'fault', 'vcpu-quota', '0')).code).toBe(0);
  const up = await run('up', '--sandbox', '--yes', '--blueprint', 'single', '--name', 'one');
  expect(up).toMatchObject({ code: 1, stdout: '' });
  expect(up.stderr).toMatch(/^kubecore: EC2 does not offer m3\.medium in us-east-1: .*\nnext: /m);
  expect(up.stderr).toMatch(/^kubecore: the vCPU quota does not suffice: 1 vCPU wanted.*\nnext: /m);
  expect(up.stderr).toMatch(
    /nothing was launched: \d+ checks ok, 2 failed; --ignore-checks launches all the same/,
  );
  expect(JSON.parse((await run('list', '--sandbox', '-o', 'json')).stdout)).toEqual([]);
  expect((await run('sandbox', 'fault', 'vcpu-quota', '--end')).code).toBe(0);
  const insisted = await run(
    ...['up', '--sandbox', '--yes', '--blueprint', 'single', '--name', 'one', '--ignore-checks'],
  );
  expect(insisted.code).toBe(0);
  expect(insisted.stderr).toMatch(/EC2 does not offer m3\.medium/);
  // A name that is ours is a warning: up takes it up.
  expect((await checksOf('--name', 'one')).name).toMatchObject({
    state: 'warning',
    next: expect.stringContaining('kubecore up --name one --sandbox takes it up'),
  });
  expect((await run('down', 'one', '--sandbox', '--yes')).code).toBe(0);
  expect((await run('sandbox', 'fault', 'type-not-offered', '--end')).code).toBe(0);
});

test('the rights, as a policy that IAM takes', { timeout: 60_000 }, async () => {
  const all = await run('iam-policy');
  expect(all).toMatchObject({ code: 0, stderr: '' });
  const actions = (text: string): string[] =>
    JSON.parse(text).Statement.flatMap((one: { Action: string[] }) => one.Action);
  expect(actions(all.stdout)).toEqual(
    expect.arrayContaining(['cloudformation:CreateStack', 'ec2:RunInstances']),
  );
  const single = await run('iam-policy', '--blueprint', 'single');
  expect(actions(single.stdout)).not.toContain('cloudformation:CreateStack');
  expect(await run('iam-policy', '--blueprint', 'none')).toMatchObject({ code: 2, stdout: '' });
});
