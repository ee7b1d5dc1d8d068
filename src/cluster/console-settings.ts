/**
 * Owns what a person may choose of the console in the config file (`console:`), its defaults, how a key is written, and the
 * names of the actions that can have another key. What each does is the console's own knowledge.
 */
import { KINDS } from './model.ts';

/** `none`: no colour at all, as with NO_COLOR. */
export const THEMES = ['dark', 'light', 'high-contrast', 'none'] as const;
export type ThemeName = (typeof THEMES)[number];

export interface ConsoleSettings {
  /** null: the console's own default. */
  readonly theme: ThemeName | null;
  /** ACTION → KEY, as typed. Keys in the words of src/ui/keys/reader.ts: `q`, `G`, `ctrl+x`, `pageup`. */
  readonly keys: Readonly<Record<string, string>>;
  /** Wheel and clicks, where the terminal has them. */
  readonly mouse: boolean;
}

export const CONSOLE_DEFAULTS: ConsoleSettings = { theme: null, keys: {}, mouse: true };

/** What `console.keys` may name: every action of the console's key tables (a test holds them to this list). */
export const CONSOLE_ACTIONS: readonly string[] = [
  ...['logs', 'details', 'go', 'acts', 'shell', 'edit', 'resize', 'remove', 'mark', 'mark-all', 'filter'],
  ...[
    'sort',
    'sort-other-way',
    'context',
    'copy',
    'save',
    'follow',
    'match',
    'next-part',
    'priority',
    'since',
  ],
  ...[
    'time',
    'wrap',
    'stop',
    'sideways',
    'problems',
    'notices',
    'refresh',
    'zoom',
    'next-pane',
    'previous-pane',
  ],
  ...KINDS,
  ...['overview', 'down', 'up', 'half-page-down', 'half-page-up', 'page-down', 'page-up', 'first', 'last'],
  ...['command', 'help', 'back', 'quit'],
];

/** Keys with a name; every other key is the character that it types, or `ctrl+` and a letter. */
export const KEY_NAMES: readonly string[] = [
  ...['up', 'down', 'left', 'right', 'pageup', 'pagedown', 'home', 'end'],
  ...['enter', 'esc', 'tab', 'shift+tab', 'space', 'backspace', 'delete', 'f1'],
];

/** Is it written as a key: one printable character that is no blank, a name, or `ctrl+x`? */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e]$/.test(text) || KEY_NAMES.includes(text) || /^ctrl\+[a-z]$/.test(text);
}
