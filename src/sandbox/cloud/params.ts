/**
 * Owns reading AWS query parameters: `Filter.1.Value.2=x` (EC2) and `Parameters.member.1.ParameterKey=y` (the other
 * query services) become one tree.
 */

interface Node {
  value: string | undefined;
  readonly kids: Map<string, Node>;
}

const node = (): Node => ({ value: undefined, kids: new Map() });

/** A part of a request's parameters. */
export interface Params {
  /** undefined when absent; an empty value is ''. */
  text(name: string): string | undefined;
  flag(name: string): boolean;
  number(name: string): number | undefined;
  /** A list of plain values in index order; [] when absent. */
  texts(name: string): string[];
  /** A list of structures in index order. */
  items(name: string): Params[];
  /** A structure; all its fields are absent when it is. */
  part(name: string): Params;
  has(name: string): boolean;
}

export function readParams(query: URLSearchParams): Params {
  const root = node();
  for (const [name, value] of query) {
    let at = root;
    for (const step of name.split('.')) {
      const next = at.kids.get(step) ?? node();
      at.kids.set(step, next);
      at = next;
    }
    at.value = value;
  }
  return paramsOf(root);
}

function paramsOf(at: Node | undefined): Params {
  const find = (name: string): Node | undefined => at?.kids.get(name);
  const list = (name: string): Node[] => {
    const holder = find(name)?.kids.get('member') ?? find(name);
    return [...(holder?.kids ?? [])]
      .filter(([index]) => /^\d+$/.test(index))
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, item]) => item);
  };
  return {
    text: (name) => find(name)?.value,
    flag: (name) => find(name)?.value?.toLowerCase() === 'true',
    number: (name) => {
      const text = find(name)?.value;
      return text === undefined || text === '' ? undefined : Number(text);
    },
    texts: (name) => list(name).flatMap((item) => (item.value === undefined ? [] : [item.value])),
    items: (name) => list(name).map(paramsOf),
    part: (name) => paramsOf(find(name)),
    has: (name) => find(name) !== undefined,
  };
}
