/**
 * Owns journalctl: its options, selection, following, and its texts and exit codes as recorded from systemd 252.
 */
import { secondsOf } from '../../../cluster/time-units.ts';
import type { JournalEntry } from '../../contract.ts';
import { globRegex } from '../glob.ts';
import { cursorOf, readCursor } from '../journal.ts';
import type { SessionContext, SessionTool } from '../shell/session.ts';
import { dateParts, pad, systemdTime } from '../time-format.ts';
import { type Arity, getopt, last, type OptionTable } from './getopt.ts';
import { type Format, fieldOf, formatEntry, OUTPUTS, type Output } from './journal-format.ts';

const TABLE: OptionTable = {
  short: {
    u: 'unit',
    n: 'lines',
    f: 'follow',
    o: 'output',
    a: 'all',
    q: 'quiet',
    p: 'priority',
    b: 'boot',
    k: 'dmesg',
    r: 'reverse',
    e: 'pager-end',
    t: 'identifier',
    g: 'grep',
    S: 'since',
    U: 'until',
    c: 'cursor',
    l: 'full',
    m: 'merge',
    x: 'catalog',
    h: 'help',
  },
  long: {
    unit: 'required',
    lines: 'optional',
    follow: 'none',
    output: 'required',
    all: 'none',
    quiet: 'none',
    'no-pager': 'none',
    since: 'required',
    until: 'required',
    'after-cursor': 'required',
    cursor: 'required',
    'show-cursor': 'none',
    priority: 'required',
    boot: 'optional',
    'no-tail': 'none',
    dmesg: 'none',
    reverse: 'none',
    'pager-end': 'none',
    identifier: 'required',
    grep: 'required',
    full: 'none',
    'no-full': 'none',
    'no-hostname': 'none',
    utc: 'none',
    merge: 'none',
    catalog: 'none',
    system: 'none',
    'list-boots': 'none',
    'disk-usage': 'none',
    version: 'none',
    help: 'none',
  } satisfies Record<string, Arity>,
};

const PRIORITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

/** An absolute or relative time of --since, in epoch ms; undefined when it is none. */
export function parseTimestamp(text: string, now: number): number | undefined {
  const trimmed = text.trim();
  const midnight = (days: number): number => {
    const d = dateParts(now);
    return Date.UTC(d.year, d.month - 1, d.day + days);
  };
  if (trimmed === 'now') return now;
  if (trimmed === 'today') return midnight(0);
  if (trimmed === 'yesterday') return midnight(-1);
  if (trimmed === 'tomorrow') return midnight(1);
  if (/^@\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed.slice(1)) * 1000;
  const relative = /^([+-])?\s*(.+?)(\s+ago)?$/.exec(trimmed);
  const span = relative?.[2] === undefined || !(relative[1] || relative[3]) ? undefined : spanOf(relative[2]);
  if (span !== undefined) return relative?.[1] === '+' ? now + span : now - span;
  const absolute =
    /^(?:[A-Z][a-z]{2} )?(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?(?: ?(?:UTC|Z|\+0000))?$/.exec(
      trimmed,
    );
  if (absolute !== null) {
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0'] = absolute;
    return (
      Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) +
      Number(fraction) * 1000
    );
  }
  const time = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(trimmed);
  if (time === null) return undefined;
  return midnight(0) + (Number(time[1]) * 3600 + Number(time[2]) * 60 + Number(time[3] ?? 0)) * 1000;
}

function spanOf(text: string): number | undefined {
  let total = 0;
  let rest = text.trim();
  if (rest === '') return undefined;
  while (rest !== '') {
    const part = /^(\d+(?:\.\d+)?)\s*([a-z]*)\s*/i.exec(rest);
    const word = (part?.[2] ?? '').toLowerCase();
    const unit = word === '' ? 1 : secondsOf(word);
    if (part?.[1] === undefined || unit === undefined) return undefined;
    total += Number(part[1]) * unit * 1000;
    rest = rest.slice(part[0].length);
  }
  return total;
}

