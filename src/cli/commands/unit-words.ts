/** Owns what the words after a unit verb mean: names that fleet knows, or unit files here, which are sent to the master. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { inputError, type KubecoreError } from '../../cluster/errors.ts';
import { type Uploaded, uploadFiles } from '../../cluster/fleet-acts.ts';
import * as fleetctl from '../../cluster/tools/fleetctl.ts';
import type { SshShell } from '../../ssh/shell.ts';
import { didYouMean } from '../suggest.ts';

/** A word as a unit; `file` is its local path when it is one. */
export interface UnitWord {
  readonly name: string;
  readonly file: string | null;
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * Reads words: one with a slash is a file; another is a file when there is one of that name here (as fleetctl looks for
 * it), else a name.
 * @throws KubecoreError (input) for a path that is no file
 */
export async function unitWords(words: readonly string[], cwd: string): Promise<readonly UnitWord[]> {
  const found: UnitWord[] = [];
  for (const word of words) {
    const base = path.basename(word);
    const candidates = [word, path.join(path.dirname(word), fleetctl.unitName(base))].map((candidate) =>
      path.resolve(cwd, candidate),
    );
    let file: string | null = null;
    for (const candidate of candidates) if (file === null && (await isFile(candidate))) file = candidate;
    if (file === null && word.includes('/'))
      throw inputError(`there is no unit file ${word}`, 'no file of that name is here', 'check the path');
    const name = fleetctl.unitName(base);
    if (!found.some((other) => other.name === name)) found.push({ name, file });
  }
  return found;
}

/** The error for a unit that fleet does not know. `mayBeFile`: a file of that name would have done. */
export function unknownUnit(
  name: string,
  files: readonly fleetctl.FleetUnitFile[],
  mayBeFile: boolean,
): KubecoreError {
  const names = files.map((file) => file.name).sort();
  return inputError(
    `there is no unit "${name}"`,
    `${mayBeFile ? 'no file of that name is here, and ' : ''}fleet knows ${names.length === 0 ? 'no units' : names.length > 12 ? `${names.length} others` : names.join(', ')}`,
    names.length === 0
      ? 'give a unit file: kubecore unit start FILE'
      : didYouMean(name, names, 'kubecore unit list shows all'),
  );
}

/** Sends the unit files of `words` to the master; those that are names only are left out. */
export async function uploadUnits(
  shell: SshShell,
  words: readonly UnitWord[],
  signal: AbortSignal,
): Promise<Uploaded> {
  const files = words.flatMap(({ name, file }) => (file === null ? [] : [{ name, file }]));
  // All are read before anything is sent: a file that cannot be read leaves nothing behind.
  const contents = await Promise.all(
    files.map(async ({ name, file }) => ({
      name,
      bytes: await readFile(file).catch((error: NodeJS.ErrnoException) => {
        throw inputError(`${file} cannot be read`, error.code ?? error.message, 'make that file readable');
      }),
    })),
  );
  return uploadFiles(shell, contents, signal);
}
