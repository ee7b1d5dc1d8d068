/** Owns the shape of what the simulated account holds in one region: RegionState of the contract, refined. Plain JSON. */
import type { InstanceState, RegionState } from '../contract.ts';

export interface CloudRegion extends RegionState {
  instances: Record<string, CloudInstance>;
  /** By name. */
  keyPairs: Record<string, KeyPairState>;
  vpcs: Record<string, { id: string; cidr: string; isDefault: boolean }>;
  subnets: Record<string, SubnetState>;
  /** By id. */
  securityGroups: Record<string, SecurityGroupState>;
  /** By name. */
  launchConfigurations: Record<string, LaunchConfigurationState>;
  /** By id. */
  launchTemplates: Record<string, LaunchTemplateState>;
  /** By name. */
  autoScalingGroups: Record<string, AutoScalingGroupState>;
  /** By stack id (ARN); deleted ones stay, as in CloudFormation. */
  stacks: Record<string, StackState>;
}

export interface CloudInstance extends InstanceState {
  reservationId: string;
  vpcId: string;
  subnetId: string;
  /** RunInstances' ClientToken. */
  clientToken: string | null;
  rootVolume?: RootVolume;
  /** EC2's other calls know it from then on; absent: at once. */
  knownFrom?: number;
  /** When `state` moves on by itself, real epoch ms; null when it stays. */
  until: number | null;
}

export interface KeyPairState {
  id: string;
  name: string;
  type: 'rsa' | 'ed25519';
  fingerprint: string;
  /** OpenSSH one-line public key. */
  publicKey: string;
  createdAt: number;
  tags: Record<string, string>;
}

export interface SubnetState {
  id: string;
  vpcId: string;
  zone: string;
  cidr: string;
}

export interface IngressRule {
  id: string;
  /** tcp, udp, icmp or -1. */
  protocol: string;
  fromPort: number | null;
  toPort: number | null;
  /** Either a CIDR or a group is let in. */
  cidr: string | null;
  groupId: string | null;
  description: string | null;
}

export interface SecurityGroupState {
  id: string;
  name: string;
  description: string;
  vpcId: string;
  ingress: IngressRule[];
  tags: Record<string, string>;
  /** EC2's other calls know it from then on; absent: at once. */
  knownFrom?: number;
}

export interface ImageState {
  id: string;
  name: string;
  description: string;
  ownerId: string;
  creationDate: string;
  virtualizationType: string;
  architecture: string;
  rootDeviceName: string;
}

/** What an instance is launched from, whoever launches it. */
export interface LaunchSpec {
  imageId: string;
  instanceType: string;
  keyName: string | null;
  /** Ids. */
  securityGroups: string[];
  /** Decoded. */
  userData: string;
  /** Absent: as the image has it. */
  rootVolume?: RootVolume;
}

/** The root volume of an instance: in use as long as that is not terminated, and gone with it. */
export interface RootVolume {
  size: number;
  type: string;
  encrypted: boolean;
  tags: Record<string, string>;
}

export interface LaunchConfigurationState extends LaunchSpec {
  name: string;
  arn: string;
  createdAt: number;
}

export interface LaunchTemplateState {
  id: string;
  name: string;
  createdAt: number;
  /** Index 0 is version 1. */
  versions: LaunchSpec[];
  tags: Record<string, string>;
}

export interface GroupTag {
  key: string;
  value: string;
  propagate: boolean;
}

export interface GroupMember {
  id: string;
  zone: string;
  lifecycle: 'Pending' | 'InService' | 'Terminating';
  healthy: boolean;
  /** When the group first found it dead. */
  deadSince: number | null;
  /** Its open scaling activity. */
  activityId: string | null;
}

export interface ScalingActivity {
  id: string;
  description: string;
  cause: string;
  status: 'InProgress' | 'Successful' | 'Failed';
  message: string | null;
  startedAt: number;
  endedAt: number | null;
  details: string;
}

