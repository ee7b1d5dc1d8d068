/** Owns the reading of `-c`: a file, standard input, JSON or YAML, and the errors of kubecfg's decoder. */
import { parseDocument } from 'yaml';
import type { ToolContext } from '../../contract.ts';
import { KINDS, type Resource } from '../../registry/kube-kinds.ts';
import { canonical, DecodeError, isObject, type Json, type JsonObject } from '../../registry/kube-schema.ts';

/** Ends kubecfg with a fatal log line from `place` (`kubecfg.go:156`). */
export class Fatal extends Error {
  readonly place: string;
  constructor(place: string, message: string) {
    super(message);
    this.place = place;
  }
}

const VERSIONS = ['v1beta1', 'v1beta2', ''];

/** The object as the wire carries it, canonical; throws Fatal. */
export async function readConfig(
  context: ToolContext,
  path: string,
  resource: Resource,
): Promise<JsonObject> {
  if (path === '') throw new Fatal('kubecfg.go:150', 'Need config file (-c)');
  let source: string | undefined;
  if (path === '-') source = await context.stdin();
  else source = context.readFile(path);
  if (source === undefined) {
    throw new Fatal('kubecfg.go:141', `Unable to read ${path}: open ${path}: no such file or directory`);
  }
  const fail = (why: string) =>
    new Fatal('kubecfg.go:156', `Error parsing ${path} as an object for ${resource}: ${why}`);
  const document = parseDocument(source, { prettyErrors: true });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line ?? 1;
    throw fail(`couldn't get version/kind: YAML error: line ${line}: did not find expected node content`);
  }
  const value = document.toJS() as Json;
  if (!isObject(value)) throw fail("couldn't get version/kind: YAML error: document is not a map");
  const wanted = KINDS[resource];
  const kind = typeof value.kind === 'string' && value.kind !== '' ? value.kind : wanted;
  const version = typeof value.apiVersion === 'string' ? value.apiVersion : '';
  const known = Object.values(KINDS) as string[];
  if (!VERSIONS.includes(version) || !known.includes(kind)) {
    throw fail(`Unable to create new object of type ('${version}', '${kind}')`);
  }
  if (kind !== wanted) throw fail(`data of kind '${kind}', obj of type '${wanted}'`);
  try {
    return {
      ...(canonical({ struct: wanted }, value) as JsonObject),
      kind: wanted,
      apiVersion: 'v1beta1',
    };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw fail(error.message);
  }
}
