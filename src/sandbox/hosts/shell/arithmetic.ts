/** Owns the shell's integer arithmetic, `$((…))`. */
import { ShellSyntaxError } from './syntax.ts';

/** The value of a small integer expression: + - * / % and comparisons, parentheses, variables by name. */
export function arithmetic(expression: string, variable: (name: string) => string): number {
  const tokens = expression.match(/\d+|[A-Za-z_]\w*|<=|>=|==|!=|&&|\|\||[-+*/%()<>!]/g) ?? [];
  let at = 0;
  const levels: string[][] = [
    ['||'],
    ['&&'],
    ['==', '!='],
    ['<', '>', '<=', '>='],
    ['+', '-'],
    ['*', '/', '%'],
  ];
  const unary = (): number => {
    const token = tokens[at++];
    if (token === undefined) throw new ShellSyntaxError('arithmetic expression: expecting primary');
    if (token === '(') {
      const inner = level(0);
      at++;
      return inner;
    }
    if (token === '-') return -unary();
    if (token === '+') return unary();
    if (token === '!') return unary() === 0 ? 1 : 0;
    return /^\d/.test(token) ? Number(token) : Number.parseInt(variable(token) || '0', 10) || 0;
  };
  const level = (depth: number): number => {
    const operators = levels[depth];
    if (operators === undefined) return unary();
    let left = level(depth + 1);
    while (tokens[at] !== undefined && operators.includes(tokens[at]!)) {
      const operator = tokens[at++]!;
      left = apply(operator, left, level(depth + 1));
    }
    return left;
  };
  return level(0);
}

function apply(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0) throw new ShellSyntaxError('arithmetic expression: division by zero');
      return Math.trunc(left / right);
    case '%':
      if (right === 0) throw new ShellSyntaxError('arithmetic expression: division by zero');
      return left % right;
    case '&&':
      return left !== 0 && right !== 0 ? 1 : 0;
    case '||':
      return left !== 0 || right !== 0 ? 1 : 0;
    case '==':
      return left === right ? 1 : 0;
    case '!=':
      return left !== right ? 1 : 0;
    case '<':
      return left < right ? 1 : 0;
    case '>':
      return left > right ? 1 : 0;
    case '<=':
      return left <= right ? 1 : 0;
    default:
      return left >= right ? 1 : 0;
  }
}
