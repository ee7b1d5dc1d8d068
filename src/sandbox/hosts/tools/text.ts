/**
 * Owns the filters of a pipeline: cat, head, tail, grep, sed, wc, sort, tee, tr, cut, uniq. They stream where the real ones do.
 */
import { resolvePath } from '../files.ts';
import { writeProblem } from '../shell/run.ts';
import type { SessionContext, SessionTool } from '../shell/session.ts';
import { linesOf, readAll, type Source, sourceOf } from '../shell/streams.ts';
import { getopt, last, type OptionTable } from './getopt.ts';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Lines of the named files, or of standard input. */
async function* inputLines(
  context: SessionContext,
  paths: readonly string[],
): AsyncGenerator<string, void, undefined> {
  for (const source of sources(context, paths)) yield* linesOf(source);
}

function sources(context: SessionContext, paths: readonly string[]): Source[] {
  if (paths.length === 0) return [context.io.stdin];
  return paths.map((path) => (path === '-' ? context.io.stdin : sourceOf(context.readFile(path) ?? '')));
}

async function missing(context: SessionContext, paths: readonly string[]): Promise<boolean> {
  let any = false;
  for (const path of paths) {
    if (path === '-' || context.readFile(path) !== undefined) continue;
    const directory = context.machine.files.stat(resolvePath(context.cwd, path))?.directory === true;
    const name = context.argv[0]?.split('/').at(-1);
    await context.stderr(`${name}: ${path}: ${directory ? 'Is a directory' : 'No such file or directory'}\n`);
    any = true;
  }
  return any;
}

async function usage(context: SessionContext, error: string): Promise<number> {
  await context.stderr(`${error}\n`);
  return 2;
}

const cat: SessionTool = async (context) => {
  const paths = context.argv.slice(1).filter((one) => one === '-' || !one.startsWith('-'));
  const failed = await missing(context, paths);
  for (const source of sources(context, paths)) for await (const chunk of source) await context.stdout(chunk);
  return failed ? 1 : 0;
};

const LINES: OptionTable = {
  short: { n: 'lines', c: 'bytes', f: 'follow', q: 'quiet' },
  long: { lines: 'required', bytes: 'required', follow: 'none', quiet: 'none' },
};

/** `-5` is `-n 5`. */
const oldStyle = (argv: readonly string[]): string[] =>
  argv.map((one) => (/^-\d+$/.test(one) ? `-n${one.slice(1)}` : one));

const head: SessionTool = async (context) => {
  const options = getopt(oldStyle(context.argv), LINES);
  if ('error' in options) return usage(context, options.error);
  if (await missing(context, options.rest)) return 1;
  const bytes = last(options, 'bytes');
  let left = Number(bytes ?? last(options, 'lines') ?? 10);
  if (bytes !== undefined) {
    for (const source of sources(context, options.rest)) {
      for await (const chunk of source) {
        await context.stdout(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) return 0;
      }
    }
    return 0;
  }
  if (left <= 0) return 0;
  for await (const line of inputLines(context, options.rest)) {
    await context.stdout(latin1(`${line}\n`));
    if (--left <= 0) return 0;
  }
  return 0;
};

const tail: SessionTool = async (context) => {
  const options = getopt(oldStyle(context.argv), LINES);
  if ('error' in options) return usage(context, options.error);
  if (await missing(context, options.rest)) return 1;
  const text = last(options, 'lines') ?? '10';
  const bytes = last(options, 'bytes');
  if (bytes !== undefined) {
    const chunks: Uint8Array[] = [];
    for (const source of sources(context, options.rest)) for await (const chunk of source) chunks.push(chunk);
    const all = Buffer.concat(chunks);
    await context.stdout(
      bytes.startsWith('+')
        ? all.subarray(Number(bytes) - 1)
        : all.subarray(Math.max(0, all.length - Number(bytes))),
    );
    return 0;
  }
  const from = text.startsWith('+') ? Number(text.slice(1)) : null;
  const kept: string[] = [];
  let at = 0;
  for await (const line of inputLines(context, options.rest)) {
    at++;
    if (from !== null) {
      if (at >= from) await context.stdout(latin1(`${line}\n`));
      continue;
    }
    kept.push(line);
    if (kept.length > Number(text)) kept.shift();
  }
  for (const line of kept) await context.stdout(latin1(`${line}\n`));
  return 0;
};

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

const wc: SessionTool = async (context) => {
  const flags = context.argv
    .slice(1)
    .filter((one) => one.startsWith('-'))
    .join('');
  const paths = context.argv.slice(1).filter((one) => !one.startsWith('-'));
  const failed = await missing(context, paths);
  for (const [index, source] of sources(context, paths).entries()) {
    let [lines, words, bytes] = [0, 0, 0];
    let inWord = false;
    for await (const chunk of source) {
      bytes += chunk.length;
      for (const byte of chunk) {
        if (byte === 10) lines++;
        const space = byte === 32 || (byte >= 9 && byte <= 13);
        if (!space && !inWord) words++;
        inWord = !space;
      }
    }
    const all = [
      ...(flags.includes('l') || flags === '' ? [lines] : []),
      ...(flags.includes('w') || flags === '' ? [words] : []),
      ...(flags.includes('c') || flags === '' ? [bytes] : []),
    ];
    const name = paths[index] === undefined ? '' : ` ${paths[index]}`;
    await context.stdout(
      `${all.map((one) => (all.length > 1 ? String(one).padStart(7) : String(one))).join(' ')}${name}\n`,
    );
  }
  return failed ? 1 : 0;
};

