/** Owns expansions in a unit's script: variables, arithmetic and substitutions of commands that take no time. */
import type { Machine } from './machine.ts';
import { small } from './script-commands.ts';
import { arithmetic } from './shell/arithmetic.ts';
import type { Script, Word } from './shell/syntax.ts';
import type { ScriptState } from './unit-state.ts';

function variable(name: string, state: ScriptState, env: Record<string, string>): string {
  if (name === '?') return String(state.status);
  if (name === '#') return String(Math.max(0, state.args.length - 1));
  if (/^\d$/.test(name)) return state.args[Number(name)] ?? '';
  return state.variables[name] ?? env[name] ?? '';
}

/** The fields that a word becomes. */
export function expand(
  word: Word,
  state: ScriptState,
  env: Record<string, string>,
  machine: Machine,
): string[] {
  let text = '';
  let any = false;
  const fields: string[] = [];
  for (const part of word) {
    let piece: string;
    if (part.type === 'text') piece = part.text;
    else if (part.type === 'variable') {
      piece = variable(part.name, state, env);
      if (piece === '' && part.fallback !== null)
        piece = expand(part.fallback, state, env, machine).join(' ');
    } else if (part.type === 'arithmetic') {
      piece = String(arithmetic(part.expression, (name) => variable(name, state, env)));
    } else piece = substitute(part.body, state, env, machine);
    if (part.quoted || part.type === 'text') {
      text += piece;
      any = true;
      continue;
    }
    const words = piece.split(/\s+/);
    for (const [index, one] of words.entries()) {
      if (index > 0 && (text !== '' || any)) {
        fields.push(text);
        text = '';
        any = false;
      }
      text += one;
      if (one !== '') any = true;
    }
  }
  if (any || text !== '') fields.push(text);
  return fields;
}

/** `$(…)` of commands that take no time. */
function substitute(body: Script, state: ScriptState, env: Record<string, string>, machine: Machine): string {
  let output = '';
  for (const command of body) {
    const stages = command.type === 'pipeline' ? command.stages : [command];
    let input = '';
    for (const stage of stages) {
      if (stage.type !== 'simple') return output;
      const argv = stage.words.flatMap((word) => expand(word, state, env, machine));
      const result = small(argv, input, machine);
      state.status = result?.status ?? 127;
      input = result?.output ?? '';
    }
    output += input;
  }
  return output.replace(/\n+$/, '');
}
