/**
 * Owns what the domain needs from outside, as interfaces: Cloud (AWS), Shell (commands on nodes), Local (this
 * computer), Clock. Adapters live in src/aws, src/ssh and src/cli; tests pass plain objects.
 * Every failure is thrown as a KubecoreError. Every wait takes an AbortSignal.
 */
import type { KubecoreError } from './errors.ts';

// ---------------------------------------------------------------- time and chance

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A number in [0, 1), for jitter. */
export type Random = () => number;

// ---------------------------------------------------------------- a node

/** The master, or another node by its private address (reached through the master). */
export type NodeRef = { readonly kind: 'master' } | { readonly kind: 'node'; readonly address: string };

export const MASTER: NodeRef = { kind: 'master' };

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Default 15,000. The far side is killed too. */
  readonly timeoutMs?: number;
  /** stdout and stderr together; more ends the command with an error. Default 16 MiB. */
  readonly maxBytes?: number;
  /** A person's keypress goes before a poll. Default `poll`. */
  readonly priority?: 'interactive' | 'poll';
  readonly stdin?: Uint8Array;
}

export interface RunResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** null when killed by a signal. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
}

export interface FollowOptions {
  readonly signal?: AbortSignal;
  readonly priority?: 'interactive' | 'poll';
  /** A longer line is cut to this many bytes. Default 1 MiB (a 64 KiB binary journal entry is about 200 KiB of JSON). */
  readonly maxLineBytes?: number;
}

export type ConnectionState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting'; readonly to: string }
  | { readonly phase: 'connected'; readonly to: string; readonly since: number }
  | {
      readonly phase: 'reconnecting';
      readonly to: string;
      readonly at: number;
      readonly why: string;
      readonly attempt: number;
    }
  | { readonly phase: 'failed'; readonly to: string; readonly error: KubecoreError }
  | { readonly phase: 'closed' };

