/** Owns the names of time units as systemd reads them (systemd.time(7), "Parsing time spans"), to the week. */

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  second: 1,
  m: 60,
  min: 60,
  minute: 60,
  h: 3600,
  hr: 3600,
  hour: 3600,
  d: 86_400,
  day: 86_400,
  w: 604_800,
  week: 604_800,
};

/** The seconds of a unit, in the singular or the plural; undefined when it is none. */
export const secondsOf = (word: string): number | undefined =>
  SECONDS[word] ?? SECONDS[word.replace(/s$/, '')];
