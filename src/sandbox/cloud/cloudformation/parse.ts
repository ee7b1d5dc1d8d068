/** Owns reading a template's text: JSON, or YAML with CloudFormation's short forms (!Ref, !GetAtt, !Sub, …) as the long ones. */
import {
  type CollectionTag,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type ScalarTag,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { validationError } from '../aws-error.ts';

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

/** Short forms with the `Fn::` prefix; Ref and Condition have none. */
const SHORT = [
  'Base64',
  'Cidr',
  'And',
  'Equals',
  'If',
  'Not',
  'Or',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'ImportValue',
  'Join',
  'Select',
  'Split',
  'Sub',
  'Transform',
];

const longName = (short: string): string =>
  short === 'Ref' || short === 'Condition' ? short : `Fn::${short}`;

/** `!GetAtt A.B` is the list [A, B]. */
const argument = (short: string, value: unknown): unknown => {
  if (short !== 'GetAtt' || typeof value !== 'string') return value;
  const dot = value.indexOf('.');
  return dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)];
};

/** The parser hands the node in; the tag's meaning is given when the document becomes plain data. */
const customTags = [...SHORT, 'Ref', 'Condition'].flatMap((short): (ScalarTag | CollectionTag)[] => {
  const tag = `!${short}`;
  return [
    { tag, resolve: (text: string) => ({ [longName(short)]: argument(short, text) }) },
    {
      tag,
      collection: 'map',
      resolve: (map: YAMLMap | YAMLSeq) => wrap(short, map),
    },
    {
      tag,
      collection: 'seq',
      resolve: (seq: YAMLMap | YAMLSeq) => wrap(short, seq),
    },
  ];
});

function wrap(short: string, node: YAMLMap | YAMLSeq): unknown {
  const plain = (value: unknown): unknown => {
    if (isScalar(value)) return value.value;
    if (isSeq(value)) return value.items.map(plain);
    if (isMap(value))
      return Object.fromEntries(value.items.map((pair) => [String(plain(pair.key)), plain(pair.value)]));
    return value;
  };
  return { [longName(short)]: argument(short, plain(node)) };
}

export const MAX_TEMPLATE = 51_200;

/**
 * The template as plain data.
 * @throws AwsError ValidationError in CloudFormation's words, with line and column.
 */
export function parseTemplate(text: string): JsonObject {
  if (Buffer.byteLength(text) > MAX_TEMPLATE)
    throw validationError(
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${MAX_TEMPLATE}`,
    );
  const value = text.trimStart().startsWith('{') ? parseJson(text) : parseYaml(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw validationError('Template format error: unsupported structure.');
  return value as JsonObject;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = Number(/position (\d+)/.exec(String(error))?.[1] ?? text.length);
    const lines = text.slice(0, at).split('\n');
    throw validationError(
      `Template format error: JSON not well-formed. (line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1})`,
    );
  }
}

function parseYaml(text: string): unknown {
  const document = parseDocument(text, { customTags, logLevel: 'silent' });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) {
    const place = problem.linePos?.[0];
    throw validationError(
      `Template format error: YAML not well-formed. (line ${place?.line ?? 1}, column ${place?.col ?? 1})`,
    );
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw validationError('Template format error: YAML aliases are not allowed in CloudFormation templates');
  }
}
