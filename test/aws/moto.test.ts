/**
 * The Cloud port against moto, a cloud that someone else simulates, where `moto_server` is on PATH.
 *
 * What moto (5.2.1) cannot serve of what kubecore asks, each held by a test below that fails when moto learns it:
 * - createStack of the published template: it looks up the security group that GroupName refers to by its id as a
 *   name, `InvalidGroup.NotFound`. It gets GroupId, and an image it knows, in `forMoto`.
 * - validateTemplate of the published template: it takes cfn-lint's warning about launch configurations for an error.
 * - the tags aws:cloudformation:* on the instances of a group: it gives none; the test puts stack-name on.
 * - updateStack with UsePreviousValue: it answers 500 (`KeyError: 'DockerCIDR'`).
 * - events of single resources: it gives the stack's own alone.
 * - quotas and prices: it answers GetServiceQuota and GetProducts with what is no JSON.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { CreateTagsCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCloud } from '../../src/aws/cloud.ts';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import type { Cloud } from '../../src/cluster/ports.ts';
import { runPreflight } from '../../src/cluster/preflight.ts';
import { CHECKS } from '../../src/cluster/preflight-contract.ts';
import { outgoing } from '../../src/render/outgoing.ts';
import { describeWithPeer } from '../render/peers.ts';
import { instantClock } from './aws-server.ts';

const published = readFileSync(new URL('../fixtures/render/kubernetes.json', import.meta.url), 'utf8');

/** One of the images that moto knows from the start. */
const MOTO_IMAGE = 'ami-03cf127a';

/** The published template with what moto cannot take put into other words. */
function forMoto(): string {
  const template = JSON.parse(published);
  for (const id of ['CoreOSInternalIngressTCP', 'CoreOSInternalIngressUDP']) {
    const { Properties } = template.Resources[id];
    delete Properties.GroupName;
    Properties.GroupId = { 'Fn::GetAtt': ['KubeSecurityGroup', 'GroupId'] };
  }
  for (const region of Object.values(template.Mappings.RegionMap) as { AMI: string }[])
    region.AMI = MOTO_IMAGE;
  return JSON.stringify(template);
}

const CREDENTIALS = { accessKeyId: 'testing', secretAccessKey: 'testing' };

const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGb1kXOaZ0rYVbhRqqgS8CqyJAy5sK8sXk1xVvEKpX2C me@here';

