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

/**
 * What each tab says, from the fullest way of naming them that fits in `width`. The room for brackets is given up before
 * any letter of a title is; the focused one keeps its count longest.
 */
function tabTexts(tabs: readonly Tab[], focus: PaneId, width: number): readonly string[] {
  const counted = (tab: Tab) => (tab.count === null ? tab.title : `${tab.title} ${tab.count}`);
  const focusCounted = (tab: Tab) => (tab.kind === focus ? counted(tab) : tab.title);
  const titles = (name: (tab: Tab) => string, around: '' | ' '): readonly string[] =>
    tabs.map((tab) => {
      const text = `${tab.number} ${name(tab)}`;
      return tab.kind === focus ? `[${text}]` : `${around}${text}${around}`;
    });
  const ways = [
    titles(counted, ' '),
    titles(focusCounted, ' '),
    titles(focusCounted, ''),
    titles((tab) => tab.title, ''),
    titles((tab) => (tab.kind === focus ? tab.title : tab.title.slice(0, 4)), ''),
  ];
  return ways.find((texts) => texts.join(' ').length <= width) ?? ways.at(-1)!;
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
