/**
 * Owns how the host's tools write time: date(1)'s formats, glog's and Go's stamps, journalctl's and systemctl's. All in UTC
 * unless a zone is named, as on CoreOS.
 */

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface DateParts {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly weekday: string;
  readonly monthName: string;
  /** `+0000`. */
  readonly offset: string;
  readonly zone: string;
}

export const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** The date's parts in a time zone (UTC when the zone is unknown). */
export function dateParts(ms: number, zone = 'UTC'): DateParts {
  let shifted = ms;
  let name = 'UTC';
  if (zone !== 'UTC' && zone !== '') {
    try {
      const format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
        timeZoneName: 'short',
      });
      const got = Object.fromEntries(format.formatToParts(ms).map((part) => [part.type, part.value]));
      const local = Date.UTC(
        Number(got.year),
        Number(got.month) - 1,
        Number(got.day),
        Number(got.hour),
        Number(got.minute),
        Number(got.second),
      );
      shifted = local + (((ms % 1000) + 1000) % 1000);
      name = got.timeZoneName ?? zone;
    } catch {
      shifted = ms;
    }
  }
  const date = new Date(shifted);
  const minutes = Math.round((shifted - ms) / 60_000);
  const absolute = Math.abs(minutes);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: DAYS[date.getUTCDay()]!,
    monthName: MONTHS[date.getUTCMonth()]!,
    offset: `${minutes < 0 ? '-' : '+'}${pad(Math.floor(absolute / 60))}${pad(absolute % 60)}`,
    zone: name,
  };
}

/** date(1): its default form as recorded (`Sun Nov 22 04:40:39 PM UTC 2026`), or a +FORMAT. */
export function formatDate(ms: number, format?: string, zone = 'UTC'): string {
  const d = dateParts(ms, zone);
  const half = pad(d.hour % 12 === 0 ? 12 : d.hour % 12);
  const noon = d.hour < 12 ? 'AM' : 'PM';
  if (format === undefined) {
    const day = String(d.day).padStart(2, ' ');
    return `${d.weekday} ${d.monthName} ${day} ${half}:${pad(d.minute)}:${pad(d.second)} ${noon} ${d.zone} ${d.year}`;
  }
  const table: Record<string, string> = {
    Y: String(d.year),
    m: pad(d.month),
    d: pad(d.day),
    e: String(d.day).padStart(2, ' '),
    H: pad(d.hour),
    I: half,
    M: pad(d.minute),
    S: pad(d.second),
    N: pad((((ms % 1000) + 1000) % 1000) * 1e6, 9),
    p: noon,
    a: d.weekday,
    b: d.monthName,
    h: d.monthName,
    j: pad(Math.floor((Date.UTC(d.year, d.month - 1, d.day) - Date.UTC(d.year, 0, 0)) / 86_400_000), 3),
    s: String(Math.floor(ms / 1000)),
    F: `${d.year}-${pad(d.month)}-${pad(d.day)}`,
    T: `${pad(d.hour)}:${pad(d.minute)}:${pad(d.second)}`,
    z: d.offset,
    Z: d.zone,
    n: '\n',
    t: '\t',
    '%': '%',
  };
  return format.slice(1).replace(/%([a-zA-Z%])/g, (all, letter: string) => table[letter] ?? all);
}

/** glog's prefix, `I1122 16:36:53.768952 01122 file.go:12] `. */
export function glog(ms: number, pid: number, place: string, text: string, level = 'I'): string {
  const d = dateParts(ms);
  const micros = pad(
    Math.floor(
      ((((ms % 1000) + 1000) % 1000) * 1000 + ((pid * 7919 + text.length * 613) % 1000)) % 1_000_000,
    ),
    6,
  );
  return `${level}${pad(d.month)}${pad(d.day)} ${pad(d.hour)}:${pad(d.minute)}:${pad(d.second)}.${micros} ${pad(pid, 5)} ${place}] ${text}`;
}

/** Go's log package, `2014/11/22 16:36:53 `. */
export function goLog(ms: number, text: string): string {
  const d = dateParts(ms);
  return `${d.year}/${pad(d.month)}/${pad(d.day)} ${pad(d.hour)}:${pad(d.minute)}:${pad(d.second)} ${text}`;
}

/** systemctl's `Sun 2026-11-22 16:42:26 UTC`. */
export function systemdTime(ms: number, zone = 'UTC'): string {
  const d = dateParts(ms, zone);
  return `${d.weekday} ${d.year}-${pad(d.month)}-${pad(d.day)} ${pad(d.hour)}:${pad(d.minute)}:${pad(d.second)} ${d.zone}`;
}

/** systemd's age: `5s ago`, `1min 55s ago`, `21min ago`, `2h 3min ago`. */
export function systemdAgo(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds === 0) return `${Math.max(0, Math.round(ms))}ms ago`;
  if (seconds < 60) return `${seconds}s ago`;
  const minutes = Math.floor(seconds / 60);
  if (seconds < 5 * 60) return `${minutes}min ${seconds % 60}s ago`;
  if (minutes < 60) return `${minutes}min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 6) return `${hours}h ${minutes % 60}min ago`;
  if (hours < 25) return `${hours}h ago`;
  return hours < 48 ? `1 day ${hours - 24}h ago` : `${Math.floor(hours / 24)} days ago`;
}
