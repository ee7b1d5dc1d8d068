/** Owns what the words after a unit verb mean: names that fleet knows, or unit files here, which are sent to the master. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { inputError, type KubecoreError } from '../../cluster/errors.ts';
import { MASTER, type Shell } from '../../cluster/ports.ts';
import * as fleetctl from '../../cluster/tools/fleetctl.ts';
import { decode, ending, toolError } from '../../cluster/tools/output.ts';
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

/** All units that fleet knows: submitted and unscheduled ones too. */
export async function unitFiles(
  shell: Shell,
  signal?: AbortSignal,
): Promise<readonly fleetctl.FleetUnitFile[]> {
  const result = await shell.run(MASTER, fleetctl.listUnitFilesArgv, signal ? { signal } : {});
  const error = fleetctl.failure('fleet does not list its units', result);
  if (error) throw error;
  return fleetctl.readUnitFiles(result.stdout);
}

/** The template of an instance: `web@.service` of `web@1.service`; null when it is no instance. */
function templateOf(name: string): string | null {
  const match = /^([^@]+@)[^.]+(\..+)$/.exec(name);
  return match ? `${match[1]}${match[2]}` : null;
}

/** Does fleet know the unit, or the template it can be made from? */
export function isKnown(name: string, files: readonly fleetctl.FleetUnitFile[]): boolean {
  const template = templateOf(name);
  return files.some((file) => file.name === name || (template !== null && file.name === template));
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

/** Files on the master, under their own names, in a directory of their own. */
export interface Uploaded {
  /** The path there by the unit's name. */
  readonly paths: ReadonlyMap<string, string>;
  /** Removes the directory. */
  remove(): Promise<void>;
}

/** Sends the unit files of `words` to the master; those that are names only are left out. */
export async function uploadUnits(
  shell: SshShell,
  words: readonly UnitWord[],
  signal: AbortSignal,
): Promise<Uploaded> {
  const files = words.flatMap(({ name, file }) => (file === null ? [] : [{ name, file }]));
  if (files.length === 0) return { paths: new Map(), remove: async () => {} };
  // All are read before anything is sent: a file that cannot be read leaves nothing behind.
  const contents = await Promise.all(
    files.map(async ({ name, file }) => ({
      name,
      bytes: await readFile(file).catch((error: NodeJS.ErrnoException) => {
        throw inputError(`${file} cannot be read`, error.code ?? error.message, 'make that file readable');
      }),
    })),
  );
  const made = await shell.run(MASTER, ['mktemp', '-d', '/tmp/kubecore.XXXXXXXXXX'], {
    signal,
    priority: 'interactive',
  });
  const directory = decode(made.stdout).trim();
  if (made.code !== 0 || !/^\/tmp\/kubecore\.\w+$/.test(directory))
    throw toolError({
      what: 'the unit files were not sent to the master',
      why: `a directory for them could not be made there: ${decode(made.stderr).trim() || ending(made)}`,
      next: 'see whether its disk is full: kubecore ssh -- df -h /tmp',
      code: 'UploadFailed',
      fault: 'node',
    });
  const remove = async (): Promise<void> => {
    // It is only a copy in /tmp: when the master is gone it is not worth an error.
    await shell.run(MASTER, ['rm', '-rf', directory]).catch(() => undefined);
  };
  try {
    const paths = new Map<string, string>();
    for (const { name, bytes } of contents) {
      const target = `${directory}/${name}`;
      await shell.upload(MASTER, target, bytes, { signal });
      paths.set(name, target);
    }
    return { paths, remove };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}
