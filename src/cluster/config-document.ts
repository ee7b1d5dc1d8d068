/**
 * Owns the text of a config file: what it says of each setting, everything that is wrong with it and where, and writing values
 * into it so that comments and order stay.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { ConfigProblem } from './config-error.ts';
import {
  CONSOLE_ACTIONS,
  CONSOLE_DEFAULTS,
  type ConsoleSettings,
  isKey,
  KEY_NAMES,
  THEMES,
  type ThemeName,
} from './console-settings.ts';
import { didYouMean, isNear, nearest } from './nearest.ts';
import { type FileValue, SETTINGS, type Setting, wrongSettings } from './settings.ts';

export interface ConfigDocument {
  /** By key; what is wrong is left out. */
  readonly values: ReadonlyMap<string, FileValue>;
  readonly console: ConsoleSettings;
  /** In the file's order. */
  readonly problems: readonly ConfigProblem[];
}

/** The settings that are no single value: only the config file has them. */
const SECTIONS = ['console'] as const;

type Range = readonly [start: number, end: number];
type Report = (range: Range, what: string, next: string) => void;

/**
 * Reads a config file.
 * @param over what counts before the file (flags, environment), by key: some checks look at other settings
 */
export function readConfig(text: string, over: ReadonlyMap<string, string> = new Map()): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems: ConfigProblem[] = [];
  const report: Report = ([start, end], what, next) => {
    const { line, col } = lines.linePos(start);
    const source = text.split('\n')[line - 1]?.replace(/\r$/, '') ?? '';
    const last = lines.linePos(end);
    const endColumn = last.line === line ? last.col : source.length + 1;
    problems.push({ line, column: col, endColumn: Math.max(col + 1, endColumn), what, next, source });
  };
  for (const error of document.errors) {
    const duplicate = error.code === 'DUPLICATE_KEY';
    const [from] = error.pos;
    const key = /^[^\s:]*/.exec(text.slice(from))?.[0] ?? '';
    report(
      duplicate ? [from, from + key.length] : error.pos,
      duplicate ? `${key} is given twice` : `it is not YAML: ${firstClause(error.message)}`,
      duplicate ? 'leave one of them out' : 'mend the YAML there',
    );
  }
  const values = new Map<string, FileValue>();
  let consoleSettings = CONSOLE_DEFAULTS;
  const root = document.contents;
  // Of a text that is no YAML nothing else can be said.
  const readable = !document.errors.some(({ code }) => code !== 'DUPLICATE_KEY');
  if (readable && root !== null && !isNothing(root)) {
    if (!isMap(root))
      report(
        rangeOf(root),
        'a config file is settings, one a line, as key: value',
        'such as cluster-size: 3',
      );
    else
      for (const { key, value } of root.items) {
        const name = isScalar(key) ? String(key.value) : '';
        const node = resolved(value as Node | null, document);
        if (name === 'console') {
          consoleSettings = readConsole(node, document, report);
          continue;
        }
        const setting = SETTINGS.find((candidate) => candidate.key === name);
        if (!setting) {
          report(rangeOf(key as Node), `there is no setting "${name}"`, meantKey(name));
          continue;
        }
        const read = node === null || isNothing(node) ? null : textOf(setting, node, document, report);
        if (read === null || node === null) continue;
        const { line, col } = lines.linePos(rangeOf(node)[0]);
        values.set(name, { text: read, line, column: col });
      }
    const texts = new Map([...values].map(([key, { text: said }]) => [key, said]));
    for (const { setting, why, hint } of wrongSettings(texts, over)) {
      const { line, column } = values.get(setting.key)!;
      const start = lines.lineStarts[line - 1]! + column - 1;
      const node = isMap(root) ? resolved(root.get(setting.key, true) as Node | null, document) : null;
      report([start, node ? rangeOf(node)[1] : start + 1], `${setting.key}: ${why}`, hint);
      values.delete(setting.key);
    }
  }
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { values, console: consoleSettings, problems };
}

