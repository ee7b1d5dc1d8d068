/**
 * Each way in which a launch fails, asked for by the name of its fault: the line with the root cause, in plain words with what
 * to do. The sandbox's time runs fast here.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FastSandbox, fastSandbox } from '../helpers/fast-sandbox.ts';
import { type Ran, runKubecore } from '../helpers/run.ts';

let home: FastSandbox;
const run = (...args: string[]): Promise<Ran> => runKubecore(args, { env: home.env });
const up = (name: string, ...args: string[]): Promise<Ran> =>
  run('up', '--sandbox', '--yes', '--name', name, ...args);

beforeAll(async () => {
  home = await fastSandbox();
  expect((await run('keys', 'create', 'coreos', '--sandbox')).code).toBe(0);
});
afterAll(async () => {
  await home.dispose();
});

test.each<[fault: string, cause: RegExp, next: RegExp]>([
  [
    'vcpu-quota',
    /: M\w+AutoScale: the cluster needs more vCPUs or instances than your account's quota .* allows \(1 vCPU, /,
    /--cluster-size.* Service Quotas/,
  ],
  [
    'no-capacity',
    /: M\w+AutoScale: AWS has no room for m3\.medium instances in the zone us-east-1[a-f] now/,
    /another --instance-type or --region/,
  ],
  ['ami-withdrawn', /: M\w+AutoScale: the AMI ami-66e6680e is not there any more: it was withdrawn/, /--ami/],
  [
    'permission-denied',
    /AutoScale: your AWS identity is not allowed to do autoscaling:CreateAutoScalingGroup$/m,
    /have autoscaling:CreateAutoScalingGroup allowed .*kubecore iam-policy/,
  ],
  [
    'permission-denied=ec2:RunInstances',
    /not allowed to start instances from a launch template: it lacks ec2:RunInstances/,
    /have ec2:RunInstances and ec2:CreateTags allowed/,
  ],
  [
    'no-default-vpc',
    /: Kube\w*SecurityGroup: the account has no default VPC/,
    /--vpc and --subnets.* create-default-vpc/,
  ],
])('%s', { timeout: 120_000 }, async (fault, cause, next) => {
  const name = fault.replaceAll(/[^a-z]/gi, '-');
  const ran = await up(name, '--fault', fault);
  expect(ran.code).toBe(1);
  // The rollback runs visibly back, to its end.
  expect(ran.stdout).toMatch(/ROLLBACK_IN_PROGRESS.*DELETE_COMPLETE.*ROLLBACK_COMPLETE/s);
  const [first = '', second = ''] = ran.stderr.split('\n').slice(-3);
  expect(first).toMatch(new RegExp(`^kubecore: the stack "${name}" was not created`));
  expect(first).toMatch(cause);
  expect(first).not.toMatch(/cancelled|failed to create|Request ID/i);
  expect(second).toMatch(/^next: /);
  expect(second).toMatch(next);
  expect(second).toContain(`kubecore down --cluster ${name} --yes --sandbox`);
  // It is over with the command that asked for it.
  expect(JSON.parse((await run('sandbox', 'fault', '--sandbox', '-o', 'json')).stdout).active).toEqual([]);
});

test('a missing right to begin at all: the action by name, and nothing is there', {
  timeout: 120_000,
}, async () => {
  const ran = await up('refused', '--fault', 'permission-denied=cloudformation:CreateStack');
  expect(ran.code).toBe(3);
  expect(ran.stderr).toMatch(/was not created: these credentials may not cloudformation:CreateStack/);
  expect(ran.stderr).toMatch(/^next: have cloudformation:CreateStack allowed/m);
  expect((await run('events', 'refused', '--sandbox')).code).toBe(2);
});

test('launch configurations refused to a new account: the published template, made by someone else, is taken up', {
  timeout: 120_000,
}, async () => {
  const endpoint = home.exports.AWS_ENDPOINT_URL ?? '';
  const client = new CloudFormationClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'KUBECORESANDBOX', secretAccessKey: 'sandbox' },
  });
  expect((await run('sandbox', 'fault', 'launch-configurations-refused')).code).toBe(0);
  await client.send(
    new CreateStackCommand({
      StackName: 'published',
      TemplateBody: await readFile(new URL('../fixtures/sandbox/kubernetes.json', import.meta.url), 'utf8'),
      Parameters: [
        { ParameterKey: 'KeyPair', ParameterValue: 'coreos' },
        { ParameterKey: 'DiscoveryURL', ParameterValue: `${endpoint}/discovery/x` },
      ],
      Tags: [
        { Key: 'kubecore:cluster', Value: 'published' },
        { Key: 'kubecore:blueprint', Value: 'kubernetes' },
      ],
    }),
  );
  const ran = await up('published');
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(
    /M\w+LaunchConfig: this AWS account may not create launch configurations: accounts made on or after 2024-10-01 cannot/,
  );
  expect((await run('sandbox', 'fault', 'launch-configurations-refused', '--end')).code).toBe(0);
});

test('a discovery URL that was used before', { timeout: 120_000 }, async () => {
  const ran = await up('burnt', '--fault', 'discovery-burnt');
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(
    /the cluster "burnt" did not become healthy: the discovery URL was used before: 3 machines are registered there that do not belong to this cluster/,
  );
  expect(ran.stderr).toMatch(/^next: a discovery URL serves one launch: kubecore down --cluster burnt /m);
});

test('a node that never boots: the cause, and the end of its console', { timeout: 120_000 }, async () => {
  const ran = await up('dead', '--fault', 'node-never-boots', '-o', 'json');
  expect(ran.code).toBe(1);
  const last = JSON.parse(ran.stdout.trimEnd().split('\n').at(-1) ?? '');
  expect(last).toMatchObject({
    type: 'failed',
    error: {
      code: 'NodeNeverBooted',
      why: expect.stringMatching(
        /^i-[0-9a-f]{17} \(172\.31\.\d+\.\d+\) did not boot: Kernel panic - not syncing/,
      ),
      next: expect.stringContaining('aws ec2 terminate-instances --instance-ids i-'),
    },
    consoles: [{ lines: expect.arrayContaining([expect.stringContaining('Unable to mount root fs')]) }],
  });
  const again = await up('dead');
  expect(again.code).toBe(1);
  expect(again.stderr).toMatch(/the end of the console of i-[0-9a-f]{17} \(172\.31\.\d+\.\d+\):\n {2}\S/);
});

test('a rollback that fails itself: both causes; a deletion that is refused once is asked for again', {
  timeout: 120_000,
}, async () => {
  const ran = await up('stuck', '--fault', 'no-capacity', '--fault', 'rollback-fails');
  expect(ran.code).toBe(1);
  expect(ran.stdout).toContain('ROLLBACK_FAILED');
  expect(ran.stderr).toMatch(
    /AutoScale: AWS has no room .*; its rollback failed as well, at KubeSecurityGroup: .* is still used by something else/,
  );
  const again = await up('stuck');
  expect(again.stderr).toMatch(/left over \(ROLLBACK_FAILED\): \w+AutoScale: AWS has no room/);
  const down = await run('down', 'stuck', '--sandbox', '--yes', '--fault', 'delete-refused');
  expect(down.stdout).toContain('KubeSecurityGroup is still in use, AWS says; trying again');
  expect(down.stdout).toContain('nothing is left');
  expect(down.code).toBe(0);
});

test('throttling is waited out, and said', { timeout: 120_000 }, async () => {
  const ran = await up('patient', '--fault', 'throttling');
  expect(ran.stdout).toMatch(/AWS throttles; asking again in \d+ s/);
  expect(ran.stdout).toContain('patient is healthy');
  expect(ran.code).toBe(0);
});

test('a fault that there is not', { timeout: 120_000 }, async () => {
  const unknown = await up('unmade', '--fault', 'rain');
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('there is no fault "rain"');
  expect(JSON.parse((await run('list', '--sandbox', '-o', 'json')).stdout)).not.toContainEqual(
    expect.objectContaining({ name: 'unmade' }),
  );
});

test('a private key that cannot be saved: its pair is deleted again, and that is said', {
  timeout: 120_000,
}, async () => {
  const keys = path.join(home.env.KUBECORE_STATE_DIR ?? '', 'sandbox', 'keys');
  await rename(keys, `${keys}.away`);
  await writeFile(keys, 'a file where the folder was\n');
  const ran = await run('keys', 'create', 'lost', '--sandbox');
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toMatch(
    /^kubecore: there is no new key pair "lost": its private key could not be saved \(.*\); the pair in EC2 was deleted again\nnext: /,
  );
  expect(ran.stderr).not.toContain('PRIVATE KEY');
  expect((await run('keys', 'list', '--sandbox')).stdout).not.toContain('lost');
});
