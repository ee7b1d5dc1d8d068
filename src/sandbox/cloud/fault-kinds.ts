/** Owns which faults can be asked for, as data: names, what a target means, how long each lasts. */

export interface FaultKind {
  readonly name: string;
  /** What `target` means, null when it takes none. */
  readonly target: string | null;
  readonly what: string;
  /** Real seconds it lasts when none are given; null: until it has struck `times` times or is taken back. */
  readonly seconds: number | null;
  /** How often it strikes when not said; null: no limit. */
  readonly times: number | null;
  /** Happens at once and leaves nothing behind. */
  readonly immediate: boolean;
}

export const FAULTS: readonly FaultKind[] = [
  {
    name: 'minion-dies',
    target: 'an instance id or address (default: the newest minion of the newest cluster)',
    what: 'the machine is gone at once; its Auto Scaling group starts another',
    seconds: null,
    times: null,
    immediate: true,
  },
  {
    name: 'master-dies',
    target: 'an instance id or address (default: the master of the newest cluster)',
    what: 'the master is gone at once; its Auto Scaling group starts another with a new address',
    seconds: null,
    times: null,
    immediate: true,
  },
  {
    name: 'stack-fails',
    target:
      'a logical id, "quota", "capacity", or LOGICAL-ID:quota (default: the last Auto Scaling group, quota)',
    what: 'the next stack creation fails on that resource and is rolled back',
    seconds: null,
    times: 1,
    immediate: false,
  },
  {
    name: 'throttling',
    target: null,
    what: 'AWS answers every request with "Rate exceeded"',
    // Longer than the SDK's own tries last, which tell nobody.
    seconds: 20,
    times: null,
    immediate: false,
  },
  {
    name: 'link-drops',
    target: 'an instance id or address (default: all hosts)',
    what: 'SSH connections are cut and refused',
    seconds: 20,
    times: null,
    immediate: false,
  },
  {
    name: 'unit-crashes',
    target: 'UNIT or UNIT@MACHINE (machine: id, instance id or address)',
    what: "the unit's process dies; systemd or fleet does what the unit file says",
    seconds: null,
    times: 1,
    immediate: false,
  },
  {
    name: 'slow-boot',
    target: null,
    what: 'new instances are pending six times as long before they boot',
    seconds: 300,
    times: null,
    immediate: false,
  },
  {
    name: 'bad-credentials',
    target: null,
    what: 'AWS refuses the credentials',
    seconds: 60,
    times: null,
    immediate: false,
  },
  {
    name: 'delete-refused',
    target: 'a logical id, or without a stack the id of a security group (default: the first security group)',
    what: 'the next deletion of a stack fails on that resource, or of a security group by itself',
    seconds: null,
    times: 1,
    immediate: false,
  },
  {
    name: 'rollback-fails',
    target: 'a logical id (default: the first security group)',
    what: 'the next rollback fails on that resource, so that the stack is left over',
    seconds: null,
    times: 1,
    immediate: false,
  },
  {
    name: 'vcpu-quota',
    target: 'the number of vCPUs that the account may run in a region (default: 1)',
    what: 'EC2 starts no instance beyond that number, until the fault is taken back',
    seconds: null,
    times: null,
    immediate: false,
  },
  {
    name: 'no-capacity',
    target: 'a zone, such as us-east-1b, in which EC2 has no room (default: every zone)',
    what: 'EC2 has no room for further instances there, until the fault is taken back',
    seconds: null,
    times: null,
    immediate: false,
  },
  {
    name: 'ami-withdrawn',
    target: 'an AMI id (default: every image)',
    what: 'EC2 no longer knows the image, until the fault is taken back',
    seconds: null,
    times: null,
    immediate: false,
  },
  {
    name: 'permission-denied',
    target: 'an action as IAM names it (default: autoscaling:CreateAutoScalingGroup)',
    what: 'the credentials may not do that, nor CloudFormation with them, until the fault is taken back',
    seconds: null,
    times: null,
    immediate: false,
  },
  {
    name: 'discovery-burnt',
    target: null,
    what: 'the discovery token of the next cluster that boots was used before by machines that are gone',
    seconds: null,
    times: 1,
    immediate: false,
  },
  {
    name: 'launch-configurations-refused',
    target: null,
    what: 'the account is too new to create launch configurations, until the fault is taken back',
    seconds: null,
    times: null,
    immediate: false,
  },
  {
    name: 'no-default-vpc',
    target: null,
    what: 'the account has no default VPC in any region, until the fault is taken back',
    seconds: null,
    times: null,
    immediate: false,
  },
  {
    name: 'node-never-boots',
    target: 'master or minion (default: the first node that is not a master)',
    what: 'the next such instance runs as far as EC2 knows, but its kernel panics; its console says so',
    seconds: null,
    times: 1,
    immediate: false,
  },
  {
    name: 'type-not-offered',
    target: 'a zone, such as us-east-1b, in which EC2 offers no instance type (default: every zone)',
    what: 'EC2 says that it does not offer the instance type there, until the fault is taken back',
    seconds: null,
    times: null,
    immediate: false,
  },
  {
    name: 'eventual-consistency',
    target: null,
    what: 'what EC2 has just created is not known to its other calls for some seconds',
    seconds: 60,
    times: null,
    immediate: false,
  },
  {
    name: 'ami-deprecated',
    target: null,
    what: 'EC2 says that every image was deprecated a month ago, until the fault is taken back',
    seconds: null,
    times: null,
    immediate: false,
  },
];
