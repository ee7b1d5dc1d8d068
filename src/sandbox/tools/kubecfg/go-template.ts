/**
 * Owns the part of Go's text/template that kubecfg's -template is used with: field chains, range, if, else, with,
 * end, string literals, comments and white-space trimming, and the functions len, printf with %s %v %d, and, or, not, eq.
 */

import type { Type } from '../../registry/kube-schema.ts';
import { elements, format, type GoValue, goFields, member, truth, typeName } from './go-value.ts';

export class TemplateError extends Error {}

type Node =
  | { kind: 'text'; text: string }
  | { kind: 'print'; words: string[]; at: number }
  | { kind: 'range' | 'if' | 'with'; words: string[]; at: number; body: Node[]; otherwise: Node[] };

interface Frame {
  node: Extract<Node, { kind: 'range' | 'if' | 'with' }>;
  inElse: boolean;
}

/** Words of an action: strings and parenthesised parts stay whole. */
function actionWords(action: string): string[] {
  return action.match(/"(?:[^"\\]|\\.)*"|`[^`]*`|\([^)]*\)|[^\s"`()]+/g) ?? [];
}

/** Reads a template; throws Go's parse error, without its `template: ` prefix. */
export function parseTemplate(source: string): Node[] {
  const root: Node[] = [];
  const stack: Frame[] = [];
  const current = () => {
    const frame = stack.at(-1);
    return frame === undefined ? root : frame.inElse ? frame.node.otherwise : frame.node.body;
  };
  const fail = (at: number, message: string): never => {
    throw new TemplateError(`output:${source.slice(0, at).split('\n').length}: ${message}`);
  };
  let at = 0;
  let trimLeft = false;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    let text = source.slice(at, open < 0 ? undefined : open);
    if (trimLeft) text = text.trimStart();
    if (open >= 0 && /^\{\{- /.test(source.slice(open))) text = text.trimEnd();
    if (text !== '') current().push({ kind: 'text', text });
    if (open < 0) break;
    const close = source.indexOf('}}', open);
    if (close < 0) fail(open, 'unclosed action');
    trimLeft = source.slice(open, close + 2).endsWith(' -}}');
    const action = source
      .slice(open + 2, close)
      .replace(/^- /, '')
      .replace(/ -$/, '')
      .trim();
    at = close + 2;
    if (action.startsWith('/*')) continue;
    const [word = '', ...rest] = actionWords(action);
    if (word === 'range' || word === 'if' || word === 'with') {
      if (rest.length === 0) fail(open, `missing value for ${word}`);
      const node: Frame['node'] = { kind: word, words: rest, at: open + 2, body: [], otherwise: [] };
      current().push(node);
      stack.push({ node, inElse: false });
    } else if (word === 'else') {
      const frame = stack.at(-1) ?? fail(open, 'unexpected {{else}}');
      frame.inElse = true;
    } else if (word === 'end') {
      if (stack.pop() === undefined) fail(open, 'unexpected {{end}}');
    } else if (action === '') {
      fail(open, 'missing value for command');
    } else {
      current().push({ kind: 'print', words: [word, ...rest], at: open + 2 });
    }
  }
  if (stack.length > 0) fail(source.length, 'unexpected EOF');
  return root;
}

const literal = (value: string): GoValue => ({ type: 'string', value });

/** Runs a template over a value; throws Go's execution error, without its `template: ` prefix. */
export function executeTemplate(source: string, nodes: readonly Node[], data: GoValue): string {
  const position = (at: number) => {
    const before = source.slice(0, at);
    return `${before.split('\n').length}:${at - (before.lastIndexOf('\n') + 1)}`;
  };
  const chain = (word: string, dot: GoValue, at: number): GoValue => {
    const fail = (message: string): never => {
      const column = at + Math.max(0, source.slice(at).indexOf(word));
      throw new TemplateError(`output:${position(column)}: executing "output" at <${word}>: ${message}`);
    };
    let value = word.startsWith('$') ? data : dot;
    for (const name of word.replace(/^\$/, '').split('.').filter(Boolean)) {
      const inner = member(value, name);
      if (inner === undefined) {
        const pointer = value === data && goFields(value.type).length > 0 ? '*' : '';
        return fail(`can't evaluate field ${name} in type ${pointer}${typeName(value.type)}`);
      }
      value = inner;
    }
    return value;
  };
  const one = (word: string, dot: GoValue, at: number): GoValue => {
    if (word.startsWith('"')) {
      try {
        return literal(JSON.parse(word) as string);
      } catch {
        throw new TemplateError(`output:${position(at)}: unterminated quoted string`);
      }
    }
    if (word.startsWith('`')) return literal(word.slice(1, -1));
    if (word.startsWith('(')) return pipeline(actionWords(word.slice(1, -1)), dot, at);
    if (/^-?\d+$/.test(word)) return { type: 'int', value: Number(word) };
    if (word === 'true' || word === 'false') return { type: 'bool', value: word === 'true' };
    if (word.startsWith('.') || word.startsWith('$')) return chain(word, dot, at);
    throw new TemplateError(
      `output:${position(at).split(':')[0]}: function ${JSON.stringify(word)} not defined`,
    );
  };
  const call = (words: readonly string[], dot: GoValue, at: number, piped?: GoValue): GoValue => {
    const [name = '', ...rest] = words;
    const args = () => [...rest.map((word) => one(word, dot, at)), ...(piped === undefined ? [] : [piped])];
    const boolean = (value: boolean): GoValue => ({ type: 'bool', value });
    switch (name) {
      case 'len': {
        const value = args()[0] ?? literal('');
        const length = value.type === 'string' ? format(value).length : elements(value).length;
        return { type: 'int', value: length };
      }
      case 'not':
        return boolean(!truth(args()[0] ?? literal('')));
      case 'and':
        return args().find((value) => !truth(value)) ?? args().at(-1) ?? literal('');
      case 'or':
        return args().find(truth) ?? args().at(-1) ?? literal('');
      case 'eq': {
        const [first, ...others] = args().map(format);
        return boolean(others.includes(first ?? ''));
      }
      case 'printf': {
        const [template, ...values] = args().map(format);
        return literal((template ?? '').replace(/%[svd]/g, () => values.shift() ?? '%!s(MISSING)'));
      }
      default:
        return one(name, dot, at);
    }
  };
  function pipeline(words: readonly string[], dot: GoValue, at: number): GoValue {
    let value: GoValue | undefined;
    let part: string[] = [];
    for (const word of [...words, '|']) {
      if (word !== '|') {
        part.push(word);
        continue;
      }
      value = call(part, dot, at, value);
      part = [];
    }
    return value ?? literal('');
  }
  const run = (list: readonly Node[], dot: GoValue): string =>
    list
      .map((node): string => {
        if (node.kind === 'text') return node.text;
        const value = pipeline(node.words, dot, node.at);
        if (node.kind === 'print') return format(value);
        if (node.kind === 'range') {
          const found = elements(value);
          return found.length === 0
            ? run(node.otherwise, dot)
            : found.map((item) => run(node.body, item)).join('');
        }
        if (truth(value)) return run(node.body, node.kind === 'with' ? value : dot);
        return run(node.otherwise, dot);
      })
      .join('');
  return run(nodes, data);
}

/** The Go value of an API object, by its kind. */
export const goValueOf = (kind: string, value: GoValue['value']): GoValue => ({
  type: { struct: kind } satisfies Type,
  value,
});
