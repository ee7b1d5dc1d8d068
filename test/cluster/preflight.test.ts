/** The preflight over a cloud of plain values: each check well, wrong, and impossible to answer, and all of them at once. */
import { describe, expect, it } from 'vitest';
import { interruptedError, KubecoreError } from '../../src/cluster/errors.ts';
import { DEFAULTS, type Parameters as Launch } from '../../src/cluster/parameters.ts';
import type { Cloud, DryRun, KeyPair } from '../../src/cluster/ports.ts';
import { checksOf, runPreflight } from '../../src/cluster/preflight.ts';
import {
  CHECKS,
  type Check,
  type CheckName,
  type Outgoing,
  type PreflightOptions,
  refusals,
} from '../../src/cluster/preflight-contract.ts';
import { vcpuQuotaOf } from '../../src/cluster/vcpu-quota.ts';
import { fakeCloud, stackOf } from '../helpers/fake-cloud.ts';

const REGION = 'eu-west-1';
const PAIR: KeyPair = { name: 'coreos', id: 'key-1', type: 'rsa', fingerprint: '00:11', publicKey: null };
const refused = (code: string, why = 'no policy allows it', fault: 'aws' | 'network' = 'aws') =>
  new KubecoreError({ what: 'it was not done', why, next: 'ask for the right', fault, code });
const denied = refused('UnauthorizedOperation');

/** A region in which everything is well. */
const WELL: Partial<Cloud> = {
  identity: async () => ({ account: '123456789012', arn: 'arn:aws:iam::123456789012:user/me', userId: 'A' }),
  dryRun: async () => {},
  stack: async () => null,
  instanceTypeZones: async () => [`${REGION}a`, `${REGION}b`],
  instanceTypeVcpus: async () => 1,
  runningVcpus: async () => [],
  ec2Quota: async () => 32,
  image: async (id) => ({
    id,
    name: 'CoreOS',
    state: 'available',
    deprecatedAt: null,
    virtualization: 'hvm',
  }),
  network: async () => ({
    id: 'vpc-0a1b2c3d',
    cidrs: ['172.31.0.0/16'],
    subnets: [
      { id: 'subnet-1', zone: `${REGION}a`, isDefault: true },
      { id: 'subnet-2', zone: `${REGION}b`, isDefault: true },
    ],
  }),
  callerAddress: async () => '203.0.113.7',
  keyPairs: async () => [PAIR],
  newDiscoveryUrl: async (service, size) => `${service}/token-of-${size}`,
  validateTemplate: async () => {},
  hourlyPrice: async () => 0.067,
};

const OUTGOING: Outgoing = {
  imageId: () => 'ami-a47fd5d3',
  templateBody: () => '{"Resources":{"A":{},"B":{}}}',
  sizes: () => [{ what: 'template', bytes: 1_000, limit: 51_200 }],
};

function preflight(
  cloud: Partial<Cloud> = {},
  parameters: Partial<Launch> = {},
  more: Partial<PreflightOptions> = {},
) {
  return runPreflight(
    {
      cloud: fakeCloud({ region: REGION, ...WELL, ...cloud }),
      parameters: { ...DEFAULTS, ...parameters },
      outgoing: OUTGOING,
      clock: { now: () => Date.UTC(2026, 10, 22) },
      findKey: async () => ({ path: '/k/coreos.pem', label: '~/.ssh/coreos.pem', encrypted: false }),
      makesKeyPair: false,
      flags: ['--region', REGION],
      ...more,
    },
    () => {},
  );
}

/** The one check. */
async function one(name: CheckName, ...asked: Parameters<typeof preflight>): Promise<Check> {
  const { checks } = await preflight(...asked);
  const found = checks.find(({ check }) => check === name);
  if (!found) throw new Error(`no check ${name}`);
  return found;
}