/** `name` → `name.service`, as systemd mangles unit names. */
export function mangle(name: string): string {
  return /\.(service|socket|target|timer|mount|automount|path|slice|scope|device|swap)$/.test(name) ||
    /[*?[]/.test(name)
    ? name
    : `${name}.service`;
}

export const journalctl: SessionTool = async (context) => {
  const options = getopt(context.argv, TABLE);
  const fail = async (text: string): Promise<number> => {
    await context.stderr(`${text}\n`);
    return 1;
  };
  if ('error' in options) return fail(options.error);
  const has = (name: string): boolean => options.values.has(name);
  const { state, messages } = context.machine;
  if (has('version')) {
    await context.stdout('systemd 252 (252)\n');
    return 0;
  }
  if (has('help')) {
    await context.stdout('journalctl [OPTIONS...] [MATCHES...]\n\nQuery the journal.\n');
    return 0;
  }
  if (has('disk-usage')) {
    await context.stdout('Archived and active journals take up 24.0M in the file system.\n');
    return 0;
  }
  const output = last(options, 'output') ?? 'short';
  if (!isOutput(output)) return fail(`Unknown output format '${output}'.`);
  if (context.user === 'nobody') {
    if (!has('quiet')) {
      await context.stderr(
        "Hint: You are currently not seeing messages from other users and the system.\n      Users in groups 'adm', 'systemd-journal' can see all messages.\n      Pass -q to turn off this notice.\n",
      );
    }
    return fail('No journal files were opened due to insufficient permissions.');
  }
  const zone = has('utc') ? 'UTC' : (context.env.TZ ?? 'UTC');
  if (has('list-boots')) return listBoots(context, zone);
  const format: Format = { output, all: has('all'), zone };
  const selection = select(context, options.values, options.rest);
  if ('error' in selection) return fail(selection.error);
  const { matches } = selection;
  const follow = has('follow');
  const linesText = last(options, 'lines');
  if (linesText !== undefined && linesText !== '' && !/^(\d+|all)$/.test(linesText)) {
    return fail(`Failed to parse lines '${linesText}'`);
  }
  const limit =
    linesText === undefined
      ? follow && !has('no-tail') && !has('since') && !has('after-cursor')
        ? 10
        : Number.POSITIVE_INFINITY
      : linesText === 'all'
        ? Number.POSITIVE_INFINITY
        : linesText === ''
          ? 10
          : Number(linesText);

  // Subscribed before the past is read, so that nothing falls between the two.
  const waiting: JournalEntry[] = [];
  let wake: (() => void) | null = null;
  const unsubscribe = follow
    ? messages.subscribe((entry) => {
        if (!matches(entry)) return;
        waiting.push(entry);
        wake?.();
      })
    : () => {};
  try {
    const past = messages.newest(matches, limit);
    if (has('reverse')) past.reverse();
    let newest: JournalEntry | undefined;
    for (const entry of past) {
      await context.stdout(formatEntry(state, entry, format));
      newest = entry;
    }
    if (past.length === 0 && !follow && !has('quiet') && !/json|export|cat/.test(output)) {
      await context.stdout('-- No entries --\n');
    }
    if (!follow) {
      if (has('show-cursor') && newest !== undefined)
        await context.stdout(`-- cursor: ${cursorOf(state, newest)}\n`);
      return 0;
    }
    for (;;) {
      const entry = waiting.shift();
      if (entry !== undefined) {
        await context.stdout(formatEntry(state, entry, format));
        continue;
      }
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => reject(context.signal.reason);
        wake = () => {
          context.signal.removeEventListener('abort', abort);
          resolve();
        };
        if (context.signal.aborted) abort();
        else context.signal.addEventListener('abort', abort, { once: true });
      });
      wake = null;
    }
  } finally {
    unsubscribe();
  }
};