export interface AutoScalingGroupState {
  name: string;
  arn: string;
  launchConfiguration: string | null;
  launchTemplate: { id: string; version: string } | null;
  min: number;
  max: number;
  desired: number;
  zones: string[];
  subnets: string[];
  createdAt: number;
  tags: GroupTag[];
  members: GroupMember[];
  /** Newest first, bounded. */
  activities: ScalingActivity[];
  /** After a refused launch: not before then. */
  retryAt: number | null;
  /** Shrinks to nothing and then goes. */
  deleting: boolean;
}

// ---------------------------------------------------------------- CloudFormation

export interface StackEventState {
  id: string;
  at: number;
  logicalId: string;
  physicalId: string | null;
  type: string;
  status: string;
  reason: string | null;
  /** JSON text of the resolved properties. */
  properties: string | null;
}

export interface ResourceWork {
  kind: 'create' | 'replace' | 'update' | 'delete';
  /** `begun`: the API call comes; `called`: waits until the resource has settled. */
  stage: 'begun' | 'called';
  until: number;
  since: number;
}

export interface StackResourceState {
  logicalId: string;
  type: string;
  physicalId: string | null;
  /** CloudFormation's status word; null before its first event. */
  status: string | null;
  reason: string | null;
  at: number;
  /** Logical ids it waits for. */
  dependsOn: string[];
  /** Resolved, as created; null before. */
  properties: Record<string, unknown> | null;
  work: ResourceWork | null;
  /** Already handled by the operation that runs. */
  done: boolean;
}

export interface Leftover {
  logicalId: string;
  type: string;
  physicalId: string;
  properties: Record<string, unknown> | null;
  /** When its deletion can be over; null before the call. */
  until: number | null;
}

export interface StackOperation {
  kind: 'create' | 'rollback' | 'delete' | 'update' | 'update-rollback';
  since: number;
  /** Physical resources that an update left over, deleted at its end. */
  leftovers: Leftover[];
  /** update: what to go back to when it fails. */
  previous: {
    templateBody: string;
    parameters: Record<string, string>;
    tags: Record<string, string>;
  } | null;
  /** Clean-up after an update has begun. */
  cleaning: boolean;
}

/** One reason why a resource changes. */
export interface ChangeDetail {
  attribute: 'Properties' | 'Tags';
  name: string | null;
  requiresRecreation: 'Never' | 'Always';
  evaluation: 'Static' | 'Dynamic';
  source: 'ParameterReference' | 'ResourceReference' | 'ResourceAttribute' | 'DirectModification';
  causedBy: string | null;
  before: string | null;
  after: string | null;
}

export interface ResourceChangeState {
  logicalId: string;
  type: string;
  physicalId: string | null;
  action: 'Add' | 'Modify' | 'Remove';
  /** null but for Modify. */
  replacement: 'True' | 'False' | 'Conditional' | null;
  scope: string[];
  details: ChangeDetail[];
}

export interface ChangeSetState {
  /** ARN. */
  id: string;
  name: string;
  description: string | null;
  createdAt: number;
  /** Until then it is being made. */
  readyAt: number;
  /** Why it cannot be carried out; null when it can. */
  refusal: string | null;
  /** When it was carried out: the update's `since`. */
  executed: number | null;
  templateBody: string;
  parameters: Record<string, string>;
  tags: Record<string, string>;
  changes: ResourceChangeState[];
}

export interface StackState {
  /** ARN. */
  id: string;
  name: string;
  status: string;
  statusReason: string | null;
  createdAt: number;
  updatedAt: number | null;
  deletedAt: number | null;
  description: string | null;
  templateBody: string;
  /** As typed or defaulted. */
  parameters: Record<string, string>;
  tags: Record<string, string>;
  capabilities: string[];
  onFailure: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';
  /** ClientRequestTokens by action: a repeated request is answered as the first was. */
  token: string | null;
  /** In the template's order. */
  resources: StackResourceState[];
  /** Oldest first. */
  events: StackEventState[];
  outputs: { key: string; value: string; description: string | null }[];
  operation: StackOperation | null;
  changeSets?: ChangeSetState[];
}
