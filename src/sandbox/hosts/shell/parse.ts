/**
 * Owns reading a command line of /bin/sh: pipelines, lists, redirections, subshells, `if`, `while`, `until`, `for` and
 * here-documents, over words.ts. What it cannot read is a ShellSyntaxError, as a shell says so too.
 */
import { type Command, type Redirect, type Script, ShellSyntaxError, type Word } from './syntax.ts';
import { WordReader } from './words.ts';

const RESERVED_ENDS = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', '}', 'esac']);

/** Parses a whole command line or script. */
export function parseShell(source: string): Script {
  return new Parser(source).whole();
}

interface PendingHere {
  readonly delimiter: string;
  readonly literal: boolean;
  readonly place: { target: Word };
}

class Parser extends WordReader {
  #here: PendingHere[] = [];

  whole(): Script {
    const script = this.script(() => this.#done());
    if (!this.#done()) throw new ShellSyntaxError(`Syntax error: "${this.source[this.at]}" unexpected`);
    return script;
  }

  protected nested(source: string): Parser {
    return new Parser(source);
  }

  #done(): boolean {
    this.blanks();
    return this.at >= this.source.length;
  }

  protected script(ends: () => boolean): Script {
    const commands: Command[] = [];
    for (;;) {
      this.#separators();
      if (this.at >= this.source.length || ends()) break;
      const command = this.#andOr();
      this.blanks();
      if (this.look('&') && !this.look('&&')) {
        this.at++;
        commands.push({ type: 'background', command });
        continue;
      }
      commands.push(command);
      if (!this.look(';') && !this.look('\n')) break;
    }
    this.#separators();
    return commands;
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
        : new Parser(text).quotedParts(null);
    }
  }

  #separators(): void {
    for (;;) {
      this.blanks();
      if (this.look('\n')) this.#newline();
      else if (this.look(';') && !this.look(';;')) this.at++;
      else return;
    }
  }

  #lines(): void {
    for (;;) {
      this.blanks();
      if (!this.look('\n')) return;
      this.#newline();
    }
  }

  #andOr(): Command {
    let left = this.#pipeline();
    for (;;) {
      this.blanks();
      const operator = this.look('&&') ? '&&' : this.look('||') ? '||' : null;
      if (operator === null) return left;
      this.at += 2;
      this.#lines();
      left = { type: 'list', operator, left, right: this.#pipeline() };
    }
  }

  #pipeline(): Command {
    this.blanks();
    let negated = false;
    if (/^!\s/.test(this.source.slice(this.at, this.at + 2))) {
      this.at++;
      negated = true;
    }
    const stages = [this.#command()];
    for (;;) {
      this.blanks();
      if (!this.look('|') || this.look('||')) break;
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
    if (!this.look(word)) return false;
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
    this.blanks();
    if (this.look('(')) {
      this.at++;
      const body = this.script(() => this.look(')'));
      this.blanks();
      if (!this.look(')')) throw new ShellSyntaxError('Syntax error: end of file unexpected (expecting ")")');
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
    this.blanks();
    const name = /^\w+/.exec(this.source.slice(this.at))?.[0] ?? '';
    if (name === '') throw new ShellSyntaxError('Syntax error: Bad for loop variable');
    this.at += name.length;
    this.blanks();
    const words: Word[] = [];
    if (this.#isReserved('in')) {
      this.at += 2;
      for (;;) {
        this.blanks();
        const word = this.word();
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
      this.blanks();
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
    this.blanks();
    if (operator.startsWith('<<')) {
      const quoted = /^(['"\\])/.test(this.source.slice(this.at));
      const word = this.word() ?? [];
      const place: { fd: number; kind: 'here'; target: Word } = { fd: 0, kind: 'here', target: [] };
      const delimiter = word.map((part) => (part.type === 'text' ? part.text : '')).join('');
      this.#here.push({ delimiter, literal: quoted, place });
      return place;
    }
    const target = this.word();
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
      this.blanks();
      const redirect = this.#redirect();
      if (redirect !== null) {
        redirects.push(redirect);
        continue;
      }
      const assignment =
        words.length === 0 ? /^([A-Za-z_]\w*)=/.exec(this.source.slice(this.at, this.at + 200)) : null;
      if (assignment?.[1] !== undefined) {
        this.at += assignment[0].length;
        assignments.push([assignment[1], this.word() ?? []]);
        continue;
      }
      const word = this.word();
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
}
