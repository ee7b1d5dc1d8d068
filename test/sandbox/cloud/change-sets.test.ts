/** Change sets by the real SDK: what they say, how they are carried out, what is refused. */
import {
  type Change,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  ListChangeSetsCommand,
} from '@aws-sdk/client-cloudformation';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULTS } from '../../../src/cluster/parameters.ts';
import { renderTemplate, templateParameters } from '../../../src/render/template.ts';
import { createStack, type Lab, openLab, PARAMETERS, parameterList, refusal } from './lab.ts';

const ANSWERS = {
  discoveryUrl: PARAMETERS.DiscoveryURL ?? '',
  allowSshFrom: '203.0.113.10/32',
  keyPair: 'coreos',
};

let lab: Lab;
beforeEach(async () => {
  lab = await openLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

/** The default form, launched. */
async function launched(body?: string): Promise<Record<string, string>> {
  const parameters = body === undefined ? { ...templateParameters(DEFAULTS, ANSWERS) } : { ...PARAMETERS };
  await createStack(lab, { body: body ?? renderTemplate(DEFAULTS, 'us-east-1').body, parameters });
  expect(await lab.until('kubernetes', /_COMPLETE|_FAILED/)).toBe('CREATE_COMPLETE');
  return parameters;
}

/** Asks for other values of some parameters and waits until the change set is made. */
async function changeSet(
  changed: Record<string, string>,
  previous: Record<string, string>,
  name = 'mine',
): Promise<DescribeChangeSetCommandOutput> {
  const kept = Object.keys(previous).filter((key) => !(key in changed));
  await lab.cfn.send(
    new CreateChangeSetCommand({
      StackName: 'kubernetes',
      ChangeSetName: name,
      UsePreviousTemplate: true,
      Parameters: [
        ...parameterList(changed),
        ...kept.map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true })),
      ],
    }),
  );
  expect(await described(name)).toMatchObject({
    Status: 'CREATE_IN_PROGRESS',
    ExecutionStatus: 'UNAVAILABLE',
  });
  lab.pass(10);
  return described(name);
}

const described = (name = 'mine'): Promise<DescribeChangeSetCommandOutput> =>
  lab.cfn.send(
    new DescribeChangeSetCommand({
      StackName: 'kubernetes',
      ChangeSetName: name,
      IncludePropertyValues: true,
    }),
  );

const told = (changes: readonly Change[] | undefined): string[] =>
  (changes ?? []).map(
    ({ ResourceChange: change }) =>
      `${change?.Action} ${change?.LogicalResourceId}${change?.Replacement ? ` ${change.Replacement}` : ''}`,
  );

