/** Owns `kubecore status` as text: health and problems first, then a table a kind. */
import { assess } from '../cluster/health.ts';
import { inPlace } from '../cluster/in-place.ts';
import type { Cluster, Kind, RowOf } from '../cluster/model.ts';
import type { ClusterView, PaneState } from '../cluster/store-contract.ts';
import { oneLine } from './io.ts';
import { type Look, PIPE, state, when } from './look.ts';
import { table } from './table.ts';

type Cell = string | number | null;

/** A column: its heading and its cell. `state`: a word that is coloured by what it means. */
interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row, look: Look) => Cell;
  readonly state?: true;
}

interface Section<K extends Kind> {
  readonly title: string;
  readonly columns: (look: Look) => readonly Column<RowOf[K]>[];
}

const pairs = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

const SECTIONS: { readonly [K in Kind]: Section<K> } = {
  machines: {
    title: 'MACHINES',
    columns: ({ terminal }) => [
      // The first eight digits are what fleetctl shows; a pipe gets the whole id.
      { title: 'ID', cell: ({ id }) => (terminal ? `${id.slice(0, 8)}…` : id) },
      { title: 'IP', cell: ({ ip }) => ip },
      { title: 'ROLE', cell: ({ role }) => role },
      { title: 'INSTANCE', cell: ({ instanceId }) => instanceId },
      { title: 'TYPE', cell: ({ instanceType }) => instanceType },
      { title: 'ZONE', cell: ({ zone }) => zone },
      { title: 'STATE', cell: ({ state: word }) => word, state: true },
      {
        title: 'LAUNCHED',
        cell: ({ launchTime }, look) => (launchTime === null ? null : when(launchTime, look)),
      },
    ],
  },
  units: {
    title: 'UNITS',
    columns: () => [
      { title: 'UNIT', cell: ({ name }) => name },
      { title: 'IP', cell: ({ ip }) => ip },
      { title: 'LOAD', cell: ({ load }) => load, state: true },
      { title: 'ACTIVE', cell: ({ active }) => active, state: true },
      { title: 'SUB', cell: ({ sub }) => sub, state: true },
    ],
  },
  minions: {
    title: 'MINIONS',
    columns: () => [
      { title: 'MINION', cell: ({ name }) => name },
      { title: 'CPU', cell: ({ cpu }) => cpu },
      {
        title: 'MEMORY',
        cell: ({ memory }, { terminal }) =>
          memory === null || !terminal ? memory : `${(memory / 2 ** 30).toFixed(1)} GiB`,
      },
      { title: 'REGISTERED', cell: ({ registered }) => (registered ? 'yes' : 'no'), state: true },
    ],
  },
  pods: {
    title: 'PODS',
    columns: () => [
      { title: 'POD', cell: ({ name }) => name },
      { title: 'IMAGES', cell: ({ images }) => images.join(',') },
      { title: 'HOST', cell: ({ host }) => host },
      { title: 'LABELS', cell: ({ labels }) => pairs(labels) },
      { title: 'STATUS', cell: ({ status }) => status, state: true },
    ],
  },
  services: {
    title: 'SERVICES',
    columns: () => [
      { title: 'SERVICE', cell: ({ name }) => name },
      { title: 'LABELS', cell: ({ labels }) => pairs(labels) },
      { title: 'SELECTOR', cell: ({ selector }) => pairs(selector) },
      { title: 'PORT', cell: ({ port }) => port },
    ],
  },
  controllers: {
    title: 'REPLICATION CONTROLLERS',
    columns: () => [
      { title: 'CONTROLLER', cell: ({ name }) => name },
      { title: 'IMAGES', cell: ({ images }) => images.join(',') },
      { title: 'SELECTOR', cell: ({ selector }) => pairs(selector) },
      { title: 'REPLICAS', cell: ({ replicas }) => replicas },
    ],
  },
};

/** The whole report for a person. `flags` name the place in suggested commands. */
export function statusText(
  view: ClusterView,
  cluster: Cluster,
  kinds: readonly Kind[],
  look: Look = PIPE,
  flags: readonly string[] = [],
): string {
  const { theme } = look;
  const { health, problems } = assess(view, cluster);
  const where = cluster.region === '' ? '' : ` (${cluster.region})`;
  const way = cluster.blueprint === 'kubernetes' ? 'master' : 'way in';
  const head = `${theme.paint('title', cluster.name)}${where} is ${state(health, look)}; ${way} ${cluster.master?.address ?? 'unknown'}\n`;
  const wrong = problems
    .map(
      ({ what, why, next }) =>
        `  ${theme.paint('bad', oneLine(what))}: ${oneLine(why)}\n    next: ${oneLine(inPlace(next, flags))}\n`,
    )
    .join('');
  return [head + wrong, ...kinds.map((kind) => section(kind, view, look))].join('\n');
}

function section<K extends Kind>(kind: K, view: ClusterView, look: Look): string {
  const title = look.theme.paint('title', SECTIONS[kind].title);
  // TypeScript does not see that a mapped type indexed by K is K's own pane.
  const pane = view[kind] as PaneState<readonly RowOf[K][]>;
  if (pane.status === 'loading') return '';
  if (pane.status === 'failed')
    return `${title}\n  not known: ${oneLine(pane.error.what)}: ${oneLine(pane.error.why)}\n`;
  const note = pane.status === 'stale' ? ` (in part: ${oneLine(pane.error.why)})` : '';
  if (pane.data.length === 0) return `${title}${note}\n  none\n`;
  return `${title}${note}\n${kindTable(kind, pane.data, look)}`;
}

/** The rows of one kind as a table with its header. */
export function kindTable<K extends Kind>(kind: K, rows: readonly RowOf[K][], look: Look = PIPE): string {
  const columns = (SECTIONS[kind] as Section<K>).columns(look);
  const cells = rows.map((row) =>
    columns.map(({ cell, state: isState }) => {
      const value = cell(row, look);
      const text = value === null || value === '' ? '-' : oneLine(String(value));
      return isState ? state(text, look) : text;
    }),
  );
  return table(
    columns.map(({ title }) => title),
    cells,
    (line) => look.theme.paint('dim', line),
  );
}
