/**
 * Owns why a stack failed: the root cause among its events, and that cause in plain words with what to do. Dropped as
 * noise: resources "cancelled" because another failed, the stack's own roll-up of its resources, and the rollback.
 */
import { KubecoreError } from './errors.ts';
import type { StackEvent } from './ports.ts';
import { printable } from './printable.ts';

export interface FailureCause {
  readonly root: StackEvent | null;
  /** The other real failures, in order. */
  readonly related: readonly StackEvent[];
}

const CANCELLED = /resource (creation|update) (was )?cancell?ed/i;
const ROLL_UP = /^The following resource\(s\) failed to (create|update|delete):/i;

/** The earliest real failure of the newest operation, and the others. */
export function findCause(events: readonly StackEvent[]): FailureCause {
  const failures = events.filter(
    ({ status, reason }) =>
      /^(CREATE|UPDATE|DELETE)_FAILED$/.test(status) &&
      !CANCELLED.test(reason ?? '') &&
      !ROLL_UP.test(reason ?? ''),
  );
  const creates = failures.filter(({ status }) => !status.startsWith('DELETE'));
  const [root, ...others] = creates.length > 0 ? creates : failures;
  if (root)
    return { root, related: [...others, ...failures.filter((f) => f !== root && !creates.includes(f))] };
  // No resource failed by itself: the stack may say why (a rollback "requested by user", a template error).
  const stack = events.find(
    ({ type, status, reason }) =>
      type === 'AWS::CloudFormation::Stack' && /ROLLBACK|FAILED/.test(status) && (reason ?? '') !== '',
  );
  return { root: stack ?? null, related: [] };
}

interface Explanation {
  readonly code: string;
  readonly matches: RegExp;
  readonly why: (match: RegExpExecArray, reason: string) => string;
  readonly next: string | ((reason: string) => string);
}

/** The action that IAM refused, such as `ec2:RunInstances`. */
function refusedAction(reason: string): string | undefined {
  return /not authorized to perform:?\s*([\w-]+:[\w*]+)/i.exec(reason)?.[1];
}

