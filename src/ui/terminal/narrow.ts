/**
 * Owns the quick answer to "how wide is this text": of characters that each take one cell whatever stands beside them.
 * Nearly all that a screen shows is made of these, and the full answer (string-width: segmenting, every emoji as a regular
 * expression) costs 25 ms when it is first needed, before the first frame, and most of a frame afterwards.
 */

/**
 * ASCII, Latin-1 but for its soft hyphen, dashes, quotes, bullets and the ellipsis, the plain arrows, box drawing, blocks, the
 * shapes and ticks that kubecore draws with, and braille (spinners). None of them joins with a neighbour into one grapheme
 * (Unicode's Grapheme_Cluster_Break is Other for all); a variation selector or a mark beside one is not in the set.
 */
const NARROW =
  /^[ -~\u00a1-\u00ac\u00ae-\u00ff\u2010-\u2027\u2190-\u2193\u2500-\u25a1\u25b2-\u25c3\u25c6-\u25d7\u2713\u2717\u2718\u2800-\u28ff]*$/;

/** Whether the text takes as many cells as it has UTF-16 units. */
export const isNarrow = (text: string): boolean => NARROW.test(text);

const SGR = /\u001b\[[0-9;]*m/g;

/** The cells of a text that is narrow but for its colours (SGR sequences, which take none). undefined: it is not. */
export function narrowWidth(text: string): number | undefined {
  const plain = text.includes('\u001b') ? text.replace(SGR, '') : text;
  return isNarrow(plain) ? plain.length : undefined;
}
