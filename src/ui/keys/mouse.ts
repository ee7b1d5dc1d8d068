/** Owns what a mouse in the terminal says: the wheel and clicks, as xterm's SGR mode (1006) reports them. */
import type { EventEmitter } from 'node:events';
import { useStdin, useStdout } from 'ink';
import { useEffect, useRef } from 'react';
import { setMouse } from '../terminal/mouse-mode.ts';

export interface MousePress {
  readonly what: 'click' | 'wheel-up' | 'wheel-down';
  /** From 0, left to right and top to bottom. */
  readonly column: number;
  readonly row: number;
}

/** CSI < button ; column ; row M (pressed) or m (let go), columns and rows from 1 (xterm ctlseqs, Mouse Tracking). */
const REPORT = /^\u001b\[<(\d{1,3});(\d{1,5});(\d{1,5})([Mm])$/;
const MODIFIERS = 4 + 8 + 16;

/** The press that a sequence reports; null for anything else, moves and letting go among them. */
export function readMouse(sequence: string): MousePress | null {
  const match = REPORT.exec(sequence);
  if (match === null || match[4] === 'm') return null;
  const button = Number(match[1]) & ~MODIFIERS;
  const place = { column: Number(match[2]) - 1, row: Number(match[3]) - 1 };
  if (button === 0) return { what: 'click', ...place };
  if (button === 64) return { what: 'wheel-up', ...place };
  if (button === 65) return { what: 'wheel-down', ...place };
  return null;
}

/** Hears the mouse while the component is there, if it is wanted. */
export function useMouse(wanted: boolean, onPress: (press: MousePress) => void): void {
  const { internal_eventEmitter: events } = useStdin() as { internal_eventEmitter: EventEmitter };
  const { stdout } = useStdout();
  const newest = useRef(onPress);
  newest.current = onPress;
  useEffect(() => {
    if (!wanted) return;
    const listen = (sequence: string): void => {
      const press = readMouse(sequence);
      if (press !== null) newest.current(press);
    };
    events.on('input', listen);
    setMouse(stdout, true);
    return () => {
      events.off('input', listen);
      setMouse(stdout, false);
    };
  }, [wanted, events, stdout]);
}