const STACK = {
  name: 'kubernetes',
  body: forMoto(),
  parameters: { DiscoveryURL: 'https://discovery.etcd.io/1', KeyPair: 'coreos' },
  tags: { 'kubecore:cluster': 'kubernetes' },
  token: 'kubecore-1',
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const failing = async (act: Promise<unknown>): Promise<KubecoreError> => {
  const error = await act.catch((thrown: unknown) => thrown);
  if (error instanceof KubecoreError) return error;
  throw new Error(`no KubecoreError but ${String(error)}`);
};

describeWithPeer('moto_server', () => {
  let moto: ChildProcess;
  let cloud: Cloud;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const running = new Promise<void>((resolve, reject) => {
      let said = '';
      moto.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Running on')) resolve();
      });
      moto.once('exit', () => reject(new Error(`moto_server ended: ${said}`)));
    });
    await running;
    url = `http://127.0.0.1:${port}`;
    cloud = createCloud({
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: CREDENTIALS,
      clock: instantClock,
      random: () => 0.5,
    });
  });

  afterAll(() => {
    moto.kill();
  });

  it('says who we are', async () => {
    expect(await cloud.identity()).toMatchObject({ account: '123456789012' });
  });

  it('answers a preflight, but for quotas and prices', { timeout: 60_000 }, async () => {
    const parameters = { ...DEFAULTS, ami: MOTO_IMAGE };
    const { checks } = await runPreflight({
      // The two that are not asked of AWS.
      cloud: {
        ...cloud,
        callerAddress: async () => '203.0.113.7',
        newDiscoveryUrl: async () => 'https://discovery.etcd.io/1',
      },
      parameters,
      outgoing: outgoing(parameters, 'us-east-1'),
      clock: instantClock,
      findKey: async () => null,
      makesKeyPair: true,
      flags: [],
    });
    const states = Object.fromEntries(checks.map(({ check, state }) => [check, state]));
    expect(states).toEqual({
      ...Object.fromEntries(CHECKS.map((check) => [check, 'ok'])),
      // moto offers m3.medium in four of its six zones.
      type: 'warning',
      quota: 'unchecked',
      price: 'unchecked',
    });
    expect(await cloud.keyPairs()).toEqual([]);
  });

  it('creates, imports and lists key pairs', async () => {
    const created = await cloud.createKeyPair('coreos');
    expect(created.material).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    const imported = await cloud.importKeyPair('mine', PUBLIC_KEY);
    expect(imported).toMatchObject({ name: 'mine', type: 'ed25519' });
    const [coreos, mine] = await cloud.keyPairs();
    expect(coreos).toMatchObject({
      name: 'coreos',
      id: created.id,
      type: 'rsa',
      fingerprint: created.fingerprint,
    });
    expect(coreos?.publicKey).toMatch(/^ssh-rsa /);
    expect(mine).toEqual(imported);
    expect(await failing(cloud.createKeyPair('coreos'))).toMatchObject({ code: 'InvalidKeyPair.Duplicate' });
    expect(await failing(cloud.importKeyPair('other', 'garbage'))).toMatchObject({
      code: 'InvalidKeyPair.Format',
    });
  });

  it('looks up images', async () => {
    expect(await cloud.image(MOTO_IMAGE)).toMatchObject({
      id: MOTO_IMAGE,
      state: 'available',
      virtualization: 'hvm',
    });
    expect(await cloud.image('ami-66e6680e')).toBeNull();
  });

  it('validates templates', async () => {
    const group = { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'SSH' } };
    await cloud.validateTemplate(JSON.stringify({ Resources: { SSH: group } }));
    expect(await failing(cloud.validateTemplate('{"Resources": {'))).toMatchObject({
      code: 'TemplateRefused',
    });
    const refused = await failing(cloud.validateTemplate(published));
    expect(refused.why).toContain('maintenance mode');
  });

  it('does not take the published template as it is', async () => {
    const error = await failing(
      cloud.createStack({ ...STACK, name: 'published', body: published, tags: {} }),
    );
    expect(error.why).toContain('InvalidGroup.NotFound');
  });

  it('creates a stack whose groups start the master and the minions, and deletes it', async () => {
    const id = await cloud.createStack(STACK);
    const again = await failing(cloud.createStack({ ...STACK, token: 'another' }));
    expect(again).toMatchObject({ code: 'AlreadyExistsException' });

    expect(await cloud.stack('kubernetes')).toMatchObject({
      id,
      status: 'CREATE_COMPLETE',
      parameters: { ClusterSize: '2', KeyPair: 'coreos', DiscoveryURL: 'https://discovery.etcd.io/1' },
      tags: { 'kubecore:cluster': 'kubernetes' },
    });
    expect((await cloud.stacks()).map((stack) => stack.id)).toEqual([id]);
    const events = await cloud.stackEvents('kubernetes');
    expect(events.map((event) => event.status)).toEqual(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE']);
    expect(await cloud.stackEvents(id, events[0]?.id)).toEqual(events.slice(1));

    const ids = await tagInstances();
    const nodes = await cloud.instances('kubernetes');
    expect(nodes.map((node) => node.id).sort()).toEqual(ids);
    expect(nodes).toHaveLength(3);
    for (const node of nodes) {
      expect(node).toMatchObject({ state: 'running', type: 'm3.medium', imageId: MOTO_IMAGE });
      expect(node.publicAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    }
    expect(await cloud.consoleOutput(ids[0] ?? '')).toContain('Linux version');

    const kept = await failing(cloud.updateStack('kubernetes', { parameters: { ClusterSize: '4' } }));
    expect(kept.why).toContain('does not speak its protocol');
    await cloud.updateStack('kubernetes', {
      body: STACK.body,
      parameters: { ...STACK.parameters, ClusterSize: '4' },
    });
    expect((await cloud.stack(id))?.parameters.ClusterSize).toBe('4');

    await cloud.deleteStack(id);
    expect(await cloud.stack('kubernetes')).toBeNull();
    expect((await cloud.stack(id))?.status).toBe('DELETE_COMPLETE');
    expect(await cloud.stacks()).toEqual([]);
    for (const node of await cloud.instances('kubernetes')) expect(node.state).toBe('terminated');
  });

  /** Puts CloudFormation's tag on all instances, as CloudFormation would. Their ids, sorted. */
  async function tagInstances(): Promise<string[]> {
    const client = new EC2Client({ region: 'us-east-1', endpoint: url, credentials: CREDENTIALS });
    const { Reservations = [] } = await client.send(new DescribeInstancesCommand({}));
    const ids = Reservations.flatMap(({ Instances = [] }) => Instances.map((node) => node.InstanceId ?? ''));
    const tag = { Key: 'aws:cloudformation:stack-name', Value: 'kubernetes' };
    expect(await cloud.instances('kubernetes')).toEqual([]);
    await client.send(new CreateTagsCommand({ Resources: ids, Tags: [tag] }));
    client.destroy();
    return ids.sort();
  }
});
