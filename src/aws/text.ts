/** Owns what may be shown of AWS's words: one line, no control characters, bounded. */

/** Longest message passed on, in UTF-16 units. CloudFormation cuts its own reasons at 1,024. */
const LONGEST = 1_200;

/** Untrusted text as one printable line: control and format characters become blanks, and it is cut when very long. */
export function plain(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
