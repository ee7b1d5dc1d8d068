/**
 * Owns the causes of failure that are known, as data: the words by which EC2, Auto Scaling and CloudFormation tell them, and
 * what to say and to do instead. The most particular come first.
 */

export interface KnownCause {
  readonly code: string;
  readonly matches: RegExp;
  readonly why: (match: RegExpExecArray, reason: string) => string;
  readonly next: string | ((reason: string) => string);
}

/** The action that IAM refused, such as `ec2:RunInstances`. */
export function refusedAction(reason: string): string | undefined {
  return (
    /not authorized to perform:?\s*([\w-]+:[\w*]+)/i.exec(reason)?.[1] ??
    /^API: ([\w-]+:[\w*]+)/.exec(reason)?.[1]
  );
}

const ZONE = /\b[a-z]{2}(?:-[a-z]+)+-\d[a-z]\b/;

export const KNOWN: readonly KnownCause[] = [
  {
    code: 'LaunchConfigurationsRefused',
    matches:
      /launch configuration.*(not (available|supported)|no longer|cannot|can't|are not)|UnsupportedOperation.*launch configuration|use launch templates/i,
    why: () =>
      'this AWS account may not create launch configurations: accounts made on or after 2024-10-01 cannot, and the published template of the article is built on them',
    next: "launch kubecore's own template, which uses launch templates (kubecore up), or use an account that is older than that",
  },
  {
    code: 'NotAuthorized',
    matches: /not authorized to use launch template:? ?(lt-[0-9a-f]+)?/i,
    why: () =>
      'your AWS identity is not allowed to start instances from a launch template: it lacks ec2:RunInstances (or ec2:CreateTags, or iam:PassRole)',
    next: 'have ec2:RunInstances and ec2:CreateTags allowed for your user or role (kubecore iam-policy prints what is needed), then run it again',
  },
  {
    code: 'NotAuthorized',
    matches: /not authorized to perform|AccessDenied|UnauthorizedOperation/i,
    why: (_match, reason) => `your AWS identity is not allowed to do ${refusedAction(reason) ?? 'this'}`,
    next: (reason) =>
      `have ${refusedAction(reason) ?? 'it'} allowed for your user or role (kubecore iam-policy prints what is needed), then run it again`,
  },
  {
    code: 'InstanceQuota',
    matches:
      /VcpuLimitExceeded|vCPU capacity than your current(?: vCPU limit of (\d+))?|InstanceLimitExceeded|more instances.*than your current instance limit|quota.*(?:vcpu|instance)/i,
    why: (match) =>
      `the cluster needs more vCPUs or instances than your account's quota for this instance type in this region allows${match[1] === undefined ? '' : ` (${match[1]} ${match[1] === '1' ? 'vCPU' : 'vCPUs'}, those that run already included)`}`,
    next: 'take fewer machines (--cluster-size) or a smaller --instance-type, end other instances, or have the quota raised in Service Quotas (EC2)',
  },
  {
    code: 'InsufficientInstanceCapacity',
    matches:
      /InsufficientInstanceCapacity|(?:do not|does not) (?:currently )?have sufficient (\S+) capacity in the Availability Zone you requested(?: \((\S+)\))?|not enough capacity/i,
    why: (match, reason) => {
      const zone = match[2] ?? ZONE.exec(reason)?.[0];
      return `AWS has no room${match[1] ? ` for ${match[1]} instances` : ''} ${zone ? `in the zone ${zone}` : 'in one of the zones'} now`;
    },
    next: 'wait and try again, or choose another --instance-type or --region',
  },
  {
    code: 'InstanceTypeUnsupported',
    matches:
      /(?:requested )?instance type \(?'?([\w.]+)'?\)? is not supported|requested configuration is currently not supported|Unsupported: .*instance/i,
    why: (match) =>
      `the instance type${match[1] ? ` ${match[1]}` : ''} is not offered in every zone that the group would use`,
    next: 'choose another --instance-type, such as m3.medium',
  },
  {
    code: 'ImageNotFound',
    matches:
      /InvalidAMIID|(ami-[0-9a-f]+)\S* (?:does not exist|is no longer|cannot be found)|AMI .*(not found|cannot be|does not exist|unavailable|withdrawn|deregistered)|image id '?\[?(ami-[0-9a-f]+)\]?'? (?:does not exist|not found)/i,
    why: (match, reason) =>
      `the AMI ${match[1] ?? match[3] ?? /ami-[0-9a-f]+/.exec(reason)?.[0] ?? 'of the template'} is not there any more: it was withdrawn, as CoreOS Container Linux's images were after its end on 2020-05-26`,
    next: 'name an image that exists in this region with --ami, or try it in the sandbox: kubecore up --sandbox',
  },
  {
    code: 'KeyPairMissing',
    matches:
      /key pair ['"]?([^'"]*?)['"]? does not exist|parameter value (\S+) for parameter name KeyPair does not exist|InvalidKeyPair/i,
    why: (match) => {
      const name = match[1] || match[2];
      return `the key pair${name ? ` "${name}"` : ''} is not in this region: key pairs belong to one region`;
    },
    next: 'create or import it (kubecore keys create NAME), or choose another with --key-pair',
  },
  {
    code: 'NoDefaultVpc',
    matches: /no default VPC|VPCIdNotSpecified|default subnet|no subnets found for the default VPC/i,
    why: () =>
      'the account has no default VPC (or no default subnet) in this region, and no other was chosen',
    next: 'name a VPC and subnets of it with --vpc and --subnets, create a default one with `aws ec2 create-default-vpc`, or choose another --region',
  },
  {
    code: 'SecurityGroupLimit',
    matches:
      /SecurityGroupLimitExceeded|RulesPerSecurityGroupLimitExceeded|SecurityGroupsPer\w+LimitExceeded|maximum number of (?:rules|security groups)/i,
    why: () => "the account's limit of security groups (or of rules in one) is reached in this region",
    next: 'delete security groups that nothing uses, or have the limit raised in Service Quotas (VPC)',
  },
  {
    code: 'StillUsed',
    matches: /DependencyViolation|has a dependent object/i,
    why: (_match, reason) =>
      `${/\b(?:sg|eni|subnet|vpc)-[0-9a-f]+|resource (\S+)/.exec(reason)?.[0] ?? 'it'} is still used by something else: an instance, a network interface or another security group`,
    next: (reason) => {
      const group = /\bsg-[0-9a-f]+/.exec(reason)?.[0];
      return `see what uses it${group ? ` (aws ec2 describe-network-interfaces --filters Name=group-id,Values=${group})` : ''}, remove that, and run it again; what only needs time goes by itself`;
    },
  },
  {
    code: 'UserDataTooBig',
    matches: /user ?data is limited to (\d+)|user data.*(too (?:large|big|long)|length)/i,
    why: () => 'the cloud-config is larger than the 16,384 bytes of user data that EC2 takes',
    next: 'shorten what you added to the cloud-config: kubecore render cloud-config shows it',
  },
  {
    code: 'Throttled',
    matches: /Rate exceeded|RequestLimitExceeded|ThrottlingException|Error Code: Throttling/i,
    why: () => "AWS throttled CloudFormation's own requests: too much is asked for in this account at once",
    next: 'wait some minutes and run it again',
  },
  {
    code: 'InvalidParameter',
    matches:
      /Parameter validation failed|parameter value .* (?:for|is)|ValidationError|must be one of AllowedValues|Invalid (?:template )?parameter/i,
    why: (_match, reason) => `a parameter was refused: ${reason}`,
    next: 'change that parameter and run it again',
  },
];