/** Known causes, the most particular first. Words are those EC2, Auto Scaling and CloudFormation answer with. */
const KNOWN: readonly Explanation[] = [
  {
    code: 'LaunchConfigurationsRefused',
    matches:
      /launch configuration.*(not (available|supported)|no longer|cannot|can't|are not)|UnsupportedOperation.*launch configuration|use launch templates/i,
    why: () =>
      'this AWS account may not create launch configurations: accounts made on or after 2024-10-01 cannot, and the template of the article is built on them',
    next: 'use an account that is older than that, or try it in the sandbox: kubecore up --sandbox',
  },
  {
    code: 'NotAuthorized',
    matches: /not authorized to perform|AccessDenied|UnauthorizedOperation/i,
    why: (_match, reason) => `your AWS identity is not allowed to do ${refusedAction(reason) ?? 'this'}`,
    next: (reason) =>
      `have ${refusedAction(reason) ?? 'it'} allowed for your user or role, then launch again`,
  },
  {
    code: 'InstanceQuota',
    matches:
      /VcpuLimitExceeded|vCPU capacity than your current|InstanceLimitExceeded|more instances.*than your current instance limit|quota.*(vcpu|instance)/i,
    why: () =>
      "the cluster needs more vCPUs or instances than your account's quota for this instance type in this region allows",
    next: 'choose fewer minions (--cluster-size) or a smaller --instance-type, end other instances, or have the quota raised in Service Quotas (EC2)',
  },
  {
    code: 'InsufficientInstanceCapacity',
    matches:
      /InsufficientInstanceCapacity|(?:do not|does not) (?:currently )?have sufficient (\S+) capacity in the Availability Zone you requested(?: \((\S+)\))?|not enough capacity/i,
    why: (match, reason) => {
      const zone = match[2] ?? /\b[a-z]{2}-[a-z]+-\d[a-z]\b/.exec(reason)?.[0];
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
      `the AMI ${match[1] ?? match[3] ?? /ami-[0-9a-f]+/.exec(reason)?.[0] ?? 'of the template'} is not there any more: CoreOS Container Linux ended on 2020-05-26 and its images were withdrawn`,
    next: 'name an image that exists in this region with --ami, or try it in the sandbox: kubecore up --sandbox',
  },
  {
    code: 'KeyPairMissing',
    matches: /key pair ['"]?([^'"]*?)['"]? does not exist|InvalidKeyPair/i,
    why: (match) =>
      `the key pair${match[1] ? ` "${match[1]}"` : ''} is not in this region: key pairs belong to one region`,
    next: 'create or import it: kubecore keys create NAME, or choose another with --key-pair',
  },
  {
    code: 'NoDefaultVpc',
    matches: /no default VPC|VPCIdNotSpecified|default subnet|MissingInput.*subnet/i,
    why: () =>
      'the account has no default VPC (or no default subnet) in this region, and the template of the article builds in it',
    next: 'create one with aws ec2 create-default-vpc, or choose another --region',
  },
  {
    code: 'SecurityGroupLimit',
    matches:
      /SecurityGroupLimitExceeded|RulesPerSecurityGroupLimitExceeded|SecurityGroupsPer\w+LimitExceeded|maximum number of (?:rules|security groups)/i,
    why: () => "the account's limit of security groups (or of rules in one) is reached in this region",
    next: 'delete security groups that nothing uses, or have the limit raised in Service Quotas (VPC)',
  },
  {
    code: 'UserDataTooBig',
    matches: /user ?data is limited to (\d+)|user data.*(too (?:large|big|long)|length)/i,
    why: () => 'the cloud-config is larger than the 16,384 bytes of user data that EC2 takes',
    next: 'shorten what you added to the cloud-config: kubecore render cloud-config shows it',
  },
  {
    code: 'InvalidParameter',
    matches:
      /Parameter validation failed|parameter value .* (?:for|is)|ValidationError|must be one of AllowedValues|Invalid (?:template )?parameter/i,
    why: (_match, reason) => `a parameter was refused: ${reason}`,
    next: 'change that parameter and launch again',
  },
];

/** A reason in AWS's words, as an error that a person can act on. `what` is what was not done, `next` what helps when it is not known. */
export function explainReason(what: string, reason: string, next: string): KubecoreError {
  const said = printable(reason);
  for (const known of KNOWN) {
    const match = known.matches.exec(said);
    if (!match) continue;
    return new KubecoreError({
      what,
      why: known.why(match, said),
      next: typeof known.next === 'string' ? known.next : known.next(said),
      fault: known.code === 'InvalidParameter' ? 'input' : 'aws',
      code: known.code,
      cause: said,
    });
  }
  return new KubecoreError({
    what,
    why: said || 'AWS gave no reason',
    next,
    fault: 'aws',
    code: 'StackFailed',
  });
}

/** Why the stack `name` failed, from its events. `down` is the command that deletes what is left. */
export function explainFailure(
  name: string,
  status: string,
  events: readonly StackEvent[],
  down: string,
): { readonly error: KubecoreError; readonly related: readonly StackEvent[] } {
  const { root, related } = findCause(events);
  const what = `the stack "${name}" was not created`;
  const next = `delete what is left with ${down}, mend the cause, and launch again`;
  if (root === null)
    return { error: explainReason(what, `CloudFormation says ${status} and no more`, next), related };
  const error = explainReason(what, root.reason ?? status, next);
  const where = root.type === 'AWS::CloudFormation::Stack' ? '' : `${root.logicalId}: `;
  return {
    error: new KubecoreError({
      what,
      why: `${where}${error.why}`,
      next: error.next === next ? next : `${error.next}; ${down} deletes what is left`,
      // The launch ran and came to a bad end: that is the answer, not AWS refusing to listen.
      fault: 'cluster',
      code: error.code ?? 'StackFailed',
      cause: root,
    }),
    related,
  };
}
