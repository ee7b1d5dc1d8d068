/** Owns what the words after a unit verb mean: names that fleet knows, or unit files here, which are sent to the master. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { inputError, type KubecoreError } from '../../cluster/errors.ts';
import { type Uploaded, uploadFiles } from '../../cluster/fleet-acts.ts';
import { isNear, nearest } from '../../cluster/nearest.ts';
import * as fleetctl from '../../cluster/tools/fleetctl.ts';
import type { SshShell } from '../../ssh/shell.ts';
import { fileTrouble } from '../file-trouble.ts';

/** A word as a unit; `file` is its local path when it is one, `-` for standard input. */
export interface UnitWord {
  readonly name: string;
  readonly file: string | null;
  /** What standard input gave. */
  readonly bytes?: Uint8Array;
}

/** Standard input as a unit file: its name comes from elsewhere. */
export interface UnitInput {
  /** --name; undefined when it was not given. */
  readonly name: string | undefined;
  read(): Promise<Uint8Array>;
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

async function fromInput(input: UnitInput | undefined): Promise<UnitWord> {
  const inputName = input?.name;
  if (input === undefined || inputName === undefined)
    throw inputError(
      'the unit from standard input has no name',
      'fleet knows units by the names of their files',
      'give --name, such as --name myapp.service',
    );
  if (!/^[A-Za-z0-9:_.@\\-]+$/.test(inputName))
    throw inputError(
      `--name ${inputName} cannot be used`,
      'it is not the name of a unit',
      'write letters, digits, and : _ . @ -, such as web@.service',
    );
  return { name: fleetctl.unitName(inputName), file: '-', bytes: await input.read() };
}

/**
 * Reads words: one with a slash is a file; another is a file when there is one of that name here (as fleetctl looks for
 * it), else a name; `-` is standard input.
 * @throws KubecoreError (input) for a path that is no file
 */
export async function unitWords(
  words: readonly string[],
  cwd: string,
  input?: UnitInput,
): Promise<readonly UnitWord[]> {
  if (words.filter((word) => word === '-').length > 1)
    throw inputError('- cannot be given twice', 'standard input can be read once', 'give it once');
  const found: UnitWord[] = [];
  for (const word of words) {
    if (word === '-') {
      found.push(await fromInput(input));
      continue;
    }
    const base = path.basename(word);
    const candidates = [word, path.join(path.dirname(word), fleetctl.unitName(base))].map((candidate) =>
      path.resolve(cwd, candidate),
    );
    let file: string | null = null;
    for (const candidate of candidates) if (file === null && (await isFile(candidate))) file = candidate;
    if (file === null && word.includes('/'))
      throw inputError(
        `there is no unit file ${word}`,
        (await isThere(candidates[0] ?? '')) ? 'what is there is no file' : 'no file of that name is here',
        'check the path',
      );
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
    names.length > 0
      ? suggestion(name, names)
      : mayBeFile
        ? 'give a unit file: kubecore unit start FILE'
        : "systemd's own units of a node: kubecore status --only units, kubecore logs UNIT",
  );
}

/** Compared without the suffix: `.service`, which nearly all have, brings no two names nearer. */
function suggestion(name: string, names: readonly string[]): string {
  const suffix = /\.[a-z]+$/.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - suffix.length);
  const stems = names
    .filter((other) => other.endsWith(suffix))
    .map((other) => other.slice(0, other.length - suffix.length))
    .filter((other) => isNear(stem, other));
  const all = 'kubecore unit list shows all';
  return stems.length === 0 ? all : `did you mean ${nearest(stem, stems)}${suffix}? ${all}`;
}

/** Sends the unit files of `words` to the master; those that are names only are left out. */
export async function uploadUnits(
  shell: SshShell,
  words: readonly UnitWord[],
  signal: AbortSignal,
): Promise<Uploaded> {
  const files = words.flatMap(({ name, file, bytes }) => (file === null ? [] : [{ name, file, bytes }]));
  // All are read before anything is sent: a file that cannot be read leaves nothing behind.
  const contents = await Promise.all(
    files.map(async ({ name, file, bytes }) => ({
      name,
      bytes:
        bytes ??
        (await readFile(file).catch((error: NodeJS.ErrnoException) => {
          throw inputError(`${file} cannot be read`, fileTrouble(error), 'make that file readable');
        })),
    })),
  );
  return uploadFiles(shell, contents, signal);
}
