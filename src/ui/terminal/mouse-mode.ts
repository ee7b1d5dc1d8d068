/**
 * Owns whether the terminal reports the mouse: asked for by a screen, given back with the terminal (alternate-screen.ts), and taken
 * again when the terminal comes back from whom it was lent to. A terminal without a mouse ignores it.
 */

/** Clicks and the wheel (1000), in decimal numbers of any size (1006) (xterm ctlseqs). */
export const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
export const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';

let wanted = false;

/** From now on the mouse is reported, or no longer. */
export function setMouse(stdout: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>, on: boolean): void {
  wanted = on && stdout.isTTY === true;
  if (stdout.isTTY === true) stdout.write(on ? MOUSE_ON : MOUSE_OFF);
}

/** What to write when the terminal is taken again. */
export const mouseAgain = (): string => (wanted ? MOUSE_ON : '');
