/** Owns the shape of the preflight: its checks, what each answers, what it is given (preflight.ts runs it). */
import type { KubecoreError } from './errors.ts';
import type { LaunchNetwork } from './network.ts';
import type { ParameterKey, Parameters } from './parameters.ts';
import type { Clock, Cloud, Identity, KeyPair, PrivateKeyFound } from './ports.ts';

/** In the order in which they are shown; they are asked all at once. */
export const CHECKS = [
  'identity',
  'permissions',
  'name',
  'type',
  'image',
  'quota',
  'network',
  'ssh',
  'key',
  'discovery',
  'template',
  'sizes',
  'price',
] as const;
export type CheckName = (typeof CHECKS)[number];

export const CHECK_TITLE: Readonly<Record<CheckName, string>> = {
  identity: 'AWS account',
  permissions: 'Permissions',
  name: 'Name',
  type: 'Machines',
  image: 'Image',
  quota: 'vCPU quota',
  network: 'Network',
  ssh: 'SSH from',
  key: 'Key pair',
  discovery: 'Discovery',
  template: 'Template',
  sizes: 'Sizes',
  price: 'Price',
};

/** `unchecked`: it could not be found out, for lack of a right or an answer; that alone keeps nobody from launching. */
export type CheckState = 'ok' | 'warning' | 'failed' | 'unchecked';

export interface Check {
  readonly check: CheckName;
  readonly state: CheckState;
  /** What was found, for a person. */
  readonly found: string;
  /** What to do; null when there is nothing to do. */
  readonly next: string | null;
  /** The parameter to change, where that helps. */
  readonly parameter: ParameterKey | null;
  /** Why it failed. */
  readonly error: KubecoreError | null;
}

/** A check's answer but for its name. What it throws is an answer too (`answerOf`). */
export type Answer = Pick<Check, 'found'> & Partial<Omit<Check, 'check' | 'found'>>;

/** What a launch would send, as src/render makes it. Each part throws a KubecoreError when it cannot be made. */
export interface Outgoing {
  imageId(): string;
  /** null for a blueprint without a stack. */
  templateBody(): string | null;
  /** Bytes of what AWS limits, whatever their number. */
  sizes(): readonly { readonly what: string; readonly bytes: number; readonly limit: number }[];
}

/** What was found out for a launch that its parameters leave open. */
export interface Settled {
  /** CIDR; null when it could not be found out. */
  readonly allowSshFrom: string | null;
  /** null when no token could be had; empty for a blueprint without etcd. */
  readonly discoveryUrl: string | null;
}

export interface PreflightOptions {
  readonly cloud: Cloud;
  readonly parameters: Parameters;
  readonly outgoing: Outgoing;
  readonly clock: Pick<Clock, 'now'>;
  /** The private key that belongs to a key pair, null when none is at hand. */
  readonly findKey: (pair: KeyPair) => Promise<PrivateKeyFound | null>;
  /** Is a key pair that was not named and is not there made by the launch? So it is in the sandbox. */
  readonly makesKeyPair: boolean;
  /** Of suggested commands: `--sandbox`, `--region eu-west-1`. */
  readonly flags: readonly string[];
  readonly signal?: AbortSignal;
}

export interface Findings {
  /** In the order of CHECKS. */
  readonly checks: readonly Check[];
  readonly settled: Settled;
}

/** What a check may ask of the others: answers that several need are asked once. */
export interface Asking extends PreflightOptions {
  readonly identity: () => Promise<Identity>;
  readonly network: () => Promise<LaunchNetwork>;
}

/** The answer of a check that found what keeps a launch from succeeding. */
export const refusal = (error: KubecoreError, parameter: ParameterKey | null = null): Answer => ({
  state: 'failed',
  found: `${error.what}: ${error.why}`,
  next: error.next,
  parameter,
  error,
});

/** What stands in the way of a launch, in the order of CHECKS. */
export const refusals = (checks: readonly Check[]): readonly KubecoreError[] =>
  checks.flatMap(({ error }) => (error === null ? [] : [error]));
