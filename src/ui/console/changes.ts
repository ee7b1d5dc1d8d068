/** Owns what changed lately: which rows are new or in another state than they were, and since when. */

/** How long a changed row stays marked, in milliseconds. */
export const MARK_MS = 5_000;

export interface Changes {
  /** The last signature of each row by its key; null before the first data, none of which is news. */
  readonly seen: ReadonlyMap<string, string> | null;
  /** When a row changed, by its key. */
  readonly at: ReadonlyMap<string, number>;
}

export const NO_CHANGES: Changes = { seen: null, at: new Map() };

/** After new rows came at `now`. */
export function noteChanges<Row>(
  before: Changes,
  rows: readonly Row[],
  kind: { readonly key: (row: Row) => string; readonly signature: (row: Row) => string },
  now: number,
): Changes {
  const seen = new Map<string, string>();
  const at = new Map<string, number>();
  for (const row of rows) {
    const key = kind.key(row);
    const signature = kind.signature(row);
    seen.set(key, signature);
    const earlier = before.at.get(key);
    if (before.seen !== null && before.seen.get(key) !== signature) at.set(key, now);
    else if (earlier !== undefined && now - earlier < MARK_MS) at.set(key, earlier);
  }
  return { seen, at };
}

export function isChanged(changes: Changes, key: string, now: number): boolean {
  const at = changes.at.get(key);
  return at !== undefined && now - at < MARK_MS;
}
