/** Owns the console's last line: the keys that work now, or what is being typed, or a short notice. Pure. */
import { type Binding, footerLine } from '../keys/bindings.ts';
import { sanitise } from '../sanitise.ts';
import { cellWidth, cutCells, sliceCells } from '../terminal/cells.ts';
import type { Theme } from '../theme.ts';
import { shownNotice } from './notices.ts';
import type { ConsoleState } from './state.ts';

/** Fewer cells say no key worth saying. */
const KEYS_ROOM = 24;

export function drawFooter(
  state: ConsoleState,
  bindings: readonly Binding[],
  width: number,
  now: number,
  theme: Theme,
): string {
  if (state.typing !== null) {
    const keys = footerLine(bindings, Math.floor(width / 2), theme);
    const room = Math.max(4, width - cellWidth(keys) - 6);
    const text = sanitise(state.typing);
    // The end is where the typing goes on.
    const shown = sliceCells(text, Math.max(0, cellWidth(text) - room), room);
    return ` ${theme.paint('accent', '/')}${shown}${theme.paint('selected', theme.colour ? ' ' : '_')}  ${keys}`;
  }
  const notice = shownNotice(state.notices, now);
  if (notice !== null) {
    const text = cutCells(sanitise(notice.text), width - 2);
    const room = width - cellWidth(text) - 3;
    const keys = room >= KEYS_ROOM ? ` ${footerLine(bindings, room, theme)}` : '';
    return ` ${theme.paint(notice.tone, text)} ${keys}`;
  }
  return footerLine(bindings, width, theme);
}
