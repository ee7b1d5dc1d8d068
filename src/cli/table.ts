/** Owns tables for commands: columns as wide as their widest cell, two blanks between, nothing cut. */
import stringWidth from 'string-width';

/**
 * A header line and one line a row, each ending in a newline. Cells must be one-line text already; they may hold colours.
 * @param heading how the header is painted
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  heading: (line: string) => string = (line) => line,
): string {
  const widths = header.map((title, column) =>
    Math.max(stringWidth(title), ...rows.map((row) => stringWidth(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => `${cells[column] ?? ''}${' '.repeat(width - stringWidth(cells[column] ?? ''))}`)
      .join('  ')
      .trimEnd();
  return [heading(line(header)), ...rows.map(line)].map((text) => `${text}\n`).join('');
}
