/** Owns the one-line text field: a pure editor over characters as a person counts them, and its drawing. */
import type { KeyPress } from '../keys/bindings.ts';
import { graphemes, printable } from '../keys/reader.ts';
import { cellWidth, cutCells } from '../terminal/cells.ts';
import type { Theme } from '../theme.ts';

export interface TextFieldState {
  readonly value: string;
  /** Characters (graphemes) before the cursor. */
  readonly cursor: number;
  /** It holds what was offered, untouched: the first character typed takes its place. */
  readonly offered?: true;
}

/** A field that offers `value`: typing replaces it, any other key makes it one's own. */
export const offeredText = (value: string): TextFieldState => ({ ...textField(value), offered: true });

/** A field that holds `value`, the cursor at its end. */
export const textField = (value: string): TextFieldState => ({ value, cursor: graphemes(value).length });

/** The field after a key; the very same object when the key means nothing here. */
export function editText(state: TextFieldState, press: KeyPress): TextFieldState {
  const parts = graphemes(state.value);
  const at = Math.min(state.cursor, parts.length);
  const replace = (from: number, to: number, text: string): TextFieldState => {
    const head = parts.slice(0, from).join('') + text;
    return { value: head + parts.slice(to).join(''), cursor: graphemes(head).length };
  };
  const to = (cursor: number): TextFieldState => ({ value: state.value, cursor });
  const text = printable(press.text);
  if (text !== '') return state.offered ? replace(0, parts.length, text) : replace(at, at, text);
  switch (press.name) {
    case 'left':
    case 'ctrl+b':
      return to(Math.max(0, at - 1));
    case 'right':
    case 'ctrl+f':
      return to(Math.min(parts.length, at + 1));
    case 'word-left':
      return to(wordStart(parts, at));
    case 'word-right':
      return to(wordEnd(parts, at));
    case 'home':
    case 'ctrl+a':
      return to(0);
    case 'end':
    case 'ctrl+e':
      return to(parts.length);
    case 'backspace':
      return at === 0 ? state : replace(at - 1, at, '');
    case 'delete':
    case 'ctrl+d':
      return at === parts.length ? state : replace(at, at + 1, '');
    case 'ctrl+u':
      return at === 0 ? state : replace(0, at, '');
    case 'ctrl+k':
      return at === parts.length ? state : replace(at, parts.length, '');
    case 'ctrl+w':
      return at === 0 ? state : replace(wordStart(parts, at), at, '');
    default:
      return state;
  }
}

const blank = (part: string | undefined): boolean => part === undefined || /^[\s/.,:-]+$/.test(part);

function wordStart(parts: readonly string[], from: number): number {
  let at = from;
  while (at > 0 && blank(parts[at - 1])) at--;
  while (at > 0 && !blank(parts[at - 1])) at--;
  return at;
}

function wordEnd(parts: readonly string[], from: number): number {
  let at = from;
  while (at < parts.length && blank(parts[at])) at++;
  while (at < parts.length && !blank(parts[at])) at++;
  return at;
}

export interface VisibleText {
  readonly before: string;
  /** What is under the cursor, a blank at the end. */
  readonly at: string;
  readonly after: string;
}

/** The part of a field that fits in `width` columns with the cursor in it; `…` marks what is cut on either side. */
export function visibleText(state: TextFieldState, width: number): VisibleText {
  const parts = graphemes(state.value);
  const cursor = Math.min(state.cursor, parts.length);
  const under = parts[cursor] ?? ' ';
  const columns = (from: number, to: number): number => cellWidth(parts.slice(from, to).join(''));
  // A cut on the right has a mark of its own.
  const right = cursor < parts.length - 1 && columns(0, parts.length) > width ? 1 : 0;
  let start = 0;
  // Room for the mark on the left is needed only once something is cut there.
  while (start < cursor && (start > 0 ? 1 : 0) + columns(start, cursor) + cellWidth(under) + right > width)
    start++;
  const left = start > 0 ? '…' : '';
  const before = left + parts.slice(start, cursor).join('');
  const room = width - cellWidth(before) - cellWidth(under);
  const rest = parts.slice(cursor + 1);
  if (cellWidth(rest.join('')) <= room) return { before, at: under, after: rest.join('') };
  let end = 0;
  while (end < rest.length && cellWidth(rest.slice(0, end + 1).join('')) <= room - 1) end++;
  return { before, at: under, after: room >= 1 ? `${rest.slice(0, end).join('')}…` : '' };
}

const REPLACES = '(typing replaces it)';

export interface FieldLook {
  readonly width: number;
  readonly focused: boolean;
  readonly theme: Theme;
  /** Shows dim while nothing is typed. */
  readonly placeholder?: string;
}

/** The field as text of at most `width` cells. Without colour the cursor is a bar before its character. */
export function fieldText(state: TextFieldState, look: FieldLook): string {
  const { width, focused, theme, placeholder = '' } = look;
  const { paint } = theme;
  if (!focused) {
    return state.value === '' ? paint('dim', cutCells(placeholder, width)) : cutCells(state.value, width);
  }
  if (state.offered && state.value !== '') {
    const value = cutCells(state.value, width - 1);
    const room = width - cellWidth(value) - 3;
    const says = room >= REPLACES.length ? `  ${paint('dim', REPLACES)}` : '';
    return `${theme.colour ? paint('selected', value) : `${value}▏`}${says}`;
  }
  const { before, at, after } = visibleText(state, theme.colour ? width : width - 1);
  const hint = state.value === '' && width > 3 ? paint('dim', ` ${cutCells(placeholder, width - 3)}`) : '';
  return `${before}${theme.colour ? paint('selected', at) : `▏${at}`}${after}${hint}`;
}
