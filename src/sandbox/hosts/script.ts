/**
 * Owns the scripts that units run (`/bin/sh -c "while true; do …; done"`): compiled to flat steps whose place is plain
 * JSON, so that a saved world goes on in the middle of a loop. Builtins and small text commands run here; every other
 * command becomes a child process of the unit (processes.ts).
 */
import type { Machine } from './machine.ts';
import {
  arithmetic,
  type Command,
  parseShell,
  type Script,
  ShellSyntaxError,
  type Word,
} from './shell/parse.ts';
import { formatDate } from './time-format.ts';
import type { ScriptState } from './unit-state.ts';

type Simple = Extract<Command, { type: 'simple' }>;

type Step =
  | { readonly op: 'run'; readonly command: Simple }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'jump-if'; readonly failed: boolean; to: number }
  | { readonly op: 'not' }
  | { readonly op: 'set-status'; readonly status: number }
  | { readonly op: 'for'; readonly slot: string; readonly words: readonly Word[] }
  | { readonly op: 'next'; readonly slot: string; readonly name: string; to: number }
  | { readonly op: 'pipe'; readonly stages: readonly Simple[] };

/** What a script asks of the one who plays it. */
export type ScriptEvent =
  | { readonly type: 'output'; readonly text: string }
  | {
      readonly type: 'child';
      readonly argv: readonly string[];
      readonly env: Record<string, string>;
      readonly exec: boolean;
    }
  | { readonly type: 'pause' }
  | { readonly type: 'exit'; readonly status: number };

const compiled = new Map<string, readonly Step[] | ShellSyntaxError>();

function compile(source: string): readonly Step[] {
  let steps = compiled.get(source);
  if (steps === undefined) {
    try {
      const list: Step[] = [];
      compileScript(parseShell(source), list);
      steps = list;
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      steps = error;
    }
    if (compiled.size > 500) compiled.clear();
    compiled.set(source, steps);
  }
  if (steps instanceof ShellSyntaxError) throw steps;
  return steps;
}

function compileScript(script: Script, out: Step[]): void {
  for (const command of script) compileCommand(command, out);
}

function compileCommand(command: Command, out: Step[]): void {
  switch (command.type) {
    case 'simple':
      out.push({ op: 'run', command });
      return;
    case 'background':
      compileCommand(command.command, out);
      return;
    case 'group':
      compileScript(command.body, out);
      return;
    case 'pipeline': {
      const [only] = command.stages;
      if (command.stages.length === 1 && only !== undefined) compileCommand(only, out);
      else {
        const stages = command.stages.map((stage) => {
          if (stage.type !== 'simple') throw new ShellSyntaxError('a compound command in a pipeline');
          return stage;
        });
        out.push({ op: 'pipe', stages });
      }
      if (command.negated) out.push({ op: 'not' });
      return;
    }
    case 'list': {
      compileCommand(command.left, out);
      const jump: Step = { op: 'jump-if', failed: command.operator === '&&', to: 0 };
      out.push(jump);
      compileCommand(command.right, out);
      jump.to = out.length;
      return;
    }
    case 'if': {
      const ends: { to: number }[] = [];
      for (const [condition, body] of command.branches) {
        compileScript(condition, out);
        const skip: Step = { op: 'jump-if', failed: true, to: 0 };
        out.push(skip);
        compileScript(body, out);
        const end: Step = { op: 'jump', to: 0 };
        out.push(end);
        ends.push(end);
        skip.to = out.length;
      }
      if (command.otherwise === null) out.push({ op: 'set-status', status: 0 });
      else compileScript(command.otherwise, out);
      for (const end of ends) end.to = out.length;
      return;
    }
    case 'loop': {
      const top = out.length;
      compileScript(command.condition, out);
      const leave: Step = { op: 'jump-if', failed: !command.until, to: 0 };
      out.push(leave);
      compileScript(command.body, out);
      out.push({ op: 'jump', to: top });
      leave.to = out.length;
      out.push({ op: 'set-status', status: 0 });
      return;
    }
    case 'for': {
      const slot = String(out.length);
      out.push({ op: 'for', slot, words: command.words });
      const next: Step = { op: 'next', slot, name: command.name, to: 0 };
      const top = out.length;
      out.push(next);
      compileScript(command.body, out);
      out.push({ op: 'jump', to: top });
      next.to = out.length;
      return;
    }
  }
}

