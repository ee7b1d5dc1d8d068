/**
 * Owns what the console says by itself of how the cluster answers: a tool that hangs or is slow, etcd without a quorum, a link that
 * drops and comes back, a master that was replaced. Each is said once when it begins and once when it is over. Pure.
 */
import { KINDS, type Kind } from '../../cluster/model.ts';
import type { ClusterView, Pulse } from '../../cluster/store-contract.ts';
import type { Tone } from '../theme.ts';
import { span } from './age.ts';

export interface Alert {
  readonly text: string;
  readonly tone: Tone;
}

export interface AlertState {
  /** Kinds whose tool is said to have no answer, and those said to be slow. */
  readonly silent: ReadonlySet<Kind>;
  readonly slow: ReadonlySet<Kind>;
  readonly quorum: boolean;
  /** When the link was lost; null while it is there. */
  readonly lostAt: number | null;
  /** The master's machine id as it was last known. */
  readonly master: string | null;
}

export const NO_ALERTS: AlertState = {
  silent: new Set(),
  slow: new Set(),
  quorum: true,
  lostAt: null,
  master: null,
};

/** No answer for so long is a hang worth saying: most take less than a second. */
const SILENT_MS = 12_000;
/** `kubecfg list pods` takes 26–30 s at 256 minions. */
const SLOW_MS = 8_000;

/** What is asked for each kind: the tool, and what of it. */
const TOOL: Readonly<Record<Kind, readonly [tool: string, of: string]>> = {
  machines: ['fleetctl', 'list-machines'],
  units: ['fleetctl', 'list-units'],
  minions: ['kubecfg', 'list minions'],
  pods: ['kubecfg', 'list pods'],
  services: ['kubecfg', 'list services'],
  controllers: ['kubecfg', 'list replicationControllers'],
};

/** `kubecfg (list minions, list pods)`: what hangs together is said together. */
function toolWords(kinds: readonly Kind[]): string {
  const tools = new Map<string, string[]>();
  for (const kind of kinds) {
    const [tool, of] = TOOL[kind];
    tools.set(tool, [...(tools.get(tool) ?? []), of]);
  }
  return [...tools].map(([tool, of]) => `${tool} (${of.join(', ')})`).join(' and ');
}

function changed<T>(set: ReadonlySet<T>, item: T, isIn: boolean): ReadonlySet<T> {
  if (set.has(item) === isIn) return set;
  const next = new Set(set);
  if (isIn) next.add(item);
  else next.delete(item);
  return next;
}

function masterOf(view: ClusterView): { readonly id: string; readonly ip: string } | null {
  const { machines } = view;
  if (machines.status !== 'live') return null;
  const masters = machines.data.filter(({ role, lostAt }) => role === 'master' && lostAt === undefined);
  return masters.length === 1 ? masters[0]! : null;
}

/** What is to be said at `now`, and what has been said by then. */
export function lookForAlerts(
  before: AlertState,
  view: ClusterView,
  pulse: (kind: Kind) => Pulse | undefined,
  now: number,
): { readonly state: AlertState; readonly alerts: readonly Alert[] } {
  const alerts: Alert[] = [];
  let { silent, slow, quorum, lostAt, master } = before;

  const { phase } = view.connection;
  const isLost = phase === 'reconnecting' || phase === 'failed';
  if (isLost && lostAt === null) {
    lostAt = now;
    alerts.push({ text: 'the link to the master dropped; what is shown stays, and ages', tone: 'warn' });
  } else if (phase === 'connected' && lostAt !== null) {
    alerts.push({ text: `the link is back after ${span(now - lostAt)}`, tone: 'ok' });
    lostAt = null;
  }

  // Without a link everything waits: that is said once, above.
  const { connection } = view;
  const connectedAt = connection.phase === 'connected' ? connection.since : now;
  const hanging: Kind[] = [];
  const mended: Kind[] = [];
  for (const kind of KINDS) {
    const cost = pulse(kind);
    if (cost === undefined) continue;
    const waited = cost.askedSince === null ? 0 : now - Math.max(cost.askedSince, connectedAt);
    const isSilent = waited >= SILENT_MS;
    if (isSilent && !silent.has(kind)) {
      hanging.push(kind);
    }
    const wasSilent = silent.has(kind);
    if (isSilent || cost.askedSince === null) silent = changed(silent, kind, isSilent);
    if (cost.tookMs === null || cost.askedSince !== null) continue;
    const isSlow = cost.tookMs >= SLOW_MS && view[kind].status === 'live';
    if (isSlow && !slow.has(kind)) {
      alerts.push({
        text: `${toolWords([kind])} took ${span(cost.tookMs)}: to spare the master it is asked every ${span(cost.everyMs)}`,
        tone: 'warn',
      });
    } else if (!isSlow && (wasSilent || slow.has(kind)) && view[kind].status === 'live') {
      mended.push(kind);
    }
    slow = changed(slow, kind, isSlow);
  }

  if (hanging.length > 0) {
    alerts.push({
      text: `no answer for ${span(SILENT_MS)} from ${toolWords(hanging)}; the other panes go on`,
      tone: 'warn',
    });
  }
  if (mended.length > 0) alerts.push({ text: `${toolWords(mended)} answers again`, tone: 'ok' });

  const agrees = view.etcd?.agrees !== false;
  if (!agrees && quorum) {
    const why = view.etcd?.agrees === false ? view.etcd.why : '';
    alerts.push({
      text: `etcd has no quorum: fleet and the API go on answering, but with old data (${why})`,
      tone: 'bad',
    });
  } else if (agrees && !quorum) alerts.push({ text: 'etcd has a quorum again', tone: 'ok' });
  quorum = agrees;

  const found = masterOf(view);
  if (found !== null) {
    if (master !== null && master !== found.id)
      alerts.push({ text: `the master was replaced: it is ${found.ip} now`, tone: 'warn' });
    master = found.id;
  }
  return { state: { silent, slow, quorum, lostAt, master }, alerts };
}
