/** Owns what changed lately in a pane: which rows are new or in another state than they were, since when, and from what. */
import type { Kind } from '../../cluster/model.ts';
import type { Change } from './history.ts';

/** How long a changed row stays marked, in milliseconds: plainly at first, then faded. */
export const FRESH_MS = 5_000;
export const MARK_MS = 15_000;

export interface Changes<Row> {
  /** The rows by their keys; null before the first data, none of which is news. */
  readonly rows: ReadonlyMap<string, Row> | null;
  /** When a row changed, by its key. */
  readonly at: ReadonlyMap<string, number>;
}

export const NO_CHANGES: Changes<never> = { rows: null, at: new Map() };

export interface Noting<Row> {
  readonly key: (row: Row) => string;
  readonly label: (row: Row) => string;
  readonly state: (row: Row) => string;
}

/** After new rows came at `now`: the marks, and what is news. A row that is the same object has not changed. */
export function noteChanges<Row>(
  before: Changes<Row>,
  rows: readonly Row[],
  kind: Kind,
  { key, label, state }: Noting<Row>,
  now: number,
): { readonly changes: Changes<Row>; readonly news: readonly Change[] } {
  const known = new Map<string, Row>();
  const at = new Map<string, number>();
  for (const [changed, time] of before.at) if (now - time < MARK_MS) at.set(changed, time);
  const news: Change[] = [];
  for (const row of rows) {
    const id = key(row);
    known.set(id, row);
    if (before.rows === null) continue;
    const earlier = before.rows.get(id);
    if (earlier === row) continue;
    const from = earlier === undefined ? null : state(earlier);
    const to = state(row);
    if (from === to) continue;
    at.set(id, now);
    news.push({ about: { kind, key: id }, label: label(row), from, to });
  }
  for (const [id, row] of before.rows ?? []) {
    if (known.has(id)) continue;
    news.push({ about: { kind, key: id }, label: label(row), from: state(row), to: null });
  }
  return { changes: { rows: known, at }, news };
}

/** Whether a row changed a moment ago, a while ago, or not lately. */
export function changeAge(
  changes: Changes<never> | Changes<unknown>,
  key: string,
  now: number,
): 'fresh' | 'fading' | null {
  const at = changes.at.get(key);
  if (at === undefined || now - at >= MARK_MS) return null;
  return now - at < FRESH_MS ? 'fresh' : 'fading';
}
