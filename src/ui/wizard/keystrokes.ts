/**
 * Owns the reading of keys for screens with text fields: what the terminal sent → key presses in the words of
 * keys/bindings.ts, and the hook that gives them to a table of bindings and, when none has them, to a field. Ink's useInput
 * calls both Backspace and Delete `delete`, so this reads Ink's raw input events.
 */
import { useStdin } from 'ink';
import { useEffect, useRef } from 'react';
import { type Binding, findBinding, type KeyPress } from '../keys/bindings.ts';

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

/** More than this at once was not typed by hand. */
const TYPED_AT_MOST = 32;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The characters of a text as a person counts them. */
export const graphemes = (text: string): string[] =>
  Array.from(segmenter.segment(text), (part) => part.segment);

/** Text without anything that could move the cursor or turn the direction of writing. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '');

/**
 * A reader of Ink's input events (one escape sequence, or a run of characters, each). It remembers whether a bracketed
 * paste is open, so line breaks inside one never count as Enter.
 */
export function keystrokeReader(): (event: string) => readonly KeyPress[] {
  let pasted: string | null = null;
  return (event) => {
    if (event === '\u001b[200~') {
      pasted = '';
      return [];
    }
    if (event === '\u001b[201~') {
      const text = printable(pasted ?? '');
      pasted = null;
      return text === '' ? [] : [{ name: 'paste', text }];
    }
    if (pasted !== null) {
      pasted += event;
      return [];
    }
    if (event.length > 1 && event.startsWith('\u001b')) {
      const name = SEQUENCES[event.slice(1)];
      if (name !== undefined) return [{ name, text: '' }];
      // Other sequences are keys we do not know; ESC closely followed by a character was typed as those two.
      const rest = event.slice(1);
      if (graphemes(rest).length > 1) return [];
      return [{ name: 'esc', text: '' }, ...run(rest)];
    }
    return run(event);
  };
}

function run(text: string): KeyPress[] {
  const strokes: KeyPress[] = [];
  // A CR LF pair is one grapheme and one Enter.
  const parts = graphemes(text.replace(/\r\n/g, '\r'));
  const plain = parts.filter((part) => printable(part) !== '');
  if (plain.length > TYPED_AT_MOST) {
    const last = parts.at(-1);
    const ended = last === '\r' || last === '\n';
    return [
      { name: 'paste', text: plain.map(printable).join('') },
      ...(ended ? [{ name: 'enter', text: '' }] : []),
    ];
  }
  for (const part of parts) {
    const single = SINGLE[part];
    if (single !== undefined) strokes.push({ name: single, text: '' });
    else if (part.length === 1 && part < ' ') {
      const letter = String.fromCharCode(part.charCodeAt(0) + 96);
      if (/[a-z]/.test(letter)) strokes.push({ name: `ctrl+${letter}`, text: '' });
    } else if (printable(part) !== '') {
      strokes.push({ name: part === ' ' ? 'space' : printable(part), text: printable(part) });
    }
  }
  return strokes;
}

export interface FieldKeys {
  readonly bindings: readonly Binding[];
  /** Gets every key that no binding has: a text field's. */
  readonly onKey?: (press: KeyPress) => void;
}

/** One binding a key for keys that share a label, each told which it was. Footer and help show them once. */
export function eachKey(
  keys: readonly string[],
  binding: Omit<Binding, 'keys' | 'run'>,
  run: (press: KeyPress) => void,
): Binding[] {
  return keys.map((name, index) => ({
    ...binding,
    keys: [name],
    hidden: index > 0 || binding.hidden === true,
    run: () => run({ name, text: '' }),
  }));
}

/**
 * Runs what the keys mean. `table` is asked again for every key, since several may come in one packet and the first
 * may change what the second means; it must read its state from a ref or a reducer's newest value.
 */
export function useFieldKeys(table: () => FieldKeys, active = true): void {
  const { setRawMode, internal_eventEmitter: events } = useStdin();
  const newest = useRef(table);
  newest.current = table;
  useEffect(() => {
    if (!active) return;
    setRawMode(true);
    const read = keystrokeReader();
    const listen = (event: string): void => {
      for (const press of read(event)) {
        const { bindings, onKey } = newest.current();
        const binding = findBinding(bindings, press.name);
        if (binding) binding.run();
        else onKey?.(press);
      }
    };
    events.on('input', listen);
    return () => {
      events.removeListener('input', listen);
      setRawMode(false);
    };
  }, [active, setRawMode, events]);
}
