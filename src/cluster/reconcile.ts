/** Owns structural sharing: a new list that says the same as the old one is the old one, row by row. */

/** Are two plain values (objects, arrays, primitives) the same in depth? */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}

/** `next`, with every row that equals the one of the same key in `before` replaced by that one; `before` itself when all do. */
export function reconcile<T>(
  before: readonly T[] | undefined,
  next: readonly T[],
  keyOf: (row: T) => string,
): readonly T[] {
  if (before === undefined) return next;
  const known = new Map(before.map((row) => [keyOf(row), row]));
  const rows = next.map((row) => {
    const old = known.get(keyOf(row));
    return old !== undefined && same(old, row) ? old : row;
  });
  return rows.length === before.length && rows.every((row, i) => row === before[i]) ? before : rows;
}
