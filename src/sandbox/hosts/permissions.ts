/** Owns who may write which file of a simulated host. */
import type { Machine } from './machine.ts';
import type { User } from './shell/session.ts';

/** Why a user may not write a file, or null when it may. */
export function writeProblem(machine: Machine, user: User, path: string): string | null {
  if (machine.files.stat(path)?.directory === true) return 'Is a directory';
  const parent = path.slice(0, path.lastIndexOf('/')) || '/';
  if (machine.files.stat(parent)?.directory !== true) return 'No such file or directory';
  if (user === 'root') return path.startsWith('/usr/') ? 'Read-only file system' : null;
  return /^\/(home\/core|tmp|var\/tmp|run\/user)(\/|$)/.test(path) ? null : 'Permission denied';
}
