/** Owns this computer's terminal as a node's pty sees it: its type and its size, as it changes. */
import type { Pty } from '../ssh/terminal.ts';

/** The pty to ask a node for, of this terminal. */
export const terminalPty = (stdout: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Pty => ({
  term: env.TERM ?? 'xterm',
  columns: stdout.columns,
  rows: stdout.rows,
  onResize: (listener) => {
    const resized = (): void => listener(stdout.columns, stdout.rows);
    stdout.on('resize', resized);
    return () => stdout.off('resize', resized);
  },
});