/** Commands on the nodes of one cluster, over as few connections as will do. */
export interface Shell {
  /** Runs argv (quoted for the remote /bin/sh in one place) and waits for its end. A non-zero code is a result, not an error. */
  run(node: NodeRef, argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /**
   * Standard output as batches of whole lines (bytes, without the newline), as they come; backpressure by the consumer's
   * pace. Ends when the command ends with 0, throws a KubecoreError otherwise (code `ConnectionLost` when the link dropped).
   */
  follow(
    node: NodeRef,
    argv: readonly string[],
    options?: FollowOptions,
  ): AsyncIterable<readonly Uint8Array[]>;
  /** The connection to the master. */
  connection(): ConnectionState;
  subscribe(listener: () => void): () => void;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- AWS

export interface Identity {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
}

export interface KeyPair {
  readonly name: string;
  readonly id: string;
  readonly type: 'rsa' | 'ed25519';
  /** As EC2 prints it: SHA-1 of the PKCS#8 private key (created), MD5 of the public key (imported RSA), SHA-256 base64 (ed25519). */
  readonly fingerprint: string;
  /** OpenSSH one-line public key when EC2 returns it (IncludePublicKey), else null. */
  readonly publicKey: string | null;
}

export interface CreatedKeyPair extends KeyPair {
  /** PEM. Never logged, never printed; write it 0400 before anything else. */
  readonly material: string;
}

export interface StackTemplate {
  /** The template's text, JSON. */
  readonly body: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface CreateStack extends StackTemplate {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** ClientRequestToken: makes a repeated create harmless. */
  readonly token: string;
}

export interface Stack {
  readonly id: string;
  readonly name: string;
  /** CloudFormation's status word, e.g. `CREATE_IN_PROGRESS`. */
  readonly status: string;
  readonly statusReason: string | null;
  readonly createdAt: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface StackEvent {
  readonly id: string;
  readonly at: number;
  readonly logicalId: string;
  readonly physicalId: string | null;
  readonly type: string;
  readonly status: string;
  readonly reason: string | null;
}

export interface Instance {
  readonly id: string;
  readonly type: string;
  readonly zone: string;
  readonly imageId: string;
  readonly keyName: string | null;
  /** EC2's state word: `pending`, `running`, `shutting-down`, `terminated`, `stopping`, `stopped`. */
  readonly state: string;
  readonly stateReason: string | null;
  readonly launchTime: number;
  readonly publicAddress: string | null;
  readonly publicName: string | null;
  readonly privateAddress: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** Who may send to the members of a security group. */
export interface IngressRule {
  readonly protocol: 'tcp' | 'udp';
  readonly fromPort: number;
  readonly toPort: number;
  /** A CIDR, or `members`: the group's own instances. */
  readonly from: string | 'members';
  readonly description: string;
}

export interface CreateSecurityGroup {
  readonly name: string;
  readonly description: string;
  /** null: the default VPC. */
  readonly vpc: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface RunInstances {
  /** ClientToken: a repeated call gives the instances of the first one. At most 64 ASCII characters. */
  readonly token: string;
  readonly count: number;
  readonly imageId: string;
  readonly instanceType: string;
  readonly keyPair: string;
  readonly securityGroup: string;
  /** null: EC2 chooses in the default VPC. */
  readonly subnet: string | null;
  /** As the node reads it. */
  readonly userData: string;
  /** GiB of the root volume: encrypted gp3, gone with the instance. */
  readonly rootVolumeSize: number;
  /** On the instances and their volumes. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Something in an account that carries a cluster's tag. */
export interface TaggedResource {
  readonly kind: 'instance' | 'volume' | 'security group';
  readonly id: string;
  /** EC2's word, e.g. `running`, `in-use`; empty for what has none. */
  readonly state: string;
}

/** A VPC, as far as a launch into it must know. */
export interface Network {
  readonly id: string;
  /** Its IPv4 blocks, the primary one first. */
  readonly cidrs: readonly string[];
  /** `isDefault`: its zone's default subnet. */
  readonly subnets: readonly {
    readonly id: string;
    readonly zone: string;
    readonly isDefault: boolean;
    /** Do instances get a public address there by themselves? Absent: not known. */
    readonly givesPublicAddress?: boolean;
  }[];
}

/**
 * A request that EC2 is asked whether it would carry it out (DryRun), without anything being made. Only requests that need
 * nothing that is not there before a launch.
 */
export type DryRun =
  | {
      readonly action: 'RunInstances';
      readonly imageId: string;
      readonly instanceType: string;
      readonly keyName: string | null;
      /** null: the default VPC's. */
      readonly subnet: string | null;
    }
  /** `vpc` null: the default one. */
  | { readonly action: 'CreateSecurityGroup'; readonly name: string; readonly vpc: string | null }
  /** Asked of the VPC's `default` group, which every VPC has. */
  | { readonly action: 'AuthorizeSecurityGroupIngress'; readonly vpc: string | null }
  | {
      readonly action: 'CreateLaunchTemplate';
      readonly name: string;
      readonly imageId: string;
      readonly instanceType: string;
    }
  | { readonly action: 'CreateKeyPair'; readonly name: string };

/** What an update would do to one resource, as CloudFormation foresees it. */
export interface ResourceChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly physicalId: string | null;
  readonly type: string;
  /** Will another physical resource take its place? `Conditional`: it depends on what another change brings. null but for Modify. */
  readonly replacement: 'True' | 'False' | 'Conditional' | null;
  readonly details: readonly {
    /** A property of the resource; null for its tags. */
    readonly property: string | null;
    /** The template's parameter, or the resource or its attribute, that brings it; null when the template itself changed. */
    readonly causedBy: string | null;
    /** Values where CloudFormation tells them. */
    readonly before: string | null;
    readonly after: string | null;
  }[];
}

/** A change of a stack that is prepared and not carried out. */
export interface ChangeSet {
  readonly id: string;
  /** `CREATE_PENDING`, `CREATE_IN_PROGRESS`, `CREATE_COMPLETE` or `FAILED`, among others. */
  readonly status: string;
  readonly statusReason: string | null;
  /** In the template's order; empty until it is made. */
  readonly changes: readonly ResourceChange[];
}

/** AWS as kubecore uses it: one region, one set of credentials. */
export interface Cloud {
  readonly region: string;
  /** Who am I (STS GetCallerIdentity). */
  identity(signal?: AbortSignal): Promise<Identity>;
  keyPairs(signal?: AbortSignal): Promise<readonly KeyPair[]>;
  createKeyPair(name: string, signal?: AbortSignal): Promise<CreatedKeyPair>;
  /** One that is gone is no error. */
  deleteKeyPair(name: string, signal?: AbortSignal): Promise<void>;
  importKeyPair(name: string, publicKey: string, signal?: AbortSignal): Promise<KeyPair>;
  /** Throws when CloudFormation refuses the template. */
  validateTemplate(body: string, signal?: AbortSignal): Promise<void>;
  /** Is this AMI there: null when EC2 does not know it (or it was withdrawn). */
  image(
    id: string,
    signal?: AbortSignal,
  ): Promise<{
    id: string;
    name: string;
    state: string;
    deprecatedAt: number | null;
    virtualization: string;
  } | null>;
  /** Resolves when EC2 says that it would do it; throws its refusal otherwise. Nothing is made. */
  dryRun(request: DryRun, signal?: AbortSignal): Promise<void>;
  /** Zones of the region in which EC2 offers an instance type, sorted; none when it is not offered here. */
  instanceTypeZones(type: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** vCPUs of an instance type as quotas count them; null when EC2 does not know the type here. */
  instanceTypeVcpus(type: string, signal?: AbortSignal): Promise<number | null>;
  /** On-demand instances of this account that run or start, with the vCPUs that quotas count for each. */
  runningVcpus(signal?: AbortSignal): Promise<readonly { readonly type: string; readonly vcpus: number }[]>;
  /** A quota of EC2 by its Service Quotas code (`L-…`): this account's value, else AWS's default; null when there is none. */
  ec2Quota(code: string, signal?: AbortSignal): Promise<number | null>;
  /** USD for an hour of an on-demand Linux instance in this region (Pricing API); null when no price is listed. */
  hourlyPrice(type: string, signal?: AbortSignal): Promise<number | null>;
  /** A VPC with its subnets by id, or the region's default one; null when there is none. */
  network(vpc: string | null, signal?: AbortSignal): Promise<Network | null>;
  /** Returns the stack id. */
  createStack(create: CreateStack, signal?: AbortSignal): Promise<string>;
  /**
   * By name or id; null when there is none (a deleted stack is found by id only). A launch of `single` or `fleet` has no
   * stack in CloudFormation: it is read from its tags and told in the same shape, its id being `launch:ID`.
   */
  stack(nameOrId: string, signal?: AbortSignal): Promise<Stack | null>;
  /** The template a stack was made or last updated with, as it was sent. */
  stackTemplate(nameOrId: string, signal?: AbortSignal): Promise<string>;
  /** Stacks and launches without one that kubecore made (tag `kubecore:cluster`), deleted ones left out. */
  stacks(signal?: AbortSignal): Promise<readonly Stack[]>;
  /** Oldest first; only those after `afterId` when given. Of a launch without a stack: what was seen of it since it was first asked. */
  stackEvents(
    nameOrId: string,
    afterId?: string | null,
    signal?: AbortSignal,
  ): Promise<readonly StackEvent[]>;
  updateStack(
    nameOrId: string,
    template: StackTemplate | { readonly parameters: Readonly<Record<string, string>> },
    signal?: AbortSignal,
  ): Promise<void>;
  deleteStack(nameOrId: string, signal?: AbortSignal): Promise<void>;
  /** Prepares a change of a stack; with `parameters` alone its template stays. Returns the change set's id. */
  createChangeSet(
    nameOrId: string,
    name: string,
    template: StackTemplate | { readonly parameters: Readonly<Record<string, string>> },
    signal?: AbortSignal,
  ): Promise<string>;
  /** Throws `ChangeSetNotFoundException` when it is gone. */
  changeSet(id: string, signal?: AbortSignal): Promise<ChangeSet>;
  /** Carries it out; the stack's events tell the rest. `token` makes a repeated call harmless. */
  executeChangeSet(id: string, token: string, signal?: AbortSignal): Promise<void>;
  deleteChangeSet(id: string, signal?: AbortSignal): Promise<void>;
  /**
   * Instances of a stack (tag `aws:cloudformation:stack-name` or -id) or of a launch (`launch:ID`), terminated ones too while
   * EC2 still lists them.
   */
  instances(stackNameOrId: string, signal?: AbortSignal): Promise<readonly Instance[]>;
  /** Returns the group's id. Throws `InvalidGroup.Duplicate` when its name is taken in the VPC. */
  createSecurityGroup(create: CreateSecurityGroup, signal?: AbortSignal): Promise<string>;
  /** Opens a group; a rule that is there already is left as it is. */
  allowIngress(
    groupId: string,
    rules: readonly IngressRule[],
    tags: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Throws `DependencyViolation` while something uses it; one that is gone is no error. */
  deleteSecurityGroup(groupId: string, signal?: AbortSignal): Promise<void>;
  runInstances(run: RunInstances, signal?: AbortSignal): Promise<readonly Instance[]>;
  /** Those that EC2 knows no more are no error. */
  terminateInstances(ids: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Sets tags on one resource. */
  setTags(id: string, tags: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>;
  /** The user data that an instance was started with, decoded. */
  userData(instanceId: string, signal?: AbortSignal): Promise<string>;
  /** What is there of a cluster, by its tag `kubecore:cluster`: instances that are not terminated, volumes, security groups. */
  resourcesOf(clusterName: string, signal?: AbortSignal): Promise<readonly TaggedResource[]>;
  /** The regions that this account can use. */
  regions(signal?: AbortSignal): Promise<readonly string[]>;
  /** Console output of an instance, decoded; null while there is none. */
  consoleOutput(instanceId: string, signal?: AbortSignal): Promise<string | null>;
  /** The caller's public IPv4 address as AWS sees it (checkip.amazonaws.com), or as the sandbox plays it. */
  callerAddress(signal?: AbortSignal): Promise<string>;
  /** A fresh etcd discovery URL for `size` members from a discovery service's base URL. */
  newDiscoveryUrl(service: string, size: number, signal?: AbortSignal): Promise<string>;
  /**
   * What a discovery URL says: members already registered, the size it expects (null when it does not say), and the
   * addresses that they gave.
   */
  discovery(
    url: string,
    signal?: AbortSignal,
  ): Promise<{ members: number; size: number | null; addresses: readonly string[] }>;
}

// ---------------------------------------------------------------- this computer

export interface ToolFound {
  readonly path: string;
  readonly version: string;
}

export interface PrivateKeyFound {
  /** A file, or null when the key lives in the ssh-agent. */
  readonly path: string | null;
  /** For a person: `~/.ssh/coreos.pem`, `ssh-agent (user@host)`. */
  readonly label: string;
  /** A login would ask for its passphrase: it has one, and this process has not unlocked it yet. */
  readonly encrypted: boolean;
  /** Its name or whoever gave it says that it is the pair's: only unlocked does it show whether it is. */
  readonly unproved?: true;
}

/** Asks a person for the passphrase of `label`, hidden; null when they give none. `attempt` counts from 1. */
export type AskPassphrase = (label: string, attempt: number) => Promise<string | null>;

/** This computer, as the wizard looks at it. */
export interface Local {
  env(name: string): string | undefined;
  /** null when the tool is not on the PATH. */
  tool(name: 'aws' | 'jq', signal?: AbortSignal): Promise<ToolFound | null>;
  /**
   * The private key that belongs to an EC2 key pair, sought in `explicit` (alone, when given), ./NAME.pem, kubecore's own keys,
   * ~/.ssh and the ssh-agent, by public key or by EC2's fingerprint. null when none is at hand; throws (fault `input`)
   * when `explicit` cannot be read, is readable by others, or does not match.
   */
  findPrivateKey(pair: KeyPair, explicit?: string): Promise<PrivateKeyFound | null>;
  /** Writes NAME.pem with mode 0400, never over an existing file; returns its path. */
  savePrivateKey(name: string, material: string): Promise<string>;
  /** Throws as savePrivateKey would (the file exists, the folder cannot be written), before a key is created in vain. */
  checkPrivateKeyPath?(name: string): Promise<void>;
  /** Where savePrivateKey would write, for the screen. */
  privateKeyPath(name: string): string;
}
