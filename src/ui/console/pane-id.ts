/** Owns which panes there are: one for each kind of thing, and the overview over all of them. */
import { KINDS, type RowOf } from '../../cluster/model.ts';
import type { ClusterView, PaneState } from '../../cluster/store-contract.ts';
import type { Happening } from './history.ts';

/** In the order of their numbers. */
export const PANES = [...KINDS, 'overview'] as const;
export type PaneId = (typeof PANES)[number];

/** The row type of each pane. */
export interface PaneRowOf extends RowOf {
  readonly overview: Happening;
}

/** The cluster as the console shows it: what the store knows, and what the console noticed. */
export type ConsoleView = ClusterView & { readonly overview: PaneState<readonly Happening[]> };
