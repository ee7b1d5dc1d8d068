/** Owns the difference between a terminal and a pipe in what commands print: colour, relative times and short ids, or whole values. */
import { ago } from '../ui/console/age.ts';
import { createTheme, type Theme, type Tone } from '../ui/theme.ts';
import type { Io } from './io.ts';

export interface Look {
  readonly terminal: boolean;
  readonly theme: Theme;
  /** Milliseconds since the epoch: what relative times are relative to. */
  readonly now: number;
}

/** How a pipe gets it: what a caller without a terminal in mind may use. */
export const PIPE: Look = { terminal: false, theme: createTheme(false), now: 0 };

export const lookOf = (io: Pick<Io, 'stdoutIsTTY' | 'color'>, now: number): Look => ({
  terminal: io.stdoutIsTTY,
  theme: createTheme(io.color),
  now,
});

/** `3 min ago` on a terminal, ISO 8601 in a pipe. */
export const when = (at: number, { terminal, now }: Look): string =>
  terminal ? ago(at, now) : new Date(at).toISOString();

const TONES: readonly (readonly [words: RegExp, tone: Tone])[] = [
  [/^(healthy|active|running|Running|yes|ok)$|_COMPLETE$/, 'ok'],
  [/^(failed|down|Terminated|terminated|no|bad|error|not-found)$|FAILED|ROLLBACK/, 'bad'],
  [
    /^(degraded|activating|deactivating|reloading|auto-restart|Waiting|pending|shutting-down|stopping)$|_IN_PROGRESS$/,
    'warn',
  ],
];

/** A word for a state in the colour of what it means; the word itself says it too. */
export function state(word: string, { theme }: Look): string {
  // A roll-back that is complete is no good news.
  const tone = TONES.filter(([words]) => words.test(word)).map(([, found]) => found);
  return theme.paint(tone.includes('bad') ? 'bad' : (tone[0] ?? 'plain'), word);
}
