/**
 * Owns the outline of every screen: one header line, a body, one footer line, together exactly one row less than the
 * terminal. Ink 6 clears the whole terminal for each frame that is as high as it (ink.js, `lastOutputHeight >= rows`).
 */
import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { isTooSmall, MINIMUM_SIZE, type TerminalSize, useTerminalSize } from '../terminal/size.tsx';

export interface FrameProps {
  /** A string is cut to the width; anything else is drawn as it is and must be one line. */
  readonly header: ReactNode;
  readonly footer: ReactNode;
  readonly children: ReactNode;
}

/** The room for a frame's body. */
export function bodySize(terminal: TerminalSize): TerminalSize {
  return { columns: terminal.columns, rows: Math.max(1, terminal.rows - 3) };
}

/** What a screen says instead of itself when there is no room for it. */
export function tooSmallMessage(size: TerminalSize): string {
  return (
    `This terminal is ${size.columns}×${size.rows}, too small to draw in: kubecore needs at least ` +
    `${MINIMUM_SIZE.columns}×${MINIMUM_SIZE.rows}. Enlarge it; nothing is lost. Ctrl-C quits.`
  );
}

export function TooSmall({ size }: { readonly size: TerminalSize }) {
  return (
    <Box width={size.columns} height={Math.max(1, size.rows - 1)} overflowY="hidden">
      <Text wrap="wrap">{tooSmallMessage(size)}</Text>
    </Box>
  );
}

/** Fills the terminal; keeps its children's state while the terminal is too small for them. */
export function Frame({ header, footer, children }: FrameProps) {
  const size = useTerminalSize();
  const small = isTooSmall(size);
  return (
    <>
      {small ? <TooSmall size={size} /> : null}
      <Box
        display={small ? 'none' : 'flex'}
        flexDirection="column"
        width={size.columns}
        height={Math.max(3, size.rows - 1)}
      >
        <Box height={1} flexShrink={0}>
          {typeof header === 'string' ? <Text wrap="truncate-end">{header}</Text> : header}
        </Box>
        <Box flexDirection="column" flexGrow={1} flexShrink={1} overflowY="hidden">
          {children}
        </Box>
        <Box height={1} flexShrink={0}>
          {typeof footer === 'string' ? <Text wrap="truncate-end">{footer}</Text> : footer}
        </Box>
      </Box>
    </>
  );
}
