/** Owns grep and sed, with the regular expressions that POSIX calls basic and extended. */
import type { SessionTool } from '../shell/session.ts';
import { getopt, last, type OptionTable } from './getopt.ts';
import { inputLines, latin1, missing, usage } from './input.ts';

/** A basic (or extended) regular expression as JavaScript has it. */
function regex(pattern: string, extended: boolean, flags: string): RegExp {
  const classes = pattern
    .replace(/\[:alpha:\]/g, 'A-Za-z')
    .replace(/\[:digit:\]/g, '0-9')
    .replace(/\[:space:\]/g, '\\s')
    .replace(/\[:alnum:\]/g, 'A-Za-z0-9');
  if (extended) return new RegExp(classes, flags);
  const source = classes.replace(/\\?[(){}+?|]/g, (one) =>
    one.startsWith('\\') ? one.slice(1) : `\\${one}`,
  );
  return new RegExp(source, flags);
}

const GREP: OptionTable = {
  short: {
    i: 'ignore-case',
    v: 'invert-match',
    c: 'count',
    q: 'quiet',
    E: 'extended-regexp',
    F: 'fixed-strings',
    n: 'line-number',
    o: 'only-matching',
    e: 'regexp',
    w: 'word-regexp',
    l: 'files-with-matches',
    s: 'no-messages',
    m: 'max-count',
    h: 'no-filename',
    a: 'text',
  },
  long: {
    'ignore-case': 'none',
    'invert-match': 'none',
    count: 'none',
    quiet: 'none',
    'extended-regexp': 'none',
    'fixed-strings': 'none',
    'line-number': 'none',
    'only-matching': 'none',
    regexp: 'required',
    'word-regexp': 'none',
    'files-with-matches': 'none',
    'no-messages': 'none',
    'max-count': 'required',
    'no-filename': 'none',
    text: 'none',
    'line-buffered': 'none',
    color: 'optional',
  },
};

const grep: SessionTool = async (context) => {
  const options = getopt(context.argv, GREP);
  if ('error' in options) return usage(context, options.error);
  const has = (name: string): boolean => options.values.has(name);
  const given = options.values.get('regexp');
  const [first, ...after] = options.rest;
  const patterns = given ?? (first === undefined ? [] : [first]);
  const paths = given === undefined ? after : options.rest;
  if (patterns.length === 0) return usage(context, 'Usage: grep [OPTION]... PATTERNS [FILE]...');
  const failed = await missing(context, paths);
  const extended = has('extended-regexp') || context.argv[0]?.endsWith('egrep') === true;
  const flags = `${has('ignore-case') ? 'i' : ''}g`;
  let tests: RegExp[];
  try {
    tests = patterns.map((pattern) => {
      const source = Buffer.from(pattern).toString('latin1');
      const base = has('fixed-strings')
        ? new RegExp(source.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), flags)
        : regex(source, extended, flags);
      return has('word-regexp') ? new RegExp(`\\b(?:${base.source})\\b`, flags) : base;
    });
  } catch {
    return usage(context, 'grep: Invalid regular expression');
  }
  const max = Number(last(options, 'max-count') ?? Number.POSITIVE_INFINITY);
  let matched = 0;
  let number = 0;
  for await (const line of inputLines(context, paths)) {
    number++;
    const hit = tests.some((test) => line.search(test) >= 0);
    if (hit === has('invert-match')) continue;
    matched++;
    if (has('quiet')) return 0;
    if (has('count')) continue;
    const label = has('line-number') ? `${number}:` : '';
    if (has('only-matching'))
      for (const test of tests)
        for (const found of line.matchAll(test)) await context.stdout(latin1(`${label}${found[0]}\n`));
    else await context.stdout(latin1(`${label}${line}\n`));
    if (matched >= max) break;
  }
  if (has('count')) await context.stdout(`${matched}\n`);
  return failed ? 2 : matched > 0 ? 0 : 1;
};

interface SedCommand {
  readonly address: (line: string, number: number, isLast: boolean) => boolean;
  readonly verb: 's' | 'p' | 'd' | 'q';
  readonly pattern: RegExp | null;
  readonly replacement: string;
  readonly print: boolean;
}

