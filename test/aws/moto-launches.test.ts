/**
 * The launches of all three blueprints, against moto, a cloud that someone else simulates: launched, listed, taken up, scaled and
 * deleted by the same roads as on AWS. What runs on the machines moto does not simulate: a stand-in answers for SSH.
 *
 * What moto (5.2.1) does otherwise than EC2, each held by a test below that fails when moto learns it:
 * - RunInstances with a ClientToken that was used: it starts new instances instead of giving those of the first call.
 * - DeleteSecurityGroup of a group that an instance uses: it deletes it instead of refusing with DependencyViolation.
 * - the tags aws:cloudformation:* on the instances of a group: it gives none; the test puts them on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { CreateTagsCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCloud } from '../../src/aws/cloud.ts';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { clusterFromStack } from '../../src/cluster/identity.ts';
import { launch } from '../../src/cluster/launch.ts';
import type { LaunchEvent, LaunchPlan } from '../../src/cluster/launch-contract.ts';
import { DEFAULTS, defaultsFor } from '../../src/cluster/parameters.ts';
import type { Clock, Cloud, Instance } from '../../src/cluster/ports.ts';
import { scale } from '../../src/cluster/scale.ts';
import { leaving, liveInstances, scaleFleet } from '../../src/cluster/scale-fleet.ts';
import { type UndoEvent, undo } from '../../src/cluster/undo.ts';
import { planFor, planOfStack } from '../../src/render/plan.ts';
import { minionList } from '../helpers/fake-cluster.ts';
import { machineId } from '../helpers/fake-ec2.ts';
import { fakeShell } from '../helpers/fake-shell.ts';
import { describeWithPeer } from '../render/peers.ts';

/** One of the images that moto knows from the start. */
const MOTO_IMAGE = 'ami-03cf127a';

/** Time goes on by what is waited, at once. */
function quickClock(): Clock {
  let now = Date.now();
  return {
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      now += ms;
    },
  };
}

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

const planOf = (blueprint: LaunchPlan['blueprint'], name: string, launchId: string): LaunchPlan =>
  planFor(
    { ...DEFAULTS, ...defaultsFor(blueprint), name, ami: MOTO_IMAGE },
    {
      region: 'us-east-1',
      keyPair: 'coreos',
      allowSshFrom: '203.0.113.7/32',
      discoveryUrl: blueprint === 'single' ? '' : 'https://discovery.etcd.io/0123',
      version: '1',
      launchId,
    },
  );

