/**
 * Owns what `/` means: a regular expression where it is one (RE2's, so that none can hang the screen), else the text itself; case
 * only matters when typed.
 */
import { compilePattern, type Pattern } from '../../cluster/pattern.ts';

export type Matcher = (text: string) => boolean;

const hasUpperCase = (text: string): boolean => text !== text.toLowerCase();

/** The pattern as a regular expression; a broken one is taken literally. */
export function patternOf(pattern: string): Pattern {
  const options = { ignoreCase: !hasUpperCase(pattern) };
  try {
    return compilePattern(pattern, options);
  } catch {
    return compilePattern(pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), options);
  }
}

export function matcher(pattern: string): Matcher {
  if (pattern === '') return () => true;
  const expression = patternOf(pattern);
  return (text) => expression.test(text);
}