function sedCommand(text: string, extended: boolean): SedCommand | null {
  const match = /^\s*(?:(\d+|\$)(?:,(\d+|\$))?|\/((?:[^/\\]|\\.)*)\/)?\s*([spdq])(.*)$/s.exec(text);
  if (match === null) return null;
  const [, from, to, pattern, verb, rest = ''] = match;
  const wanted = pattern === undefined ? null : regex(pattern, extended, '');
  const address = (line: string, number: number, isLast: boolean): boolean => {
    if (wanted !== null) return wanted.test(line);
    if (from === undefined) return true;
    const begin = from === '$' ? (isLast ? number : Number.POSITIVE_INFINITY) : Number(from);
    const end = to === undefined ? begin : to === '$' ? Number.POSITIVE_INFINITY : Number(to);
    return number >= begin && number <= end;
  };
  const base = { address, pattern: null, replacement: '', print: false };
  if (verb !== 's') return verb === 'p' || verb === 'd' || verb === 'q' ? { ...base, verb } : null;
  const delimiter = rest[0] ?? '/';
  const parts: string[] = [''];
  for (let at = 1; at < rest.length; at++) {
    if (rest[at] === '\\' && at + 1 < rest.length) {
      const escaped = rest[at + 1] === delimiter ? delimiter : rest.slice(at, at + 2);
      parts.push(`${parts.pop() ?? ''}${escaped}`);
      at++;
    } else if (rest[at] === delimiter) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${rest[at]}`);
  }
  if (parts.length !== 3) return null;
  const flags = parts[2] ?? '';
  return {
    ...base,
    verb: 's',
    pattern: regex(
      parts[0] ?? '',
      extended,
      `${flags.includes('g') ? 'g' : ''}${/[iI]/.test(flags) ? 'i' : ''}`,
    ),
    replacement: (parts[1] ?? '')
      .replace(/\$/g, '$$$$')
      .replace(/\\n/g, '\n')
      .replace(/\\(\d)/g, '$$$1')
      .replace(/(^|[^\\])&/g, '$1$$&')
      .replace(/\\&/g, '&'),
    print: flags.includes('p'),
  };
}

const sed: SessionTool = async (context) => {
  const options = getopt(context.argv, {
    short: { n: 'quiet', e: 'expression', E: 'extended', r: 'extended', u: 'unbuffered' },
    long: { quiet: 'none', expression: 'required', extended: 'none', unbuffered: 'none' },
  });
  if ('error' in options) return usage(context, options.error);
  const given = options.values.get('expression');
  const scripts = given ?? options.rest.slice(0, 1);
  const paths = given === undefined ? options.rest.slice(1) : options.rest;
  const commands: SedCommand[] = [];
  for (const script of scripts) {
    const whole = sedCommand(script, options.values.has('extended'));
    const pieces = whole === null ? script.split(/[;\n]/) : [script];
    for (const piece of pieces) {
      const command = sedCommand(piece, options.values.has('extended'));
      if (command === null)
        return usage(context, `sed: -e expression #1, char 1: unknown command: \`${piece[0] ?? ''}'`);
      commands.push(command);
    }
  }
  if (await missing(context, paths)) return 2;
  const quiet = options.values.has('quiet');
  let number = 0;
  const play = async (input: string, isLast: boolean): Promise<boolean> => {
    let line = input;
    number++;
    let quit = false;
    for (const command of commands) {
      if (!command.address(line, number, isLast)) continue;
      if (command.verb === 'd') return false;
      if (command.verb === 'q') quit = true;
      else if (command.verb === 'p') await context.stdout(latin1(`${line}\n`));
      else if (command.pattern !== null) {
        const next = line.replace(command.pattern, command.replacement);
        if (next !== line && command.print) await context.stdout(latin1(`${next}\n`));
        line = next;
      }
    }
    if (!quiet) await context.stdout(latin1(`${line}\n`));
    return quit;
  };
  let before: string | null = null;
  for await (const line of inputLines(context, paths)) {
    if (before !== null && (await play(before, false))) return 0;
    before = line;
  }
  if (before !== null) await play(before, true);
  return 0;
};

export const SEARCH_TOOLS: Record<string, SessionTool> = { grep, egrep: grep, sed };
