/**
 * Owns drawing finished lines through Ink. Ink measures and remembers every text it is given for ever (measure-text.js and
 * wrap-text.js cache by the text itself), which in an open console or log is a leak of megabytes a minute: so Ink lays out
 * blank lines that stay the same, and the real ones take their place when it writes.
 */
import { Transform, useIsScreenReaderEnabled } from 'ink';
import { cellWidth, sliceCells } from './cells.ts';
import { useColumnLimit } from './size.tsx';

/** Lines already cut to the terminal's width. */
export function Lines({ lines }: { readonly lines: readonly string[] }) {
  const limit = useColumnLimit();
  const isRead = useIsScreenReaderEnabled();
  const draw = (_: string, index: number): string => {
    const line = lines[index] ?? '';
    // Ink draws the old lines once more when the terminal was made narrower, before React knows of it.
    const columns = limit();
    return line.length > columns && cellWidth(line) > columns ? sliceCells(line, 0, columns) : line;
  };
  const label = isRead ? { accessibilityLabel: lines.join('\n') } : {};
  return (
    <Transform transform={draw} {...label}>
      {lines.map(() => ' ').join('\n')}
    </Transform>
  );
}
