/**
 * Owns what the console noticed while it was open: which problems there are and since when, which are over, and what
 * changed lately. Pure: each new view of the cluster makes a new history from the last.
 */
import type { AssessedProblem } from '../../cluster/health.ts';
import type { Kind } from '../../cluster/model.ts';

/** The row that something is about. */
export interface About {
  readonly kind: Kind;
  readonly key: string;
}

export interface Happening {
  readonly key: string;
  readonly type: 'problem' | 'change';
  /** When it began, or happened. */
  readonly at: number;
  /** When a problem was over; null while it lasts, and for changes. */
  readonly until: number | null;
  readonly what: string;
  readonly why: string;
  readonly next: string;
  readonly about: About | null;
}

export interface Change {
  readonly about: About;
  readonly label: string;
  /** null: it came; */
  readonly from: string | null;
  /** null: it went. */
  readonly to: string | null;
}

export interface History {
  /** The newest first, the lasting problems before all. */
  readonly list: readonly Happening[];
  /** Makes keys of changes. */
  readonly count: number;
}

export const NO_HISTORY: History = { list: [], count: 0 };

/** How many of the past are kept. */
const KEPT = 500;
/** More changes of one kind at once than this are told as one. */
const TOLD_EACH = 8;

const isLasting = (one: Happening): boolean => one.type === 'problem' && one.until === null;
const when = (one: Happening): number => one.until ?? one.at;

/** Lasting problems first, the newest before older ones; then what is past, the latest first. */
export function happeningOrder(a: Happening, b: Happening): number {
  return Number(isLasting(b)) - Number(isLasting(a)) || when(b) - when(a);
}

/** After the problems were judged again at `now`: the same history when none came or went. */
export function noteProblems(before: History, problems: readonly AssessedProblem[], now: number): History {
  const lasting = new Map(before.list.filter(isLasting).map((one) => [one.what, one]));
  const news: Happening[] = [];
  const told = new Set<string>();
  let { count } = before;
  let changed = false;
  for (const { what, why, next, about } of problems) {
    const known = lasting.get(what);
    lasting.delete(what);
    if (known) told.add(what);
    if (known && known.why === why && known.next === next) news.push(known);
    else if (known) {
      changed = true;
      news.push({ ...known, why, next });
    } else if (!told.has(what)) {
      changed = true;
      count += 1;
      told.add(what);
      news.push({ key: `p${count}`, type: 'problem', at: now, until: null, what, why, next, about });
    }
  }
  if (!changed && lasting.size === 0) return before;
  const over = [...lasting.values()].map((one) => ({ ...one, until: now }));
  const past = [...over, ...before.list.filter((one) => !isLasting(one))].slice(0, KEPT);
  return { list: [...news.sort(happeningOrder), ...past], count };
}

const many: Readonly<Record<Kind, string>> = {
  machines: 'machines',
  units: 'units',
  minions: 'minions',
  pods: 'pods',
  services: 'services',
  controllers: 'replication controllers',
};

function phrase({ label, from, to }: Change): { what: string; why: string } {
  if (from === null) return { what: `${label} came`, why: to ?? '' };
  if (to === null) return { what: `${label} is gone`, why: `it was ${from}` };
  return { what: `${label} is ${to}`, why: `it was ${from}` };
}

/** After rows of one kind changed. */
export function noteRowChanges(before: History, changes: readonly Change[], now: number): History {
  const [first] = changes;
  if (first === undefined) return before;
  let { count } = before;
  const told: Happening[] = [];
  const tell = (what: string, why: string, about: About | null): void => {
    count += 1;
    told.push({ key: `c${count}`, type: 'change', at: now, until: null, what, why, next: '', about });
  };
  if (changes.length > TOLD_EACH) {
    const come = changes.filter(({ from }) => from === null).length;
    const gone = changes.filter(({ to }) => to === null).length;
    tell(
      `${changes.length} ${many[first.about.kind]} changed`,
      `${come} came, ${gone} went, ${changes.length - come - gone} are in another state`,
      null,
    );
  } else {
    for (const change of changes) {
      const { what, why } = phrase(change);
      tell(what, why, change.to === null ? null : change.about);
    }
  }
  const lasting = before.list.filter(isLasting);
  const past = [...told, ...before.list.slice(lasting.length)].slice(0, KEPT);
  return { list: [...lasting, ...past], count };
}
