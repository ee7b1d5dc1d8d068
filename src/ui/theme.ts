/**
 * Owns the colours: a handful of semantic tones over the 16 ANSI colours, so that light and dark terminals both keep
 * their own palette, and none at all under NO_COLOR. A tone never carries meaning alone: a word or symbol stands beside it.
 */
import { createContext, useContext } from 'react';

export type Tone = 'ok' | 'warn' | 'bad' | 'dim' | 'accent' | 'title' | 'selected' | 'plain';

/** What Ink's `<Text>` takes for a tone: `<Text {...theme.text.ok}>`. Empty objects when colour is off. */
export interface TextStyle {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
}

export interface Theme {
  readonly colour: boolean;
  readonly text: Readonly<Record<Tone, TextStyle>>;
  /** The text between the escape codes of a tone; unchanged when colour is off. One tone at a time: do not nest. */
  paint(tone: Tone, text: string): string;
}

/** Codes that open and close a tone (ECMA-48 SGR). */
const SGR: Readonly<Record<Tone, readonly [open: string, close: string]>> = {
  ok: ['\x1b[32m', '\x1b[39m'],
  warn: ['\x1b[33m', '\x1b[39m'],
  bad: ['\x1b[31m', '\x1b[39m'],
  dim: ['\x1b[2m', '\x1b[22m'],
  accent: ['\x1b[36m', '\x1b[39m'],
  title: ['\x1b[1m', '\x1b[22m'],
  selected: ['\x1b[7m', '\x1b[27m'],
  plain: ['', ''],
};

const STYLES: Readonly<Record<Tone, TextStyle>> = {
  ok: { color: 'green' },
  warn: { color: 'yellow' },
  bad: { color: 'red' },
  dim: { dimColor: true },
  accent: { color: 'cyan' },
  title: { bold: true },
  selected: { inverse: true },
  plain: {},
};

const NO_STYLES = Object.fromEntries(Object.keys(STYLES).map((tone) => [tone, {}])) as unknown as Readonly<
  Record<Tone, TextStyle>
>;

/** A theme with or without colour. */
export function createTheme(colour: boolean): Theme {
  return {
    colour,
    text: colour ? STYLES : NO_STYLES,
    paint(tone, text) {
      if (!colour || text === '') return text;
      const [open, close] = SGR[tone];
      return open + text + close;
    },
  };
}

/**
 * Whether colour is wanted: NO_COLOR (no-color.org: present and not empty) wins, then FORCE_COLOR, then a terminal that is
 * not `dumb`.
 */
export function colourWanted(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return env.TERM !== 'dumb';
}

/** The app may set it (for `--no-color`); what the environment asks for holds otherwise. */
export const ThemeContext = createContext<Theme>(createTheme(colourWanted(process.env)));

export function useTheme(): Theme {
  return useContext(ThemeContext);
}

/** Symbols that stand beside colour, so that state is readable without it. */
export const SYMBOL = {
  ok: '●',
  pending: '◌',
  warn: '▲',
  bad: '✗',
  off: '○',
  changed: '✦',
  fading: '✧',
  marked: '◆',
  ascending: '↑',
  descending: '↓',
  pointer: '▸',
} as const;
