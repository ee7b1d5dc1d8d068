/**
 * Owns the column layout of Go's text/tabwriter, which both fleetctl and kubecfg print through: a cell is text that a
 * tab ends, a column is a run of lines that have a cell there, and the text after the last tab belongs to no column.
 * Source of facts: Go's documentation of text/tabwriter and the recordings.
 */

export interface TabwriterOptions {
  /** Least width of a cell, padding included. */
  minWidth: number;
  /** Width of a tab where the padding is done with tabs. */
  tabWidth: number;
  padding: number;
  padChar: '\t' | ' ';
}

/** fleetctl's tables: tabs of 8, at least one column of padding. */
export const FLEET_TABLE: TabwriterOptions = { minWidth: 0, tabWidth: 8, padding: 1, padChar: '\t' };
/** kubecfg's tables: spaces, at least 20 wide, three between columns. */
export const KUBE_TABLE: TabwriterOptions = { minWidth: 20, tabWidth: 5, padding: 3, padChar: ' ' };

/** Lays out lines of tab-terminated cells. Width is counted in code points, as Go counts runes. */
export function tabwriter(text: string, options: TabwriterOptions): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths: number[] = [];
  const out: string[] = [];

  const pad = (cell: string, width: number): string => {
    const used = [...cell].length;
    if (options.padChar === ' ') return ' '.repeat(Math.max(0, width - used));
    const rounded = Math.ceil(width / options.tabWidth) * options.tabWidth;
    return '\t'.repeat(Math.ceil((rounded - used) / options.tabWidth));
  };
  const write = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const line = lines[i]!;
      out.push(
        line.map((cell, j) => (j < widths.length ? cell + pad(cell, widths[j]!) : cell)).join(''),
        i + 1 === lines.length ? '' : '\n',
      );
    }
  };
  const format = (from: number, to: number) => {
    const column = widths.length;
    let start = from;
    for (let i = from; i < to; i++) {
      if (column >= lines[i]!.length - 1) continue;
      write(start, i);
      start = i;
      let width = options.minWidth;
      for (; i < to && column < lines[i]!.length - 1; i++) {
        width = Math.max(width, [...lines[i]![column]!].length + options.padding);
      }
      widths.push(width);
      format(start, i);
      widths.pop();
      start = i;
    }
    write(start, to);
  };
  format(0, lines.length);
  return out.join('');
}
