/** Owns the help: the same tables of bindings that the footer is made of, in full, with what works now told apart. */
import { type Binding, isActive, shownKeys } from '../keys/bindings.ts';
import { cellWidth, fitCells, wrapWords } from '../terminal/cells.ts';
import type { Theme } from '../theme.ts';

/** All bindings by their groups, as lines of at most `width` cells: two columns where there is room. */
export function helpLines(bindings: readonly Binding[], width: number, theme: Theme): string[] {
  const groups = new Map<string, Binding[]>();
  for (const binding of bindings) {
    const group = binding.group ?? 'Keys';
    groups.set(group, [...(groups.get(group) ?? []), binding]);
  }
  const twoColumns = width >= 100;
  const columnWidth = twoColumns ? Math.floor(width / 2) : width;
  const keysWidth = Math.min(22, Math.max(...bindings.map((binding) => cellWidth(shownKeys(binding)))));
  const blocks = [...groups].map(([group, members]) => [
    ` ${theme.paint('title', group)}`,
    ...members.flatMap((binding) => {
      const works = isActive(binding);
      const words = wrapWords(
        `${binding.help ?? binding.label}${works ? '' : ' (not now)'}`,
        Math.max(8, columnWidth - keysWidth - 6),
      );
      return words.map((line, i) => {
        const keys = fitCells(i === 0 ? shownKeys(binding) : '', keysWidth);
        return `   ${theme.paint(works ? 'accent' : 'dim', keys)}  ${works ? line : theme.paint('dim', line)}`;
      });
    }),
    '',
  ]);
  if (!twoColumns) return blocks.flat();
  const columns: [string[], string[]] = [[], []];
  for (const block of blocks) columns[columns[0].length <= columns[1].length ? 0 : 1].push(...block);
  return Array.from({ length: Math.max(columns[0].length, columns[1].length) }, (_, i) => {
    const left = columns[0][i] ?? '';
    return left + ' '.repeat(Math.max(0, columnWidth - cellWidth(left))) + (columns[1][i] ?? '');
  });
}
