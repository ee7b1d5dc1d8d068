/** Owns having the whole frame written once more: after the terminal was lent nothing of it is left on the screen. */
import { useStdout } from 'ink';
import type { ReactElement, ReactNode } from 'react';

/** What `Redrawable` gives: `redraw` is there once it was drawn. */
export interface RedrawHandle {
  redraw: () => void;
}

/** Its children, and a way to draw them again. */
export function Redrawable({
  handle,
  children,
}: {
  handle: RedrawHandle;
  children?: ReactNode;
}): ReactElement {
  const { write } = useStdout();
  // Ink erases what it believes to be there, writes nothing, and then its last frame.
  handle.redraw = () => write('');
  return <>{children}</>;
}
