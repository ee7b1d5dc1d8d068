/** Owns what is said of a word that is not known: the nearest that is, when it is near enough to be meant. */
import { editDistance, nearest } from '../cluster/parameters.ts';

/** `did you mean X? REST`, or REST alone when nothing known is near. `known` is not empty. */
export function didYouMean(word: string, known: readonly string[], rest: string): string {
  const best = nearest(word, known);
  return editDistance(word, best) <= Math.max(2, Math.floor(best.length / 2))
    ? `did you mean ${best}? ${rest}`
    : rest;
}
