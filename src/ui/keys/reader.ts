/**
 * Owns the reading of keys: Ink's raw input events (one escape sequence, or a run of characters, each) → key presses in
 * the words of bindings.ts, and pastes as what they are: text. Ink's own useInput calls both Backspace and Delete `delete`
 * and knows no paste, so nothing here uses it.
 */
import type { KeyPress } from './bindings.ts';

const SEQUENCES: Readonly<Record<string, string>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  '[H': 'home',
  '[F': 'end',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[7~': 'home',
  '[4~': 'end',
  '[8~': 'end',
  '[3~': 'delete',
  '[5~': 'pageup',
  '[6~': 'pagedown',
  '[Z': 'shift+tab',
  OP: 'f1',
  '[11~': 'f1',
  '[1;5C': 'word-right',
  '[1;5D': 'word-left',
  '[1;3C': 'word-right',
  '[1;3D': 'word-left',
  '\u007f': 'ctrl+w',
};

const SINGLE: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u0008': 'backspace',
  '\u007f': 'backspace',
  '\u001b': 'esc',
};

/** What a terminal sends around a paste, once bracketed paste is on (xterm ctlseqs, mode 2004). */
const PASTE_START = '\u001b[200~';
const PASTE_END = '\u001b[201~';
const CTRL_C = '\u0003';

/** More than this at once was not typed by hand. */
const TYPED_AT_MOST = 32;

let segmenter: Intl.Segmenter | undefined;

/** The characters of a text as a person counts them. */
export function graphemes(text: string): string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/** Text without anything that could move the cursor or turn the direction of writing. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '');

/**
 * A reader of Ink's input events. It remembers an open paste, which may come in any number of pieces, and a sequence whose
 * end has not come yet: Ink hands both on as they arrive.
 */
export function keystrokeReader(): (event: string) => readonly KeyPress[] {
  /** What came of the open paste. */
  let pasted: string | null = null;
  /** The beginning of a sequence. */
  let begun = '';

  const paste = (more: string): readonly KeyPress[] => {
    // Should the end be lost on the way, one key still gets out.
    if (more === CTRL_C) {
      pasted = null;
      return run(more);
    }
    const all = (pasted ?? '') + more;
    const end = all.indexOf(PASTE_END);
    if (end === -1) {
      pasted = all;
      return [];
    }
    pasted = null;
    const text = printable(withoutSequences(all.slice(0, end)));
    const rest = all.slice(end + PASTE_END.length);
    return [...(text === '' ? [] : [{ name: 'paste', text }]), ...(rest === '' ? [] : read(rest))];
  };

  const read = (event: string): readonly KeyPress[] => {
    if (pasted !== null) return paste(event);
    // An ESC alone was told as the key it is: whether a paste follows shows only now.
    const wasEsc = begun === '\u001b';
    const all = wasEsc && event.startsWith('\u001b') ? event : begun + event;
    begun = '';
    if (all.startsWith(PASTE_START)) return paste(all.slice(PASTE_START.length));
    if (PASTE_START.startsWith(all) && all.length > (wasEsc ? 2 : 1)) {
      begun = all;
      return [];
    }
    const whole = wasEsc ? null : /^\u001b\[[0-9;]*[A-Za-z~]/.exec(all);
    if (whole && whole[0].length > event.length) {
      return [...key(whole[0]), ...run(all.slice(whole[0].length))];
    }
    if (event === '\u001b') begun = event;
    return key(event);
  };
  return read;
}

/** Colours and the like that were copied along with a text. */
const withoutSequences = (text: string): string => text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '');

function key(event: string): readonly KeyPress[] {
  if (event.length === 1 || !event.startsWith('\u001b')) return run(event);
  const name = SEQUENCES[event.slice(1)];
  if (name !== undefined) return [{ name, text: '' }];
  // Other sequences are keys we do not know; ESC closely followed by a character was typed as those two.
  const rest = event.slice(1);
  if (graphemes(rest).length > 1) return [];
  return [{ name: 'esc', text: '' }, ...run(rest)];
}

function run(text: string): KeyPress[] {
  // A CR LF pair is one grapheme and one Enter.
  const parts = graphemes(text.replace(/\r\n/g, '\r'));
  const plain = parts.map(printable).filter((part) => part !== '');
  if (plain.length > TYPED_AT_MOST) return [{ name: 'paste', text: plain.join('') }];
  const lastText = parts.findLastIndex((part) => printable(part) !== '');
  return parts.flatMap((part, at): KeyPress[] => {
    const single = SINGLE[part];
    if (single !== undefined) {
      const moves = single === 'enter' || single === 'tab';
      return [{ name: single, text: '', ...(moves && at < lastText ? { beforeText: true } : {}) }];
    }
    if (part.length === 1 && part < ' ') {
      const letter = String.fromCharCode(part.charCodeAt(0) + 96);
      return /[a-z]/.test(letter) ? [{ name: `ctrl+${letter}`, text: '' }] : [];
    }
    const typed = printable(part);
    return typed === '' ? [] : [{ name: typed === ' ' ? 'space' : typed, text: typed }];
  });
}
