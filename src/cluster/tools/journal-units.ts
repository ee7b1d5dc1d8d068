/** Owns reading the journals of several units of one node over one session. */
import type { LogEntry } from '../model.ts';
import type { JournalQuery } from './journalctl.ts';

/** The line between the past of several units and what comes after it; see `severalUnitsArgv`. */
const HISTORY_ENDS = '-- kubecore: the history ends';

/**
 * The last N lines of each of several units, one unit after the other, then `HISTORY_ENDS`, and with $4 all that was written
 * since the asking began. Entries of that moment come twice, with the same cursor; none is missed. One journalctl for all
 * units would give N lines in all, of the most talkative; one each would take all of sshd's sessions.
 */
const SEVERAL_UNITS = [
  'n=$1 s=$2 u=$3 f=$4 began=$(date +%s)',
  'shift 4',
  'for one; do journalctl -q -o json -a --no-pager "$one" -n "$n" ${s:+"--since=$s"} ${u:+"--until=$u"} || exit; done',
  `echo '${HISTORY_ENDS}'`,
  '[ -z "$f" ] || exec journalctl -q -o json -a --no-pager -f -n 1000000 --since=@$began "$@"',
].join('\n');

/** argv that reads several units of one node over one session, `lines` of each. */
export function severalUnitsArgv(
  units: readonly string[],
  query: Omit<JournalQuery, 'unit' | 'afterCursor'>,
): readonly string[] {
  const { lines, since, until, follow } = query;
  const options = [String(lines), since ?? '', until ?? '', follow ? 'follow' : ''];
  return ['sh', '-c', SEVERAL_UNITS, 'sh', ...options, ...units.map((unit) => `--unit=${unit}`)];
}

const utf8 = new TextDecoder();
/** Is it the line after which new entries come? */
export const endsHistory = (line: Uint8Array): boolean =>
  line.length === HISTORY_ENDS.length && utf8.decode(line) === HISTORY_ENDS;

/** Puts in order what comes before `HISTORY_ENDS`, and knows which entries come again after it. */
export function createPast() {
  let past: LogEntry[] | null = [];
  let cursors: ReadonlySet<string | null> = new Set();
  let newest = 0;
  return {
    /** Is the entry of the past, or a second copy of one that is? Then it is not to be shown now. */
    takes(entry: LogEntry): boolean {
      if (past !== null) return past.push(entry) > 0;
      if (entry.timeUs > newest) cursors = new Set();
      return entry.cursor !== null && cursors.has(entry.cursor);
    },
    /** The past is complete: gives it in order. */
    end(): readonly LogEntry[] {
      const entries = (past ?? []).sort((a, b) => a.timeUs - b.timeUs);
      past = null;
      cursors = new Set(entries.map(({ cursor }) => cursor));
      newest = entries.at(-1)?.timeUs ?? 0;
      return entries;
    },
  };
}
