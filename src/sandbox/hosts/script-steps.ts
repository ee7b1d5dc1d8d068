/** Owns a unit's script as flat steps with jumps, so that its place is a number and a saved world goes on inside a loop. */
import { parseShell } from './shell/parse.ts';
import { type Command, type Script, ShellSyntaxError, type Word } from './shell/syntax.ts';

export type Simple = Extract<Command, { type: 'simple' }>;

export type Step =
  | { readonly op: 'run'; readonly command: Simple }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'jump-if'; readonly failed: boolean; to: number }
  | { readonly op: 'not' }
  | { readonly op: 'set-status'; readonly status: number }
  | { readonly op: 'for'; readonly slot: string; readonly words: readonly Word[] }
  | { readonly op: 'next'; readonly slot: string; readonly name: string; to: number }
  | { readonly op: 'pipe'; readonly stages: readonly Simple[] };

const compiled = new Map<string, readonly Step[] | ShellSyntaxError>();

/** The steps of a script, parsed once. Throws ShellSyntaxError. */
export function compile(source: string): readonly Step[] {
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
