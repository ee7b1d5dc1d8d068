/** Owns what the console said: each notice shows long enough to be read, and all of them are kept in a list. Pure. */
import type { Tone } from '../theme.ts';

export interface Notice {
  readonly text: string;
  readonly tone: Tone;
  /** When it was said, ms. */
  readonly at: number;
}

export interface Notices {
  /** The newest last. */
  readonly list: readonly Notice[];
  /** How many were ever said, and up to which they were dismissed. */
  readonly said: number;
  readonly read: number;
}

export const NO_NOTICES: Notices = { list: [], said: 0, read: 0 };

const KEPT = 200;
/** A short word is seen in this time; reading takes as long as the text. */
const LEAST_MS = 4_000;
const MS_PER_CHARACTER = 60;

export function addNotice(notices: Notices, notice: Omit<Notice, 'at'>, now: number): Notices {
  return {
    ...notices,
    list: [...notices.list.slice(1 - KEPT), { ...notice, at: now }],
    said: notices.said + 1,
  };
}

/** How long a notice stays on screen. */
export function readingMs({ text }: Pick<Notice, 'text'>): number {
  return Math.max(LEAST_MS, text.length * MS_PER_CHARACTER);
}

/** The notice that shows now: the newest, until it has been read or was dismissed. */
export function shownNotice({ list, said, read }: Notices, now: number): Notice | null {
  const newest = list.at(-1);
  return newest && said > read && now - newest.at < readingMs(newest) ? newest : null;
}
