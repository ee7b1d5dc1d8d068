/** Owns reading the journals of several units of one node over one session. */
import type { LogEntry } from '../model.ts';
import type { JournalQuery } from './journalctl.ts';

/** The line between the past of several units and what comes after it, with the second in which the asking began. */
const HISTORY_ENDS = '-- kubecore: the history ends, asked at';

const JOURNAL = 'journalctl -q -o json -a --no-pager';

/**
 * argv that reads several units of one node over one session: the last `lines` of each, one unit after the other, then
 * `HISTORY_ENDS`, and with `follow` all that was written since the asking began. Entries of that moment come twice, with the
 * same cursor; none is missed. One journalctl for all units would give N lines in all, those of the most talkative; one each
 * would take all of sshd's sessions. What is given goes in as the
 * script's arguments and environment, never as its text.
 */
export function severalUnitsArgv(
  units: readonly string[],
  query: Omit<JournalQuery, 'unit' | 'afterCursor'>,
): readonly string[] {
  const { lines, since, until, follow } = query;
  const times = `${since ? ' "--since=$SINCE"' : ''}${until ? ' "--until=$UNTIL"' : ''}`;
  const script = [
    'began=$(date +%s)',
    `for one in "$@"; do ${JOURNAL} "$one" -n "$HISTORY"${times} || exit; done`,
    `echo "${HISTORY_ENDS} $began"`,
    ...(follow ? [`exec ${JOURNAL} -f -n 1000000 "--since=@$began" "$@"`] : []),
  ];
  const given = [`HISTORY=${lines}`, `SINCE=${since ?? ''}`, `UNTIL=${until ?? ''}`];
  return ['env', ...given, 'sh', '-c', script.join('\n'), 'sh', ...units.map((unit) => `--unit=${unit}`)];
}

const utf8 = new TextDecoder();

/** When the asking for the past began (seconds since the epoch), if this is the line after which new entries come; else null. */
export function historyEnd(line: Uint8Array): number | null {
  // Asked for every line that is no entry.
  if (line[0] !== 0x2d || line.length > HISTORY_ENDS.length + 20) return null;
  const text = utf8.decode(line);
  return text.startsWith(HISTORY_ENDS) ? Number(text.slice(HISTORY_ENDS.length)) : null;
}

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
