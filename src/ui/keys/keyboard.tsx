/** Owns keeping the keyboard from the first screen to the last. */
import { useStdin } from 'ink';
import { type ReactElement, type ReactNode, useLayoutEffect } from 'react';

/**
 * Its children, with the keyboard ours as long as it is there. Ink counts who wants keys and gives the keyboard back when
 * nobody does: between two screens a Ctrl-C would be a signal, and end the program without being asked about.
 */
export function Keyboard({ children }: { readonly children?: ReactNode }): ReactElement {
  const { setRawMode } = useStdin();
  useLayoutEffect(() => {
    setRawMode(true);
    return () => setRawMode(false);
  }, [setRawMode]);
  return <>{children}</>;
}
