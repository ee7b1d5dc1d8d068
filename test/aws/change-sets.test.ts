/** The Cloud port's change sets, over the real SDK: what is sent, and what is read, page by page. */
import { expect, test } from 'vitest';
import { createCloud } from '../../src/aws/cloud.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { type Answer, awsServer, queryError } from './aws-server.ts';

const cloudAt = (endpoint: string) =>
  createCloud({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    clock: fakeClock(),
    random: () => 0,
    attempts: 1,
  });

const answer = (action: string, result: string): Answer => ({
  body: `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`,
});

const change = (logicalId: string, more: string): string =>
  `<member><Type>Resource</Type><ResourceChange><Action>Modify</Action><LogicalResourceId>${logicalId}</LogicalResourceId><PhysicalResourceId>p</PhysicalResourceId><ResourceType>AWS::EC2::SecurityGroup</ResourceType>${more}</ResourceChange></member>`;

test('values alone keep the template and the other values; a template is sent whole', async () => {
  await using server = await awsServer({
    describeStacks: () =>
      answer(
        'DescribeStacks',
        '<Stacks><member><StackId>s</StackId><StackName>web</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-11-22T00:00:00Z</CreationTime><Parameters><member><ParameterKey>KeyPair</ParameterKey><ParameterValue>coreos</ParameterValue></member><member><ParameterKey>InstanceType</ParameterKey><ParameterValue>m3.medium</ParameterValue></member></Parameters></member></Stacks>',
      ),
    createChangeSet: () => answer('CreateChangeSet', '<Id>arn:cs</Id><StackId>s</StackId>'),
  });
  const cloud = cloudAt(server.url);
  expect(await cloud.createChangeSet('web', 'kubecore-1', { parameters: { InstanceType: 'm3.large' } })).toBe(
    'arn:cs',
  );
  await cloud.createChangeSet('web', 'kubecore-2', { body: '{}', parameters: { KeyPair: 'other' } });
  const [values, whole] = server.of('CreateChangeSet');
  expect(values).toMatchObject({
    StackName: 'web',
    ChangeSetName: 'kubecore-1',
    ChangeSetType: 'UPDATE',
    UsePreviousTemplate: 'true',
    'Parameters.member.1.ParameterKey': 'InstanceType',
    'Parameters.member.1.ParameterValue': 'm3.large',
    'Parameters.member.2.ParameterKey': 'KeyPair',
    'Parameters.member.2.UsePreviousValue': 'true',
  });
  expect(whole).toMatchObject({ TemplateBody: '{}', 'Parameters.member.1.ParameterValue': 'other' });
  expect(whole).not.toHaveProperty('UsePreviousTemplate');
});

test('is read page by page', async () => {
  await using server = await awsServer({
    describeChangeSet: ({ NextToken }) =>
      NextToken === undefined
        ? answer(
            'DescribeChangeSet',
            `<ChangeSetId>arn:cs</ChangeSetId><Status>CREATE_COMPLETE</Status><Changes>${change(
              'A',
              '<Replacement>True</Replacement><Details><member><Target><Attribute>Properties</Attribute><Name>VpcId</Name><RequiresRecreation>Always</RequiresRecreation><BeforeValue>vpc-1</BeforeValue><AfterValue>vpc-2</AfterValue></Target><Evaluation>Static</Evaluation><ChangeSource>ParameterReference</ChangeSource><CausingEntity>VPC</CausingEntity></member></Details>',
            )}</Changes><NextToken>more</NextToken>`,
          )
        : answer(
            'DescribeChangeSet',
            `<ChangeSetId>arn:cs</ChangeSetId><Status>CREATE_COMPLETE</Status><Changes>${change(
              'B',
              '<Replacement>False</Replacement><Details><member><Target><Attribute>Tags</Attribute></Target></member></Details>',
            )}</Changes>`,
          ),
  });
  expect(await cloudAt(server.url).changeSet('arn:cs')).toEqual({
    id: 'arn:cs',
    status: 'CREATE_COMPLETE',
    statusReason: null,
    changes: [
      {
        action: 'Modify',
        logicalId: 'A',
        physicalId: 'p',
        type: 'AWS::EC2::SecurityGroup',
        replacement: 'True',
        details: [{ property: 'VpcId', causedBy: 'VPC', before: 'vpc-1', after: 'vpc-2' }],
      },
      expect.objectContaining({
        logicalId: 'B',
        details: [{ property: null, causedBy: null, before: null, after: null }],
      }),
    ],
  });
  expect(server.of('DescribeChangeSet')[0]).toMatchObject({
    ChangeSetName: 'arn:cs',
    IncludePropertyValues: 'true',
  });
});

test('carried out, dropped, and gone', async () => {
  await using server = await awsServer({
    executeChangeSet: (_query, nth) =>
      nth === 1
        ? answer('ExecuteChangeSet', '')
        : queryError(
            'InvalidChangeSetStatus',
            'ChangeSet [arn:cs] cannot be executed in its current status of [OBSOLETE]',
          ),
    deleteChangeSet: () => queryError('ChangeSetNotFound', 'ChangeSet [arn:cs] does not exist', 404),
  });
  const cloud = cloudAt(server.url);
  await cloud.executeChangeSet('arn:cs', 'token-1');
  expect(server.of('ExecuteChangeSet')[0]).toMatchObject({ ClientRequestToken: 'token-1' });
  await expect(cloud.executeChangeSet('arn:cs', 'token-1')).rejects.toMatchObject({
    code: 'InvalidChangeSetStatusException',
    why: expect.stringContaining('[OBSOLETE]'),
  });
  await expect(cloud.deleteChangeSet('arn:cs')).rejects.toMatchObject({
    code: 'ChangeSetNotFoundException',
    why: expect.stringContaining('the change set is gone'),
  });
});
