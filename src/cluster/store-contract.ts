/** Owns what panes and `status` read: the shape of the store, without how it is filled (see store.ts, watch.ts). */
import type { KubecoreError } from './errors.ts';
import type { Kind, RowOf } from './model.ts';
import type { ConnectionState } from './ports.ts';

/** What a pane is: never blank once something was known (DESIGN.md, How data runs). */
export type PaneState<T> =
  | { readonly status: 'loading' }
  | { readonly status: 'live'; readonly data: T; readonly asOf: number }
  | { readonly status: 'stale'; readonly data: T; readonly asOf: number; readonly error: KubecoreError }
  | { readonly status: 'failed'; readonly error: KubecoreError };

/** All that is known of a cluster now. Unchanged parts keep their identity between views. */
export type ClusterView = {
  readonly [K in Kind]: PaneState<readonly RowOf[K][]>;
} & {
  readonly connection: ConnectionState;
  /** Does etcd still agree on anything; absent while nobody asked. Without a quorum fleet answers with old data for ever. */
  readonly etcd?: EtcdState;
};

export type EtcdState = { readonly agrees: true } | { readonly agrees: false; readonly why: string };

/** What asking for a kind costs. */
export interface Pulse {
  /** When the poll in flight began; null between polls. */
  readonly askedSince: number | null;
  /** How long the last one took, ms; null before it ended. */
  readonly tookMs: number | null;
  /** Between the beginnings of two polls as it is now, ms. */
  readonly everyMs: number;
}

export interface ClusterStore {
  /** Stable until something changes: fit for useSyncExternalStore. */
  get(): ClusterView;
  subscribe(listener: () => void): () => void;
  /** What is on screen is polled at full rate, the rest slowly. */
  setVisible(kinds: readonly Kind[]): void;
  /** What a kind's polls cost, now. */
  pulse?(kind: Kind): Pulse;
  /** Ask now, out of turn. */
  refresh(kinds?: readonly Kind[]): void;
  stop(): void;
}
