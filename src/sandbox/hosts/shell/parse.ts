/**
 * Owns reading a command line of /bin/sh: words with quotes and expansions, pipelines, lists, redirections, subshells,
 * `if`, `while`, `until`, `for` and here-documents. What it cannot read is a ShellSyntaxError, as a shell says so too.
 */

export type Part =
  | { readonly type: 'text'; readonly text: string; readonly quoted: boolean }
  | {
      readonly type: 'variable';
      readonly name: string;
      readonly quoted: boolean;
      readonly fallback: Word | null;
    }
  | { readonly type: 'command'; readonly body: Script; readonly quoted: boolean }
  | { readonly type: 'arithmetic'; readonly expression: string; readonly quoted: boolean };

export type Word = readonly Part[];

export interface Redirect {
  readonly fd: number;
  readonly kind: 'write' | 'append' | 'read' | 'duplicate' | 'here';
  readonly target: Word;
}

export type Command =
  | {
      readonly type: 'simple';
      readonly assignments: readonly (readonly [string, Word])[];
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
    }
  | { readonly type: 'pipeline'; readonly stages: readonly Command[]; readonly negated: boolean }
  | {
      readonly type: 'list';
      readonly operator: '&&' | '||';
      readonly left: Command;
      readonly right: Command;
    }
  | {
      readonly type: 'group';
      readonly subshell: boolean;
      readonly body: Script;
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly type: 'loop';
      readonly until: boolean;
      readonly condition: Script;
      readonly body: Script;
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly type: 'for';
      readonly name: string;
      readonly words: readonly Word[];
      readonly body: Script;
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly type: 'if';
      readonly branches: readonly (readonly [Script, Script])[];
      readonly otherwise: Script | null;
      readonly redirects: readonly Redirect[];
    }
  | { readonly type: 'background'; readonly command: Command };

export type Script = readonly Command[];

export class ShellSyntaxError extends Error {}

const RESERVED_ENDS = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', '}', 'esac']);

/** Parses a whole command line or script. */
export function parseShell(source: string): Script {
  const parser = new Parser(source);
  const script = parser.script(() => parser.done());
  if (!parser.done()) throw new ShellSyntaxError(`Syntax error: "${source[parser.at]}" unexpected`);
  return script;
}

interface PendingHere {
  readonly delimiter: string;
  readonly literal: boolean;
  readonly place: { target: Word };
}

class Parser {
  at = 0;
  readonly source: string;
  #here: PendingHere[] = [];

  constructor(source: string) {
    this.source = source;
  }

  done(): boolean {
    this.#blanks();
    return this.at >= this.source.length;
  }

  script(ends: () => boolean): Script {
    const commands: Command[] = [];
    for (;;) {
      this.#separators();
      if (this.at >= this.source.length || ends()) break;
      const command = this.#andOr();
      this.#blanks();
      if (this.#look('&') && !this.#look('&&')) {
        this.at++;
        commands.push({ type: 'background', command });
        continue;
      }
      commands.push(command);
      if (!this.#look(';') && !this.#look('\n')) break;
    }
    this.#separators();
    return commands;
  }

  #look(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  #blanks(): void {
    for (;;) {
      const char = this.source[this.at];
      if (char === ' ' || char === '\t' || char === '\r') this.at++;
      else if (char === '\\' && this.source[this.at + 1] === '\n') this.at += 2;
      else if (char === '#' && (this.at === 0 || /[\s;&|()]/.test(this.source[this.at - 1]!))) {
        while (this.at < this.source.length && this.source[this.at] !== '\n') this.at++;
      } else return;
    }
  }

