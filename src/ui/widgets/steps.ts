/** Owns the line that shows where in the whole a screen is: full where there is room, compact at 80 columns. */
import { cellWidth, cutCells } from '../terminal/cells.ts';
import type { Theme } from '../theme.ts';

export const STEPS = ['Prerequisites', 'Key pair', 'Parameters', 'Review', 'Launch', 'Console'] as const;

const BRAND = 'kubecore';

/**
 * One line of at most `width` cells: the program, the six steps with a tick on those done, and `place` (backend and
 * region) at the right where it fits. `current` counts from 0.
 */
export function stepsLine(current: number, place: string, width: number, theme: Theme): string {
  const room = width - 2;
  const full = STEPS.map((name, step) => ({ step, text: `${step < current ? '✓' : step + 1} ${name}` }));
  const compact = STEPS.map((name, step) => ({
    step,
    text: step < current ? '✓' : step === current ? `${step + 1} ${name}` : String(step + 1),
  }));
  const gap = '   ';
  const widthOf = (parts: readonly { text: string }[]): number =>
    cellWidth(parts.map((part) => part.text).join(' ─ '));
  const fits = (parts: readonly { text: string }[]): boolean =>
    BRAND.length + gap.length + widthOf(parts) + gap.length + cellWidth(place) <= room;
  const parts = fits(full) ? full : compact;
  const painted = parts
    .map(({ step, text }) => theme.paint(step === current ? 'title' : step < current ? 'ok' : 'dim', text))
    .join(theme.paint('dim', ' ─ '));
  const left = ` ${theme.paint('accent', BRAND)}${gap}${painted}`;
  const used = 1 + BRAND.length + gap.length + widthOf(parts);
  const right = cutCells(place, Math.max(0, width - 1 - used - 1));
  return `${left}${' '.repeat(Math.max(1, width - 1 - used - cellWidth(right)))}${theme.paint('dim', right)}`;
}
