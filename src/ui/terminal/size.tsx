/** Owns the terminal's size as React sees it: live columns and rows, replaceable by tests through a context. */
import { useStdout } from 'ink';
import { createContext, type ReactNode, useCallback, useContext, useRef, useSyncExternalStore } from 'react';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Of a terminal that does not say (VT100). */
const FALLBACK: TerminalSize = { columns: 80, rows: 24 };

/** Below this, screens say plainly that the terminal is too small instead of drawing a broken layout. */
export const MINIMUM_SIZE: TerminalSize = { columns: 60, rows: 15 };

export function isTooSmall(size: TerminalSize): boolean {
  return size.columns < MINIMUM_SIZE.columns || size.rows < MINIMUM_SIZE.rows;
}

const SizeContext = createContext<TerminalSize | null>(null);

/** Fixes the size for what is inside; for tests, whose stdout has none. */
export function TerminalSizeProvider({ size, children }: { size: TerminalSize; children: ReactNode }) {
  return <SizeContext value={size}>{children}</SizeContext>;
}

/** Columns and rows now; renders again when the terminal is resized. */
export function useTerminalSize(): TerminalSize {
  const fixed = useContext(SizeContext);
  const { stdout } = useStdout();
  const last = useRef(FALLBACK);
  const subscribe = useCallback(
    (listener: () => void) => {
      stdout.on('resize', listener);
      return () => {
        stdout.off('resize', listener);
      };
    },
    [stdout],
  );
  const snapshot = useCallback(() => {
    const columns = stdout.columns || FALLBACK.columns;
    const rows = stdout.rows || FALLBACK.rows;
    if (last.current.columns !== columns || last.current.rows !== rows) last.current = { columns, rows };
    return last.current;
  }, [stdout]);
  const live = useSyncExternalStore(subscribe, snapshot);
  return fixed ?? live;
}

/** Asked while drawing: how many columns there are at this moment, which may be fewer than React knows of yet. */
export function useColumnLimit(): () => number {
  const fixed = useContext(SizeContext);
  const { stdout } = useStdout();
  return () => fixed?.columns ?? (stdout.columns || Number.POSITIVE_INFINITY);
}
