/** Owns running kubecore without a terminal, as a script would: outputs apart, exit code kept. */
import { execa, type Options } from 'execa';
import { PROGRAM, ROOT } from './terminal.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the bundled program with pipes. Never throws for an exit code. */
export async function runKubecore(
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string; timeoutMs?: number; cwd?: string } = {},
): Promise<Ran> {
  const settings: Options = {
    cwd: options.cwd ?? ROOT,
    reject: false,
    stripFinalNewline: false,
    timeout: options.timeoutMs ?? 90_000,
    extendEnv: false,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', LANG: 'C.UTF-8', ...options.env },
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  };
  const result = await execa(process.execPath, [PROGRAM, ...args], settings);
  if (result.timedOut)
    throw new Error(
      `kubecore ${args.join(' ')} ran into ${options.timeoutMs ?? 90_000} ms\n${String(result.stdout)}\n${String(result.stderr)}`,
    );
  return {
    code: result.exitCode ?? (result.signal ? 128 : -1),
    stdout: String(result.stdout),
    stderr: String(result.stderr),
  };
}
