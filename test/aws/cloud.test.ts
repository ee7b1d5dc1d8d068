/** Reading AWS's answers: shapes, pages, absences, and what is sent. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type CloudOptions, createCloud } from '../../src/aws/cloud.ts';
import {
  type AwsServer,
  awsServer,
  ec2Error,
  instantClock,
  NO_GROUPS,
  queryError,
  recorded,
  type Script,
} from './aws-server.ts';

const ARN =
  'arn:aws:cloudformation:us-east-1:123456789012:stack/kubernetes/aaf549a0-a413-11df-adb3-5081b3858e83';

const cloudAt = (server: AwsServer, more: Partial<CloudOptions> = {}) =>
  createCloud({
    region: 'us-east-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    clock: instantClock,
    random: () => 0.5,
    ...more,
  });

const pages =
  (name: string): Script[string] =>
  (query) => ({ body: recorded(`${name}-${query.NextToken === undefined ? 1 : 2}`) });

const ok =
  (name: string): Script[string] =>
  () => ({ body: recorded(name) });

const result =
  (action: string, inner = ''): Script[string] =>
  () => ({
    body: `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${inner}</${action}Result><ResponseMetadata><RequestId>b9b4b068</RequestId></ResponseMetadata></${action}Response>`,
  });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('identity and key pairs', () => {
  it('says who the credentials belong to', async () => {
    await using server = await awsServer({ getCallerIdentity: ok('GetCallerIdentity') });
    expect(await cloudAt(server).identity()).toEqual({
      account: '123456789012',
      arn: 'arn:aws:iam::123456789012:user/Alice',
      userId: 'AIDACKCEVSQ6C2EXAMPLE',
    });
  });

  it('lists key pairs by name, with the public key where EC2 gives it', async () => {
    await using server = await awsServer({ describeKeyPairs: ok('DescribeKeyPairs') });
    const [build, coreos] = await cloudAt(server).keyPairs();
    expect(build).toEqual({
      name: 'build',
      id: 'key-0123456789abcdef0',
      type: 'ed25519',
      fingerprint: 'S49WVs1gnkoHBXbSYKDlPCdMLVXRKKvbWEzJKkKWvZA=',
      publicKey: null,
    });
    expect(coreos?.publicKey).toMatch(/^ssh-rsa AAAAB3\S+ coreos$/);
    expect(server.asked[0]).toMatchObject({ IncludePublicKey: 'true' });
  });

  it('creates an RSA key pair as PEM and gives its material', async () => {
    await using server = await awsServer({ createKeyPair: ok('CreateKeyPair') });
    const pair = await cloudAt(server).createKeyPair('coreos');
    expect(pair).toMatchObject({ name: 'coreos', id: 'key-0b94643da6EXAMPLE', type: 'rsa', publicKey: null });
    expect(pair.material).toMatch(
      /^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]*\n-----END RSA PRIVATE KEY-----$/,
    );
    expect(server.asked[0]).toMatchObject({ KeyName: 'coreos', KeyType: 'rsa', KeyFormat: 'pem' });
  });

  it('imports a public key as the line it is', async () => {
    await using server = await awsServer({ importKeyPair: ok('ImportKeyPair') });
    const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE me@here';
    expect(await cloudAt(server).importKeyPair('mine', `${line}\n`)).toMatchObject({
      name: 'mine',
      type: 'ed25519',
      publicKey: line,
    });
    const sent = server.asked[0]?.PublicKeyMaterial ?? '';
    expect(Buffer.from(sent, 'base64').toString()).toBe(line);
  });
});

describe('instances and images', () => {
  it('reads every page, oldest first, by the name of the stack', async () => {
    await using server = await awsServer({ describeInstances: pages('DescribeInstances') });
    const [first, second] = await cloudAt(server).instances('kubernetes');
    expect(first).toMatchObject({
      id: 'i-0aaaaaaaaaaaaaaaa',
      state: 'terminated',
      stateReason: 'Client.UserInitiatedShutdown: User initiated shutdown',
      publicAddress: null,
      publicName: null,
      privateAddress: null,
      tags: {},
    });
    expect(second).toEqual({
      id: 'i-0bbbbbbbbbbbbbbbb',
      type: 'm3.medium',
      zone: 'us-east-1c',
      imageId: 'ami-66e6680e',
      keyName: 'coreos',
      state: 'running',
      stateReason: null,
      launchTime: Date.UTC(2026, 10, 22, 18, 0, 5),
      publicAddress: '54.211.121.17',
      publicName: 'ec2-54-211-121-17.compute-1.amazonaws.com',
      privateAddress: '172.31.20.11',
      tags: {
        'aws:autoscaling:groupName': 'kubernetes-MinionAutoScale-1A2B3C4D5E6F',
        'aws:cloudformation:logical-id': 'MinionAutoScale',
        Name: 'kubernetes',
      },
    });
    expect(server.asked).toHaveLength(2);
    expect(server.asked[0]).toMatchObject({
      'Filter.1.Name': 'tag:aws:cloudformation:stack-name',
      'Filter.1.Value.1': 'kubernetes',
    });
  });

  it('asks by the id of the stack when it is given', async () => {
    await using server = await awsServer({ describeInstances: ok('DescribeInstances-2') });
    await cloudAt(server).instances(ARN);
    expect(server.asked[0]).toMatchObject({
      'Filter.1.Name': 'tag:aws:cloudformation:stack-id',
      'Filter.1.Value.1': ARN,
    });
  });

  it('decodes the console, without Latest where the instance cannot', async () => {
    await using server = await awsServer({
      getConsoleOutput: (query) =>
        query.Latest === 'true'
          ? ec2Error(
              'UnsupportedOperation',
              'This instance type does not support retrieving the latest console logs.',
            )
          : { body: recorded('GetConsoleOutput') },
    });
    const text = await cloudAt(server).consoleOutput('i-0bbbbbbbbbbbbbbbb');
    expect(text).toContain('ec2: -----BEGIN SSH HOST KEY FINGERPRINTS-----\r\n');
    expect(server.asked.map((query) => query.Latest)).toEqual(['true', undefined]);
  });

  it('gives null for a console that is still empty', async () => {
    await using server = await awsServer({
      getConsoleOutput: () => ({
        body: '<GetConsoleOutputResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><instanceId>i-1</instanceId><output/></GetConsoleOutputResponse>',
      }),
    });
    expect(await cloudAt(server).consoleOutput('i-0bbbbbbbbbbbbbbbb')).toBeNull();
  });

  it('reads an image, and gives null for one that EC2 does not know', async () => {
    await using server = await awsServer({
      describeImages: (query) =>
        query['ImageId.1'] === 'ami-66e6680e'
          ? ec2Error('InvalidAMIID.NotFound', "The image id '[ami-66e6680e]' does not exist")
          : { body: recorded('DescribeImages') },
    });
    const cloud = cloudAt(server);
    expect(await cloud.image('ami-0123456789abcdef0')).toEqual({
      id: 'ami-0123456789abcdef0',
      name: 'Flatcar-stable-4459.2.1-hvm',
      state: 'available',
      deprecatedAt: Date.UTC(2028, 9, 30, 12),
      virtualization: 'hvm',
    });
    expect(await cloud.image('ami-66e6680e')).toBeNull();
  });
});

describe('stacks', () => {
  it('reads a stack, and gives null where there is none', async () => {
    await using server = await awsServer({
      describeStacks: (query) =>
        query.StackName === 'kubernetes'
          ? { body: recorded('DescribeStacks-1') }
          : queryError('ValidationError', `Stack with id ${query.StackName} does not exist`),
      describeSecurityGroups: NO_GROUPS,
    });
    const cloud = cloudAt(server);
    expect(await cloud.stack('kubernetes')).toEqual({
      id: ARN,
      name: 'kubernetes',
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason:
        'The following resource(s) failed to create: [MasterLaunchConfig]. Rollback requested by user.',
      createdAt: Date.parse('2026-11-22T18:00:00.512Z'),
      parameters: { ClusterSize: '2', KeyPair: 'coreos' },
      outputs: { MasterGroup: 'kubernetes-MasterAutoScale-1A2B3C4D5E6F' },
      tags: { 'kubecore:cluster': 'kubernetes' },
    });
    expect(await cloud.stack('nope')).toBeNull();
  });

  it('lists our stacks alone, over every page', async () => {
    await using server = await awsServer({
      describeStacks: pages('DescribeStacks'),
      describeSecurityGroups: NO_GROUPS,
    });
    expect((await cloudAt(server).stacks()).map((stack) => stack.name)).toEqual(['kubernetes', 'second']);
    expect(server.of('DescribeStacks').map((query) => query.NextToken)).toEqual([undefined, 'page2']);
  });

  it('gives the template a stack was made with, as it was sent', async () => {
    const body = '{"Description":"a <b> & \\u0000"}';
    const escaped = body.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    await using server = await awsServer({
      getTemplate: result('GetTemplate', `<TemplateBody>${escaped}</TemplateBody>`),
    });
    expect(await cloudAt(server).stackTemplate('kubernetes')).toBe(body);
    expect(server.of('GetTemplate')[0]).toMatchObject({
      StackName: 'kubernetes',
      TemplateStage: 'Original',
    });
  });

  it('gives events oldest first, over every page, in printable words', async () => {
    await using server = await awsServer({ describeStackEvents: pages('DescribeStackEvents') });
    const events = await cloudAt(server).stackEvents('kubernetes');
    expect(events.map((event) => `${event.logicalId} ${event.status}`)).toEqual([
      'kubernetes CREATE_IN_PROGRESS',
      'KubeSecurityGroup CREATE_IN_PROGRESS',
      'KubeSecurityGroup CREATE_COMPLETE',
      'MasterLaunchConfig CREATE_FAILED',
    ]);
    expect(events[1]).toMatchObject({ physicalId: null, reason: null, at: Date.UTC(2026, 10, 22, 18, 0, 2) });
    expect(events[3]?.reason).toBe(
      "The key pair 'coreos' does not exist (Service: AutoScaling, Status Code: 400)",
    );
  });

  it('gives only the events after a known one, and reads no further than that', async () => {
    await using server = await awsServer({ describeStackEvents: pages('DescribeStackEvents') });
    const known = 'KubeSecurityGroup-CREATE_COMPLETE-2026-11-22T18:00:07.000Z';
    const events = await cloudAt(server).stackEvents('kubernetes', known);
    expect(events.map((event) => event.status)).toEqual(['CREATE_FAILED']);
    expect(server.asked).toHaveLength(1);
  });

  it('creates with parameters, tags and the token', async () => {
    await using server = await awsServer({ createStack: result('CreateStack', `<StackId>${ARN}</StackId>`) });
    const id = await cloudAt(server).createStack({
      name: 'kubernetes',
      body: '{"Resources":{}}',
      parameters: { KeyPair: 'coreos' },
      tags: { 'kubecore:cluster': 'kubernetes' },
      token: 'kubecore-1',
    });
    expect(id).toBe(ARN);
    expect(server.asked[0]).toMatchObject({
      StackName: 'kubernetes',
      TemplateBody: '{"Resources":{}}',
      'Parameters.member.1.ParameterKey': 'KeyPair',
      'Parameters.member.1.ParameterValue': 'coreos',
      'Tags.member.1.Key': 'kubecore:cluster',
      ClientRequestToken: 'kubecore-1',
    });
  });

  it('updates parameters alone by keeping the template and the other parameters', async () => {
    await using server = await awsServer({
      describeStacks: ok('DescribeStacks-1'),
      updateStack: result('UpdateStack', `<StackId>${ARN}</StackId>`),
    });
    await cloudAt(server).updateStack('kubernetes', { parameters: { ClusterSize: '5' } });
    expect(server.of('UpdateStack')[0]).toMatchObject({
      UsePreviousTemplate: 'true',
      'Parameters.member.1.ParameterKey': 'ClusterSize',
      'Parameters.member.1.ParameterValue': '5',
      'Parameters.member.2.ParameterKey': 'KeyPair',
      'Parameters.member.2.UsePreviousValue': 'true',
    });
  });

  it('updates with a template of its own', async () => {
    await using server = await awsServer({ updateStack: result('UpdateStack', `<StackId>${ARN}</StackId>`) });
    await cloudAt(server).updateStack('kubernetes', { body: '{}', parameters: { ClusterSize: '5' } });
    expect(server.asked[0]).toMatchObject({ TemplateBody: '{}' });
    expect(server.asked[0]).not.toHaveProperty('UsePreviousTemplate');
  });

  it('validates and deletes', async () => {
    await using server = await awsServer({
      validateTemplate: result('ValidateTemplate', '<Parameters/>'),
      deleteStack: () => ({
        body: '<DeleteStackResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DeleteStackResponse>',
      }),
    });
    const cloud = cloudAt(server);
    await cloud.validateTemplate('{}');
    await cloud.deleteStack(ARN);
    expect(server.of('DeleteStack')[0]).toMatchObject({ StackName: ARN });
  });
});

describe('where and as whom it asks', () => {
  it('honours AWS_ENDPOINT_URL for every client, and credentials from the environment', async () => {
    await using server = await awsServer({
      getCallerIdentity: ok('GetCallerIdentity'),
      describeKeyPairs: ok('DescribeKeyPairs'),
      describeStacks: pages('DescribeStacks'),
      describeSecurityGroups: NO_GROUPS,
    });
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDFROMENV');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_PROFILE', undefined);
    const cloud = createCloud({ region: 'us-east-1', clock: instantClock, random: () => 0.5 });
    await cloud.identity();
    await cloud.keyPairs();
    await cloud.stacks();
    expect([...new Set(server.asked.map((query) => query.Action))].sort()).toEqual([
      'DescribeKeyPairs',
      'DescribeSecurityGroups',
      'DescribeStacks',
      'GetCallerIdentity',
    ]);
    for (const { authorization } of server.asked) expect(authorization).toContain('Credential=AKIDFROMENV/');
  });
});
