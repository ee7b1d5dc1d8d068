/** Owns the filters of a pipeline: cat, head, tail, wc, sort, uniq, tee, cut, tr. They stream where the real ones do. */
import { resolvePath } from '../files.ts';
import { writeProblem } from '../permissions.ts';
import type { SessionTool } from '../shell/session.ts';
import { readAll } from '../shell/streams.ts';
import { getopt, last, type OptionTable } from './getopt.ts';
import { inputLines, latin1, missing, sources, usage } from './input.ts';

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
  wc,
  sort,
  uniq,
  tee,
  cut,
  tr,
};
