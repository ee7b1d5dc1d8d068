/** Owns what every part of the command tree is made with: how a command is run, its examples, options that many have. */
import type { Command } from 'commander';
import type { Context } from './context.ts';

/** Runs a command; resolves to the exit code (0 when it gives none). */
export type Run = (
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
) => Promise<number | undefined>;

/** Wraps a lazily loaded command into a commander action. */
export type Act = (load: () => Promise<Run>) => (...received: unknown[]) => Promise<void>;

/** The end of a command's help. */
export const examples = (lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;

/** An option that may be given several times. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

/** `--host`: any master, without AWS. */
export const hostOption = (command: Command): Command =>
  command.option(
    '--host <[user@]address[:port]>',
    'a master of any fleet and Kubernetes cluster, reached by SSH without AWS (user core, port 22)',
  );
