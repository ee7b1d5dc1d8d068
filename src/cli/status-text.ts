/** Owns `kubecore status` as text: health and problems first, then a table a kind. */
import { assess } from '../cluster/health.ts';
import type { Cluster, Kind, RowOf } from '../cluster/model.ts';
import type { ClusterView, PaneState } from '../cluster/store-contract.ts';
import { oneLine } from './io.ts';
import { table } from './table.ts';

interface Look<K extends Kind> {
  readonly title: string;
  readonly header: readonly string[];
  readonly cells: (row: RowOf[K]) => readonly (string | number | null)[];
}

const pairs = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

const LOOKS: { readonly [K in Kind]: Look<K> } = {
  machines: {
    title: 'MACHINES',
    header: ['ID', 'IP', 'ROLE', 'INSTANCE', 'TYPE', 'ZONE', 'STATE'],
    cells: (row) => [row.id, row.ip, row.role, row.instanceId, row.instanceType, row.zone, row.state],
  },
  units: {
    title: 'UNITS',
    header: ['UNIT', 'IP', 'LOAD', 'ACTIVE', 'SUB'],
    cells: (row) => [row.name, row.ip, row.load, row.active, row.sub],
  },
  minions: {
    title: 'MINIONS',
    header: ['MINION', 'CPU', 'MEMORY', 'REGISTERED'],
    cells: (row) => [row.name, row.cpu, row.memory, row.registered ? 'yes' : 'no'],
  },
  pods: {
    title: 'PODS',
    header: ['POD', 'IMAGES', 'HOST', 'LABELS', 'STATUS'],
    cells: (row) => [row.name, row.images.join(','), row.host, pairs(row.labels), row.status],
  },
  services: {
    title: 'SERVICES',
    header: ['SERVICE', 'LABELS', 'SELECTOR', 'PORT'],
    cells: (row) => [row.name, pairs(row.labels), pairs(row.selector), row.port],
  },
  controllers: {
    title: 'REPLICATION CONTROLLERS',
    header: ['CONTROLLER', 'IMAGES', 'SELECTOR', 'REPLICAS'],
    cells: (row) => [row.name, row.images.join(','), pairs(row.selector), row.replicas],
  },
};

/** The whole report for a person. */
export function statusText(view: ClusterView, cluster: Cluster, kinds: readonly Kind[]): string {
  const { health, problems } = assess(view, cluster);
  const where = cluster.region === '' ? '' : ` (${cluster.region})`;
  const head = `${cluster.name}${where} is ${health}; ${cluster.blueprint === 'kubernetes' ? 'master' : 'way in'} ${cluster.master?.address ?? 'unknown'}\n`;
  const wrong = problems
    .map(({ what, why, next }) => `  ${oneLine(what)}: ${oneLine(why)}\n    next: ${oneLine(next)}\n`)
    .join('');
  return [head + wrong, ...kinds.map((kind) => section(kind, view))].join('\n');
}

function section<K extends Kind>(kind: K, view: ClusterView): string {
  const look: Look<K> = LOOKS[kind];
  // TypeScript does not see that a mapped type indexed by K is K's own pane.
  const state = view[kind] as PaneState<readonly RowOf[K][]>;
  if (state.status === 'loading') return '';
  if (state.status === 'failed')
    return `${look.title}\n  not known: ${oneLine(state.error.what)}: ${oneLine(state.error.why)}\n`;
  const note = state.status === 'stale' ? ` (in part: ${oneLine(state.error.why)})` : '';
  if (state.data.length === 0) return `${look.title}${note}\n  none\n`;
  return `${look.title}${note}\n${kindTable(kind, state.data)}`;
}

/** The rows of one kind as a table with its header. */
export function kindTable<K extends Kind>(kind: K, rows: readonly RowOf[K][]): string {
  const look: Look<K> = LOOKS[kind];
  const cells = rows.map((row) =>
    look.cells(row).map((cell) => (cell === null || cell === '' ? '-' : oneLine(String(cell)))),
  );
  return table(look.header, cells);
}
