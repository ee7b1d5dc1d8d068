/** Owns Kubernetes objects in files: read by name or from standard input, checked for what would be refused anyway. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { inputError } from '../../cluster/errors.ts';
import { documentsOf, type Manifest } from '../../cluster/manifests.ts';
import type { Context } from '../context.ts';
import { fileTrouble } from '../file-trouble.ts';

/**
 * Reads all files before anything is created. JSON is YAML; a file may hold several documents.
 * @throws KubecoreError (input) with line and column of what cannot be read, or for another kind of object
 */
export async function readManifests(
  context: Context,
  files: readonly string[],
  wanted: { readonly kind: string; readonly verb: string },
): Promise<readonly Manifest[]> {
  if (files.filter((file) => file === '-').length > 1)
    throw inputError('- cannot be given twice', 'standard input can be read once', 'give it once');
  const manifests: Manifest[] = [];
  for (const file of files) {
    const label = file === '-' ? 'standard input' : file;
    const bytes =
      file === '-'
        ? await fromStdin(context)
        : await readFile(file).catch((error: NodeJS.ErrnoException) => {
            throw inputError(`${file} cannot be read`, fileTrouble(error), 'check the path');
          });
    manifests.push(...documentsOf(label, bytes, wanted));
  }
  return manifests;
}

async function fromStdin({ host, io }: Context): Promise<Buffer> {
  if (host.stdin.isTTY === true) io.note('reading the object from the terminal; Ctrl-D ends it');
  return buffer(host.stdin);
}
