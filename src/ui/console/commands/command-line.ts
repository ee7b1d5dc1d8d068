/** Owns the `:` line while it is open: what is typed, what it may become, what was run before, and its drawing. */
import type { Binding } from '../../keys/bindings.ts';
import { footerLine } from '../../keys/bindings.ts';
import type { KeyTable } from '../../keys/use-keys.ts';
import { sanitise } from '../../sanitise.ts';
import { cellWidth, cutCells, fitCells } from '../../terminal/cells.ts';
import { SYMBOL, type Theme } from '../../theme.ts';
import { editText, fieldText, type TextFieldState, textField } from '../../widgets/text-field.ts';
import { commonStart } from '../acts/dialog.ts';
import { type Command, type Completions, completions, meant, unknown } from './command.ts';

export interface CommandHost {
  readonly theme: Theme;
  changed(): void;
  /** Says why nothing was done. */
  refuse(text: string): void;
  quit(): void;
}

/** Lines of suggestions over the footer. */
const SUGGESTIONS = 8;
const HISTORY = 100;

const NONE: Completions = { head: '', words: [] };

export class CommandLine {
  readonly #host: CommandHost;
  #commands: readonly Command[] | null = null;
  #text: TextFieldState = textField('');
  #found: Completions = NONE;
  /** Which suggestion Tab put in place; -1: none. */
  #at = -1;
  /** Grows with every key: an answer that comes later is not wanted any more. */
  #asked = 0;
  #history: readonly string[] = [];
  #back = 0;

  constructor(host: CommandHost) {
    this.#host = host;
  }

  get isOpen(): boolean {
    return this.#commands !== null;
  }

  /** Begins a line. `commands` are those that mean something where it is opened. */
  open(commands: readonly Command[]): void {
    this.#commands = commands;
    this.#back = this.#history.length;
    this.#type(textField(''));
  }

  #close(): void {
    this.#commands = null;
    this.#host.changed();
  }

  #type(text: TextFieldState): void {
    this.#text = text;
    this.#at = -1;
    const asked = ++this.#asked;
    const found = completions(text.value, this.#commands ?? []);
    if (!(found instanceof Promise)) this.#found = found;
    else
      void found.then((late) => {
        if (asked !== this.#asked) return;
        this.#found = late;
        this.#host.changed();
      });
    this.#host.changed();
  }

  /** To what all suggestions have in common; then from one to the next. */
  #complete(by: 1 | -1): void {
    const { head, words } = this.#found;
    if (words.length === 0) return;
    const common = head + commonStart(words);
    if (this.#at < 0 && common.length > this.#text.value.length && words.length > 1) {
      this.#type(textField(common));
      return;
    }
    if (words.length === 1) {
      const word = words[0] ?? '';
      this.#type(textField(`${head}${word}${word.endsWith('/') ? '' : ' '}`));
      return;
    }
    this.#at = (this.#at + by + words.length + (this.#at < 0 && by < 0 ? 1 : 0)) % words.length;
    this.#text = textField(head + (words[this.#at] ?? ''));
    this.#host.changed();
  }

  #recall(by: 1 | -1): void {
    const to = Math.max(0, Math.min(this.#history.length, this.#back + by));
    if (to === this.#back) return;
    this.#back = to;
    this.#type(textField(this.#history[to] ?? ''));
  }

  #run(): void {
    const commands = this.#commands ?? [];
    const line = this.#text.value.trim();
    this.#close();
    if (line === '') return;
    this.#history = [...this.#history.filter((one) => one !== line), line].slice(-HISTORY);
    const found = meant(line, commands);
    if (found) found.command.run(found.words);
    else this.#host.refuse(unknown(line, commands));
  }

  table(): KeyTable {
    const group = 'Command';
    const bindings: Binding[] = [
      { keys: ['enter'], label: 'run', group, run: () => this.#run() },
      { keys: ['tab'], label: 'complete', group, run: () => this.#complete(1) },
      { keys: ['shift+tab'], label: 'complete back', group, hidden: true, run: () => this.#complete(-1) },
      { keys: ['up', 'ctrl+p'], label: 'before', shown: '↑', group, run: () => this.#recall(-1) },
      { keys: ['down', 'ctrl+n'], label: 'after', group, hidden: true, run: () => this.#recall(1) },
      { keys: ['esc'], label: 'leave', group, run: () => this.#close() },
      { keys: ['ctrl+c'], label: 'quit', group, hidden: true, run: () => this.#host.quit() },
    ];
    return {
      bindings,
      onKey: (press) => {
        // Erasing the colon itself leaves.
        if (press.name === 'backspace' && this.#text.value === '') {
          this.#close();
          return;
        }
        const text = editText(this.#text, press);
        if (text !== this.#text) this.#type(text);
      },
    };
  }

  /** What lies over the end of the screen: suggestions, and the line itself last. Each at most `width` cells. */
  lines(width: number): string[] {
    const { theme } = this.#host;
    const { words } = this.#found;
    const from = Math.max(0, Math.min(this.#at - SUGGESTIONS + 1, words.length - SUGGESTIONS));
    const shown = words.slice(from, from + SUGGESTIONS);
    const widest = Math.max(0, ...shown.map((word) => cellWidth(sanitise(word))));
    const rows = shown.map((word, i) => {
      const isHere = from + i === this.#at;
      const command = this.#found.head === '' ? this.#commands?.find(({ name }) => name === word) : undefined;
      const note = command ? [command.usage, command.help].filter(Boolean).join('  ') : '';
      const more = i === shown.length - 1 && from + i < words.length - 1 ? ` … ${words.length} in all` : '';
      const line = cutCells(
        `${isHere ? SYMBOL.pointer : ' '} ${fitCells(sanitise(word), widest)}  ${sanitise(note)}${more}`,
        width - 2,
      );
      return isHere ? theme.paint('selected', fitCells(` ${line}`, width)) : fitCells(` ${line}`, width);
    });
    const keys = footerLine(this.table().bindings, Math.floor(width / 2), theme);
    const room = Math.max(8, width - cellWidth(keys) - 6);
    const typed = fieldText(this.#text, { width: room, focused: true, theme });
    return [...rows, fitCells(` ${theme.paint('accent', ':')}${typed}  ${keys}`, width)];
  }
}