export function newScript(source: string, args: readonly string[]): ScriptState {
  return { source, args: [...args], pc: 0, status: 0, variables: {}, loops: {} };
}

/** How many steps may run at one instant; a loop without a pause then takes a breath. */
const BURST = 64;

/** Runs a script up to its next event. */
export function advanceScript(
  state: ScriptState,
  env: Record<string, string>,
  machine: Machine,
): ScriptEvent {
  let steps: readonly Step[];
  try {
    steps = compile(state.source);
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    if (state.status === 2) return { type: 'exit', status: 2 };
    state.status = 2;
    return { type: 'output', text: `sh: 1: ${error.message}` };
  }
  for (let budget = BURST; budget > 0; budget--) {
    const step = steps[state.pc];
    if (step === undefined) return { type: 'exit', status: state.status };
    state.pc++;
    switch (step.op) {
      case 'jump':
        state.pc = step.to;
        break;
      case 'jump-if':
        if ((state.status !== 0) === step.failed) state.pc = step.to;
        break;
      case 'not':
        state.status = state.status === 0 ? 1 : 0;
        break;
      case 'set-status':
        state.status = step.status;
        break;
      case 'for':
        state.loops[step.slot] = step.words.flatMap((word) => expand(word, state, env, machine));
        break;
      case 'next': {
        const next = state.loops[step.slot]?.shift();
        if (next === undefined) state.pc = step.to;
        else state.variables[step.name] = next;
        break;
      }
      case 'pipe': {
        let input = '';
        for (const stage of step.stages) {
          const argv = stage.words.flatMap((word) => expand(word, state, env, machine));
          const result = small(argv, input, machine) ?? { status: 127, output: '' };
          input = result.output;
          state.status = result.status;
        }
        if (input !== '') return { type: 'output', text: input };
        break;
      }
      case 'run': {
        const event = runSimple(step.command, state, env, machine);
        if (event !== null) return event;
        break;
      }
    }
  }
  return { type: 'pause' };
}

function runSimple(
  command: Simple,
  state: ScriptState,
  env: Record<string, string>,
  machine: Machine,
): ScriptEvent | null {
  const local: Record<string, string> = {};
  for (const [name, word] of command.assignments) local[name] = expand(word, state, env, machine).join(' ');
  let argv = command.words.flatMap((word) => expand(word, state, env, machine));
  if (argv.length === 0) {
    Object.assign(state.variables, local);
    state.status = 0;
    return null;
  }
  const silent = command.redirects.find(
    (one) => (one.kind === 'write' || one.kind === 'append') && one.fd !== 2,
  );
  const name = argv[0]!;
  if (name === 'exit') return { type: 'exit', status: Number(argv[1] ?? state.status) & 255 };
  if (name === 'export') {
    for (const one of argv.slice(1)) {
      const match = /^(\w+)=(.*)$/s.exec(one);
      if (match?.[1] !== undefined) state.variables[match[1]] = match[2] ?? '';
    }
    state.status = 0;
    return null;
  }
  if (name === 'exec' && argv.length > 1) {
    argv = argv.slice(1);
    return { type: 'child', argv, env: { ...env, ...state.variables, ...local }, exec: true };
  }
  const result = small(argv, '', machine);
  if (result === null) {
    state.status = 0;
    return { type: 'child', argv, env: { ...env, ...state.variables, ...local }, exec: false };
  }
  state.status = result.status;
  if (silent !== undefined) {
    const path = expand(silent.target, state, env, machine).join(' ');
    if (path !== '/dev/null') {
      const before = silent.kind === 'append' ? (machine.files.read(path) ?? '') : '';
      machine.files.write(path, before + result.output);
    }
    return null;
  }
  return result.output === '' ? null : { type: 'output', text: result.output };
}

