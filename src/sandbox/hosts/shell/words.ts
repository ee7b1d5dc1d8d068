/**
 * Owns reading the words of a command line: quotes, escapes and expansions. A command substitution holds commands again:
 * those are the parser's (parse.ts), which reads on from the same place.
 */
import { type Part, type Script, ShellSyntaxError, type Word } from './syntax.ts';

export abstract class WordReader {
  protected at = 0;
  protected readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** Commands from here to the end of the source or to where `ends` says so. */
  protected abstract script(ends: () => boolean): Script;

  /** The source as commands, to its end. */
  abstract whole(): Script;

  /** A reader of another text: a here-document, a default value, the inside of backquotes. */
  protected abstract nested(source: string): WordReader;

  protected look(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  protected blanks(): void {
    for (;;) {
      const char = this.source[this.at];
      if (char === ' ' || char === '\t' || char === '\r') this.at++;
      else if (char === '\\' && this.source[this.at + 1] === '\n') this.at += 2;
      else if (char === '#' && (this.at === 0 || /[\s;&|()]/.test(this.source[this.at - 1]!))) {
        while (this.at < this.source.length && this.source[this.at] !== '\n') this.at++;
      } else return;
    }
  }

  /** One word, or null when none begins here. */
  protected word(): Word | null {
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
        parts.push({ type: 'text', text: '', quoted: true }, ...this.quotedParts('"'));
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
  protected quotedParts(end: '"' | null): Part[] {
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
    if (this.look('`')) {
      const end = this.source.indexOf('`', this.at + 1);
      if (end < 0) throw new ShellSyntaxError('Syntax error: EOF in backquote substitution');
      const body = this.nested(this.source.slice(this.at + 1, end).replace(/\\([`\\$])/g, '$1')).whole();
      this.at = end + 1;
      return { type: 'command', body, quoted };
    }
    if (this.look('$((')) {
      const end = this.source.indexOf('))', this.at);
      if (end < 0) throw new ShellSyntaxError('Syntax error: Missing "))"');
      const expression = this.source.slice(this.at + 3, end);
      this.at = end + 2;
      return { type: 'arithmetic', expression, quoted };
    }
    if (this.look('$(')) {
      this.at += 2;
      const body = this.script(() => this.look(')'));
      this.blanks();
      if (!this.look(')')) throw new ShellSyntaxError('Syntax error: end of file unexpected (expecting ")")');
      this.at++;
      return { type: 'command', body, quoted };
    }
    const braced = /^\$\{(\w+|[?$#@*!])(?::?-([^}]*))?\}/.exec(this.source.slice(this.at));
    if (braced?.[1] !== undefined) {
      this.at += braced[0].length;
      const fallback = braced[2] === undefined ? null : this.nested(braced[2]).quotedParts(null);
      return { type: 'variable', name: braced[1], quoted, fallback };
    }
    if (this.look('${')) throw new ShellSyntaxError('Bad substitution');
    const plain = /^\$([A-Za-z_]\w*|[0-9?$#@*!])/.exec(this.source.slice(this.at, this.at + 200));
    if (plain?.[1] !== undefined) {
      this.at += plain[0].length;
      return { type: 'variable', name: plain[1], quoted, fallback: null };
    }
    this.at++;
    return { type: 'text', text: '$', quoted };
  }
}
