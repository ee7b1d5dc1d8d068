/** Owns what a log view reads: a bounded ring outside React and the tail that fills it (log-ring.ts, tail.ts). */
import type { KubecoreError } from './errors.ts';
import type { LogEntry } from './model.ts';

/** Which log: a unit on a node. `unit: null` is the node's whole journal. */
export interface LogSource {
  readonly unit: string | null;
  readonly machineId: string;
  /** The node's private address; null means the master. */
  readonly ip: string | null;
  /** A container of the node, by docker's id; `unit` is then what it is called. */
  readonly container?: string;
}

/** The last lines of a tail, bounded in lines and bytes. Sequence numbers grow by one a line and are never reused. */
export interface LogRing {
  /** Sequence number of the oldest line still held, and one past the newest. */
  readonly first: number;
  readonly end: number;
  /** Lines that left the ring for want of room. */
  readonly dropped: number;
  readonly bytes: number;
  /** undefined when it left the ring or has not come. */
  at(sequence: number): LogEntry | undefined;
}

export type TailState =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'following' }
  /** The link dropped; it resumes after the last cursor. */
  | { readonly phase: 'resuming'; readonly at: number; readonly why: string }
  | { readonly phase: 'ended' }
  | { readonly phase: 'failed'; readonly error: KubecoreError };

export interface Tail {
  readonly source: LogSource;
  readonly ring: LogRing;
  state(): TailState;
  /** Called (coalesced by the listener, not here) when lines came or the state changed. */
  subscribe(listener: () => void): () => void;
  close(): void;
}
