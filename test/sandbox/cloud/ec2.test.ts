/** EC2, STS and the endpoint itself through the real SDK. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeKeyPairsCommand,
  DescribeRegionsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  EC2Client,
  GetConsoleOutputCommand,
  ImportKeyPairCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AMI_BY_REGION } from '../../../src/cluster/parameters.ts';
import { encodeEd25519, makeEd25519 } from '../../../src/sandbox/cloud/ec2/openssh-key.ts';
import { type Lab, openLab, refusal } from './lab.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await openLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

test('who am I', async () => {
  const who = await lab.sts.send(new GetCallerIdentityCommand({}));
  expect(who).toMatchObject({
    Account: expect.stringMatching(/^\d{12}$/),
    Arn: `arn:aws:iam::${lab.world.account}:user/sandbox`,
  });
});

describe('key pairs', () => {
  test('an RSA key made by EC2 has the fingerprint of its PKCS#8', async () => {
    const made = await lab.ec2.send(new CreateKeyPairCommand({ KeyName: 'coreos' }));
    expect(made.KeyMaterial).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    const key = createPrivateKey(made.KeyMaterial ?? '');
    const sha1 = createHash('sha1')
      .update(key.export({ type: 'pkcs8', format: 'der' }))
      .digest('hex');
    expect(made.KeyFingerprint?.replaceAll(':', '')).toBe(sha1);
    expect(made.KeyFingerprint).toMatch(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/);
    const { KeyPairs } = await lab.ec2.send(
      new DescribeKeyPairsCommand({ KeyNames: ['coreos'], IncludePublicKey: true }),
    );
    const shown = ssh2.utils.parseKey(KeyPairs?.[0]?.PublicKey ?? '');
    if (shown instanceof Error) throw shown;
    expect(createPublicKey(shown.getPublicPEM()).equals(createPublicKey(key))).toBe(true);
    expect(KeyPairs?.[0]).toMatchObject({ KeyType: 'rsa', KeyName: 'coreos', KeyPairId: made.KeyPairId });
    const plain = await lab.ec2.send(new DescribeKeyPairsCommand({}));
    expect(plain.KeyPairs?.[0]?.PublicKey).toBeUndefined();
    expect(await refusal(lab.ec2.send(new CreateKeyPairCommand({ KeyName: 'coreos' })))).toMatchObject({
      name: 'InvalidKeyPair.Duplicate',
    });
  });

  test('imported and ed25519 keys have theirs', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { n, e } = publicKey.export({ format: 'jwk' });
    const field = (bytes: Buffer): Buffer => {
      const body = (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(body.length);
      return Buffer.concat([length, body]);
    };
    const blob = Buffer.concat([
      field(Buffer.from('ssh-rsa')),
      field(Buffer.from(e ?? '', 'base64url')),
      field(Buffer.from(n ?? '', 'base64url')),
    ]);
    const rsa = await lab.ec2.send(
      new ImportKeyPairCommand({
        KeyName: 'mine',
        PublicKeyMaterial: Buffer.from(`ssh-rsa ${blob.toString('base64')} me@here`),
      }),
    );
    const md5 = createHash('md5')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex');
    expect(rsa.KeyFingerprint?.replaceAll(':', '')).toBe(md5);

    const made = await lab.ec2.send(new CreateKeyPairCommand({ KeyName: 'ed', KeyType: 'ed25519' }));
    const parsed = ssh2.utils.parseKey(made.KeyMaterial ?? '');
    if (parsed instanceof Error) throw parsed;
    expect(made.KeyFingerprint).toBe(createHash('sha256').update(parsed.getPublicSSH()).digest('base64'));
    expect(
      await refusal(
        lab.ec2.send(
          new ImportKeyPairCommand({ KeyName: 'bad', PublicKeyMaterial: Buffer.from('ssh-rsa nonsense') }),
        ),
      ),
    ).toMatchObject({ name: 'InvalidKey.Format' });
    await lab.ec2.send(new DeleteKeyPairCommand({ KeyName: 'mine' }));
    await lab.ec2.send(new DeleteKeyPairCommand({ KeyName: 'never-was' }));
    expect(await refusal(lab.ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['mine'] })))).toMatchObject({
      name: 'InvalidKeyPair.NotFound',
      message: "The key pair 'mine' does not exist",
    });
  });

  test('ed25519 keys whose public key begins with zeros are whole', () => {
    const key = encodeEd25519(
      Buffer.alloc(32, 7),
      Buffer.concat([Buffer.alloc(2), Buffer.alloc(30, 9)]),
      'x',
    );
    for (const text of [key.privateKey, key.publicKey]) {
      const parsed = ssh2.utils.parseKey(text);
      if (parsed instanceof Error) throw parsed;
      expect(parsed.getPublicSSH().equals(key.blob)).toBe(true);
    }
    const made = ssh2.utils.parseKey(makeEd25519('me').privateKey);
    if (made instanceof Error) throw made;
    const signature = made.sign('data');
    expect(made.verify('data', signature as Buffer)).toBe(true);
  });
});

describe('places', () => {
  test('regions, zones, the default VPC and its subnets', async () => {
    const { Regions } = await lab.ec2.send(new DescribeRegionsCommand({}));
    const names = Regions?.map((one) => one.RegionName);
    for (const name of Object.keys(AMI_BY_REGION)) expect(names).toContain(name);
    const { AvailabilityZones } = await lab.ec2.send(new DescribeAvailabilityZonesCommand({}));
    expect(AvailabilityZones?.map((one) => [one.ZoneName, one.ZoneId])).toContainEqual([
      'us-east-1b',
      'use1-az2',
    ]);
    const { Vpcs } = await lab.ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }),
    );
    expect(Vpcs?.[0]).toMatchObject({ CidrBlock: '172.31.0.0/16', IsDefault: true });
    const { Subnets } = await lab.ec2.send(new DescribeSubnetsCommand({}));
    expect(Subnets?.map((one) => one.CidrBlock)).toEqual(
      ['0', '16', '32', '48', '64', '80'].map((part) => `172.31.${part}.0/20`),
    );
  });

  test("the article's images are each in their region", async () => {
    for (const [region, id] of Object.entries(AMI_BY_REGION)) {
      const client = new EC2Client({
        region,
        endpoint: lab.endpoint.url,
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      });
      const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [id] }));
      expect(Images?.[0]).toMatchObject({ ImageId: id, VirtualizationType: 'hvm', State: 'available' });
    }
    expect(
      await refusal(lab.ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-f9b08ff8'] }))),
    ).toMatchObject({
      name: 'InvalidAMIID.NotFound',
      message: "The image id '[ami-f9b08ff8]' does not exist",
    });
    const offered = await lab.ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: ['m3.medium', 'm9.*'] }],
      }),
    );
    expect(offered.InstanceTypeOfferings).toHaveLength(6);
  });

  test('a region that is none', async () => {
    const client = new STSClient({
      region: 'mars-1',
      endpoint: lab.endpoint.url,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    expect(await refusal(client.send(new GetCallerIdentityCommand({})))).toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
  });
});

describe('instances', () => {
  const launch = (more: object = {}) =>
    new RunInstancesCommand({
      ImageId: 'ami-66e6680e',
      InstanceType: 't2.micro',
      MinCount: 1,
      MaxCount: 1,
      ...more,
    });

  test('from pending to forgotten', async () => {
    const made = await lab.ec2.send(
      launch({
        MaxCount: 3,
        UserData: Buffer.from('#cloud-config\n').toString('base64'),
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'one' }] }],
      }),
    );
    expect(made.Instances?.map((one) => one.State?.Name)).toEqual(['pending', 'pending', 'pending']);
    lab.pass(30);
    const id = String(made.Instances?.[0]?.InstanceId);
    const address = String(made.Instances?.[0]?.PrivateIpAddress);
    const find = async (Name: string, ...Values: string[]): Promise<number> =>
      (
        await lab.ec2.send(new DescribeInstancesCommand({ Filters: [{ Name, Values }] }))
      ).Reservations?.flatMap((one) => one.Instances ?? []).length ?? 0;
    expect(await find('instance-state-name', 'running')).toBe(3);
    expect(await find('private-ip-address', address)).toBe(1);
    expect(await find('tag:Name', 'o*')).toBe(3);
    expect(await find('tag:Name', 'two')).toBe(0);
    expect(await refusal(find('colour', 'red'))).toMatchObject({
      name: 'InvalidParameterValue',
      message: "The filter 'colour' is invalid",
    });
    const status = await lab.ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }));
    expect(status.InstanceStatuses?.[0]?.SystemStatus?.Status).toBe('initializing');
    await lab.ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'a&b', Value: '<"ü">' }] }));
    const tags = await lab.ec2.send(
      new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [id] }] }),
    );
    expect(tags.Tags).toContainEqual({
      ResourceId: id,
      ResourceType: 'instance',
      Key: 'a&b',
      Value: '<"ü">',
    });

    const quiet = await lab.ec2.send(new GetConsoleOutputCommand({ InstanceId: id }));
    expect(quiet.Output).toBeUndefined();
    const state = lab.world.regions['us-east-1']?.instances[id];
    if (state) state.console = 'SSH host key: SHA256:x\r\nü\n';
    const loud = await lab.ec2.send(new GetConsoleOutputCommand({ InstanceId: id }));
    expect(Buffer.from(loud.Output ?? '', 'base64').toString()).toBe('SSH host key: SHA256:x\r\nü\n');

    const ended = await lab.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(ended.TerminatingInstances?.[0]).toMatchObject({
      PreviousState: { Name: 'running' },
      CurrentState: { Name: 'shutting-down' },
    });
    lab.pass(20);
    const { Reservations } = await lab.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
      State: { Name: 'terminated', Code: 48 },
      StateReason: { Code: 'Client.UserInitiatedShutdown' },
    });
    lab.pass(3_700);
    expect(await refusal(lab.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })))).toMatchObject({
      name: 'InvalidInstanceID.NotFound',
    });
  });

  test('what RunInstances refuses, and DryRun', async () => {
    for (const [more, name] of [
      [{ ImageId: 'ami-00000000' }, 'InvalidAMIID.NotFound'],
      [{ KeyName: 'nobody' }, 'InvalidKeyPair.NotFound'],
      [{ InstanceType: 'm9.huge' }, 'InvalidParameterValue'],
      [{ SecurityGroupIds: ['sg-00000000'] }, 'InvalidGroup.NotFound'],
      [{ MinCount: 3, MaxCount: 2 }, 'InvalidParameterValue'],
      [{ UserData: Buffer.alloc(16_385).toString('base64') }, 'InvalidParameterValue'],
      [{ DryRun: true }, 'DryRunOperation'],
    ] as const)
      expect((await refusal(lab.ec2.send(launch(more)))).name).toBe(name);
    expect((await refusal(lab.ec2.send(launch({ DryRun: true })))).status).toBe(412);
    expect(lab.world.regions['us-east-1']?.instances).toEqual({});
  });

  test('the same client token starts nothing twice; many come in pages', async () => {
    const first = await lab.ec2.send(launch({ ClientToken: 'once' }));
    const second = await lab.ec2.send(launch({ ClientToken: 'once' }));
    expect(second.Instances?.[0]?.InstanceId).toBe(first.Instances?.[0]?.InstanceId);
    for (let count = 0; count < 6; count += 1) await lab.ec2.send(launch());
    const page = await lab.ec2.send(new DescribeInstancesCommand({ MaxResults: 5 }));
    expect(page.Reservations).toHaveLength(5);
    const rest = await lab.ec2.send(
      new DescribeInstancesCommand({ MaxResults: 5, NextToken: page.NextToken }),
    );
    expect(rest.Reservations).toHaveLength(2);
    expect(rest.NextToken).toBeUndefined();
  });
});

test('security groups', async () => {
  const { GroupId } = await lab.ec2.send(
    new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'd' }),
  );
  const open = (more: object) =>
    lab.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [
          { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }], ...more },
        ],
      }),
    );
  const made = await open({});
  expect(made.SecurityGroupRules?.[0]?.SecurityGroupRuleId).toMatch(/^sgr-/);
  expect(await refusal(open({}))).toMatchObject({ name: 'InvalidPermission.Duplicate' });
  expect(await refusal(open({ IpRanges: [{ CidrIp: '1.2.3/8' }] }))).toMatchObject({
    name: 'InvalidParameterValue',
  });
  await lab.ec2.send(
    new RunInstancesCommand({
      ImageId: 'ami-66e6680e',
      InstanceType: 't2.micro',
      MinCount: 1,
      MaxCount: 1,
      SecurityGroupIds: [String(GroupId)],
    }),
  );
  expect(await refusal(lab.ec2.send(new DeleteSecurityGroupCommand({ GroupId })))).toMatchObject({
    name: 'DependencyViolation',
  });
});

describe('the endpoint', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(lab.endpoint.url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  const signed = (service: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=K/20261122/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  });

  test('without credentials, and unknown actions', async () => {
    const bare = await post('Action=DescribeStacks&Version=2010-05-15');
    expect(bare.status).toBe(403);
    expect(await bare.text()).toContain('<Code>MissingAuthenticationToken</Code>');
    const ec2 = await post('Action=Fly&Version=2016-11-15', signed('ec2'));
    expect(ec2.status).toBe(400);
    expect(await ec2.text()).toMatch(/<Response><Errors><Error><Code>InvalidAction<\/Code>/);
    const cfn = await post('Action=toString&Version=2010-05-15', signed('cloudformation'));
    expect(await cfn.text()).toMatch(/<ErrorResponse xmlns=.*<Code>InvalidAction<\/Code>/);
    expect((await post(`x=${'y'.repeat(1_100_000)}`, signed('ec2'))).status).toBe(413);
  });

  test('discovery and checkip', async () => {
    const token = await (await fetch(`${lab.endpoint.discovery}/new?size=4`)).text();
    expect(token).toMatch(new RegExp(`^${lab.endpoint.discovery}/[0-9a-f]{32}$`));
    const key = `/_etcd/registry/${token.split('/').at(-1)}`;
    expect(await (await fetch(token)).json()).toEqual({
      action: 'get',
      node: { key, dir: true, modifiedIndex: 1, createdIndex: 1 },
    });
    const entry = lab.world.discovery[String(token.split('/').at(-1))];
    if (entry) entry.members['i-1'] = 'http://172.31.0.9:7001';
    expect(await (await fetch(token)).json()).toMatchObject({
      node: { nodes: [{ key: `${key}/i-1`, value: 'http://172.31.0.9:7001' }] },
    });
    expect(await (await fetch(`${token}/_config/size`)).json()).toMatchObject({ node: { value: '4' } });
    const missing = await fetch(`${lab.endpoint.discovery}/nothing`);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ errorCode: 100 });
    expect((await fetch(`${lab.endpoint.discovery}/new?size=0`)).status).toBe(400);
    expect(await (await fetch(lab.endpoint.callerAddressUrl)).text()).toMatch(/^203\.0\.113\.\d+\n$/);
  });
});
