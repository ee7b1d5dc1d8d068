/**
 * Owns the rows of a pane between the store and the drawing: in order, filtered, measured. Each step is remembered as long
 * as what it was made from is the same, so that a frame over thousands of rows costs only those that show.
 */
import type { PaneState } from '../../cluster/store-contract.ts';
import { matcher } from '../terminal/pattern.ts';
import { type Changes, NO_CHANGES, noteChanges } from './changes.ts';
import { dataOf } from './columns/all.ts';
import type { RowContext, RowKind } from './columns/row-kind.ts';
import { measure } from './pane.ts';

export interface PreparedRows<Row> {
  readonly rows: readonly Row[];
  readonly keys: readonly string[];
  readonly naturals: readonly number[];
  readonly changes: Changes;
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

export class PaneRows<Row> {
  readonly kind: RowKind<Row>;
  readonly #sorted: (data: readonly Row[]) => readonly Row[];
  readonly #filtered: (
    rows: readonly Row[],
    filter: string,
  ) => { rows: readonly Row[]; keys: readonly string[] };
  readonly #measured: (rows: readonly Row[], joined: Omit<RowContext, 'now'>) => readonly number[];
  #changes: Changes = NO_CHANGES;
  #noted: readonly Row[] | null = null;

  constructor(kind: RowKind<Row>) {
    this.kind = kind;
    this.#sorted = remembered((data) => [...data].sort(kind.compare));
    this.#filtered = remembered((rows, filter) => {
      const matches = matcher(filter);
      const kept = filter === '' ? rows : rows.filter((row) => matches(kind.search(row)));
      return { rows: kept, keys: kept.map(kind.key) };
    });
    this.#measured = remembered((rows, joined) => measure(kind, rows, { ...joined, now: 0 }));
  }

  prepare(
    state: PaneState<readonly Row[]>,
    filter: string,
    joined: Omit<RowContext, 'now'>,
    now: number,
  ): PreparedRows<Row> {
    const data = dataOf(state);
    const isKnown = state.status === 'live' || state.status === 'stale';
    if (isKnown && data !== this.#noted) {
      this.#changes = noteChanges(this.#changes, data, this.kind, now);
      this.#noted = data;
    }
    const sorted = this.#sorted(data);
    const { rows, keys } = this.#filtered(sorted, filter);
    return { rows, keys, naturals: this.#measured(sorted, joined), changes: this.#changes };
  }
}
