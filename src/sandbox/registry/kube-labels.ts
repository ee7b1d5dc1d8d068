/** Owns label selectors: those of a query, and those of a replication controller or service. */
import { ApiError } from './kube-kinds.ts';
import type { JsonObject } from './kube-schema.ts';

export type Selector = (labels: JsonObject) => boolean;

/** `a=b,c!=d`; every term must hold. Throws the API's error for what it can't read. */
export function parseSelector(query: string): Selector {
  const tests = query
    .split(',')
    .filter((term) => term !== '')
    .map((term): Selector => {
      const match = /^([^=!]+)(!=|==|=)([^=!]*)$/.exec(term);
      if (match === null) {
        throw new ApiError(500, '', `invalid selector: '${query}'; can't understand '${term}'`, '', '');
      }
      const [, key = '', operator, value = ''] = match;
      return (labels) => (labels[key] === value) === (operator !== '!=');
    });
  return (labels) => tests.every((test) => test(labels));
}

/** Do these labels carry all of a replication controller's or service's selector? An empty selector takes none. */
export function selects(selector: JsonObject, labels: JsonObject): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
