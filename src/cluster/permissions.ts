/**
 * Owns which rights kubecore needs, as IAM names them: of its own calls, and of those that CloudFormation makes with the
 * caller's rights for what is in the template. test/cluster/permissions.test.ts holds both lists to the code.
 */
import type { BlueprintName } from './model.ts';

const EVERY: readonly BlueprintName[] = ['single', 'fleet', 'kubernetes'];
const STACK: readonly BlueprintName[] = ['kubernetes'];
const INSTANCES: readonly BlueprintName[] = ['single', 'fleet'];

/** The calls of src/aws, and the blueprints that need each. Those tried by DryRun alone stand here too. */
export const OWN_CALLS: Readonly<Record<string, readonly BlueprintName[]>> = {
  'sts:GetCallerIdentity': EVERY,
  'sts:DecodeAuthorizationMessage': EVERY,
  'ec2:AuthorizeSecurityGroupIngress': EVERY,
  'ec2:CreateKeyPair': EVERY,
  'ec2:CreateLaunchTemplate': STACK,
  'ec2:CreateSecurityGroup': EVERY,
  'ec2:CreateTags': EVERY,
  'ec2:DeleteKeyPair': EVERY,
  'ec2:DeleteSecurityGroup': INSTANCES,
  'ec2:DescribeImages': EVERY,
  'ec2:DescribeInstanceAttribute': INSTANCES,
  'ec2:DescribeInstanceTypeOfferings': EVERY,
  'ec2:DescribeInstanceTypes': EVERY,
  'ec2:DescribeInstances': EVERY,
  'ec2:DescribeKeyPairs': EVERY,
  'ec2:DescribeRegions': EVERY,
  'ec2:DescribeSecurityGroups': EVERY,
  'ec2:DescribeSubnets': EVERY,
  'ec2:DescribeVolumes': EVERY,
  'ec2:DescribeVpcs': EVERY,
  'ec2:GetConsoleOutput': EVERY,
  'ec2:ImportKeyPair': EVERY,
  'ec2:RunInstances': EVERY,
  'ec2:TerminateInstances': INSTANCES,
  'servicequotas:GetAWSDefaultServiceQuota': EVERY,
  'servicequotas:GetServiceQuota': EVERY,
  'pricing:GetProducts': EVERY,
  'cloudformation:CreateChangeSet': STACK,
  'cloudformation:CreateStack': STACK,
  'cloudformation:DeleteChangeSet': STACK,
  'cloudformation:DeleteStack': STACK,
  'cloudformation:DescribeChangeSet': STACK,
  'cloudformation:DescribeStackEvents': STACK,
  // Whether a name is free and which clusters there are is asked of both kinds.
  'cloudformation:DescribeStacks': EVERY,
  'cloudformation:ExecuteChangeSet': STACK,
  'cloudformation:GetTemplate': STACK,
  'cloudformation:UpdateStack': STACK,
  'cloudformation:ValidateTemplate': STACK,
};

/**
 * What CloudFormation calls with the caller's rights, by what stands in a template: resource types (their handlers'
 * permissions in the CloudFormation registry), functions and parameter types (CloudFormation user guide).
 */
export const TEMPLATE_CALLS: Readonly<Record<string, readonly string[]>> = {
  'AWS::EC2::SecurityGroup': [
    'ec2:CreateSecurityGroup',
    'ec2:DescribeSecurityGroups',
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:RevokeSecurityGroupIngress',
    'ec2:CreateTags',
    'ec2:DeleteTags',
    'ec2:DeleteSecurityGroup',
  ],
  'AWS::EC2::SecurityGroupIngress': [
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:DescribeSecurityGroupRules',
    'ec2:DescribeSecurityGroups',
    'ec2:RevokeSecurityGroupIngress',
    'ec2:UpdateSecurityGroupRuleDescriptionsIngress',
  ],
  'AWS::EC2::LaunchTemplate': [
    'ec2:CreateLaunchTemplate',
    'ec2:CreateLaunchTemplateVersion',
    'ec2:CreateTags',
    'ec2:DeleteLaunchTemplate',
    'ec2:DeleteTags',
    'ec2:DescribeLaunchTemplateVersions',
    'ec2:DescribeLaunchTemplates',
    'ec2:ModifyLaunchTemplate',
  ],
  // With a launch template, Auto Scaling looks whether its caller may start what the template says, tags included.
  'AWS::AutoScaling::AutoScalingGroup': [
    'autoscaling:CreateAutoScalingGroup',
    'autoscaling:CreateOrUpdateTags',
    'autoscaling:DeleteAutoScalingGroup',
    'autoscaling:DeleteTags',
    'autoscaling:DescribeAutoScalingGroups',
    'autoscaling:DescribeAutoScalingInstances',
    'autoscaling:DescribeScalingActivities',
    'autoscaling:UpdateAutoScalingGroup',
    'ec2:CreateTags',
    'ec2:RunInstances',
  ],
  'Fn::GetAZs': ['ec2:DescribeAvailabilityZones', 'ec2:DescribeAccountAttributes', 'ec2:DescribeSubnets'],
  'AWS::EC2::KeyPair::KeyName': ['ec2:DescribeKeyPairs'],
};

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: 'Allow';
    readonly Action: readonly string[];
    readonly Resource: string;
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
}

const sorted = (actions: Iterable<string>): string[] => [...new Set(actions)].sort();

/** The actions that launching, watching, changing and deleting these blueprints needs, sorted. */
export function actionsFor(blueprints: readonly BlueprintName[]): readonly string[] {
  const own = Object.entries(OWN_CALLS)
    .filter(([, needing]) => needing.some((blueprint) => blueprints.includes(blueprint)))
    .map(([action]) => action);
  const made = blueprints.includes('kubernetes') ? Object.values(TEMPLATE_CALLS).flat() : [];
  return sorted([...own, ...made]);
}

/** The smallest policy for these blueprints. Auto Scaling's own role is made once in an account, by its first group. */
export function iamPolicy(blueprints: readonly BlueprintName[]): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'Kubecore', Effect: 'Allow', Action: actionsFor(blueprints), Resource: '*' },
      ...(blueprints.includes('kubernetes')
        ? [
            {
              Sid: 'FirstAutoScalingGroup',
              Effect: 'Allow',
              Action: ['iam:CreateServiceLinkedRole'],
              Resource:
                'arn:aws:iam::*:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling',
              Condition: { StringEquals: { 'iam:AWSServiceName': 'autoscaling.amazonaws.com' } },
            } as const,
          ]
        : []),
    ],
  };
}
