/**
 * Owns the rows of a pane between the store and the drawing: in order, filtered, measured. Each step is remembered as long
 * as what it was made from is the same, so that a frame over thousands of rows costs only those that show.
 */
import type { PaneState } from '../../cluster/store-contract.ts';
import { naturalWidths } from '../widgets/table.ts';
import { dataOf } from './columns/all.ts';
import type { RowContext, RowKind } from './columns/row-kind.ts';
import { rowFilter } from './filter.ts';
import { sorted } from './sorting.ts';
import type { PaneUi, Sort } from './state.ts';

export interface PreparedRows<Row> {
  /** In order and filtered. */
  readonly rows: readonly Row[];
  readonly keys: readonly string[];
  /** The width each column would like, over all rows, so that neither scrolling nor a filter moves them. */
  readonly naturals: readonly number[];
}

/** The last value of a function of some inputs, kept while the inputs are the same. */
function remembered<Inputs extends readonly unknown[], Value>(
  make: (...inputs: Inputs) => Value,
): (...inputs: Inputs) => Value {
  let last: { readonly inputs: Inputs; readonly value: Value } | null = null;
  return (...inputs) => {
    if (last?.inputs.every((input, i) => input === inputs[i])) return last.value;
    last = { inputs, value: make(...inputs) };
    return last.value;
  };
}

type Joined = Omit<RowContext, 'now'>;

export class PaneRows<Row extends object> {
  readonly kind: RowKind<Row>;
  readonly #inOrder: (data: readonly Row[], sort: Sort | null, joined: Joined | null) => readonly Row[];
  readonly #filtered: (
    rows: readonly Row[],
    filter: string,
    joined: Joined | null,
  ) => { rows: readonly Row[]; keys: readonly string[] };
  readonly #measured: (rows: readonly Row[], joined: Joined) => readonly number[];
  readonly #prepared: (
    rows: readonly Row[],
    keys: readonly string[],
    naturals: readonly number[],
  ) => PreparedRows<Row>;
  /** Inputs that the joined rows do not change are asked without them. */
  #joined: Joined | null = null;

  constructor(kind: RowKind<Row>) {
    this.kind = kind;
    const context = (): RowContext => ({ ...this.#joined!, now: 0 });
    this.#inOrder = remembered((data, sort) => sorted(data, kind, sort, context()));
    this.#filtered = remembered((rows, text) => {
      const passes = rowFilter(text, kind);
      const there = context();
      const kept = passes === null ? rows : rows.filter((row) => passes(row, there));
      return { rows: kept, keys: kept.map(kind.key) };
    });
    this.#measured = remembered((rows) => naturalWidths(kind.columns, rows, context()));
    this.#prepared = remembered((rows, keys, naturals) => ({ rows, keys, naturals }));
  }

  prepare(state: PaneState<readonly Row[]>, ui: PaneUi, joined: Joined): PreparedRows<Row> {
    this.#joined = joined;
    const data = dataOf(state);
    const inOrder = this.#inOrder(data, ui.sort, ui.sort === null ? null : joined);
    const { rows, keys } = this.#filtered(inOrder, ui.filter, ui.filter === '' ? null : joined);
    return this.#prepared(rows, keys, this.#measured(data, joined));
  }
}
