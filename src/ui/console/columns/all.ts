/** Owns the table of all kinds of rows, and what is joined between them. */
import type { Pod } from '../../../cluster/model.ts';
import type { ClusterView, PaneState } from '../../../cluster/store-contract.ts';
import { controllers } from './controllers.ts';
import { machines } from './machines.ts';
import { minions } from './minions.ts';
import { overview } from './overview.ts';
import { pods } from './pods.ts';
import type { RowContext, RowKinds } from './row-kind.ts';
import { services } from './services.ts';
import { units } from './units.ts';

export const ROW_KINDS: RowKinds = { machines, units, minions, pods, services, controllers, overview };

const SHORTEST = 8;

/** A function that shortens a machine id to 8 digits and `…`, or more where two of `ids` begin alike. */
export function shortener(ids: readonly string[]): (id: string) => string {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id.slice(0, SHORTEST), (counts.get(id.slice(0, SHORTEST)) ?? 0) + 1);
  return (id) => {
    if (id.length <= SHORTEST + 1) return id;
    const alike = counts.get(id.slice(0, SHORTEST)) ?? 0;
    if (alike <= 1) return `${id.slice(0, SHORTEST)}…`;
    const others = ids.filter((other) => other !== id);
    for (let length = SHORTEST + 1; length < id.length - 1; length++) {
      if (!others.some((other) => other.startsWith(id.slice(0, length)))) return `${id.slice(0, length)}…`;
    }
    return id;
  };
}

const NOTHING: readonly never[] = [];

/** What is known of a kind, be it live or stale. */
export function dataOf<T>(state: PaneState<readonly T[]>): readonly T[] {
  return state.status === 'live' || state.status === 'stale' ? state.data : NOTHING;
}

function addTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const there = map.get(key);
  if (there) there.push(value);
  else map.set(key, [value]);
}

/** Finds pods by labels without going through all of them for each selector. */
function podFinder(pods: readonly Pod[]): RowContext['podsOf'] {
  const byLabel = new Map<string, Pod[]>();
  for (const pod of pods)
    for (const [key, value] of Object.entries(pod.labels)) addTo(byLabel, `${key}\u0000${value}`, pod);
  return (selector) => {
    const wanted = Object.entries(selector);
    let fewest: readonly Pod[] | null = null;
    for (const [key, value] of wanted) {
      const some = byLabel.get(`${key}\u0000${value}`) ?? NOTHING;
      if (fewest === null || some.length < fewest.length) fewest = some;
    }
    return (fewest ?? NOTHING).filter((pod) => wanted.every(([key, value]) => pod.labels[key] === value));
  };
}

/** Everything but the time, joined from the machines and the pods of a view. */
export function joinContext(view: ClusterView): Omit<RowContext, 'now'> {
  const allMachines = dataOf(view.machines);
  const allPods = dataOf(view.pods);
  const podsByHost = new Map<string, Pod[]>();
  for (const pod of allPods) if (pod.host !== null) addTo(podsByHost, pod.host, pod);
  // A lost machine's address may be another's by now.
  const oldFirst = [...allMachines].sort(
    (a, b) => Number(a.lostAt === undefined) - Number(b.lostAt === undefined),
  );
  return {
    shortId: shortener(allMachines.map((machine) => machine.id)),
    machinesById: new Map(allMachines.map((machine) => [machine.id, machine])),
    machinesByIp: new Map(oldFirst.map((machine) => [machine.ip, machine])),
    podsByHost,
    podsOf: podFinder(allPods),
  };
}