/** Builtins and text commands that take no time; null when the command is another program. */
function small(
  argv: readonly string[],
  input: string,
  machine: Machine,
): { status: number; output: string } | null {
  const name = (argv[0] ?? '').replace(/^\/(usr\/)?bin\//, '');
  const args = argv.slice(1);
  switch (name) {
    case ':':
    case 'true':
    case 'set':
    case 'trap':
      return { status: 0, output: '' };
    case 'false':
      return { status: 1, output: '' };
    case 'echo': {
      const bare = args[0] === '-n' || args[0] === '-e';
      return { status: 0, output: `${(bare ? args.slice(1) : args).join(' ')}\n` };
    }
    case 'printf':
      return {
        status: 0,
        output: (args[0] ?? '').replace(/\\n/g, '\n').replace(/%[sd]/g, () => args[1] ?? ''),
      };
    case 'date':
      return {
        status: 0,
        output: `${formatDate(
          machine.now(),
          args.find((one) => one.startsWith('+')),
        )}\n`,
      };
    case 'hostname':
      return { status: 0, output: `${machine.state.hostname}\n` };
    case 'cat': {
      if (args.length === 0) return { status: 0, output: input };
      const texts = args.map((path) => machine.files.read(path));
      if (texts.includes(undefined))
        return { status: 1, output: `cat: ${args[0]}: No such file or directory\n` };
      return { status: 0, output: texts.join('') };
    }
    case 'grep': {
      const pattern = args.find((one) => !one.startsWith('-')) ?? '';
      const lines = input.split('\n').filter((line) => line.includes(pattern));
      return { status: lines.length > 0 ? 0 : 1, output: lines.length > 0 ? `${lines.join('\n')}\n` : '' };
    }
    case 'head':
      return { status: 0, output: input.split('\n').slice(0, 10).join('\n') };
    case '[':
    case 'test':
      return { status: test(name === '[' ? args.slice(0, -1) : args, machine) ? 0 : 1, output: '' };
    default:
      return null;
  }
}

/** test(1): files, strings, numbers, `!`. */
export function test(args: readonly string[], machine: Machine): boolean {
  if (args[0] === '!') return !test(args.slice(1), machine);
  const and = args.indexOf('-a');
  if (and > 0) return test(args.slice(0, and), machine) && test(args.slice(and + 1), machine);
  const or = args.indexOf('-o');
  if (or > 0) return test(args.slice(0, or), machine) || test(args.slice(or + 1), machine);
  if (args.length <= 1) return (args[0] ?? '') !== '';
  const [first = '', second = '', third = ''] = args;
  if (args.length === 2) {
    const stat = machine.files.stat(second);
    switch (first) {
      case '-e':
        return stat !== undefined;
      case '-f':
        return stat !== undefined && !stat.directory;
      case '-d':
        return stat?.directory === true;
      case '-s':
        return stat !== undefined && stat.size > 0;
      case '-x':
        return stat !== undefined && (stat.mode & 0o111) !== 0;
      case '-r':
      case '-w':
        return stat !== undefined;
      case '-z':
        return second === '';
      case '-n':
        return second !== '';
      default:
        return false;
    }
  }
  switch (second) {
    case '=':
    case '==':
      return first === third;
    case '!=':
      return first !== third;
    case '-eq':
      return Number(first) === Number(third);
    case '-ne':
      return Number(first) !== Number(third);
    case '-lt':
      return Number(first) < Number(third);
    case '-le':
      return Number(first) <= Number(third);
    case '-gt':
      return Number(first) > Number(third);
    case '-ge':
      return Number(first) >= Number(third);
    default:
      return false;
  }
}

function variable(name: string, state: ScriptState, env: Record<string, string>): string {
  if (name === '?') return String(state.status);
  if (name === '#') return String(Math.max(0, state.args.length - 1));
  if (/^\d$/.test(name)) return state.args[Number(name)] ?? '';
  return state.variables[name] ?? env[name] ?? '';
}

function expand(word: Word, state: ScriptState, env: Record<string, string>, machine: Machine): string[] {
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
