/** The default form in the sandbox's cloud: in the default VPC and in subnets of choice, launched as `kubecore up` does. */
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeInstancesCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { createCloud } from '../../src/aws/cloud.ts';
import { launchNetwork } from '../../src/cluster/network.ts';
import { DEFAULTS } from '../../src/cluster/parameters.ts';
import { renderTemplate, templateParameters } from '../../src/render/template.ts';
import { instantClock } from '../aws/aws-server.ts';
import { createStack, openLab } from '../sandbox/cloud/lab.ts';

const ANSWERS = { discoveryUrl: 'http://127.0.0.1:1/d/1', allowSshFrom: '192.0.2.1/32', keyPair: 'coreos' };

describe('the sandbox', () => {
  it('makes the default form, labelled, with outputs', async () => {
    await using lab = await openLab();
    const { body } = renderTemplate(DEFAULTS, 'us-east-1');
    await createStack(lab, { body, parameters: templateParameters(DEFAULTS, ANSWERS) });
    expect(await lab.until('kubernetes', /COMPLETE|FAILED/)).toBe('CREATE_COMPLETE');

    const { Stacks } = await lab.cfn.send(new DescribeStacksCommand({ StackName: 'kubernetes' }));
    const outputs = Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    );
    expect(outputs).toMatchObject({
      Region: 'us-east-1',
      KeyPair: 'coreos',
      DiscoveryURL: ANSWERS.discoveryUrl,
      MasterGroup: expect.stringMatching(/^kubernetes-MasterAutoScale-/),
      MinionGroup: expect.stringMatching(/^kubernetes-MinionAutoScale-/),
      SecurityGroup: expect.stringMatching(/^sg-/),
    });

    const { Reservations } = await lab.ec2.send(new DescribeInstancesCommand({}));
    const instances = (Reservations ?? []).flatMap((one) => one.Instances ?? []);
    const roles = instances.map(({ Tags }) => (Tags ?? []).find(({ Key }) => Key === 'kubecore:role')?.Value);
    expect(roles.sort()).toEqual(['master', 'minion', 'minion']);
    for (const { Tags, SecurityGroups } of instances) {
      expect(Tags).toContainEqual({ Key: 'kubecore:cluster', Value: 'kubernetes' });
      expect(Tags).toContainEqual({ Key: 'Name', Value: 'kubernetes' });
      expect(SecurityGroups?.map(({ GroupId }) => GroupId)).toContain(outputs.SecurityGroup);
    }
  });

  it('puts the nodes into the subnets of choice', async () => {
    await using lab = await openLab();
    const { Subnets } = await lab.ec2.send(new DescribeSubnetsCommand({}));
    const [subnet] = Subnets ?? [];
    const parameters = { ...DEFAULTS, vpc: subnet!.VpcId!, subnets: subnet!.SubnetId! };
    const cloud = createCloud({
      region: 'us-east-1',
      endpoint: lab.endpoint.url,
      credentials: { accessKeyId: 'KUBECORESANDBOX', secretAccessKey: 'sandbox' },
      clock: instantClock,
      random: () => 0.5,
    });
    expect((await launchNetwork(cloud, DEFAULTS)).subnets).toHaveLength(Subnets?.length ?? 0);
    expect((await launchNetwork(cloud, parameters)).subnets).toHaveLength(1);
    await expect(launchNetwork(cloud, { ...parameters, vpc: 'vpc-0000dead' })).rejects.toThrow(
      'there is no VPC vpc-0000dead in us-east-1',
    );
    const { body } = renderTemplate(parameters, 'us-east-1');
    await createStack(lab, { body, parameters: templateParameters(parameters, ANSWERS) });
    expect(await lab.until('kubernetes', /COMPLETE|FAILED/)).toBe('CREATE_COMPLETE');
    const { AutoScalingGroups } = await lab.asg.send(new DescribeAutoScalingGroupsCommand({}));
    expect(AutoScalingGroups?.map((group) => group.VPCZoneIdentifier)).toEqual([
      subnet!.SubnetId,
      subnet!.SubnetId,
    ]);
    const { Reservations } = await lab.ec2.send(new DescribeInstancesCommand({}));
    for (const { SubnetId } of (Reservations ?? []).flatMap((one) => one.Instances ?? []))
      expect(SubnetId).toBe(subnet!.SubnetId);
  });
});
