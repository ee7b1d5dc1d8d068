/** The article's stack through the real SDK: order of events, what it launches, its end. */
import {
  DescribeAutoScalingGroupsCommand,
  DescribeLaunchConfigurationsCommand,
  DescribeScalingActivitiesCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
  type StackEvent,
  UpdateStackCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  type Instance,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { injectFault } from '../../../src/sandbox/cloud/faults.ts';
import { stepCloud } from '../../../src/sandbox/cloud/step.ts';
import type { World } from '../../../src/sandbox/contract.ts';
import {
  createStack,
  type Lab,
  openLab,
  PARAMETERS,
  parameterList,
  refusal,
  TEMPLATE,
  TEMPLATE_YAML,
} from './lab.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await openLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

async function events(stack: string): Promise<StackEvent[]> {
  const all: StackEvent[] = [];
  let NextToken: string | undefined;
  do {
    const page = await lab.cfn.send(
      new DescribeStackEventsCommand({ StackName: stack, ...(NextToken ? { NextToken } : {}) }),
    );
    all.push(...(page.StackEvents ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return all.reverse();
}

async function instances(filters: Record<string, string[]> = {}): Promise<Instance[]> {
  const found = await lab.ec2.send(
    new DescribeInstancesCommand({
      Filters: Object.entries(filters).map(([Name, Values]) => ({ Name, Values })),
    }),
  );
  return (found.Reservations ?? []).flatMap((one) => one.Instances ?? []);
}

const running = { 'instance-state-name': ['running'] };

async function group(logicalId: string) {
  const { AutoScalingGroups } = await lab.asg.send(
    new DescribeAutoScalingGroupsCommand({
      Filters: [{ Name: 'tag:aws:cloudformation:logical-id', Values: [logicalId] }],
    }),
  );
  return AutoScalingGroups?.[0];
}

describe('create', () => {
  test('resources appear in dependency order, each with its three events', async () => {
    const id = await createStack(lab);
    expect(id).toMatch(/^arn:aws:cloudformation:us-east-1:\d{12}:stack\/kubernetes\/[0-9a-f-]{36}$/);
    const before = lab.clock.now();
    expect(await lab.until('kubernetes', /COMPLETE|FAILED/)).toBe('CREATE_COMPLETE');
    expect((lab.clock.now() - before) / 1000).toBeLessThan(8);

    const all = await events('kubernetes');
    expect(all[0]).toMatchObject({
      LogicalResourceId: 'kubernetes',
      ResourceType: 'AWS::CloudFormation::Stack',
      ResourceStatus: 'CREATE_IN_PROGRESS',
      ResourceStatusReason: 'User Initiated',
      PhysicalResourceId: id,
    });
    expect(all.at(-1)).toMatchObject({ LogicalResourceId: 'kubernetes', ResourceStatus: 'CREATE_COMPLETE' });
    const resources = (await lab.cfn.send(new ListStackResourcesCommand({ StackName: id })))
      .StackResourceSummaries;
    expect(resources).toHaveLength(9);
    for (const resource of resources ?? []) {
      const own = all.filter((event) => event.LogicalResourceId === resource.LogicalResourceId);
      expect(own.map((event) => [event.ResourceStatus, event.ResourceStatusReason])).toEqual([
        ['CREATE_IN_PROGRESS', undefined],
        ['CREATE_IN_PROGRESS', 'Resource creation Initiated'],
        ['CREATE_COMPLETE', undefined],
      ]);
      expect(own[1]?.PhysicalResourceId).toBe(resource.PhysicalResourceId);
    }
    const at = (logicalId: string, status: string): number =>
      all.findIndex((event) => event.LogicalResourceId === logicalId && event.ResourceStatus === status);
    for (const [later, earlier] of [
      ['CoreOSInternalIngressTCP', 'KubeSecurityGroup'],
      ['MasterLaunchConfig', 'KubeMasterSecurityGroup'],
      ['MasterAutoScale', 'MasterLaunchConfig'],
      ['MinionAutoScale', 'MinionLaunchConfig'],
    ] as const)
      expect(at(later, 'CREATE_IN_PROGRESS')).toBeGreaterThan(at(earlier, 'CREATE_COMPLETE'));
    // What does not depend on each other goes side by side.
    expect(at('KubeMinionSecurityGroup', 'CREATE_IN_PROGRESS')).toBeLessThan(
      at('KubeSecurityGroup', 'CREATE_COMPLETE'),
    );
    const times = all.map((event) => event.Timestamp?.getTime() ?? 0);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });

  test('instances run what the template says, with addresses, tags and the key', async () => {
    await createStack(lab, { parameters: { ClusterSize: '3', InstanceType: 'm3.large' } });
    await lab.until('kubernetes', /CREATE_COMPLETE/);
    const all = await instances({ ...running, 'tag:aws:cloudformation:stack-name': ['kubernetes'] });
    expect(all).toHaveLength(4);
    const minions = await instances({ ...running, 'tag:aws:cloudformation:logical-id': ['Minion*'] });
    expect(minions).toHaveLength(3);
    expect(new Set(minions.map((one) => one.Placement?.AvailabilityZone)).size).toBe(3);
    expect(new Set(all.map((one) => one.PublicIpAddress)).size).toBe(4);
    for (const one of all) {
      expect(one.PrivateIpAddress).toMatch(/^172\.31\.\d+\.\d+$/);
      expect(one.PublicIpAddress).toMatch(/^(198\.51\.100|203\.0\.113|192\.0\.2)\.\d+$/);
      expect(one.PublicDnsName).toBe(
        `ec2-${one.PublicIpAddress?.replaceAll('.', '-')}.compute-1.amazonaws.com`,
      );
      expect(one).toMatchObject({ InstanceType: 'm3.large', ImageId: 'ami-66e6680e', KeyName: 'coreos' });
      const tags = Object.fromEntries((one.Tags ?? []).map((tag) => [tag.Key, tag.Value]));
      expect(tags).toMatchObject({ Name: 'kubernetes', 'kubecore:cluster': 'kubernetes' });
      expect(tags['aws:autoscaling:groupName']).toMatch(/^kubernetes-(Master|Minion)AutoScale-[0-9A-Z]{12}$/);
    }
    const state = Object.values(lab.world.regions['us-east-1']?.instances ?? {});
    const master = state.find((one) => one.userData.includes('role=master'));
    expect(master?.userData).toMatch(/^#cloud-config\n\ncoreos:\n {2}etcd:\n {4}discovery: http:\/\/127/);
    expect(master?.userData).toContain('{\\"Network\\":\\"172.24.0.0/16\\"}');
    expect(master?.publicKey).toMatch(/^ssh-ed25519 /);
    expect(master?.console).toBe('');
    const configurations = await lab.asg.send(new DescribeLaunchConfigurationsCommand({}));
    expect(configurations.LaunchConfigurations).toHaveLength(2);
    const ingress = (await lab.ec2.send(new DescribeSecurityGroupsCommand({}))).SecurityGroups?.find((one) =>
      one.GroupName?.includes('KubeSecurityGroup'),
    );
    expect(ingress?.IpPermissions).toHaveLength(3);
    expect(ingress?.IpPermissions?.[0]).toMatchObject({
      FromPort: 22,
      IpRanges: [{ CidrIp: '203.0.113.10/32' }],
    });
    expect(ingress?.IpPermissions?.[1]?.UserIdGroupPairs?.[0]?.GroupId).toBe(ingress?.GroupId);
  });

  test('the YAML template makes the same stack', async () => {
    const id = await createStack(lab, { body: TEMPLATE_YAML });
    await lab.until(id, /CREATE_COMPLETE/);
    const { TemplateBody } = await lab.cfn.send(new GetTemplateCommand({ StackName: 'kubernetes' }));
    expect(TemplateBody?.trimEnd()).toBe(TEMPLATE_YAML.trimEnd());
    const yaml = Object.values(lab.world.regions['us-east-1']?.instances ?? {}).map((one) => one.userData);
    await using other = await openLab();
    await createStack(other);
    await other.until('kubernetes', /CREATE_COMPLETE/);
    const json = Object.values(other.world.regions['us-east-1']?.instances ?? {}).map((one) => one.userData);
    expect(new Set(yaml)).toEqual(new Set(json));
  });

  test('the same request again answers the same stack, another is refused', async () => {
    const input = {
      StackName: 'kubernetes',
      TemplateBody: TEMPLATE,
      Parameters: parameterList(PARAMETERS),
      ClientRequestToken: 'once',
    };
    const first = await lab.cfn.send(new CreateStackCommand(input));
    const second = await lab.cfn.send(new CreateStackCommand(input));
    expect(second.StackId).toBe(first.StackId);
    expect(
      await refusal(lab.cfn.send(new CreateStackCommand({ ...input, ClientRequestToken: 'twice' }))),
    ).toEqual({ name: 'AlreadyExistsException', message: 'Stack [kubernetes] already exists', status: 400 });
  });

  test('a key pair that is not there fails the launch configuration and rolls back', async () => {
    const id = await createStack(lab, { parameters: { KeyPair: 'nobody' } });
    expect(await lab.until(id, /COMPLETE|FAILED/)).toBe('ROLLBACK_COMPLETE');
    const all = await events(id);
    const failures = all.filter((event) => event.ResourceStatus === 'CREATE_FAILED');
    expect(failures[0]?.ResourceStatusReason).toMatch(
      /^The key pair 'nobody' does not exist \(Service: AmazonAutoScaling; Status Code: 400;/,
    );
  });
});

describe('refused before anything is made', () => {
  const create = (parameters: Record<string, string>, body = TEMPLATE) =>
    refusal(
      lab.cfn.send(
        new CreateStackCommand({ StackName: 'x', TemplateBody: body, Parameters: parameterList(parameters) }),
      ),
    );

  test.each([
    [{ ...PARAMETERS, ClusterSize: '1' }, "Parameter 'ClusterSize' must be a number not less than 2"],
    [{ ...PARAMETERS, ClusterSize: '257' }, "Parameter 'ClusterSize' must be a number not greater than 256"],
    [{ ...PARAMETERS, ClusterSize: 'many' }, "Parameter 'ClusterSize' must be a number."],
    [
      { ...PARAMETERS, InstanceType: 'm9.huge' },
      'Parameter InstanceType failed to satisfy constraint: Must be a valid EC2 HVM instance type.',
    ],
    [
      { ...PARAMETERS, AdvertisedIPAddress: 'both' },
      "Parameter 'AdvertisedIPAddress' must be one of AllowedValues",
    ],
    [{ KeyPair: 'coreos' }, 'Parameters: [DiscoveryURL] must have values'],
    [{ ...PARAMETERS, Color: 'red' }, 'Parameters: [Color] do not exist in the template'],
  ])('%j', async (parameters, message) => {
    expect(await create(parameters)).toEqual({ name: 'ValidationError', message, status: 400 });
    expect((await lab.cfn.send(new ListStacksCommand({}))).StackSummaries).toEqual([]);
  });

  const template = (resources: unknown, more: object = {}): string =>
    JSON.stringify({ ...more, Resources: resources });
  const sg = { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'x' } };

  test.each([
    ['{"Resources": {', /^Template format error: JSON not well-formed\. \(line 1, column \d+\)$/],
    ['a: [1', /^Template format error: YAML not well-formed\. \(line \d, column \d+\)$/],
    [template({}), /^Template format error: At least one Resources member must be defined\.$/],
    [
      template({ A: { Type: 'AWS::S3::Bucket' } }),
      /^Template format error: Unrecognized resource types: \[AWS::S3::Bucket\]$/,
    ],
    [template({ A: {} }), /Every Resources object must contain a Type member/],
    [
      template({ A: { ...sg, Properties: { GroupDescription: { Ref: 'Nope' } } } }),
      /^Template format error: Unresolved resource dependencies \[Nope\] in the Resources block of the template$/,
    ],
    [
      template({ A: { ...sg, DependsOn: 'B' }, B: { ...sg, DependsOn: 'A' } }),
      /^Circular dependency between resources: \[A, B\]$/,
    ],
    [template({ A: sg }, { Resourcez: {} }), /^Invalid template property or properties \[Resourcez\]$/],
    [
      template({ A: { ...sg, Properties: { GroupDescription: { 'Fn::FindInMap': ['M', 'a', 'b'] } } } }),
      /^Template error: Unable to get mapping for M::a::b$/,
    ],
    [
      template({ A: sg }, { Outputs: { O: { Value: { Ref: 'Gone' } } } }),
      /Unresolved resource dependencies \[Gone\] in the Outputs block/,
    ],
    [`{"Description":"${'x'.repeat(52_000)}"}`, /less than or equal to 51200/],
  ])('%.60s', async (body, message) => {
    const { name, message: said } = await create({}, body);
    expect(name).toBe('ValidationError');
    expect(said).toMatch(message);
  });

  test('a bad CIDR, too much user data and an unknown property fail when the resource is made', async () => {
    const cases: [object, RegExp][] = [
      [
        {
          ...sg,
          Properties: {
            GroupDescription: 'x',
            SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '1.2.3.4/40' }],
          },
        },
        /^CIDR block 1\.2\.3\.4\/40 is malformed \(Service: AmazonEC2; Status Code: 400; Error Code: InvalidParameterValue/,
      ],
      [
        { ...sg, Properties: { GroupDescription: 'x', Colour: 'red' } },
        /^Encountered unsupported property Colour$/,
      ],
      [
        {
          Type: 'AWS::AutoScaling::LaunchConfiguration',
          Properties: {
            ImageId: 'ami-66e6680e',
            InstanceType: 't2.micro',
            UserData: { 'Fn::Base64': 'x'.repeat(16_385) },
          },
        },
        /^User data is limited to 16384 bytes/,
      ],
      [
        {
          Type: 'AWS::AutoScaling::LaunchConfiguration',
          Properties: { ImageId: 'ami-00000000', InstanceType: 't2.micro' },
        },
        /^The image id '\[ami-00000000\]' does not exist/,
      ],
    ];
    for (const [index, [resource, reason]] of cases.entries()) {
      const StackName = `bad-${index}`;
      await lab.cfn.send(new CreateStackCommand({ StackName, TemplateBody: template({ A: resource }) }));
      await lab.until(StackName, /ROLLBACK_COMPLETE/);
      const failed = (await events(StackName)).find((event) => event.ResourceStatus === 'CREATE_FAILED');
      expect(failed?.ResourceStatusReason).toMatch(reason);
    }
  });
});

test('the functions of the template language', async () => {
  const body = `
Parameters:
  Ports: {Type: CommaDelimitedList, Default: "22, 80"}
  Big: {Type: String, Default: "no"}
Conditions:
  IsBig: !Equals [!Ref Big, "yes"]
  Small: !Not [!Condition IsBig]
  Both: !And [!Condition Small, !Or [!Condition IsBig, !Equals [a, a]]]
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: !Sub ["\${AWS::StackName} in \${AWS::Region} \${!literal} \${x}", {x: !Select [1, !Ref Ports]}]
      SecurityGroupIngress:
        - !If [IsBig, {IpProtocol: udp, FromPort: 1, ToPort: 1, CidrIp: 0.0.0.0/0}, !Ref "AWS::NoValue"]
        - {IpProtocol: tcp, FromPort: !Select [0, !Ref Ports], ToPort: 22, CidrIp: 10.1.2.3/8}
  Never:
    Type: AWS::EC2::SecurityGroup
    Condition: IsBig
    Properties: {GroupDescription: never}
Outputs:
  Id: {Value: !GetAtt Group.GroupId, Description: the group}
  Zones: {Value: !Join [",", !GetAZs ""], Condition: Both}
  Part: {Value: !Select [2, !Split ["-", "a-b-c"]]}
  Big: {Value: big, Condition: IsBig}
  Account: {Value: !Ref "AWS::AccountId"}
`;
  const validated = await lab.cfn.send(new ValidateTemplateCommand({ TemplateBody: body }));
  expect(validated.Parameters?.map((one) => [one.ParameterKey, one.DefaultValue])).toEqual([
    ['Ports', '22, 80'],
    ['Big', 'no'],
  ]);
  await lab.cfn.send(new CreateStackCommand({ StackName: 'lang', TemplateBody: body }));
  await lab.until('lang', /CREATE_COMPLETE/);
  const { Stacks } = await lab.cfn.send(new DescribeStacksCommand({ StackName: 'lang' }));
  const outputs = Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map((one) => [one.OutputKey, one.OutputValue]),
  );
  expect(outputs).toEqual({
    Id: expect.stringMatching(/^sg-[0-9a-f]{17}$/),
    Zones: 'us-east-1a,us-east-1b,us-east-1c,us-east-1d,us-east-1e,us-east-1f',
    Part: 'c',
    Account: lab.world.account,
  });
  const { SecurityGroups } = await lab.ec2.send(
    new DescribeSecurityGroupsCommand({ GroupIds: [String(outputs.Id)] }),
  );
  expect(SecurityGroups?.[0]).toMatchObject({
    Description: 'lang in us-east-1 ${literal} 80',
    IpPermissions: [{ FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
  });
});

describe('failure', () => {
  test('a refused launch rolls the stack back, in reverse order', async () => {
    injectFault(lab.world, { name: 'stack-fails' }, lab.clock.now());
    const id = await createStack(lab);
    expect(await lab.until(id, /_COMPLETE|_FAILED/)).toBe('ROLLBACK_COMPLETE');
    const all = await events(id);
    const failed = all.find((event) => event.ResourceStatus === 'CREATE_FAILED');
    expect(failed).toMatchObject({ LogicalResourceId: 'MinionAutoScale' });
    expect(failed?.ResourceStatusReason).toMatch(
      /^Group did not stabilize\. \{current\/minSize\/maxSize\} group size = \{0\/2\/256\}\. Failed Scaling Activity: You have requested more vCPU capacity than your current vCPU limit of 1/,
    );
    const rollback = all.find((event) => event.ResourceStatus === 'ROLLBACK_IN_PROGRESS');
    expect(rollback?.ResourceStatusReason).toMatch(
      /^The following resource\(s\) failed to create: \[.*MinionAutoScale.*\]\. Rollback requested by user\.$/,
    );
    const gone = all
      .filter((event) => event.ResourceStatus === 'DELETE_COMPLETE')
      .map((event) => event.LogicalResourceId);
    expect(gone).toHaveLength(9);
    expect(gone.indexOf('MinionAutoScale')).toBeLessThan(gone.indexOf('MinionLaunchConfig'));
    expect(gone.indexOf('MinionLaunchConfig')).toBeLessThan(gone.indexOf('KubeSecurityGroup'));
    expect(await instances(running)).toEqual([]);
    // The fault struck once: the next stack comes up.
    expect(lab.world.faults).toEqual([]);
    await lab.cfn.send(new DeleteStackCommand({ StackName: id }));
    await lab.until(id, /DELETE_COMPLETE/);
    await createStack(lab);
    expect(await lab.until('kubernetes', /_COMPLETE|_FAILED/)).toBe('CREATE_COMPLETE');
  });

  test('siblings of a failed resource are cancelled', async () => {
    injectFault(lab.world, { name: 'stack-fails', target: 'KubeMinionSecurityGroup' }, lab.clock.now());
    const id = await createStack(lab);
    await lab.until(id, /ROLLBACK_COMPLETE/);
    const failed = (await events(id)).filter((event) => event.ResourceStatus === 'CREATE_FAILED');
    const reasons = Object.fromEntries(
      failed.map((event) => [event.LogicalResourceId, event.ResourceStatusReason]),
    );
    expect(reasons).toEqual({
      KubeMinionSecurityGroup: expect.stringMatching(
        /^The maximum number of security groups for this VPC has been reached\. \(Service: AmazonEC2; .*SecurityGroupLimitExceeded/,
      ),
      KubeSecurityGroup: 'Resource creation cancelled',
      KubeMasterSecurityGroup: 'Resource creation cancelled',
    });
  });

  test('capacity, and a stack that is kept as it failed', async () => {
    injectFault(lab.world, { name: 'stack-fails', target: 'MasterAutoScale:capacity' }, lab.clock.now());
    const id = await createStack(lab, { onFailure: 'DO_NOTHING' });
    expect(await lab.until(id, /_COMPLETE|_FAILED/)).toBe('CREATE_FAILED');
    const failed = (await events(id)).find(
      (event) => event.LogicalResourceId === 'MasterAutoScale' && event.ResourceStatus === 'CREATE_FAILED',
    );
    expect(failed?.ResourceStatusReason).toMatch(
      /We currently do not have sufficient m3\.medium capacity in the Availability Zone/,
    );
  });

  test('throttling and bad credentials, in the words of each service', async () => {
    injectFault(lab.world, { name: 'throttling', seconds: 5 }, lab.clock.now());
    expect(await refusal(lab.cfn.send(new ListStacksCommand({})))).toMatchObject({
      name: 'Throttling',
      message: 'Rate exceeded',
    });
    expect(await refusal(instances())).toMatchObject({ name: 'RequestLimitExceeded', status: 503 });
    lab.pass(60);
    expect(await instances()).toEqual([]);
    injectFault(lab.world, { name: 'bad-credentials' }, lab.clock.now());
    expect(await refusal(instances())).toMatchObject({ name: 'AuthFailure', status: 401 });
    expect(await refusal(lab.cfn.send(new ListStacksCommand({})))).toMatchObject({
      name: 'InvalidClientTokenId',
      status: 403,
    });
  });
});

describe('delete', () => {
  test('everything goes, and the stack is then found by its id only', async () => {
    const id = await createStack(lab);
    await lab.until(id, /CREATE_COMPLETE/);
    await lab.cfn.send(new DeleteStackCommand({ StackName: 'kubernetes' }));
    expect(await lab.until(id, /DELETE_(COMPLETE|FAILED)/)).toBe('DELETE_COMPLETE');
    expect(await instances(running)).toEqual([]);
    expect((await instances()).every((one) => one.State?.Name === 'terminated' && !one.PublicIpAddress)).toBe(
      true,
    );
    expect(await group('MinionAutoScale')).toBeUndefined();
    const groups = (await lab.ec2.send(new DescribeSecurityGroupsCommand({}))).SecurityGroups;
    expect(groups?.map((one) => one.GroupName)).toEqual(['default']);
    expect(await refusal(lab.cfn.send(new DescribeStacksCommand({ StackName: 'kubernetes' })))).toEqual({
      name: 'ValidationError',
      message: 'Stack with id kubernetes does not exist',
      status: 400,
    });
    expect((await lab.cfn.send(new DescribeStacksCommand({}))).Stacks).toEqual([]);
    const listed = await lab.cfn.send(new ListStacksCommand({}));
    expect(listed.StackSummaries?.map((one) => one.StackStatus)).toEqual(['DELETE_COMPLETE']);
    // Deleting what is not there is no error.
    await lab.cfn.send(new DeleteStackCommand({ StackName: 'kubernetes' }));
  });

  test('while it is being created', async () => {
    const id = await createStack(lab);
    lab.pass(20);
    await lab.cfn.send(new DeleteStackCommand({ StackName: id }));
    expect(await lab.until(id, /DELETE_(COMPLETE|FAILED)/)).toBe('DELETE_COMPLETE');
    expect(await instances(running)).toEqual([]);
  });

  test('refused once, then it works', async () => {
    const id = await createStack(lab);
    await lab.until(id, /CREATE_COMPLETE/);
    injectFault(lab.world, { name: 'delete-refused' }, lab.clock.now());
    await lab.cfn.send(new DeleteStackCommand({ StackName: id }));
    expect(await lab.until(id, /DELETE_(COMPLETE|FAILED)/)).toBe('DELETE_FAILED');
    const last = (await events(id)).at(-1);
    expect(last?.ResourceStatusReason).toBe(
      'The following resource(s) failed to delete: [KubeSecurityGroup]. ',
    );
    await lab.cfn.send(new DeleteStackCommand({ StackName: id }));
    expect(await lab.until(id, /DELETE_(COMPLETE|FAILED)/)).toBe('DELETE_COMPLETE');
  });
});

describe('update', () => {
  const update = (parameters: Record<string, string>, TemplateBody?: string) =>
    lab.cfn.send(
      new UpdateStackCommand({
        StackName: 'kubernetes',
        ...(TemplateBody === undefined ? { UsePreviousTemplate: true } : { TemplateBody }),
        Parameters: [
          ...Object.keys(PARAMETERS).map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true })),
          ...parameterList(parameters),
        ],
      }),
    );

  test('ClusterSize changes the group, up and down; the same again is refused', async () => {
    await createStack(lab);
    await lab.until('kubernetes', /CREATE_COMPLETE/);
    await update({ ClusterSize: '4' });
    expect(await lab.until('kubernetes', /UPDATE_COMPLETE$|FAILED/)).toBe('UPDATE_COMPLETE');
    expect((await group('MinionAutoScale'))?.Instances).toHaveLength(4);
    expect(await instances(running)).toHaveLength(5);
    const own = (await events('kubernetes')).filter((event) => event.ResourceStatus?.startsWith('UPDATE'));
    expect(own.map((event) => [event.LogicalResourceId, event.ResourceStatus])).toEqual([
      ['kubernetes', 'UPDATE_IN_PROGRESS'],
      ['MinionAutoScale', 'UPDATE_IN_PROGRESS'],
      ['MinionAutoScale', 'UPDATE_COMPLETE'],
      ['kubernetes', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'],
      ['kubernetes', 'UPDATE_COMPLETE'],
    ]);
    expect(await refusal(update({ ClusterSize: '4' }))).toMatchObject({
      name: 'ValidationError',
      message: 'No updates are to be performed.',
    });
    await update({ ClusterSize: '2' });
    await lab.until('kubernetes', /UPDATE_COMPLETE$/);
    lab.pass(60);
    expect(await instances(running)).toHaveLength(3);
  });

  test('another instance type replaces the launch configurations and cleans up', async () => {
    await createStack(lab);
    await lab.until('kubernetes', /CREATE_COMPLETE/);
    await update({ InstanceType: 'm3.large' });
    expect(await lab.until('kubernetes', /UPDATE_COMPLETE$|FAILED/)).toBe('UPDATE_COMPLETE');
    const { LaunchConfigurations } = await lab.asg.send(new DescribeLaunchConfigurationsCommand({}));
    expect(LaunchConfigurations?.map((one) => one.InstanceType)).toEqual(['m3.large', 'm3.large']);
    expect((await group('MinionAutoScale'))?.LaunchConfigurationName).toBe(
      LaunchConfigurations?.find((one) => one.LaunchConfigurationName?.includes('Minion'))
        ?.LaunchConfigurationName,
    );
  });

  test('one that fails goes back to what was', async () => {
    await createStack(lab);
    await lab.until('kubernetes', /CREATE_COMPLETE/);
    await lab.cfn.send(
      new UpdateStackCommand({
        StackName: 'kubernetes',
        UsePreviousTemplate: true,
        Parameters: parameterList({ ...PARAMETERS, KeyPair: 'nobody', ClusterSize: '5' }),
      }),
    );
    expect(await lab.until('kubernetes', /UPDATE_(ROLLBACK_)?(COMPLETE|FAILED)$/)).toBe(
      'UPDATE_ROLLBACK_COMPLETE',
    );
    const { Stacks } = await lab.cfn.send(new DescribeStacksCommand({ StackName: 'kubernetes' }));
    expect(Stacks?.[0]?.Parameters).toContainEqual({ ParameterKey: 'KeyPair', ParameterValue: 'coreos' });
    expect((await group('MinionAutoScale'))?.DesiredCapacity).toBe(2);
    const { LaunchConfigurations } = await lab.asg.send(new DescribeLaunchConfigurationsCommand({}));
    expect(LaunchConfigurations).toHaveLength(2);
    const { StackResources } = await lab.cfn.send(
      new DescribeStackResourcesCommand({ StackName: 'kubernetes' }),
    );
    expect(StackResources?.every((one) => one.ResourceStatus?.endsWith('_COMPLETE'))).toBe(true);
  });

  test('a resource is dropped and another added', async () => {
    await createStack(lab);
    await lab.until('kubernetes', /CREATE_COMPLETE/);
    const next = JSON.parse(TEMPLATE);
    delete next.Resources.CoreOSInternalIngressUDP;
    next.Resources.Extra = { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'more' } };
    await update({}, JSON.stringify(next));
    expect(await lab.until('kubernetes', /UPDATE_COMPLETE$|FAILED/)).toBe('UPDATE_COMPLETE');
    const { StackResources } = await lab.cfn.send(
      new DescribeStackResourcesCommand({ StackName: 'kubernetes' }),
    );
    const ids = StackResources?.map((one) => one.LogicalResourceId);
    expect(ids).toContain('Extra');
    expect(ids).not.toContain('CoreOSInternalIngressUDP');
    const { SecurityGroups } = await lab.ec2.send(
      new DescribeSecurityGroupsCommand({
        Filters: [{ Name: 'group-name', Values: ['kubernetes-KubeSecurityGroup-*'] }],
      }),
    );
    expect(SecurityGroups?.[0]?.IpPermissions?.map((one) => one.IpProtocol)).toEqual(['tcp', 'tcp']);
  });
});

describe('the groups keep their size', () => {
  test('a terminated minion is replaced, with activities', async () => {
    await createStack(lab);
    await lab.until('kubernetes', /CREATE_COMPLETE/);
    const [victim] = await instances({
      ...running,
      'tag:aws:cloudformation:logical-id': ['MinionAutoScale'],
    });
    await lab.ec2.send(new TerminateInstancesCommand({ InstanceIds: [String(victim?.InstanceId)] }));
    lab.pass(70);
    const now = await instances({ ...running, 'tag:aws:cloudformation:logical-id': ['MinionAutoScale'] });
    expect(now).toHaveLength(2);
    expect(now.map((one) => one.InstanceId)).not.toContain(victim?.InstanceId);
    const name = (await group('MinionAutoScale'))?.AutoScalingGroupName;
    const { Activities } = await lab.asg.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name }),
    );
    expect(Activities?.map((one) => [one.StatusCode, one.Description?.split(':')[0]])).toEqual([
      ['Successful', 'Launching a new EC2 instance'],
      ['Successful', 'Terminating EC2 instance'],
      ['Successful', 'Launching a new EC2 instance'],
      ['Successful', 'Launching a new EC2 instance'],
    ]);
  });

  test('faults kill the right machine at once', async () => {
    await createStack(lab);
    await lab.until('kubernetes', /CREATE_COMPLETE/);
    const [master] = await instances({
      ...running,
      'tag:aws:cloudformation:logical-id': ['MasterAutoScale'],
    });
    expect(injectFault(lab.world, { name: 'master-dies' }, lab.clock.now())).toContain(
      String(master?.InstanceId),
    );
    const minions = await instances({ ...running, 'tag:aws:cloudformation:logical-id': ['MinionAutoScale'] });
    injectFault(
      lab.world,
      { name: 'minion-dies', target: String(minions[0]?.PrivateIpAddress) },
      lab.clock.now(),
    );
    expect(await instances(running)).toHaveLength(1);
    lab.pass(60);
    expect(await instances(running)).toHaveLength(3);
    expect(() => injectFault(lab.world, { name: 'minion-dies', target: 'i-none' }, lab.clock.now())).toThrow(
      /no running instance is called "i-none"/,
    );
    expect(() => injectFault(lab.world, { name: 'rain' }, lab.clock.now())).toThrow(
      /there is no fault "rain"; there are: minion-dies/,
    );
  });

  test('desired capacity and ending one member', async () => {
    await createStack(lab);
    await lab.until('kubernetes', /CREATE_COMPLETE/);
    const name = String((await group('MinionAutoScale'))?.AutoScalingGroupName);
    await lab.asg.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity: 4 }));
    lab.pass(40);
    expect((await group('MinionAutoScale'))?.Instances?.map((one) => one.LifecycleState)).toEqual(
      Array(4).fill('InService'),
    );
    const victim = (await group('MinionAutoScale'))?.Instances?.[0]?.InstanceId;
    const ended = await lab.asg.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: victim,
        ShouldDecrementDesiredCapacity: true,
      }),
    );
    expect(ended.Activity?.StatusCode).toBe('InProgress');
    lab.pass(40);
    expect((await group('MinionAutoScale'))?.Instances).toHaveLength(3);
    expect(
      await refusal(
        lab.asg.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity: 999 })),
      ),
    ).toMatchObject({ name: 'ValidationError' });
  });
});

test('a saved world goes on where it was', async () => {
  const id = await createStack(lab);
  lab.pass(12);
  lab.world = JSON.parse(JSON.stringify(lab.world)) as World;
  const reference = JSON.parse(JSON.stringify(lab.world)) as World;
  await lab.until(id, /CREATE_COMPLETE/);
  // And alike: the seed decides.
  let now = lab.clock.now() - 60_000;
  for (; now <= lab.clock.now(); now += 100) stepCloud(reference, now);
  expect(Object.keys(reference.regions['us-east-1']?.instances ?? {})).toEqual(
    Object.keys(lab.world.regions['us-east-1']?.instances ?? {}),
  );
});

test('many events come in pages', async () => {
  const Resources = Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `G${index}`,
      { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'x' } },
    ]),
  );
  await lab.cfn.send(
    new CreateStackCommand({ StackName: 'wide', TemplateBody: JSON.stringify({ Resources }) }),
  );
  await lab.until('wide', /CREATE_COMPLETE/);
  const first = await lab.cfn.send(new DescribeStackEventsCommand({ StackName: 'wide' }));
  expect(first.NextToken).toBeTruthy();
  expect(await events('wide')).toHaveLength(182);
});
