/** Owns what a `:` command is, and which one a typed line means. Pure. */
import { nearest } from '../../../cluster/nearest.ts';
import { wordsOf } from '../acts/act.ts';

export interface Command {
  /** As it is typed: `units`, `unit start`. */
  readonly name: string;
  readonly help: string;
  /** What may follow, for the list: `NAME…`, `FILE`. */
  readonly usage?: string;
  /** What the word at `index` (from 0) of what follows may be; those that begin with it are offered. */
  readonly complete?: (
    words: readonly string[],
    index: number,
  ) => readonly string[] | Promise<readonly string[]>;
  readonly run: (words: readonly string[]) => void;
}

/** Shorter names that fingers know from kubectl and vi. */
const ALIASES: Readonly<Record<string, string>> = {
  q: 'quit',
  'q!': 'quit',
  quit: 'quit',
  h: 'help',
  po: 'pods',
  svc: 'services',
  rc: 'controllers',
  no: 'minions',
  nodes: 'minions',
  ssh: 'shell',
};

export interface Meant {
  readonly command: Command;
  /** The words after its name. */
  readonly words: readonly string[];
}

const names = (text: string): string => text.trim().replace(/\s+/g, ' ');

/** The command whose name the line begins with, the longest such; else the only one that begins as the line does. */
export function meant(line: string, commands: readonly Command[]): Meant | null {
  const text = names(line);
  const aliased = text.replace(/^\S+/, (word) => ALIASES[word] ?? word);
  const found = commands
    .filter(({ name }) => aliased === name || aliased.startsWith(`${name} `))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (found) {
    const own = aliased.slice(found.name.length);
    return { command: found, words: wordsOf(own) };
  }
  const begun = commands.filter(({ name }) => name.startsWith(aliased));
  const [only, ...others] = begun;
  return only && others.length === 0 && aliased !== '' ? { command: only, words: [] } : null;
}

/** Why a line is no command. */
export function unknown(line: string, commands: readonly Command[]): string {
  const text = names(line);
  const all = commands.map(({ name }) => name);
  const begun = all.filter((name) => name.startsWith(text));
  if (begun.length > 1)
    return `:${text} may be ${begun.slice(0, 6).join(', ')}${begun.length > 6 ? ', …' : ''}`;
  return `there is no command :${text}; did you mean :${nearest(text, all)}?`;
}

export interface Completions {
  /** The line before the word that is completed. */
  readonly head: string;
  readonly words: readonly string[];
}

/** What the end of a line may become; a promise where it has to be asked for. */
export function completions(line: string, commands: readonly Command[]): Completions | Promise<Completions> {
  const begin = line.trimStart();
  const withArguments = commands
    .filter(({ name, complete }) => complete && begin.startsWith(`${name} `))
    .sort((a, b) => b.name.length - a.name.length)[0];
  const asNames = commands.map(({ name }) => name).filter((name) => name.startsWith(begin));
  if (!withArguments?.complete || asNames.length > 0) {
    return { head: '', words: [...new Set(asNames)].sort() };
  }
  const rest = begin.slice(withArguments.name.length + 1);
  const last = /\S*$/.exec(rest)?.[0] ?? '';
  const before = wordsOf(rest.slice(0, rest.length - last.length));
  const head = begin.slice(0, begin.length - last.length);
  const fitting = (found: readonly string[]): Completions => ({
    head,
    words: [...new Set(found)].filter((word) => word.startsWith(last)).sort(),
  });
  const found = withArguments.complete([...before, last], before.length);
  return found instanceof Promise ? found.then(fitting) : fitting(found);
}
