/** Owns a scrolled stretch of lines: a pure offset, and the rows that show, with a bar beside them. */
import type { KeyPress } from '../keys/bindings.ts';
import { fitCells } from '../terminal/cells.ts';
import type { Theme } from '../theme.ts';

/** The offset after a key, for `count` lines of which `height` show; in range, and otherwise unchanged by other keys. */
export function scrollBy(offset: number, press: KeyPress, count: number, height: number): number {
  const last = Math.max(0, count - height);
  const page = Math.max(1, height - 1);
  const to = (next: number): number => Math.max(0, Math.min(last, next));
  switch (press.name) {
    case 'up':
    case 'k':
      return to(offset - 1);
    case 'down':
    case 'j':
      return to(offset + 1);
    case 'pageup':
    case 'ctrl+u':
    case 'ctrl+b':
      return to(offset - page);
    case 'pagedown':
    case 'ctrl+d':
    case 'ctrl+f':
    case 'space':
      return to(offset + page);
    case 'home':
    case 'g':
      return 0;
    case 'end':
    case 'G':
      return last;
    default:
      return to(offset);
  }
}

/** The keys that `scrollBy` knows, for a screen's table. */
export const SCROLL_KEYS = [
  ...['up', 'down', 'k', 'j', 'pageup', 'pagedown', 'ctrl+u', 'ctrl+d', 'ctrl+b', 'ctrl+f'],
  ...['space', 'home', 'end', 'g', 'G'],
] as const;

/** The first row to show so that row `index` of `count` is among the `height` that fit, moving as little as can be. */
export function reveal(offset: number, index: number, count: number, height: number): number {
  const last = Math.max(0, count - height);
  return Math.max(0, Math.min(last, Math.max(Math.min(offset, index), index - height + 1)));
}

/** Which rows of the bar at the right are its thumb: from `from` up to, not including, `to`. */
export function thumb(offset: number, count: number, height: number): { from: number; to: number } {
  if (count <= height || height < 1) return { from: 0, to: 0 };
  const size = Math.max(1, Math.round((height * height) / count));
  const from = Math.round((Math.min(offset, count - height) / (count - height)) * (height - size));
  return { from, to: from + size };
}

/** At most `height` rows of `lines` from `offset`, each cut to `width`; with a bar in the last column when there are more. */
export function scrolled(
  lines: readonly string[],
  offset: number,
  width: number,
  height: number,
  theme: Theme,
): string[] {
  if (lines.length <= height) return [...lines];
  const from = Math.max(0, Math.min(offset, lines.length - height));
  const bar = thumb(from, lines.length, height);
  return lines
    .slice(from, from + height)
    .map(
      (line, row) =>
        `${fitCells(line, width - 2)} ${theme.paint('dim', row >= bar.from && row < bar.to ? '┃' : '│')}`,
    );
}
