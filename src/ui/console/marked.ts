/** Owns which rows a key means: the marked ones of the pane in front, else the selected one. */

import type { PaneState } from '../../cluster/store-contract.ts';
import { dataOf } from './columns/all.ts';
import type { ConsoleModel } from './model.ts';
import type { AnyRow } from './panes.ts';

/** In the order of the cluster's data; those that a filter hides among them. */
export function markedOrSelected(model: Pick<ConsoleModel, 'moment' | 'panes'>): readonly AnyRow[] {
  const { view, state } = model.moment();
  const { focus } = state;
  const { marks } = state.panes[focus];
  const { key } = model.panes.kind(focus);
  // Asked for every frame: thousands of rows are only looked through when some are marked.
  const rows = marks.size === 0 ? [] : dataOf(view[focus] as PaneState<readonly AnyRow[]>);
  const marked = rows.filter((row) => marks.has(key(row)));
  if (marked.length > 0) return marked;
  const selected = model.panes.selected(focus, view, state);
  return selected === undefined ? [] : [selected];
}
