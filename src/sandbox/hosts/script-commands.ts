/** Owns the commands that a unit's script runs without a child process: builtins and small text tools. */
import { test } from './condition.ts';
import type { Machine } from './machine.ts';
import { formatDate } from './time-format.ts';

/** Builtins and text commands that take no time; null when the command is another program. */
export function small(
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