  #newline(): void {
    this.at++;
    for (const here of this.#here.splice(0)) {
      let text = '';
      for (;;) {
        if (this.at >= this.source.length) break;
        const end = this.source.indexOf('\n', this.at);
        const line = this.source.slice(this.at, end < 0 ? undefined : end);
        this.at = end < 0 ? this.source.length : end + 1;
        if (line === here.delimiter) break;
        text += `${line}\n`;
      }
      here.place.target = here.literal
        ? [{ type: 'text', text, quoted: true }]
        : new Parser(text).#quotedParts(null);
    }
  }

  #separators(): void {
    for (;;) {
      this.#blanks();
      if (this.#look('\n')) this.#newline();
      else if (this.#look(';') && !this.#look(';;')) this.at++;
      else return;
    }
  }

  #lines(): void {
    for (;;) {
      this.#blanks();
      if (!this.#look('\n')) return;
      this.#newline();
    }
  }

  #andOr(): Command {
    let left = this.#pipeline();
    for (;;) {
      this.#blanks();
      const operator = this.#look('&&') ? '&&' : this.#look('||') ? '||' : null;
      if (operator === null) return left;
      this.at += 2;
      this.#lines();
      left = { type: 'list', operator, left, right: this.#pipeline() };
    }
  }

  #pipeline(): Command {
    this.#blanks();
    let negated = false;
    if (/^!\s/.test(this.source.slice(this.at, this.at + 2))) {
      this.at++;
      negated = true;
    }
    const stages = [this.#command()];
    for (;;) {
      this.#blanks();
      if (!this.#look('|') || this.#look('||')) break;
      this.at++;
      this.#lines();
      stages.push(this.#command());
    }
    return stages.length === 1 && !negated ? stages[0]! : { type: 'pipeline', stages, negated };
  }

  #peekName(): string {
    return /^[A-Za-z{}!][\w]*/.exec(this.source.slice(this.at, this.at + 12))?.[0] ?? '';
  }

  #isReserved(word: string): boolean {
    if (!this.#look(word)) return false;
    const next = this.source[this.at + word.length];
    return next === undefined || /[\s;&|()]/.test(next);
  }

  #expect(word: string): void {
    this.#separators();
    if (!this.#isReserved(word)) {
      const found =
        this.source[this.at] === undefined ? 'end of file' : `"${this.#peekName() || this.source[this.at]}"`;
      throw new ShellSyntaxError(`Syntax error: ${found} unexpected (expecting "${word}")`);
    }
    this.at += word.length;
  }

  #until(...words: string[]): Script {
    return this.script(() => words.some((word) => this.#isReserved(word)));
  }

  #command(): Command {
    this.#blanks();
    if (this.#look('(')) {
      this.at++;
      const body = this.script(() => this.#look(')'));
      this.#blanks();
      if (!this.#look(')'))
        throw new ShellSyntaxError('Syntax error: end of file unexpected (expecting ")")');
      this.at++;
      return { type: 'group', subshell: true, body, redirects: this.#redirects() };
    }
    if (this.#isReserved('{')) {
      this.at++;
      const body = this.#until('}');
      this.#expect('}');
      return { type: 'group', subshell: false, body, redirects: this.#redirects() };
    }
    for (const word of ['while', 'until'] as const) {
      if (!this.#isReserved(word)) continue;
      this.at += word.length;
      const condition = this.#until('do');
      this.#expect('do');
      const body = this.#until('done');
      this.#expect('done');
      return { type: 'loop', until: word === 'until', condition, body, redirects: this.#redirects() };
    }
    if (this.#isReserved('for')) return this.#for();
    if (this.#isReserved('if')) return this.#if();
    const name = this.#peekName();
    if (RESERVED_ENDS.has(name) && this.#isReserved(name)) {
      throw new ShellSyntaxError(`Syntax error: "${name}" unexpected`);
    }
    return this.#simple();
  }

  #for(): Command {
    this.at += 3;
    this.#blanks();
    const name = /^\w+/.exec(this.source.slice(this.at))?.[0] ?? '';
    if (name === '') throw new ShellSyntaxError('Syntax error: Bad for loop variable');
    this.at += name.length;
    this.#blanks();
    const words: Word[] = [];
    if (this.#isReserved('in')) {
      this.at += 2;
      for (;;) {
        this.#blanks();
        const word = this.#word();
        if (word === null) break;
        words.push(word);
      }
    }
    this.#expect('do');
    const body = this.#until('done');
    this.#expect('done');
    return { type: 'for', name, words, body, redirects: this.#redirects() };
  }

  #if(): Command {
    this.at += 2;
    const branches: [Script, Script][] = [];
    let otherwise: Script | null = null;
    for (;;) {
      const condition = this.#until('then');
      this.#expect('then');
      branches.push([condition, this.#until('elif', 'else', 'fi')]);
      if (this.#isReserved('elif')) {
        this.at += 4;
        continue;
      }
      if (this.#isReserved('else')) {
        this.at += 4;
        otherwise = this.#until('fi');
      }
      this.#expect('fi');
      return { type: 'if', branches, otherwise, redirects: this.#redirects() };
    }
  }

  #redirects(): Redirect[] {
    const redirects: Redirect[] = [];
    for (;;) {
      this.#blanks();
      const redirect = this.#redirect();
      if (redirect === null) return redirects;
      redirects.push(redirect);
    }
  }

  #redirect(): Redirect | null {
    const match = /^(\d?)(<<-?|>>|>&|<&|&>|>\||>|<)/.exec(this.source.slice(this.at, this.at + 4));
    if (match === null) return null;
    const operator = match[2]!;
    this.at += match[0].length;
    this.#blanks();
    if (operator.startsWith('<<')) {
      const quoted = /^(['"\\])/.test(this.source.slice(this.at));
      const word = this.#word() ?? [];
      const place: { fd: number; kind: 'here'; target: Word } = { fd: 0, kind: 'here', target: [] };
      const delimiter = word.map((part) => (part.type === 'text' ? part.text : '')).join('');
      this.#here.push({ delimiter, literal: quoted, place });
      return place;
    }
    const target = this.#word();
    if (target === null) throw new ShellSyntaxError('Syntax error: newline unexpected');
    const fd = match[1] === '' ? (operator.startsWith('<') ? 0 : 1) : Number(match[1]);
    if (operator === '&>') return { fd: -1, kind: 'write', target };
    if (operator === '>&' || operator === '<&') return { fd, kind: 'duplicate', target };
    return { fd, kind: operator === '>>' ? 'append' : operator === '<' ? 'read' : 'write', target };
  }

  #simple(): Command {
    const assignments: [string, Word][] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      this.#blanks();
      const redirect = this.#redirect();
      if (redirect !== null) {
        redirects.push(redirect);
        continue;
      }
      const assignment =
        words.length === 0 ? /^([A-Za-z_]\w*)=/.exec(this.source.slice(this.at, this.at + 200)) : null;
      if (assignment?.[1] !== undefined) {
        this.at += assignment[0].length;
        assignments.push([assignment[1], this.#word() ?? []]);
        continue;
      }
      const word = this.#word();
      if (word === null) break;
      words.push(word);
    }
    if (words.length === 0 && assignments.length === 0 && redirects.length === 0) {
      const found = this.source[this.at];
      throw new ShellSyntaxError(
        found === undefined ? 'Syntax error: end of file unexpected' : `Syntax error: "${found}" unexpected`,
      );
    }
    return { type: 'simple', assignments, words, redirects };
  }

  /** One word, or null when none begins here. */
  #word(): Word | null {
    const parts: Part[] = [];
    let started = false;
    for (;;) {
      const char = this.source[this.at];
      if (char === undefined || /[\s;&|<>()]/.test(char)) break;
      started = true;
      if (char === "'") {
        const end = this.source.indexOf("'", this.at + 1);
        if (end < 0) throw new ShellSyntaxError('Syntax error: Unterminated quoted string');
        parts.push({ type: 'text', text: this.source.slice(this.at + 1, end), quoted: true });
        this.at = end + 1;
      } else if (char === '"') {
        this.at++;
        parts.push({ type: 'text', text: '', quoted: true }, ...this.#quotedParts('"'));
      } else if (char === '\\') {
        parts.push({ type: 'text', text: this.source[this.at + 1] ?? '\\', quoted: true });
        this.at += 2;
      } else if (char === '$' || char === '`') {
        parts.push(this.#expansion(false));
      } else {
        let end = this.at;
        while (end < this.source.length && !/[\s;&|<>()'"\\$`]/.test(this.source[end]!)) end++;
        parts.push({ type: 'text', text: this.source.slice(this.at, end), quoted: false });
        this.at = end;
      }
    }
    return started ? parts : null;
  }

  /** The inside of double quotes (or of a here-document when `end` is null). */
  #quotedParts(end: '"' | null): Part[] {
    const parts: Part[] = [];
    let text = '';
    const flush = () => {
      if (text !== '') parts.push({ type: 'text', text, quoted: true });
      text = '';
    };
    for (;;) {
      const char = this.source[this.at];
      if (char === undefined) {
        if (end !== null) throw new ShellSyntaxError('Syntax error: Unterminated quoted string');
        break;
      }
      if (char === end) {
        this.at++;
        break;
      }
      if (char === '\\') {
        const next = this.source[this.at + 1] ?? '';
        this.at += 2;
        if (next === '\n') continue;
        text += '$`\\'.includes(next) || next === end ? next : `\\${next}`;
      } else if (char === '$' || char === '`') {
        flush();
        parts.push(this.#expansion(true));
      } else {
        text += char;
        this.at++;
      }
    }
    flush();
    return parts;
  }

  #expansion(quoted: boolean): Part {
    if (this.#look('`')) {
      const end = this.source.indexOf('`', this.at + 1);
      if (end < 0) throw new ShellSyntaxError('Syntax error: EOF in backquote substitution');
      const body = parseShell(this.source.slice(this.at + 1, end).replace(/\\([`\\$])/g, '$1'));
      this.at = end + 1;
      return { type: 'command', body, quoted };
    }
    if (this.#look('$((')) {
      const end = this.source.indexOf('))', this.at);
      if (end < 0) throw new ShellSyntaxError('Syntax error: Missing "))"');
      const expression = this.source.slice(this.at + 3, end);
      this.at = end + 2;
      return { type: 'arithmetic', expression, quoted };
    }
    if (this.#look('$(')) {
      this.at += 2;
      const body = this.script(() => this.#look(')'));
      this.#blanks();
      if (!this.#look(')'))
        throw new ShellSyntaxError('Syntax error: end of file unexpected (expecting ")")');
      this.at++;
      return { type: 'command', body, quoted };
    }
    const braced = /^\$\{(\w+|[?$#@*!])(?::?-([^}]*))?\}/.exec(this.source.slice(this.at));
    if (braced?.[1] !== undefined) {
      this.at += braced[0].length;
      const fallback = braced[2] === undefined ? null : new Parser(braced[2]).#quotedParts(null);
      return { type: 'variable', name: braced[1], quoted, fallback };
    }
    if (this.#look('${')) throw new ShellSyntaxError('Bad substitution');
    const plain = /^\$([A-Za-z_]\w*|[0-9?$#@*!])/.exec(this.source.slice(this.at, this.at + 200));
    if (plain?.[1] !== undefined) {
      this.at += plain[0].length;
      return { type: 'variable', name: plain[1], quoted, fallback: null };
    }
    this.at++;
    return { type: 'text', text: '$', quoted };
  }
}

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
