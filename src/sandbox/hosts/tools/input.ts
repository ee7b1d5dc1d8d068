/** Owns how a filter reads: the named files or standard input, line by line, and what it says of a file that is missing. */
import { resolvePath } from '../files.ts';
import type { SessionContext } from '../shell/session.ts';
import { linesOf, type Source, sourceOf } from '../shell/streams.ts';

export const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Lines of the named files, or of standard input. */
export async function* inputLines(
  context: SessionContext,
  paths: readonly string[],
): AsyncGenerator<string, void, undefined> {
  for (const source of sources(context, paths)) yield* linesOf(source);
}

export function sources(context: SessionContext, paths: readonly string[]): Source[] {
  if (paths.length === 0) return [context.io.stdin];
  return paths.map((path) => (path === '-' ? context.io.stdin : sourceOf(context.readFile(path) ?? '')));
}

export async function missing(context: SessionContext, paths: readonly string[]): Promise<boolean> {
  let any = false;
  for (const path of paths) {
    if (path === '-' || context.readFile(path) !== undefined) continue;
    const directory = context.machine.files.stat(resolvePath(context.cwd, path))?.directory === true;
    const name = context.argv[0]?.split('/').at(-1);
    await context.stderr(`${name}: ${path}: ${directory ? 'Is a directory' : 'No such file or directory'}\n`);
    any = true;
  }
  return any;
}

export async function usage(context: SessionContext, error: string): Promise<number> {
  await context.stderr(`${error}\n`);
  return 2;
}
