/**
 * Owns `kubecore status --watch`: the report redrawn in place on a terminal; in a pipe the first report, then a line for each
 * thing that changed; as JSON or YAML a document for each look that differs from the one before.
 */
import cliTruncate from 'cli-truncate';
import { asKubecoreError, EXIT } from '../../cluster/errors.ts';
import type { Cluster, Kind } from '../../cluster/model.ts';
import type { Clock } from '../../cluster/ports.ts';
import { type StatusDocument, statusDocument } from '../../cluster/status.ts';
import type { ClusterView } from '../../cluster/store-contract.ts';
import { type Io, oneLine } from '../io.ts';
import { lookOf } from '../look.ts';
import { statusText } from '../status-text.ts';

export interface Watch {
  readonly io: Pick<Io, 'format' | 'stdoutIsTTY' | 'color' | 'out' | 'record' | 'note'>;
  /** The terminal's size now. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly look: () => Promise<ClusterView>;
  readonly cluster: Cluster;
  readonly kinds: readonly Kind[];
  /** Flags that name the place in suggested commands. */
  readonly place: readonly string[];
}

/** Between the end of a look and the next. */
const PAUSE_MS = 2_000;

/** Looks until a signal comes; resolves to the exit code of an interrupted command. */
export async function watchStatus(watch: Watch): Promise<number> {
  const { io, signal, clock, cluster, kinds, place } = watch;
  let before: StatusDocument | null = null;
  let lastTrouble = '';
  while (!signal.aborted) {
    try {
      const view = await watch.look();
      const now = clock.now();
      const document = statusDocument(view, cluster, now, place);
      if (io.format !== 'text') {
        if (before === null || changes(before, document).length > 0) await io.record(document);
      } else if (io.stdoutIsTTY) {
        await io.out(
          redrawn(
            `${new Date(now).toISOString()}\n${statusText(view, cluster, kinds, lookOf(io, now))}`,
            watch.size(),
          ),
        );
      } else if (before === null) {
        await io.out(statusText(view, cluster, kinds, lookOf(io, now), place));
      } else {
        for (const line of changes(before, document)) await io.out(`${document.asOf} ${line}\n`);
      }
      before = document;
      lastTrouble = '';
    } catch (thrown) {
      if (signal.aborted) break;
      const error = asKubecoreError(thrown);
      // What will not get better by waiting ends the watch.
      if (error.fault === 'input' || error.fault === 'bug' || before === null) throw error;
      const trouble = `${oneLine(error.what)}: ${oneLine(error.why)}`;
      if (trouble !== lastTrouble) io.note(trouble);
      lastTrouble = trouble;
    }
    await clock.sleep(PAUSE_MS, signal).catch(() => undefined);
  }
  return EXIT.interrupted;
}

/** From the top left, cut to the terminal; each line clears what was to its right, the end what was below. */
export function redrawn(text: string, size: { readonly columns: number; readonly rows: number }): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const room = Math.max(1, size.rows - 1);
  const kept =
    lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`];
  return `\x1b[H${kept.map((line) => `${cliTruncate(line, size.columns)}\x1b[K`).join('\n')}\x1b[J`;
}

type Row = Readonly<Record<string, unknown>>;

/** What names a row, for each list of the document. */
const LISTS: readonly {
  readonly list: 'machines' | 'units' | 'minions' | 'pods' | 'services' | 'replicationControllers';
  readonly one: string;
  readonly key: (row: Row) => string;
}[] = [
  { list: 'machines', one: 'machine', key: ({ ip, id }) => String(ip ?? id) },
  { list: 'units', one: 'unit', key: ({ name, ip }) => (ip === null ? String(name) : `${name} on ${ip}`) },
  { list: 'minions', one: 'minion', key: ({ name }) => String(name) },
  { list: 'pods', one: 'pod', key: ({ name }) => String(name) },
  { list: 'services', one: 'service', key: ({ name }) => String(name) },
  { list: 'replicationControllers', one: 'controller', key: ({ name }) => String(name) },
];

/** One line for each difference: `pod web is new (Waiting)`, `unit etcd.service on 10.0.0.1: active failed (was active)`. */
export function changes(before: StatusDocument, after: StatusDocument): readonly string[] {
  const lines: string[] = [];
  if (before.health !== after.health) lines.push(`the cluster is ${after.health} (was ${before.health})`);
  const told = (document: StatusDocument): Map<string, string> =>
    new Map(document.problems.map(({ what, why }) => [what, why]));
  const [was, is] = [told(before), told(after)];
  for (const [what, why] of is) if (!was.has(what)) lines.push(oneLine(`problem: ${what}: ${why}`));
  for (const what of was.keys()) if (!is.has(what)) lines.push(oneLine(`no more: ${what}`));
  for (const { list, one, key } of LISTS) {
    const old = new Map((before[list] as readonly Row[]).map((row) => [key(row), row]));
    const fresh = new Map((after[list] as readonly Row[]).map((row) => [key(row), row]));
    for (const [name, row] of fresh) {
      const other = old.get(name);
      if (!other) lines.push(oneLine(`${one} ${name} is new`));
      else {
        const parts = Object.keys(row).filter(
          (field) => JSON.stringify(row[field]) !== JSON.stringify(other[field]),
        );
        if (parts.length > 0)
          lines.push(
            oneLine(
              `${one} ${name}: ${parts.map((field) => `${field} ${shown(row[field])} (was ${shown(other[field])})`).join(', ')}`,
            ),
          );
      }
    }
    for (const name of old.keys()) if (!fresh.has(name)) lines.push(oneLine(`${one} ${name} is gone`));
  }
  return lines;
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : value === null ? 'none' : JSON.stringify(value);
