/** Owns what `/` means: a regular expression where it is one, else the text itself; case only matters when typed. */

export type Matcher = (text: string) => boolean;

const hasUpperCase = (text: string): boolean => text !== text.toLowerCase();

/** The pattern as a regular expression with the flags given besides `i`; a broken one is taken literally. */
export function patternOf(pattern: string, flags = ''): RegExp {
  const all = hasUpperCase(pattern) ? flags : `${flags}i`;
  try {
    return new RegExp(pattern, all);
  } catch {
    return new RegExp(pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), all);
  }
}

export function matcher(pattern: string): Matcher {
  if (pattern === '') return () => true;
  const expression = patternOf(pattern);
  return (text) => expression.test(text);
}
