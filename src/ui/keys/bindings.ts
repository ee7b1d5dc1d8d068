/**
 * Owns keys as data: what a key is called, which binding it means now, and the footer that is made from the same
 * table, so that the screen never offers a key that does nothing.
 */
import stringWidth from 'string-width';
import type { Theme } from '../theme.ts';

export interface Binding {
  /** What the config file calls it, to give it another key; a binding without a name keeps its own. */
  readonly action?: string;
  /**
   * Names as reader.ts gives them: a character as typed (`q`, `G`, `/`), or `up down left right pageup pagedown home end
   * enter esc tab shift+tab space backspace delete f1 word-left word-right`, or `ctrl+x`.
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

/** One key, by name, and the text it types (empty when it types none). */
export interface KeyPress {
  readonly name: string;
  readonly text: string;
  /**
   * A line break or tab with text after it in the same packet: a paste on a terminal that does not mark pastes, so no key
   * while a text is being typed. One that ends its packet is a key: a word and Enter, typed fast over a slow link.
   */
  readonly beforeText?: boolean;
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

export function isActive(binding: Binding): boolean {
  return binding.when?.() ?? true;
}

/** The first binding that has this key and works now. */
export function findBinding(bindings: readonly Binding[], name: string): Binding | null {
  return bindings.find((binding) => binding.keys.includes(name) && isActive(binding)) ?? null;
}

/**
 * The footer: the keys that work now, in the table's order, as many as fit in `width` columns. Pinned ones come before others;
 * of them the last ones (help, quit) before the first.
 */
export function footerLine(bindings: readonly Binding[], width: number, theme: Theme): string {
  const shown = bindings.filter((binding) => !binding.hidden && isActive(binding));
  const widthOf = (binding: Binding) => stringWidth(`${shownKeys(binding)} ${binding.label}`) + 2;
  // The last blank of a line is not needed.
  let left = width + 1;
  const kept = new Set<Binding>();
  for (const binding of [
    ...shown.filter(({ pinned }) => pinned).reverse(),
    ...shown.filter(({ pinned }) => !pinned),
  ]) {
    if (widthOf(binding) > left) break;
    left -= widthOf(binding);
    kept.add(binding);
  }
  const items = shown
    .filter((binding) => kept.has(binding))
    .map((binding) => ` ${theme.paint('accent', shownKeys(binding))} ${theme.paint('dim', binding.label)}`);
  return items.join(' ');
}