const firstClause = (message: string): string =>
  (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');

function rangeOf(node: Node | null | undefined): Range {
  const range = node?.range;
  return range ? [range[0], range[1]] : [0, 1];
}

const isNothing = (node: Node): boolean => isScalar(node) && node.value === null;

const resolved = (node: Node | null, document: Document): Node | null =>
  isAlias(node) ? (node.resolve(document as Document.Parsed) ?? null) : node;

function meantKey(typed: string): string {
  const keys = [...SETTINGS.map(({ key }) => key), ...SECTIONS];
  // `clusterSize` and `cluster_size` are meant well.
  const plain = typed
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
  const best = nearest(plain, keys);
  return isNear(plain, best) ? `did you mean ${best}?` : 'kubecore config lists all settings';
}

/** The value as its flag would have it; null when it was reported. */
function textOf(setting: Setting, node: Node, document: Document, report: Report): string | null {
  const { key, type } = setting;
  const wrong = (what: string, next: string, at: Node = node): null => {
    report(rangeOf(at), `${key}: ${what}`, next);
    return null;
  };
  if (isScalar(node)) {
    if (type === 'boolean')
      return typeof node.value === 'boolean'
        ? String(node.value)
        : wrong(`"${node.source ?? node.value}" is not true or false`, 'write true or false, without quotes');
    return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
  }
  if (type === 'list' && isSeq(node)) {
    const items = node.items.map((item) => resolved(item as Node, document));
    const strange = items.find((item) => !isScalar(item));
    if (strange) return wrong('an item is no text', 'write one a line, as - ITEM', strange);
    return items.map((item) => (isScalar(item) ? String(item.value) : '')).join(',');
  }
  if (type === 'map' && isMap(node)) {
    const pairs = node.items.map((pair) => ({
      name: isScalar(pair.key) ? String(pair.key.value) : '',
      item: resolved(pair.value as Node | null, document),
    }));
    const strange = pairs.find(({ item }) => !isScalar(item) || item.value === null);
    if (strange)
      return wrong(`${strange.name} has no value`, 'write one a line, as NAME: VALUE', strange.item ?? node);
    return pairs.map(({ name, item }) => `${name}=${isScalar(item) ? String(item.value) : ''}`).join(',');
  }
  const shapes = {
    text: 'a text',
    integer: 'a whole number',
    boolean: 'true or false',
    list: 'a list',
    map: 'a map',
  };
  return wrong(
    `it takes ${shapes[type]}, not ${isMap(node) ? 'settings of its own' : 'a list'}`,
    `write ${key}: ${setting.value}`,
  );
}

const CONSOLE_KEYS = ['theme', 'keys', 'mouse'] as const;

function readConsole(node: Node | null, document: Document, report: Report): ConsoleSettings {
  if (node === null || isNothing(node)) return CONSOLE_DEFAULTS;
  if (!isMap(node)) {
    report(rangeOf(node), 'console: it takes settings of its own', `such as theme, below it and indented`);
    return CONSOLE_DEFAULTS;
  }
  let settings = CONSOLE_DEFAULTS;
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const at = resolved(value as Node | null, document);
    if (!CONSOLE_KEYS.some((known) => known === name)) {
      report(rangeOf(key as Node), `console: there is no setting "${name}"`, didYouMean(name, CONSOLE_KEYS));
      continue;
    }
    if (at === null || isNothing(at)) continue;
    const said = isScalar(at) ? at.value : undefined;
    if (name === 'theme') {
      const theme = THEMES.find((candidate) => candidate === said);
      if (theme) settings = { ...settings, theme: theme satisfies ThemeName };
      else
        report(
          rangeOf(at),
          `console.theme: "${isScalar(at) ? (at.source ?? at.value) : 'that'}" is not one of ${THEMES.join(', ')}`,
          didYouMean(String(said), THEMES),
        );
    } else if (name === 'mouse') {
      if (typeof said === 'boolean') settings = { ...settings, mouse: said };
      else
        report(rangeOf(at), 'console.mouse: it is not true or false', 'write true or false, without quotes');
    } else settings = { ...settings, keys: readKeys(at, document, report) };
  }
  return settings;
}

function readKeys(node: Node, document: Document, report: Report): Readonly<Record<string, string>> {
  if (!isMap(node)) {
    report(rangeOf(node), 'console.keys: it takes ACTION: KEY, one a line', 'such as logs: L');
    return {};
  }
  const keys: Record<string, string> = {};
  for (const { key, value } of node.items) {
    const action = isScalar(key) ? String(key.value) : '';
    if (!CONSOLE_ACTIONS.includes(action)) {
      report(
        rangeOf(key as Node),
        `console.keys: there is no action "${action}"`,
        didYouMean(action, CONSOLE_ACTIONS),
      );
      continue;
    }
    const at = resolved(value as Node | null, document);
    const text = isScalar(at) ? (typeof at.value === 'string' ? at.value : (at.source ?? '')) : '';
    if (isKey(text)) keys[action] = text;
    else
      report(
        rangeOf(at ?? (key as Node)),
        `console.keys.${action}: "${text}" is not a key`,
        KEY_NAMES.some((name) => isNear(text, name)) && text.length > 2
          ? didYouMean(text, KEY_NAMES)
          : `a key is one character, ctrl+ and a letter, or one of ${KEY_NAMES.join(', ')}`,
      );
  }
  return keys;
}

/**
 * The text with these settings set: comments, order and what else is there stay. A new setting goes to the end.
 * @param text a config file without mistakes; may be empty
 */
export function withValues(text: string, values: ReadonlyMap<string, string>): string {
  const document = parseDocument(text);
  for (const [key, value] of values) {
    const there: unknown = document.get(key, true);
    const plain = plainValue(key, value);
    // The node is kept, and with it the comment beside it.
    if (isScalar(there) && (typeof plain !== 'object' || plain === null)) there.value = plain;
    else document.set(key, plain);
  }
  return document.toString({ lineWidth: 0 });
}

/** A setting's text as the config file's value: numbers and switches as such. */
export function plainValue(key: string, text: string): string | number | boolean | readonly string[] {
  const type = SETTINGS.find((setting) => setting.key === key)?.type ?? 'text';
  if (type === 'integer') return Number(text);
  if (type === 'boolean') return text === 'true';
  return type === 'list' ? text.split(',') : text;
}