const sort: SessionTool = async (context) => {
  const flags = context.argv
    .slice(1)
    .filter((one) => one.startsWith('-'))
    .join('');
  const lines: string[] = [];
  for await (const line of inputLines(
    context,
    context.argv.slice(1).filter((one) => !one.startsWith('-')),
  ))
    lines.push(line);
  lines.sort((a, b) => {
    if (flags.includes('n')) {
      const by = (Number.parseFloat(a) || 0) - (Number.parseFloat(b) || 0);
      if (by !== 0) return by;
    }
    return a < b ? -1 : a > b ? 1 : 0;
  });
  if (flags.includes('r')) lines.reverse();
  for (const line of flags.includes('u') ? new Set(lines) : lines) await context.stdout(latin1(`${line}\n`));
  return 0;
};

const uniq: SessionTool = async (context) => {
  const counted = context.argv.includes('-c');
  let before: string | null = null;
  let count = 0;
  const flush = async (): Promise<void> => {
    if (before !== null)
      await context.stdout(latin1(counted ? `${String(count).padStart(7)} ${before}\n` : `${before}\n`));
  };
  for await (const line of inputLines(context, [])) {
    if (line !== before) {
      await flush();
      before = line;
      count = 0;
    }
    count++;
  }
  await flush();
  return 0;
};

const tee: SessionTool = async (context) => {
  const append = context.argv.includes('-a');
  const paths = context.argv.slice(1).filter((one) => !one.startsWith('-'));
  let text = '';
  for await (const chunk of context.io.stdin) {
    text += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    await context.stdout(chunk);
  }
  let status = 0;
  for (const one of paths) {
    const path = resolvePath(context.cwd, one);
    const problem = writeProblem(context.machine, context.user, path);
    if (problem !== null) {
      await context.stderr(`tee: ${one}: ${problem}\n`);
      status = 1;
      continue;
    }
    const { files } = context.machine;
    files.write(
      path,
      (append ? (files.read(path) ?? '') : '') + Buffer.from(text, 'latin1').toString('utf8'),
    );
    context.machine.touch();
  }
  return status;
};

const cut: SessionTool = async (context) => {
  const options = getopt(context.argv, {
    short: { d: 'delimiter', f: 'fields', c: 'characters' },
    long: { delimiter: 'required', fields: 'required', characters: 'required' },
  });
  if ('error' in options) return usage(context, options.error);
  const by = last(options, 'delimiter') ?? '\t';
  const list = last(options, 'fields') ?? last(options, 'characters');
  if (list === undefined)
    return usage(context, 'cut: you must specify a list of bytes, characters, or fields');
  const wanted = (number: number): boolean =>
    list.split(',').some((range) => {
      const [from = '', to] = range.split('-');
      return (
        number >= Number(from || 1) &&
        number <= (to === undefined ? Number(from) : to === '' ? Number.POSITIVE_INFINITY : Number(to))
      );
    });
  const fields = options.values.has('fields');
  for await (const line of inputLines(context, options.rest)) {
    const parts = fields ? line.split(by) : [...line];
    const kept = fields && parts.length === 1 ? parts : parts.filter((_, index) => wanted(index + 1));
    await context.stdout(latin1(`${kept.join(fields ? by : '')}\n`));
  }
  return 0;
};

const tr: SessionTool = async (context) => {
  const deletes = context.argv.includes('-d');
  const sets = context.argv
    .slice(1)
    .filter((one) => one !== '-d')
    .map((one) =>
      one
        .replace(/\\n/g, '\n')
        .replace(/\\t/g, '\t')
        .replace(/(.)-(.)/g, (_, a: string, b: string) => {
          let all = '';
          for (let code = a.charCodeAt(0); code <= b.charCodeAt(0); code++) all += String.fromCharCode(code);
          return all;
        }),
    );
  const [from = '', to = ''] = sets;
  const text = await readAll(context.io.stdin);
  const out = [...text].map((char) => {
    const at = from.indexOf(char);
    if (at < 0) return char;
    return deletes ? '' : (to[Math.min(at, to.length - 1)] ?? '');
  });
  await context.stdout(out.join(''));
  return 0;
};

export const TEXT_TOOLS: Record<string, SessionTool> = {
  cat,
  head,
  tail,
  grep,
  egrep: grep,
  sed,
  wc,
  sort,
  uniq,
  tee,
  cut,
  tr,
};
