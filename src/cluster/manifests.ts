/** Owns Kubernetes objects as text: the documents of a JSON or YAML file, checked for what would be refused anyway. */
import { LineCounter, parseAllDocuments } from 'yaml';
import { inputError } from './errors.ts';

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
