/** Owns expansions: a word of a command line becomes the fields that the command gets. */
import { resolvePath } from '../files.ts';
import { globRegex } from '../glob.ts';
import { arithmetic } from './arithmetic.ts';
import type { Io } from './session.ts';
import { inSubshell, type State } from './state.ts';
import { Collector } from './streams.ts';
import type { Word } from './syntax.ts';

/** The fields of a word: none, one or several; one at the most, neither split nor matched with files, when `whole`. */
export async function expand(state: State, word: Word, io: Io, whole = false): Promise<string[]> {
  const fields: string[] = [];
  let text = '';
  let any = false;
  let pattern = false;
  for (const [index, part] of word.entries()) {
    if (part.type === 'text') {
      let piece = part.text;
      if (index === 0 && !part.quoted && /^~(\/|$)/.test(piece)) piece = `/home/core${piece.slice(1)}`;
      if (!part.quoted && /[*?]/.test(piece)) pattern = true;
      text += piece;
      any = any || part.quoted || piece !== '';
      continue;
    }
    if (part.type === 'variable' && part.name === '@' && part.quoted) {
      const [, ...rest] = state.positional;
      for (const [at, one] of rest.entries()) {
        if (at > 0) {
          fields.push(text);
          text = '';
        }
        text += one;
        any = true;
      }
      continue;
    }
    const piece = await expandPart(state, part, io);
    if (part.quoted || whole) {
      text += piece;
      any = any || part.quoted || piece !== '';
      continue;
    }
    for (const [at, one] of piece.split(/\s+/).entries()) {
      if (at > 0 && any) {
        fields.push(text);
        text = '';
        any = false;
      }
      text += one;
      if (one !== '') any = true;
    }
  }
  if (any || text !== '') fields.push(text);
  return pattern && !whole ? fields.flatMap((field) => glob(state, field)) : fields;
}

async function expandPart(
  state: State,
  part: Exclude<Word[number], { type: 'text' }>,
  io: Io,
): Promise<string> {
  if (part.type === 'arithmetic') return String(arithmetic(part.expression, (name) => variable(state, name)));
  if (part.type === 'command') {
    const collector = new Collector();
    state.status = await inSubshell(state, (copy) =>
      copy.evaluator.script(copy, part.body, { ...io, stdout: collector }),
    );
    return collector.text().replace(/\n+$/, '');
  }
  const value = variable(state, part.name);
  if (value === '' && part.fallback !== null) return (await expand(state, part.fallback, io, true)).join(' ');
  return value;
}

function variable(state: State, name: string): string {
  if (name === '?') return String(state.status);
  if (name === '$') return String(state.pid);
  if (name === '#') return String(state.positional.length - 1);
  if (name === '@' || name === '*') return state.positional.slice(1).join(' ');
  if (/^\d$/.test(name)) return state.positional[Number(name)] ?? '';
  return state.variables[name] ?? '';
}

/** Names that match; the pattern itself when none does. */
function glob(state: State, pattern: string): string[] {
  const at = pattern.lastIndexOf('/');
  const directory = at < 0 ? '' : pattern.slice(0, at + 1);
  const last = pattern.slice(at + 1);
  const names = state.options.machine.files.list(resolvePath(state.cwd, directory || '.')) ?? [];
  const regex = globRegex(last);
  const found = names.filter((name) => regex.test(name) && (last.startsWith('.') || !name.startsWith('.')));
  return found.length === 0 ? [pattern] : found.map((name) => directory + name);
}