describe('a preflight where all is well', () => {
  it('answers every check, tells each as it comes, and settles what was open', async () => {
    const told: CheckName[] = [];
    const { checks, settled } = await runPreflight(
      {
        cloud: fakeCloud({ region: REGION, ...WELL }),
        parameters: DEFAULTS,
        outgoing: OUTGOING,
        clock: { now: () => 0 },
        findKey: async () => ({ path: null, label: 'ssh-agent (me)', encrypted: false }),
        makesKeyPair: false,
        flags: [],
      },
      ({ check }) => told.push(check),
    );
    expect(checks.map(({ check }) => check)).toEqual(CHECKS);
    expect(checks.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect([...told].sort()).toEqual([...CHECKS].sort());
    expect(settled).toEqual({
      allowSshFrom: '203.0.113.7/32',
      discoveryUrl: 'https://discovery.etcd.io/token-of-3',
    });
    expect(refusals(checks)).toEqual([]);
    const said = Object.fromEntries(checks.map(({ check, found }) => [check, found]));
    expect(said).toMatchObject({
      identity: 'arn:aws:iam::123456789012:user/me in account 123456789012, eu-west-1',
      name: '"kubernetes" is free',
      type: 'm3.medium, offered in eu-west-1a, b',
      image: 'ami-a47fd5d3 CoreOS',
      quota: '3 vCPUs wanted, 0 in use, 32 allowed',
      key: 'coreos, opened by ssh-agent (me)',
      discovery: 'a new token for 3 machines from https://discovery.etcd.io',
      template: '2 resources, accepted by CloudFormation',
      sizes: 'template 1,000 of 51,200 bytes',
      price: '$0.201 an hour, about $147 a month (3 × $0.067); volumes and traffic come on top',
    });
    expect(said.permissions).toMatch(/^EC2 allows RunInstances, .*cannot be asked beforehand/);
  });

  it('asks of each blueprint only what it has', async () => {
    expect(checksOf('kubernetes')).toEqual(CHECKS);
    expect(checksOf('fleet')).not.toContain('template');
    expect(checksOf('single')).not.toContain('discovery');
    const tried: string[] = [];
    const dryRun = async ({ action }: DryRun) => void tried.push(action);
    const { settled, checks } = await preflight({ dryRun }, { blueprint: 'single' });
    expect(settled.discoveryUrl).toBe('');
    expect(tried).not.toContain('CreateLaunchTemplate');
    expect(checks.find(({ check }) => check === 'quota')?.found).toMatch(/^1 vCPU wanted/);
  });

  it('asks everything at once', async () => {
    const waiting: (() => void)[] = [];
    const hold = () => new Promise<void>((resolve) => waiting.push(resolve));
    const held = { validateTemplate: hold, dryRun: hold };
    const image = async (...asked: Parameters<Cloud['image']>) => {
      await hold();
      return (WELL.image as Cloud['image'])(...asked);
    };
    const done = preflight({ ...held, image });
    await expect.poll(() => waiting.length).toBe(1 + 1 + 5);
    for (const go of waiting) go();
    expect((await done).checks.filter(({ state }) => state !== 'ok')).toEqual([]);
  });
});

describe('what is wrong fails, with its remedy', () => {
  const now = Date.UTC(2026, 10, 22);
  it.each<[string, CheckName, Partial<Cloud>, Partial<Launch>, RegExp, RegExp]>([
    [
      'a type that is offered nowhere',
      'type',
      { instanceTypeZones: async () => [] },
      {},
      /does not offer m3\.medium in eu-west-1/,
      /--instance-type/,
    ],
    [
      'a type that is offered elsewhere only',
      'type',
      { instanceTypeZones: async () => [`${REGION}c`] },
      {},
      /subnets are in eu-west-1a, b, it is offered in eu-west-1c/,
      /--vpc and --subnets/,
    ],
    [
      'an image that is gone',
      'image',
      { image: async () => null },
      {},
      /CoreOS withdrew its images/,
      /--ami/,
    ],
    [
      'an image of another kind',
      'image',
      {
        image: async (id) => ({
          id,
          name: '',
          state: 'pending',
          deprecatedAt: null,
          virtualization: 'paravirtual',
        }),
      },
      { ami: 'ami-12345678' },
      /it is pending, paravirtual/,
      /--ami/,
    ],
    [
      'a quota that does not suffice',
      'quota',
      { ec2Quota: async () => 5, runningVcpus: async () => [{ type: 't2.micro', vcpus: 3 }] },
      {},
      /3 vCPUs wanted, 3 in use, 5 allowed \(Running On-Demand Standard/,
      /2 of the 3 would start/,
    ],
    ['no default VPC', 'network', { network: async () => null }, {}, /no default VPC/, /create-default-vpc/],
    [
      'a foreign stack of the name',
      'name',
      { stack: async () => stackOf('CREATE_COMPLETE', { tags: {} }) },
      {},
      /kubecore did not make it/,
      /another --name/,
    ],
    [
      'what an earlier launch left',
      'name',
      { stack: async () => stackOf('ROLLBACK_COMPLETE') },
      {},
      /left over: it is ROLLBACK_COMPLETE/,
      /kubecore down kubernetes --region eu-west-1/,
    ],
    [
      'a deletion under way',
      'name',
      { stack: async () => stackOf('DELETE_IN_PROGRESS') },
      {},
      /is being deleted/,
      /wait/,
    ],
    [
      'no such key pair',
      'key',
      {},
      { keyPair: 'mine' },
      /no key pair "mine".*has coreos/,
      /keys create mine/,
    ],
    [
      'an address that is not found out',
      'ssh',
      { callerAddress: async () => Promise.reject(refused('NoAnswer', 'no answer', 'network')) },
      {},
      /public address could not be found out/,
      /--allow-ssh-from/,
    ],
    [
      'a used discovery URL',
      'discovery',
      { discovery: async () => ({ members: 2, size: 3, addresses: [] }) },
      { discoveryUrl: 'https://d.example/x' },
      /used up: 2 machines/,
      /leave --discovery-url empty/,
    ],
    [
      'a discovery URL of another size',
      'discovery',
      { discovery: async () => ({ members: 0, size: 5, addresses: [] }) },
      { discoveryUrl: 'https://d.example/x' },
      /expects 5 machines, this cluster has 3/,
      /right size/,
    ],
    [
      'a discovery URL that does not answer',
      'discovery',
      { discovery: async () => Promise.reject(refused('NoAnswer', 'refused', 'network')) },
      { discoveryUrl: 'https://d.example/x' },
      /refused/,
      /./,
    ],
    [
      'a discovery service that is down',
      'discovery',
      { newDiscoveryUrl: async () => Promise.reject(refused('Http503', 'it answered 503', 'network')) },
      {},
      /no discovery token could be had from https:\/\/discovery\.etcd\.io: it answered 503/,
      /--discovery-service/,
    ],
    [
      'a template that is refused',
      'template',
      { validateTemplate: async () => Promise.reject(refused('TemplateRefused', 'no such type')) },
      {},
      /no such type/,
      /./,
    ],
    [
      'a right that is missing',
      'permissions',
      { dryRun: async ({ action }) => (action === 'RunInstances' ? Promise.reject(denied) : undefined) },
      {},
      /a launch needs ec2:RunInstances: no policy allows it/,
      /iam-policy/,
    ],
  ])('%s', async (_, name, cloud, parameters, found, next) => {
    const check = await one(name, cloud, parameters);
    expect(check.state).toBe('failed');
    expect(check.found).toMatch(found);
    expect(check.next).toMatch(next);
    expect(check.error?.exitCode).not.toBe(130);
  });

  it('a size over the limit, by how much', async () => {
    const outgoing = { ...OUTGOING, sizes: () => [{ what: 'user data', bytes: 16_500, limit: 16_384 }] };
    expect(await one('sizes', {}, {}, { outgoing })).toMatchObject({
      state: 'failed',
      found: "user data is too big: user data: 16,500 bytes is 116 more than AWS's 16,384",
    });
  });

  it('a private key that is not at hand, or belongs to another pair', async () => {
    expect(await one('key', {}, {}, { findKey: async () => null })).toMatchObject({ state: 'failed' });
    const findKey = async () => {
      throw new KubecoreError({
        what: 'w',
        why: 'another key',
        next: 'n',
        fault: 'input',
        code: 'KeyMismatch',
      });
    };
    expect((await one('key', {}, {}, { findKey })).error?.code).toBe('KeyMismatch');
  });

  it('the right that is missing by its own name', async () => {
    const dryRun = async ({ action }: DryRun) => {
      if (action === 'RunInstances')
        throw refused('UnauthorizedOperation', 'User: x is not authorized to perform: ec2:CreateTags');
    };
    const { error, next } = await one('permissions', { dryRun });
    expect(error?.what).toBe('a launch needs ec2:CreateTags');
    expect(next).toContain('have ec2:CreateTags allowed');
  });

  it('a region that there is not, once', async () => {
    const nowhere = () =>
      Promise.reject(
        new KubecoreError({ what: 'x', why: 'no region', next: '', fault: 'input', code: 'NoSuchRegion' }),
      );
    const cloud = { identity: nowhere, network: nowhere };
    expect(await one('identity', cloud)).toMatchObject({ state: 'failed', error: { exitCode: 2 } });
    expect(await one('network', cloud)).toMatchObject({
      state: 'unchecked',
      found: 'not asked: see AWS account',
    });
  });

  it('what EC2 would refuse for a reason of its own', async () => {
    const dryRun = async ({ action }: DryRun) => {
      if (action === 'RunInstances') throw refused('PendingVerification', 'the account is being verified');
    };
    expect(await one('permissions', { dryRun })).toMatchObject({
      state: 'failed',
      found: 'EC2 would refuse to start an instance: the account is being verified',
    });
  });

  it('subnets that give no public address are a warning', async () => {
    const subnets = [
      { id: 'subnet-1', zone: `${REGION}a`, isDefault: true, givesPublicAddress: true },
      { id: 'subnet-2', zone: `${REGION}b`, isDefault: true, givesPublicAddress: false },
    ];
    const network = async () => ({ id: 'vpc-1', cidrs: ['10.0.0.0/16'], subnets });
    expect(await one('network', { network })).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('subnet-2 gives no public address'),
    });
  });

  it('all at once, not only the first', async () => {
    const { checks } = await preflight({
      image: async () => null,
      instanceTypeZones: async () => [],
      ec2Quota: async () => 0,
    });
    expect(refusals(checks)).toHaveLength(3);
  });

  it('a deprecated image is launched, but told', async () => {
    const image = async (id: string) => ({
      id,
      name: 'CoreOS',
      state: 'available',
      deprecatedAt: now - 86_400_000,
      virtualization: 'hvm',
    });
    expect(await one('image', { image })).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('deprecated on 2026-11-21'),
      parameter: 'ami',
    });
  });

  it('a type that some zones lack, and SSH that leaves this computer out, are warnings', async () => {
    expect(await one('type', { instanceTypeZones: async () => [`${REGION}a`] })).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('not in eu-west-1b'),
    });
    expect(await one('ssh', {}, { allowSshFrom: '10.0.0.0/8' })).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('leaves this computer'),
    });
    expect(await one('ssh', {}, { allowSshFrom: '0.0.0.0/0' })).toMatchObject({ state: 'warning' });
    expect(await one('ssh', {}, { allowSshFrom: '203.0.113.0/24' })).toMatchObject({ state: 'ok' });
  });

  it('a discovery URL inside a private network need not answer here', async () => {
    const discovery = async () => Promise.reject(refused('NoAnswer', 'no route', 'network'));
    for (const host of ['10.1.2.3', 'etcd.internal', 'etcd'])
      expect(await one('discovery', { discovery }, { discoveryUrl: `http://${host}:2379/x` })).toMatchObject({
        state: 'warning',
      });
    expect(await one('discovery', { discovery }, { discoveryUrl: 'http://127.0.0.1:2379/x' })).toMatchObject({
      state: 'failed',
    });
  });

  it('our own cluster of the name is a warning', async () => {
    for (const status of ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'])
      expect(await one('name', { stack: async () => stackOf(status) })).toMatchObject({
        state: 'warning',
        next: expect.stringContaining('kubecore up --name kubernetes --region eu-west-1 takes it up'),
      });
  });

  it('a key pair that the launch makes is well', async () => {
    const cloud = { keyPairs: async () => [] };
    expect(await one('key', cloud, {}, { makesKeyPair: true })).toMatchObject({ state: 'ok' });
    expect(await one('key', cloud, { keyPair: 'mine' }, { makesKeyPair: true })).toMatchObject({
      state: 'failed',
    });
  });
});

