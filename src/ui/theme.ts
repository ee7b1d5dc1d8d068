/**
 * Owns the colours: a handful of semantic tones over the 16 ANSI colours, so that light and dark terminals both keep
 * their own palette, and none at all under NO_COLOR. A tone never carries meaning alone: a word or symbol stands beside it.
 * Without React: commands that print use it too. Components get theirs from theme-context.ts.
 */
import type { ThemeName } from '../cluster/console-settings.ts';

export type Tone = 'ok' | 'warn' | 'bad' | 'dim' | 'accent' | 'title' | 'selected' | 'plain';

/** What Ink's `<Text>` takes for a tone: `<Text {...theme.text.ok}>`. Empty objects when colour is off. */
export interface TextStyle {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
  readonly underline?: boolean;
}

export interface Theme {
  readonly colour: boolean;
  readonly text: Readonly<Record<Tone, TextStyle>>;
  /** The text between the escape codes of a tone; unchanged when colour is off. One tone at a time: do not nest. */
  paint(tone: Tone, text: string): string;
}

interface ToneLook {
  /** Codes that open and close it (ECMA-48 SGR). */
  readonly open: string;
  readonly close: string;
  readonly style: TextStyle;
}

type Looks = Readonly<Record<Tone, ToneLook>>;

const look = (open: string, close: string, style: TextStyle): ToneLook => ({
  open: `\x1b[${open}m`,
  close: `\x1b[${close}m`,
  style,
});

const PLAIN: ToneLook = { open: '', close: '', style: {} };
const TITLE = look('1', '22', { bold: true });
const SELECTED = look('7', '27', { inverse: true });

/** The terminal's own 16 colours. */
const DARK: Looks = {
  ok: look('32', '39', { color: 'green' }),
  warn: look('33', '39', { color: 'yellow' }),
  bad: look('31', '39', { color: 'red' }),
  dim: look('2', '22', { dimColor: true }),
  accent: look('36', '39', { color: 'cyan' }),
  title: TITLE,
  selected: SELECTED,
  plain: PLAIN,
};

/** Dark tones of the 256 colours: yellow and cyan vanish on white, and so does faint text. */
const LIGHT: Looks = {
  ok: look('38;5;28', '39', { color: 'ansi256(28)' }),
  warn: look('38;5;130', '39', { color: 'ansi256(130)' }),
  bad: look('38;5;124', '39', { color: 'ansi256(124)' }),
  dim: look('38;5;240', '39', { color: 'ansi256(240)' }),
  accent: look('38;5;25', '39', { color: 'ansi256(25)' }),
  title: TITLE,
  selected: SELECTED,
  plain: PLAIN,
};

/** The terminal's own foreground on its own background, told apart by weight and lines: nothing is faint. */
const HIGH_CONTRAST: Looks = {
  ok: PLAIN,
  warn: look('1;4', '22;24', { bold: true, underline: true }),
  bad: look('1;7', '22;27', { bold: true, inverse: true }),
  dim: PLAIN,
  accent: TITLE,
  title: TITLE,
  selected: SELECTED,
  plain: PLAIN,
};

const THEMES: Readonly<Record<Exclude<ThemeName, 'none'>, Looks>> = {
  dark: DARK,
  light: LIGHT,
  'high-contrast': HIGH_CONTRAST,
};

function stylesOf(looks: Looks | null): Theme['text'] {
  return Object.fromEntries(
    Object.keys(DARK).map((tone) => [tone, looks?.[tone as Tone].style ?? {}]),
  ) as Record<Tone, TextStyle>;
}

/** A theme with or without colour; without a name, that of terminals with a dark background. */
export function createTheme(colour: boolean, name: ThemeName = 'dark'): Theme {
  const looks = colour && name !== 'none' ? THEMES[name] : null;
  return {
    colour: looks !== null,
    text: stylesOf(looks),
    paint(tone, text) {
      if (looks === null || text === '') return text;
      const { open, close } = looks[tone];
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
