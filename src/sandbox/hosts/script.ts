/**
 * Owns the scripts that units run (`/bin/sh -c "while true; do …; done"`): a script goes on from step to step, its place plain
 * JSON, and says what it asks of the one who plays it. Builtins and small text commands run here; every other command
 * becomes a child process of the unit (processes.ts).
 */
import type { Machine } from './machine.ts';
import { small } from './script-commands.ts';
import { compile, type Simple, type Step } from './script-steps.ts';
import { expand } from './script-words.ts';
import { ShellSyntaxError } from './shell/syntax.ts';
import type { ScriptState } from './unit-state.ts';

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