describe('what cannot be checked is said, and keeps nobody from launching', () => {
  it.each<[CheckName, keyof Cloud]>([
    ['name', 'stack'],
    ['type', 'instanceTypeZones'],
    ['image', 'image'],
    ['quota', 'ec2Quota'],
    ['quota', 'runningVcpus'],
    ['network', 'network'],
    ['key', 'keyPairs'],
    ['template', 'validateTemplate'],
    ['price', 'hourlyPrice'],
  ])('%s, when %s is denied', async (name, method) => {
    const check = await one(name, { [method]: async () => Promise.reject(denied) });
    expect(check).toMatchObject({ state: 'unchecked', found: 'no policy allows it', error: null });
    expect(check.next).toBe('ask for the right');
  });

  it('a price that is not listed, a quota that is not told', async () => {
    expect(await one('price', { hourlyPrice: async () => null })).toMatchObject({ state: 'unchecked' });
    expect(await one('quota', { ec2Quota: async () => null })).toMatchObject({ state: 'unchecked' });
    expect(await one('quota', {}, { instanceType: 'mac2.metal' })).toMatchObject({ state: 'unchecked' });
  });

  it('rights that EC2 did not come to look at', async () => {
    const dryRun = async ({ action }: DryRun) => {
      if (action === 'RunInstances') throw refused('InvalidAMIID.NotFound', 'no such image');
    };
    expect(await one('permissions', { dryRun })).toMatchObject({
      state: 'unchecked',
      found: expect.stringContaining('RunInstances could not be tried: no such image'),
    });
  });

  it('the right to create key pairs is only wanted by who creates one', async () => {
    const dryRun = async ({ action }: DryRun) => {
      if (action === 'CreateKeyPair') throw denied;
    };
    expect(await one('permissions', { dryRun })).toMatchObject({ state: 'warning' });
  });

  it('without an image there is no template, and its own check says why', async () => {
    const none = () => {
      throw new KubecoreError({ what: 'no image', why: 'the map lacks it', next: '--ami', fault: 'input' });
    };
    const outgoing = { imageId: none, templateBody: none, sizes: none };
    const { checks } = await preflight({}, {}, { outgoing });
    const states = Object.fromEntries(checks.map(({ check, state }) => [check, state]));
    expect(states).toMatchObject({ image: 'failed', template: 'unchecked', sizes: 'unchecked' });
    expect(refusals(checks)).toHaveLength(1);
  });

  it('without an account, one check fails and the others name it', async () => {
    const nobody = refused('InvalidClientTokenId', 'an unknown key');
    const all = Object.fromEntries(
      ['identity', 'dryRun', 'stack', 'image', 'network', 'keyPairs', 'hourlyPrice', 'validateTemplate'].map(
        (method) => [method, async () => Promise.reject(nobody)],
      ),
    );
    const { checks } = await preflight(all);
    expect(checks.filter(({ state }) => state === 'failed').map(({ check }) => check)).toEqual(['identity']);
    expect(checks.find(({ check }) => check === 'image')).toMatchObject({
      state: 'unchecked',
      found: 'not asked: see AWS account',
    });
  });

  it('a throttled identity is not a missing account', async () => {
    expect(
      await one('identity', { identity: async () => Promise.reject(refused('Throttling')) }),
    ).toMatchObject({ state: 'unchecked' });
  });
});

it('ends with its signal', async () => {
  const ending = new AbortController();
  const image: Cloud['image'] = async () => {
    ending.abort(interruptedError('stopped', 'again'));
    throw ending.signal.reason;
  };
  await expect(preflight({ image }, {}, { signal: ending.signal })).rejects.toMatchObject({
    fault: 'interrupted',
  });
});

it('knows which quota a type counts against', () => {
  for (const type of [
    'm3.medium',
    'c3.large',
    't2.micro',
    'i2.xlarge',
    'r3.large',
    'cc2.8xlarge',
    'hs1.8xlarge',
  ])
    expect(vcpuQuotaOf(type)?.code).toBe('L-1216C47A');
  expect(vcpuQuotaOf('g5.xlarge')?.name).toContain('G and VT');
  expect(vcpuQuotaOf('inf2.xlarge')?.name).toContain('Inf');
  expect(vcpuQuotaOf('mac2.metal')).toBeNull();
});
