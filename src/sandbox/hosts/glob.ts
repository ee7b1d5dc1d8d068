/** Owns shell patterns (`*`, `?`, `[…]`): the shell's file names and the names of units that systemctl and journalctl take. */

/** A shell pattern (`*`, `?`, `[…]`) as a regular expression over the whole name. */
export function globRegex(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.')
    .replace(/\[!/g, '[^');
  return new RegExp(`^${source}$`, 's');
}
