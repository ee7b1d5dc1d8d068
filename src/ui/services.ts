/**
 * Owns what the screens get from outside, as one bag of ports that src/cli fills. Screens never choose between AWS and
 * the sandbox, never touch files or sockets, and never exit the process.
 */
import type { KubecoreError } from '../cluster/errors.ts';
import type { LaunchEvent, LaunchPlan } from '../cluster/launch-contract.ts';
import type { Cluster, LogEntry } from '../cluster/model.ts';
import type { Parameters } from '../cluster/parameters.ts';
import type { AskPassphrase, Clock, Cloud, Local, Random, Shell } from '../cluster/ports.ts';
import type { ClusterStore } from '../cluster/store-contract.ts';
import type { LogSource, Tail } from '../cluster/tail-contract.ts';
import type { Preferences } from './console/memory.ts';
import type { Hands } from './hands.ts';

/** Where clusters are launched: a real region, or the sandbox. */
export interface Backend {
  readonly kind: 'aws' | 'sandbox';
  readonly region: string;
  readonly cloud: Cloud;
  /** For the header and the equivalent command: `--sandbox`, `--region eu-west-1`, … */
  readonly flags: readonly string[];
  /** Defaults that differ here: the sandbox has its own discovery service. */
  readonly defaults: Partial<Parameters>;
}

export interface TailRequest {
  /** Lines of history to begin with. */
  readonly lines: number;
  readonly since?: string;
  /** Several units of the source's node; its own unit is then null. */
  readonly units?: readonly string[];
  /** Go on after this entry. */
  readonly after?: LogEntry;
  /** Awaited after each batch: the reader is behind. */
  readonly room?: () => Promise<void>;
  readonly maxLines?: number;
  readonly maxBytes?: number;
}

/** A cluster that is open: its connection and its data. */
export interface Session {
  readonly cluster: Cluster;
  readonly shell: Shell;
  readonly store: ClusterStore;
  /** `since` as journalctl takes it; `maxLines` and `maxBytes` bound its ring. */
  tail(source: LogSource, options: TailRequest): Tail;
  /** Units of one node, its own systemd units too (for `l` on a machine). */
  unitsOf(
    ip: string | null,
    signal?: AbortSignal,
  ): Promise<
    readonly {
      readonly name: string;
      readonly active: string;
      readonly sub: string;
      readonly description: string;
    }[]
  >;
  /** What can be done with it beside looking; absent where nobody gave it. */
  readonly hands?: Hands;
  /** What the person chose of the console, and what it remembers; its defaults where absent. */
  readonly preferences?: Preferences;
  close(): Promise<void>;
}

export interface Services {
  /** null while no AWS credentials were found: `backendProblem` says why, the sandbox can be switched to. */
  readonly backend: Backend | null;
  /** Why there is no backend. */
  readonly backendProblem?: KubecoreError | null;
  /** Looks for credentials once more, when the user has mended something; null when there are still none. */
  findBackend?(): Promise<Backend | null>;
  /** Read it when it is needed, never keep it: keys are kept elsewhere once the sandbox was switched to. */
  readonly local: Local;
  readonly clock: Clock;
  /** For the names of launches. */
  readonly random: Random;
  /** kubecore's own, for the tag on what it creates. */
  readonly version?: string;
  switchToSandbox(): Promise<Backend>;
  /** Starts or takes up a launch. The iterable ends after `healthy` or `failed`. Aborting stops watching, not the stack. */
  launch(
    backend: Backend,
    plan: LaunchPlan,
    identityFile: string | null,
    signal: AbortSignal,
  ): AsyncIterable<LaunchEvent>;
  /** Deletes what a launch created: the stack `stackId` where it is known, which a later one of that name is not. */
  undo(backend: Backend, name: string, signal: AbortSignal, stackId?: string): Promise<void>;
  /**
   * Opens a private key for every login of this process. `ask` is asked until it is right: not at all for a key without a
   * passphrase, one that was opened before, or one that the ssh-agent holds. Rejects with NoPassphrase when none is given.
   */
  unlock(identityFile: string | null, ask: AskPassphrase): Promise<void>;
  /** Opens a cluster, its private key first, as `unlock` does. */
  open(backend: Backend, cluster: Cluster, identityFile: string | null, ask: AskPassphrase): Promise<Session>;
}
