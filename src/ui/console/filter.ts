/**
 * Owns what a pane's filter means: a regex or text anywhere in the row; `column:value` in one column, `column=value` exactly
 * that; `-l label=value` as kubectl selects; a leading `!` the opposite of any of them. Pure.
 */
import { matcher } from '../terminal/pattern.ts';
import { cellWords } from '../widgets/table.ts';
import type { RowContext, RowKind } from './columns/row-kind.ts';

export type RowFilter<Row> = (row: Row, context: RowContext) => boolean;

/** As much of a row as a pattern is tried on: what a node says may be any length. */
const SEARCHED = 2_000;

/** A column's title as it is typed: `pod ip` → `pod-ip`. */
const typed = (title: string): string => title.toLowerCase().replaceAll(' ', '-');

interface Requirement {
  readonly label: string;
  readonly value: string | null;
  readonly equal: boolean;
}

/** `a=b,c!=d,e` as requirements; null where it is none. */
function selectorOf(text: string): readonly Requirement[] | null {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.some((part) => part === '')) return null;
  return parts.map((part): Requirement => {
    const match = /^([^!=]+)(==?|!=)(.*)$/.exec(part);
    if (!match) return { label: part, value: null, equal: true };
    return { label: match[1]!.trim(), value: match[3]!.trim(), equal: match[2] !== '!=' };
  });
}

function meets(labels: Readonly<Record<string, string>>, { label, value, equal }: Requirement): boolean {
  const has = Object.hasOwn(labels, label);
  if (value === null) return has;
  return equal ? has && labels[label] === value : labels[label] !== value;
}

function positive<Row>(text: string, kind: RowKind<Row>): RowFilter<Row> {
  const labelled = /^-l\s*(.*)$/.exec(text);
  if (labelled) {
    const requirements = selectorOf(labelled[1]!);
    // While it is typed it selects nothing away.
    if (requirements === null) return () => true;
    return (row) => {
      const labels = kind.labels?.(row) ?? {};
      return requirements.every((requirement) => meets(labels, requirement));
    };
  }
  const parted = /^([\w-]+)([:=])(.*)$/.exec(text);
  const column = parted && kind.columns.find(({ title }) => typed(title) === parted[1]!.toLowerCase());
  if (column) {
    const wanted = parted[3]!;
    const words = (row: Row, context: RowContext): string =>
      cellWords(column.cell(row, context)).slice(0, SEARCHED);
    if (parted[2] === '=') return (row, context) => words(row, context) === wanted;
    const matches = matcher(wanted);
    return (row, context) => matches(words(row, context));
  }
  const matches = matcher(text);
  return (row) => matches(kind.search(row).slice(0, SEARCHED));
}

/** The filter that `text` writes for this kind of rows; null when it is empty: all rows pass. */
export function rowFilter<Row>(text: string, kind: RowKind<Row>): RowFilter<Row> | null {
  const inverse = text.startsWith('!');
  const rest = (inverse ? text.slice(1) : text).trim();
  if (rest === '') return null;
  const passes = positive(rest, kind);
  return inverse ? (row, context) => !passes(row, context) : passes;
}
