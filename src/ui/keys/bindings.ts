/**
 * Owns keys as data: what a key is called, which binding it means now, and the footer that is made from the same
 * table, so that the screen never offers a key that does nothing.
 */
import type { Key } from 'ink';
import stringWidth from 'string-width';
import type { Theme } from '../theme.ts';

export interface Binding {
  /**
   * Names as `keyName` gives them: a character as typed (`q`, `G`, `/`), or `up down left right pageup pagedown home end
   * enter esc tab shift+tab space backspace`, or `ctrl+x`.
   */
  readonly keys: readonly string[];
  /** One or two words: `logs`, `next pane`. */
  readonly label: string;
  /** How footer and help write the keys; made from `keys` when absent. */
  readonly shown?: string;
  /** A sentence for the help; the label when absent. */
  readonly help?: string;
  /** Heading in the help. */
  readonly group?: string;
  /** Whether it works now; always when absent. */
  readonly when?: () => boolean;
  /** Not in the footer (the help has it still). */
  readonly hidden?: boolean;
  /** Kept in the footer when the width is too small for all. */
  readonly pinned?: boolean;
  /** Gets the key that was pressed, for bindings of several. */
  readonly run: (key?: string) => void;
}

const SHOWN: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  enter: 'Enter',
  esc: 'Esc',
  tab: 'Tab',
  'shift+tab': 'Shift-Tab',
  space: 'Space',
  backspace: 'Backspace',
};

/** A key as it is printed on a keyboard: `^d`, `PgUp`, `q`. */
export function shownKey(key: string): string {
  return SHOWN[key] ?? key.replace(/^ctrl\+/, '^');
}

export function shownKeys(binding: Binding): string {
  return binding.shown ?? binding.keys.map(shownKey).join(' ');
}

/** The name of one key event of Ink; empty for events that are no key (a key's release). */
export function keyName(input: string, key: Partial<Key>): string {
  if (key.eventType === 'release') return '';
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.leftArrow) return 'left';
  if (key.rightArrow) return 'right';
  if (key.pageUp) return 'pageup';
  if (key.pageDown) return 'pagedown';
  if (key.home) return 'home';
  if (key.end) return 'end';
  if (key.return || input === '\r' || input === '\n') return 'enter';
  if (key.escape) return 'esc';
  if (key.tab) return key.shift ? 'shift+tab' : 'tab';
  // Ink calls the DEL byte of the Backspace key `delete`.
  if (key.backspace || key.delete) return 'backspace';
  if (key.ctrl) return `ctrl+${input}`;
  if (input === ' ') return 'space';
  return input;
}

/** One key, by name, and the text it types (empty when it types none). */
export interface KeyPress {
  readonly name: string;
  readonly text: string;
}

const CONTROL: Readonly<Record<string, string>> = {
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x1b': 'esc',
};

/**
 * The keys in one event of Ink. Fast fingers, slow links and pastes put several characters into one event, and ESC
 * followed closely by a character looks like Alt with it: kubecore has no Alt keys, so it reads both as they were typed.
 */
export function keyPresses(input: string, key: Partial<Key>): readonly KeyPress[] {
  const characters = Array.from(input);
  if (key.meta && !key.escape && characters.length === 1 && key.eventType === undefined) {
    return [{ name: 'esc', text: '' }, ...keyPresses(input, { ...key, meta: false })];
  }
  if (characters.length <= 1) {
    const name = keyName(input, key);
    const typed = name === 'space' || (name !== '' && name === input);
    return name === '' ? [] : [{ name, text: typed ? input : '' }];
  }
  return characters.flatMap((character) => {
    const named = CONTROL[character];
    if (named !== undefined) return [{ name: named, text: '' }];
    const code = character.charCodeAt(0);
    if (character === '\r' || character === '\n') return [{ name: 'enter', text: '' }];
    if (code < 0x20) return [{ name: `ctrl+${String.fromCharCode(code + 0x60)}`, text: '' }];
    return keyPresses(character, {});
  });
}

export function isActive(binding: Binding): boolean {
  return binding.when?.() ?? true;
}

/** The first binding that has this key and works now. */
export function findBinding(bindings: readonly Binding[], name: string): Binding | null {
  return bindings.find((binding) => binding.keys.includes(name) && isActive(binding)) ?? null;
}

/**
 * The footer: the keys that work now, in the table's order, as many as fit in `width` columns; pinned ones first.
 */
export function footerLine(bindings: readonly Binding[], width: number, theme: Theme): string {
  const shown = bindings.filter((binding) => !binding.hidden && isActive(binding));
  const widthOf = (binding: Binding) => stringWidth(`${shownKeys(binding)} ${binding.label}`) + 2;
  let left = width - shown.filter((binding) => binding.pinned).reduce((sum, b) => sum + widthOf(b), 0);
  let full = false;
  const kept = shown.filter((binding) => {
    if (binding.pinned) return true;
    if (full || widthOf(binding) > left) {
      full = true;
      return false;
    }
    left -= widthOf(binding);
    return true;
  });
  let used = 0;
  const items: string[] = [];
  for (const binding of kept) {
    if (used + widthOf(binding) - 1 > width) break;
    used += widthOf(binding);
    items.push(` ${theme.paint('accent', shownKeys(binding))} ${theme.paint('dim', binding.label)}`);
  }
  return items.join(' ');
}
