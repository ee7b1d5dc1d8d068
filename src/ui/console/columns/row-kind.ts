/** Owns what a pane has to know of a kind of row; one file beside this one for each kind. All of it is pure. */
import type { Machine, Pod } from '../../../cluster/model.ts';
import { SYMBOL } from '../../theme.ts';
import type { Cell, Column } from '../../widgets/table.ts';
import type { PaneId, PaneRowOf } from '../pane-id.ts';

/** What cells need beyond their row: the other panes' rows, joined once per change. */
export interface RowContext {
  readonly now: number;
  /** A machine id as short as it stays unambiguous, at least 8 digits. */
  readonly shortId: (id: string) => string;
  readonly machinesById: ReadonlyMap<string, Machine>;
  readonly machinesByIp: ReadonlyMap<string, Machine>;
  readonly podsByHost: ReadonlyMap<string, readonly Pod[]>;
  /** Pods whose labels have all of a selector's; none for an empty selector. */
  readonly podsOf: (selector: Readonly<Record<string, string>>) => readonly Pod[];
}

export interface RowKind<Row> {
  readonly title: string;
  /** While the first answer is awaited. */
  readonly loading: string;
  /** When there are none, and how to make one. */
  readonly empty: string;
  readonly columns: readonly Column<Row, RowContext>[];
  /** Identity: stays the same while the row's state changes. */
  readonly key: (row: Row) => string;
  readonly compare: (a: Row, b: Row) => number;
  /** What to call the row where its pane is not seen: `etcd.service @ 10.0.0.11`. */
  readonly label: (row: Row) => string;
  /** In a word or two what changes about the row that a person would want to see. */
  readonly state: (row: Row) => string;
  /** What a filter looks in. */
  readonly search: (row: Row) => string;
  /** What `-l` selects by; nothing has labels when absent. */
  readonly labels?: (row: Row) => Readonly<Record<string, string>>;
  /** Rows that are there no more but still shown; not counted. */
  readonly isLost?: (row: Row) => boolean;
  /** Rows come in at the top: a selection on the first row stays there. */
  readonly newestFirst?: true;
  /** False where the number of rows says nothing. */
  readonly isCounted?: false;
  /** What is wrong among the rows, for the pane's title; null when nothing is. */
  readonly faults: (rows: readonly Row[]) => Cell | null;
  /** All that is known of the row. */
  readonly details: (row: Row, context: RowContext) => readonly (readonly [label: string, value: string])[];
}

export type RowKinds = { readonly [K in PaneId]: RowKind<PaneRowOf[K]> };

const collator = new Intl.Collator('en', { numeric: true });

/** Order of names and addresses as people count: 10.0.0.9 before 10.0.0.10. */
export const byName = (a: string, b: string): number => collator.compare(a, b);

/** `name=web,tier=frontend`, as kubecfg prints labels. */
export function pairs(record: Readonly<Record<string, string>>): string {
  return Object.entries(record)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

export const text = (value: string | number | null): Cell =>
  value === null || value === '' ? { text: '-', tone: 'dim' } : { text: String(value) };

export const orNone = (value: string | number | null): string =>
  value === null || value === '' ? '-' : String(value);

/** `N failed` as a fault, or null when there are none. */
export function countFault(count: number, word: string, tone: 'bad' | 'warn' = 'bad'): Cell | null {
  if (count === 0) return null;
  return { text: `${tone === 'bad' ? SYMBOL.bad : SYMBOL.warn} ${count} ${word}`, tone };
}
