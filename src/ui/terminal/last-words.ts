/**
 * Owns what has to be done, and said, when a signal ends the program under the screens: a key that exists only in memory is
 * worth a moment. The terminal knows of the signal, the screens know of the key, and neither knows the other.
 */

type LastWord = () => Promise<string | null>;

const pending = new Set<LastWord>();

/** The program must not linger after a signal. */
const PATIENCE_MS = 2_000;

/** From now on a forced end waits for this, and says what it resolves to. Returns a function that takes it back. */
export function onForcedEnd(word: LastWord): () => void {
  pending.add(word);
  return () => {
    pending.delete(word);
  };
}

/** Begins all last words; null when there are none. */
export function speakLastWords(): Promise<string | null> | null {
  if (pending.size === 0) return null;
  const words = Promise.all([...pending].map((word) => word().catch(() => null))).then(
    (said) => said.filter((one) => one !== null).join('; ') || null,
  );
  const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null).unref());
  return Promise.race([words, late]);
}
