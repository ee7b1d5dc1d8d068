/** Owns the line of tabs: every pane with its number, the focused one in brackets. Pure. */
import { cellWidth, cutCells } from '../terminal/cells.ts';
import type { Theme } from '../theme.ts';
import type { PaneId } from './pane-id.ts';

export interface Tab {
  readonly kind: PaneId;
  readonly title: string;
  /** The key that leads to it. */
  readonly number: number;
  /** null while unknown. */
  readonly count: number | null;
}

/** What each tab says, from the fullest way of naming them that fits in `width`; the focused one keeps its count longest. */
function tabTexts(tabs: readonly Tab[], focus: PaneId, width: number): readonly string[] {
  const counted = (tab: Tab) => (tab.count === null ? tab.title : `${tab.title} ${tab.count}`);
  const ways: readonly ((tab: Tab) => string)[] = [
    counted,
    (tab) => (tab.kind === focus ? counted(tab) : tab.title),
    (tab) => (tab.kind === focus ? counted(tab) : tab.title.slice(0, 4)),
  ];
  const widthOf = (name: (tab: Tab) => string) => tabs.reduce((sum, tab) => sum + name(tab).length + 5, -1);
  const name = ways.find((way) => widthOf(way) <= width) ?? ways.at(-1)!;
  return tabs.map((tab) =>
    tab.kind === focus ? `[${tab.number} ${name(tab)}]` : ` ${tab.number} ${name(tab)} `,
  );
}

/** The line, exactly `width` cells. */
export function tabLine(tabs: readonly Tab[], focus: PaneId, width: number, theme: Theme): string {
  const line = tabTexts(tabs, focus, width)
    .map((text, index) => theme.paint(tabs[index]!.kind === focus ? 'title' : 'dim', text))
    .join(' ');
  const cut = cutCells(line, width);
  return cut + ' '.repeat(Math.max(0, width - cellWidth(cut)));
}

/** The tab at a column of the line; null between and behind them. */
export function tabAt(tabs: readonly Tab[], focus: PaneId, width: number, column: number): PaneId | null {
  let from = 0;
  for (const [index, text] of tabTexts(tabs, focus, width).entries()) {
    if (column >= from && column < from + text.length) return tabs[index]!.kind;
    from += text.length + 1;
  }
  return null;
}
