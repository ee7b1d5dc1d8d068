/** Owns test(1), `[ … ]`. */
import type { Machine } from './machine.ts';

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