describeWithPeer('moto_server', () => {
  let moto: ChildProcess;
  let cloud: Cloud;
  let ec2: EC2Client;
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  const clock = quickClock();
  const common = () => ({ cloud, clock, random: () => 0.5 });

  beforeAll(async () => {
    const port = await freePort();
    moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await new Promise<void>((resolve, reject) => {
      let said = '';
      moto.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Running on')) resolve();
      });
      moto.once('exit', () => reject(new Error(`moto_server ended: ${said}`)));
    });
    cloud = createCloud({
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials,
      clock,
      random: () => 0.5,
    });
    await cloud.createKeyPair('coreos');
    ec2 = new EC2Client({ region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials });
  });

  afterAll(() => {
    ec2.destroy();
    moto.kill();
  });

  /** A shell to machines of which all run etcd and fleet: those that moto lists as running. */
  const shellTo = (name: string) => () =>
    fakeShell(async ({ command }) => {
      const stack = await cloud.stack(name);
      const running = stack
        ? (await cloud.instances(stack.id)).filter(({ state }) => state === 'running')
        : [];
      const addresses = running.map(({ privateAddress }) => privateAddress ?? '');
      if (command.includes('list-machines'))
        return addresses.map((ip) => `${machineId(ip)}\t${ip}\t-\n`).join('');
      if (command.includes('admin/machines'))
        return JSON.stringify(addresses.map((ip) => ({ name: machineId(ip), state: 'follower' })));
      return command.startsWith('uname') ? '3.17.2\n' : '';
    });

  async function up(plan: LaunchPlan): Promise<LaunchEvent[]> {
    const events: LaunchEvent[] = [];
    for await (const event of launch({ ...common(), plan, shell: shellTo(plan.name) })) events.push(event);
    return events;
  }

  async function down(name: string): Promise<UndoEvent[]> {
    const events: UndoEvent[] = [];
    for await (const event of undo({ ...common(), name })) events.push(event);
    return events;
  }

  it('launches, lists and deletes a single machine', async () => {
    const events = await up(planOf('single', 'one', '00000000000000a1'));
    expect(events.at(-1)).toMatchObject({ type: 'healthy', cluster: { blueprint: 'single', name: 'one' } });
    expect((await cloud.stacks()).map(({ name, status }) => [name, status])).toEqual([
      ['one', 'CREATE_COMPLETE'],
    ]);
    const [machine, ...others] = await cloud.instances('launch:00000000000000a1');
    expect(others).toEqual([]);
    expect(machine).toMatchObject({
      type: 'm3.medium',
      keyName: 'coreos',
      imageId: MOTO_IMAGE,
      tags: { 'kubecore:cluster': 'one', 'kubecore:blueprint': 'single', Name: 'one' },
    });
    expect(await cloud.userData(machine?.id ?? '')).toMatch(/^#cloud-config\n/);
    const there = await cloud.resourcesOf('one');
    expect(there.map(({ kind }) => kind).sort()).toEqual(['instance', 'security group', 'volume']);

    const gone = await down('one');
    expect(gone.at(-1)).toMatchObject({ type: 'gone', instances: 1, left: [] });
    expect(await cloud.stack('one')).toBeNull();
    expect(await cloud.stacks()).toEqual([]);
  });

  it('launches, takes up, scales and deletes a fleet', async () => {
    const plan = planOf('fleet', 'web', '00000000000000b2');
    expect((await up(plan)).at(-1)).toMatchObject({ type: 'healthy', cluster: { size: 3 } });
    const stack = (await cloud.stack('web'))!;
    expect(stack).toMatchObject({
      id: 'launch:00000000000000b2',
      status: 'CREATE_COMPLETE',
      parameters: { ClusterSize: '3', KeyPair: 'coreos', DiscoveryURL: 'https://discovery.etcd.io/0123' },
    });
    const again = planOfStack(stack, 'us-east-1', '1');
    expect(again).toEqual(plan);
    expect((await up(again)).at(-1)).toMatchObject({ type: 'healthy' });
    expect(await cloud.instances(stack.id)).toHaveLength(3);

    for (const size of [5, 2]) {
      const now = (await cloud.stack('web'))!;
      const live = await liveInstances(cloud, now.id);
      const cluster = clusterFromStack(now, live, 'us-east-1');
      const going =
        size < live.length
          ? await leaving(shellTo('web')(), { size, live, gateway: cluster.master?.privateAddress ?? null })
          : [];
      const events: LaunchEvent[] = [];
      for await (const event of scaleFleet({
        ...common(),
        cluster,
        stack: now,
        size,
        leaving: going,
        shell: shellTo('web'),
      }))
        events.push(event);
      expect(events.at(-1)).toMatchObject({ type: 'healthy', cluster: { size } });
      expect(await liveInstances(cloud, now.id)).toHaveLength(size);
    }
    expect((await down('web')).at(-1)).toMatchObject({ type: 'gone', left: [] });
    expect(await cloud.resourcesOf('web')).toEqual([]);
  });

  it('launches, lists, scales and deletes a Kubernetes stack', async () => {
    const plan = planOf('kubernetes', 'kube', '');
    const stands: Cloud = {
      ...cloud,
      async instances(stack, signal) {
        // CloudFormation puts its tags on a group's instances; moto gives none.
        await tagGroups('kube');
        return cloud.instances(stack, signal);
      },
    };
    const events: LaunchEvent[] = [];
    const shell = () =>
      fakeShell(async ({ command }) => kubernetesAnswer(command, await stands.instances('kube')));
    for await (const event of launch({ ...common(), cloud: stands, plan, shell })) events.push(event);
    expect(events.at(-1)).toMatchObject({ type: 'healthy', cluster: { blueprint: 'kubernetes', size: 2 } });
    const stack = (await cloud.stack('kube'))!;
    const cluster = clusterFromStack(stack, await stands.instances('kube'), 'us-east-1');
    expect(await cloud.stacks()).toMatchObject([{ name: 'kube', status: 'CREATE_COMPLETE' }]);
    expect(cluster.master?.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);

    const scaling: LaunchEvent[] = [];
    for await (const event of scale({ ...common(), cloud: stands, cluster, size: 4, shell }))
      scaling.push(event);
    expect(scaling.at(-1)).toMatchObject({ type: 'healthy', cluster: { size: 4 } });

    expect((await down('kube')).at(-1)).toMatchObject({ type: 'gone', left: [] });
    expect(await cloud.stack('kube')).toBeNull();
  });

  /** Puts CloudFormation's tags on all instances of Auto Scaling groups, as CloudFormation would. */
  async function tagGroups(name: string): Promise<void> {
    const stack = await cloud.stack(name);
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const ids = Reservations.flatMap(({ Instances = [] }) =>
      Instances.filter(({ Tags = [] }) => Tags.some(({ Key }) => Key === 'aws:autoscaling:groupName')),
    ).map(({ InstanceId }) => InstanceId ?? '');
    if (stack === null || ids.length === 0) return;
    const Tags = [
      { Key: 'aws:cloudformation:stack-name', Value: name },
      { Key: 'aws:cloudformation:stack-id', Value: stack.id },
    ];
    await ec2.send(new CreateTagsCommand({ Resources: ids, Tags }));
  }

  function kubernetesAnswer(command: string, instances: readonly Instance[]): string {
    const running = instances.filter(({ state }) => state === 'running');
    const role = ({ tags }: Instance): string =>
      /MasterAutoScale/.test(tags['aws:autoscaling:groupName'] ?? '') ? 'master' : 'minion';
    const minions = running.filter((one) => role(one) === 'minion').map((one) => one.privateAddress ?? '');
    if (command.includes('list-machines'))
      return running
        .map((one) => `${machineId(one.privateAddress ?? '')}\t${one.privateAddress}\trole=${role(one)}\n`)
        .join('');
    if (command.includes('list minions')) return minionList(...minions);
    return command.startsWith('uname') ? '3.17.2\n' : '{}';
  }

  it('knows a name that is taken, rules that are there, and what is gone', async () => {
    const create = { name: 'kubecore-x', description: 'x', vpc: null, tags: { Name: 'x' } };
    const group = await cloud.createSecurityGroup(create);
    expect(await failing(cloud.createSecurityGroup(create))).toMatchObject({
      code: 'InvalidGroup.Duplicate',
    });
    const rule = {
      protocol: 'tcp',
      fromPort: 22,
      toPort: 22,
      from: '203.0.113.7/32',
      description: 'SSH',
    } as const;
    await cloud.allowIngress(group, [rule], { Name: 'x' });
    await cloud.allowIngress(group, [rule], { Name: 'x' });
    await cloud.deleteSecurityGroup(group);
    await cloud.deleteSecurityGroup(group);
    await cloud.terminateInstances(['i-00000000000000000']);
    expect(await cloud.regions()).toEqual(expect.arrayContaining(['eu-west-1', 'us-east-1']));
  });

  it('does not keep ClientToken, nor hold a group that is in use', async () => {
    const group = await cloud.createSecurityGroup({
      name: 'kubecore-y',
      description: 'y',
      vpc: null,
      tags: { Name: 'y' },
    });
    const run = {
      token: 'kubecore-y-0',
      count: 1,
      imageId: MOTO_IMAGE,
      instanceType: 'm3.medium',
      keyPair: 'coreos',
      securityGroup: group,
      subnet: null,
      userData: '#cloud-config\n',
      rootVolumeSize: 8,
      tags: { 'kubecore:cluster': 'y' },
    };
    const [first] = await cloud.runInstances(run);
    const [second] = await cloud.runInstances(run);
    expect(second?.id).not.toBe(first?.id);
    await cloud.deleteSecurityGroup(group);
    await cloud.terminateInstances([first?.id ?? '', second?.id ?? '']);
  });
});
