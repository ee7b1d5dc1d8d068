/** Owns running a command in this process against a host of strings: what it wrote and how it ended. */
import { main } from '../../src/cli/program.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `kubecore ...words`, on a terminal with colours when `tty`. */
export async function say(
  words: readonly string[],
  options: {
    readonly tty?: boolean;
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
  } = {},
): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    isTTY: options.tty === true,
    columns: 80,
    destroyed: false,
    write(text: string, written?: () => void) {
      said[name] += text;
      written?.();
      return true;
    },
  });
  const host = {
    argv: ['node', 'kubecore', ...words],
    versions: process.versions,
    platform: process.platform,
    arch: process.arch,
    cwd: () => options.cwd ?? '/nonexistent',
    env: { TERM: 'xterm', KUBECORE_STATE_DIR: '/nonexistent', ...options.env },
    stdin: { isTTY: false },
    stdout: stream('stdout'),
    stderr: stream('stderr'),
  } as unknown as NodeJS.Process;
  const guards = {
    signal: new AbortController().signal,
    onExit: () => () => {},
    outliveOutput: () => {},
    flush: async () => {},
  };
  return { code: await main(words, guards, host), ...said };
}
