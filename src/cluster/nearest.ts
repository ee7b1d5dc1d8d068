/** Owns the suggestion after a typo: which of the right words is nearest to what was typed. */

/** Levenshtein's distance, for the nearest valid value. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The allowed value nearest to what was typed. */
export function nearest(text: string, allowed: readonly string[]): string {
  return allowed.reduce(
    (best, word) => (editDistance(text, word) < editDistance(text, best) ? word : best),
    allowed[0]!,
  );
}

/** Near enough for a typo: at most a third of the word is wrong. */
export function isNear(text: string, word: string): boolean {
  return editDistance(text.toLowerCase(), word.toLowerCase()) <= Math.max(1, Math.ceil(word.length / 3));
}

/** `did you mean X?` when a word is near what was typed, else all words there are. */
export function didYouMean(text: string, allowed: readonly string[]): string {
  const best = nearest(text, allowed);
  return isNear(text, best) ? `did you mean ${best}?` : `choose one of ${allowed.join(', ')}`;
}
