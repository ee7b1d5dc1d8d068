/** Owns AWS's JSON protocol as the query protocol's twin: a request's document becomes parameters, an answer stays a document. */
import type { Protocol } from './xml.ts';

export const JSON_TYPE = 'application/x-amz-json-1.1';

/**
 * A JSON request as query parameters: `{"Filters":[{"Field":"x"}]}` is `Filters.member.1.Field=x`.
 * @param target the header X-Amz-Target, `SERVICE.Action`
 * @returns null when the body is no JSON object
 */
export function readJsonRequest(target: string, body: string): URLSearchParams | null {
  let document: unknown;
  try {
    document = JSON.parse(body === '' ? '{}' : body);
  } catch {
    return null;
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return null;
  const query = new URLSearchParams({ Action: target.slice(target.indexOf('.') + 1) });
  flatten(document, [], query);
  return query;
}

function flatten(value: unknown, path: readonly string[], into: URLSearchParams): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) flatten(item, [...path, 'member', String(index + 1)], into);
  } else if (typeof value === 'object') {
    for (const [name, part] of Object.entries(value)) flatten(part, [...path, name], into);
  } else into.append(path.join('.'), String(value));
}

export const jsonProtocol: Protocol = {
  type: JSON_TYPE,
  answer: (_action, result) => JSON.stringify(result),
  error: (code, message) => JSON.stringify({ __type: code, Message: message, message }),
};
