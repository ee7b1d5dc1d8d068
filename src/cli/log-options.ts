/** Owns what the options of `kubecore logs` may be: times, numbers of lines and patterns, each refused with its reason. */

import { inputError } from '../cluster/errors.ts';
import { compilePattern, type Pattern } from '../cluster/pattern.ts';
import { secondsOf } from '../cluster/time-units.ts';

const LAST_LINES = 50;
/** What is looked through for a pattern: far enough to find it, not all of a journal that may be gigabytes. */
const SEARCHED_LINES = 10_000;
const ALL_LINES = 1_000_000;

/** How many last lines of each source; `text` undefined: what else was asked for decides. */
export function lineCount(
  text: string | undefined,
  asked: { readonly since: boolean; readonly pattern: boolean },
): number {
  if (text === undefined) return asked.since ? ALL_LINES : asked.pattern ? SEARCHED_LINES : LAST_LINES;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  if (text === 'all') return ALL_LINES;
  throw inputError(
    `--lines ${text} cannot be used`,
    'it is a whole number, or all',
    'give a number such as 50',
  );
}

/** `10m`, `1h30m`, `2 hours ago` in seconds; null when it is no span of time. */
function spanSeconds(text: string): number | null {
  let rest = text.replace(/\s+ago$/, '');
  let total = 0;
  while (rest !== '') {
    const part = /^(\d{1,9})\s*([a-z]+)\s*/.exec(rest);
    const word = part?.[2] ?? '';
    const seconds = secondsOf(word);
    if (part === null || seconds === undefined) return null;
    total += Number(part[1]) * seconds;
    rest = rest.slice(part[0].length);
  }
  return total;
}

/** RFC 3339, and as systemd writes times: with a zone. What has none is left to the node, whose zone it is meant in. */
const WITH_ZONE = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(\.\d+)?(?: ?(Z|z|UTC|[+-]\d\d:\d\d))$/;
const WITHOUT_ZONE = /^(?:\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?|\d\d:\d\d(?::\d\d)?)$/;

/**
 * A time as journalctl takes it: `10m` is ten minutes ago, as kubectl and stern have it; RFC 3339 with a zone is that moment.
 * @param flag `--since` or `--until`, for the message
 * @throws KubecoreError (input) for what journalctl would refuse on every node
 */
export function journalTime(flag: string, given: string): string {
  const text = given.trim();
  const span = text === '' ? null : spanSeconds(text.toLowerCase());
  if (span !== null) return `${span} seconds ago`;
  const zoned = WITH_ZONE.exec(text);
  if (zoned) {
    const [, day, time, seconds = ':00', fraction = '', zone = 'Z'] = zoned;
    const at = Date.parse(`${day}T${time}${seconds}${/^(z|utc)$/i.test(zone) ? 'Z' : zone}`);
    if (!Number.isNaN(at)) return `@${at / 1000}${fraction}`;
  } else if (/^(?:today|yesterday|now|@\d+(?:\.\d+)?)$/.test(text) || WITHOUT_ZONE.test(text)) {
    return text.replace('T', ' ');
  }
  throw inputError(
    `${flag} ${given} cannot be used`,
    'it is not a time that journalctl reads',
    'write 10m, 1h30m, "2 hours ago", today, 2014-11-22T16:00:00Z, or "2014-11-22 16:00"',
  );
}

/** @throws KubecoreError (input) with RE2's reason */
export function patterns(flag: string, sources: readonly string[]): readonly Pattern[] {
  return sources.map((source) => {
    try {
      return compilePattern(source);
    } catch (error) {
      throw inputError(
        `${flag} ${source} cannot be used`,
        error instanceof Error ? error.message : 'it is no regular expression',
        'escape special characters with a backslash; the syntax is RE2, without look-around and back references',
      );
    }
  });
}
