/** Owns the order of a pane's rows: the kind's own, or by any column, equal rows in the kind's order. Pure. */
import { cellWords } from '../widgets/table.ts';
import { byName, type RowContext, type RowKind } from './columns/row-kind.ts';
import type { Sort } from './state.ts';

/** The next order after `sort`: by each column in turn, then the kind's own again. */
export function nextSort(sort: Sort | null, titles: readonly string[]): Sort | null {
  const at = sort === null ? -1 : titles.indexOf(sort.column);
  const column = titles[at + 1];
  return column === undefined ? null : { column, descending: false };
}

/** The other way round; of no order, the first column's. */
export function turned(sort: Sort | null, titles: readonly string[]): Sort | null {
  if (sort !== null) return { ...sort, descending: !sort.descending };
  return titles[0] === undefined ? null : { column: titles[0], descending: true };
}

/** The rows in order. Empty cells (`-`) come last whichever way. */
export function sorted<Row>(
  rows: readonly Row[],
  kind: RowKind<Row>,
  sort: Sort | null,
  context: RowContext,
): readonly Row[] {
  const column = sort === null ? undefined : kind.columns.find(({ title }) => title === sort.column);
  if (sort === null || column === undefined) return [...rows].sort(kind.compare);
  // Each row's value once: a comparison is made many times.
  const keyed = rows.map((row) => ({
    row,
    value: column.order?.(row, context) ?? cellWords(column.cell(row, context)),
  }));
  const direction = sort.descending ? -1 : 1;
  return keyed
    .sort((a, b) => {
      const empty = Number(a.value === '-') - Number(b.value === '-');
      if (empty !== 0) return empty;
      const order =
        typeof a.value === 'number' && typeof b.value === 'number'
          ? a.value - b.value
          : byName(String(a.value), String(b.value));
      return order * direction || kind.compare(a.row, b.row);
    })
    .map(({ row }) => row);
}