test('what hangs on a change in place is dynamic; carried out it is the update', async () => {
  const previous = await launched();
  const set = await changeSet({ InstanceType: 'm3.large' }, previous);
  expect(set).toMatchObject({ Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE' });
  expect(told(set.Changes).sort()).toEqual([
    'Modify MasterAutoScale False',
    'Modify MasterLaunchTemplate False',
    'Modify MinionAutoScale False',
    'Modify MinionLaunchTemplate False',
  ]);
  const details = Object.fromEntries(
    (set.Changes ?? []).map(({ ResourceChange: one }) => [one?.LogicalResourceId, one?.Details?.[0]]),
  );
  expect(details.MasterLaunchTemplate).toMatchObject({
    Target: { Attribute: 'Properties', Name: 'LaunchTemplateData', RequiresRecreation: 'Never' },
    Evaluation: 'Static',
    ChangeSource: 'ParameterReference',
    CausingEntity: 'InstanceType',
  });
  expect(details.MasterAutoScale).toMatchObject({
    Target: {
      Name: 'LaunchTemplate',
      AfterValue: expect.stringContaining('{{changeSet:KNOWN_AFTER_APPLY}}'),
    },
    Evaluation: 'Dynamic',
    ChangeSource: 'ResourceAttribute',
    CausingEntity: 'MasterLaunchTemplate.LatestVersionNumber',
  });
  await changeSet({ ClusterSize: '3' }, previous, 'other');
  await lab.cfn.send(new ExecuteChangeSetCommand({ StackName: 'kubernetes', ChangeSetName: 'mine' }));
  expect(await described()).toMatchObject({ ExecutionStatus: 'EXECUTE_IN_PROGRESS' });
  expect(await lab.until('kubernetes', /UPDATE_(ROLLBACK_)?COMPLETE$/)).toBe('UPDATE_COMPLETE');
  expect(await described()).toMatchObject({ ExecutionStatus: 'EXECUTE_COMPLETE' });
  const { Stacks } = await lab.cfn.send(new DescribeStacksCommand({ StackName: 'kubernetes' }));
  expect(Stacks?.[0]?.Parameters).toContainEqual({
    ParameterKey: 'InstanceType',
    ParameterValue: 'm3.large',
  });
  // The other one was made for a stack that is no more.
  const { Summaries } = await lab.cfn.send(new ListChangeSetsCommand({ StackName: 'kubernetes' }));
  expect(Summaries?.map((one) => one.ChangeSetName)).toEqual(['mine']);
  expect(await refusal(described('other'))).toMatchObject({ name: 'ChangeSetNotFoundException' });
});

test('a property that forces another resource; what refers to it may follow', async () => {
  const previous = await launched();
  const vpc = await changeSet(
    {
      VPC: Object.keys(lab.world.regions['us-east-1']?.vpcs ?? {})[0] ?? '',
      Subnets: Object.keys(lab.world.regions['us-east-1']?.subnets ?? {})[0] ?? '',
    },
    previous,
  );
  const by = Object.fromEntries(
    (vpc.Changes ?? []).map(({ ResourceChange: one }) => [one?.LogicalResourceId, one?.Replacement]),
  );
  expect(by).toMatchObject({
    KubeSecurityGroup: 'True',
    CoreOSInternalIngressTCP: 'Conditional',
    MasterLaunchTemplate: 'False',
    MasterAutoScale: 'False',
  });
});

test("the article's own template replaces its launch configurations", async () => {
  const previous = await launched((await import('./lab.ts')).TEMPLATE);
  const set = await changeSet({ InstanceType: 'm3.large' }, previous);
  const lines = told(set.Changes);
  expect(lines).toContain('Modify MasterLaunchConfig True');
  expect(lines).toContain('Modify MasterAutoScale False');
  expect(
    set.Changes?.find(({ ResourceChange: one }) => one?.LogicalResourceId === 'MasterAutoScale'),
  ).toMatchObject({ ResourceChange: { Details: [{ ChangeSource: 'ResourceReference' }] } });
});

test('nothing to change, a key pair that is not there, a stack at work, a set that is gone', async () => {
  const previous = await launched();
  expect(await changeSet({ ClusterSize: '2' }, previous)).toMatchObject({
    Status: 'FAILED',
    StatusReason:
      "The submitted information didn't contain changes. Submit different information to create a change set.",
    ExecutionStatus: 'UNAVAILABLE',
    Changes: [],
  });
  const execute = (): Promise<unknown> =>
    lab.cfn.send(new ExecuteChangeSetCommand({ StackName: 'kubernetes', ChangeSetName: 'mine' }));
  expect(await refusal(execute())).toMatchObject({ name: 'InvalidChangeSetStatusException' });
  expect(await changeSet({ KeyPair: 'nosuch' }, previous, 'keyless')).toMatchObject({
    Status: 'FAILED',
    StatusReason:
      'Parameter validation failed: parameter value nosuch for parameter name KeyPair does not exist.',
  });
  await lab.cfn.send(new DeleteChangeSetCommand({ StackName: 'kubernetes', ChangeSetName: 'mine' }));
  expect(await refusal(described())).toMatchObject({ name: 'ChangeSetNotFoundException' });
  await changeSet({ ClusterSize: '3' }, previous);
  await execute();
  expect(
    await refusal(
      lab.cfn.send(
        new CreateChangeSetCommand({
          StackName: 'kubernetes',
          ChangeSetName: 'second',
          UsePreviousTemplate: true,
          Parameters: parameterList(previous),
        }),
      ),
    ),
  ).toMatchObject({ name: 'ValidationError', message: expect.stringContaining('UPDATE_IN_PROGRESS state') });
});
