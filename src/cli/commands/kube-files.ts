/** Owns Kubernetes objects in files: read by name or from standard input, checked for what would be refused anyway. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { LineCounter, parseAllDocuments } from 'yaml';
import { inputError } from '../../cluster/errors.ts';
import type { Context } from '../context.ts';

/** One object to create. */
export interface Manifest {
  /** The file, for a person; with the document's number where it holds several. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The command that takes a file's `kind`. */
const COMMANDS: Readonly<Record<string, string>> = {
  Pod: 'kubecore pods create',
  Service: 'kubecore services create',
  ReplicationController: 'kubecore controllers create',
  Minion: 'kubecore minions create',
};

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
            throw inputError(`${file} cannot be read`, error.code ?? error.message, 'check the path');
          });
    manifests.push(...documentsOf(label, bytes, wanted));
  }
  return manifests;
}

async function fromStdin({ host, io }: Context): Promise<Buffer> {
  if (host.stdin.isTTY === true) io.note('reading the object from the terminal; Ctrl-D ends it');
  return buffer(host.stdin);
}

/** The documents of one file. A single one is sent byte for byte as it is. */
export function documentsOf(
  label: string,
  bytes: Uint8Array,
  wanted: { readonly kind: string; readonly verb: string },
): readonly Manifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(new TextDecoder().decode(bytes), { lineCounter: lines });
  const found =
    'empty' in documents
      ? []
      : documents.filter((document) => document.errors.length > 0 || document.toJS() !== null);
  for (const { errors } of found) {
    const [error] = errors;
    if (!error) continue;
    const { line, col } = lines.linePos(error.pos[0]);
    throw inputError(
      `${label} cannot be read`,
      `line ${line}, column ${col}: ${error.message.split(/ at line |\n/)[0]}`,
      'mend it and try again',
    );
  }
  if (found.length === 0) throw inputError(`${label} is empty`, 'it holds no object', 'write one into it');
  return found.map((document, i) => {
    const name = found.length === 1 ? label : `${label} (document ${i + 1})`;
    const value: unknown = document.toJS();
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw inputError(
        `${name} holds no object`,
        'a Kubernetes object is a mapping with kind and apiVersion',
        'see the examples of Kubernetes 0.4 (v1beta1)',
      );
    const kind = (value as Record<string, unknown>).kind;
    if (typeof kind === 'string' && kind !== wanted.kind) {
      const other = COMMANDS[kind];
      throw inputError(
        `${name} holds a ${kind}`,
        `${wanted.verb} takes a ${wanted.kind}`,
        other ? `did you mean ${other}?` : `give a file with kind: ${wanted.kind}`,
      );
    }
    return {
      name,
      bytes: found.length === 1 ? bytes : new TextEncoder().encode(JSON.stringify(value)),
    };
  });
}
