/**
 * Owns the way text of an untrusted machine enters an error message: readable, bounded, with nothing in it that a
 * terminal would obey.
 */

// Controls (C0, DEL, C1), line separators, and the format characters that reorder or hide text.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text as one safe line of at most `max` characters; line ends become spaces, other controls become `\xNN`. */
export function printable(text: string | Uint8Array, max = 300): string {
  const decoded = typeof text === 'string' ? text : new TextDecoder().decode(text);
  const line = decoded
    .trim()
    .replace(/[\r\n\t ]+/g, ' ')
    .replace(UNSAFE, (character) => {
      const code = character.codePointAt(0)!;
      return code < 256
        ? `\\x${code.toString(16).padStart(2, '0')}`
        : `\\u${code.toString(16).padStart(4, '0')}`;
    });
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}