function isOutput(text: string): text is Output {
  return OUTPUTS.some((one) => one === text);
}

function select(
  context: SessionContext,
  given: ReadonlyMap<string, readonly string[]>,
  rest: readonly string[],
): { matches: (entry: JournalEntry) => boolean } | { error: string } {
  const { state } = context.machine;
  const now = context.machine.now();
  const tests: ((entry: JournalEntry) => boolean)[] = [];
  const units = (given.get('unit') ?? []).map((name) => globRegex(mangle(name)));
  if (units.length > 0) tests.push((entry) => units.some((regex) => regex.test(entry.unit)));
  const identifiers = given.get('identifier');
  if (identifiers !== undefined) tests.push((entry) => identifiers.includes(entry.identifier));
  if (given.has('dmesg')) tests.push((entry) => entry.identifier === 'kernel');
  const priority = given.get('priority')?.at(-1);
  if (priority !== undefined) {
    const [from = '', to] = priority.split('..');
    const level = (text: string): number => (/^[0-7]$/.test(text) ? Number(text) : PRIORITIES.indexOf(text));
    const low = to === undefined ? 0 : level(from);
    const high = level(to ?? from);
    if (low < 0 || high < 0) return { error: `Unknown log level ${priority}` };
    tests.push((entry) => entry.priority >= low && entry.priority <= high);
  }
  const boot = given.get('boot')?.at(-1);
  if (boot !== undefined && boot !== '' && boot !== '0' && boot !== state.bootId) {
    return { error: `Data from the specified boot (${boot}) is not available: No such boot ID in journal` };
  }
  for (const [name, sign] of [
    ['since', 1],
    ['until', -1],
  ] as const) {
    const text = given.get(name)?.at(-1);
    if (text === undefined) continue;
    const at = parseTimestamp(text, now);
    if (at === undefined) return { error: `Failed to parse timestamp: ${text}` };
    tests.push((entry) => (entry.timeUs - at * 1000) * sign >= 0);
  }
  for (const name of ['after-cursor', 'cursor'] as const) {
    const text = given.get(name)?.at(-1);
    if (text === undefined) continue;
    const cursor = readCursor(state, text);
    if (cursor === null) return { error: 'Failed to seek to cursor: Invalid argument' };
    const inclusive = name === 'cursor' ? 1 : 0;
    tests.push((entry) =>
      'seq' in cursor ? entry.seq > cursor.seq - inclusive : entry.timeUs > cursor.timeUs - inclusive,
    );
  }
  const grep = given.get('grep')?.at(-1);
  if (grep !== undefined) {
    let regex: RegExp;
    try {
      regex = new RegExp(grep, /[A-Z]/.test(grep) ? '' : 'i');
    } catch {
      return { error: `Bad pattern "${grep}"` };
    }
    tests.push((entry) => regex.test(entry.message));
  }
  const fields = new Map<string, string[]>();
  for (const match of rest) {
    const [name = '', value] = match.split(/=(.*)/s);
    if (value === undefined) return { error: `Failed to add match '${match}': Invalid argument` };
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  for (const [name, wanted] of fields) {
    tests.push((entry) => wanted.includes(fieldOf(state, entry, name) ?? '\0'));
  }
  return { matches: (entry) => tests.every((test) => test(entry)) };
}

async function listBoots(context: SessionContext, zone: string): Promise<number> {
  const { state, messages } = context.machine;
  const all = messages.all();
  const first = all[0];
  const newest = all.at(-1);
  if (first === undefined || newest === undefined) return 0;
  const from = systemdTime(first.timeUs / 1000, zone);
  const to = systemdTime(newest.timeUs / 1000, zone);
  await context.stdout(
    `IDX BOOT ID                          ${'FIRST ENTRY'.padEnd(from.length)} LAST ENTRY\n${pad(0).replace(/^0/, ' ').padStart(3)} ${state.bootId} ${from} ${to}\n`,
  );
  return 0;
}
