/** The default form in moto, a cloud that someone else simulates: accepted, and 1 + N instances start with our user data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { DescribeInstanceAttributeCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCloud } from '../../src/aws/cloud.ts';
import { launchNetwork, networkWords } from '../../src/cluster/network.ts';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import type { Cloud } from '../../src/cluster/ports.ts';
import { cloudConfig, renderTemplate, templateParameters } from '../../src/render/template.ts';
import { instantClock } from '../aws/aws-server.ts';
import { describeWithPeer } from './peers.ts';

const ANSWERS = {
  discoveryUrl: 'https://discovery.etcd.io/1',
  allowSshFrom: '192.0.2.1/32',
  keyPair: 'coreos',
};

/** With one of the images that moto knows from the start. */
const PARAMETERS = { ...DEFAULTS, ami: 'ami-03cf127a', clusterSize: 3, discoveryUrl: ANSWERS.discoveryUrl };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describeWithPeer('moto_server', () => {
  let moto: ChildProcess;
  let cloud: Cloud;
  let ec2: EC2Client;

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
    const endpoint = `http://127.0.0.1:${port}`;
    const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
    cloud = createCloud({
      region: 'us-east-1',
      endpoint,
      credentials,
      clock: instantClock,
      random: () => 0.5,
    });
    ec2 = new EC2Client({ region: 'us-east-1', endpoint, credentials });
  });

  afterAll(() => {
    ec2.destroy();
    moto.kill();
  });

  it('takes the template as it is sent, and gives it back', { timeout: 60_000 }, async () => {
    expect(networkWords(await launchNetwork(cloud, PARAMETERS), null)).toMatch(
      /^the default VPC vpc-\w+, 172\.31\.0\.0\/16, 6 subnets$/,
    );
    const { body } = renderTemplate(PARAMETERS, 'us-east-1');
    await cloud.validateTemplate(body);
    await cloud.createKeyPair('coreos');
    await cloud.createStack({
      name: 'kubernetes',
      body,
      parameters: templateParameters(PARAMETERS, ANSWERS),
      tags: { 'kubecore:cluster': 'kubernetes' },
      token: 'kubecore-1',
    });
    const stack = await cloud.stack('kubernetes');
    expect(stack?.status).toBe('CREATE_COMPLETE');
    expect(stack?.outputs).toMatchObject({
      Region: 'us-east-1',
      SecurityGroup: expect.stringMatching(/^sg-/),
    });
    expect(JSON.parse(await cloud.stackTemplate('kubernetes'))).toEqual(JSON.parse(body));
  });

  it('starts one master and N minions, labelled, each with the user data of its role', async () => {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
    const instances = (Reservations ?? []).flatMap((one) => one.Instances ?? []);
    const roles: string[] = [];
    for (const { InstanceId, Tags } of instances) {
      const role = Tags?.find(({ Key }) => Key === 'kubecore:role')?.Value;
      roles.push(role ?? '');
      expect(Tags).toContainEqual({ Key: 'kubecore:cluster', Value: 'kubernetes' });
      const { UserData } = await ec2.send(
        new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'userData' }),
      );
      expect(Buffer.from(UserData?.Value ?? '', 'base64').toString('utf8')).toBe(
        cloudConfig(role === 'master' ? 'master' : 'minion', PARAMETERS),
      );
    }
    expect(roles.sort()).toEqual(['master', 'minion', 'minion', 'minion']);
  });
});
