/** Owns how Kubernetes minions are shown, with the number of pods each has. */
import type { Minion } from '../../../cluster/model.ts';
import { KEY_OF } from '../../../cluster/row-key.ts';
import { SYMBOL } from '../../theme.ts';
import { byName, countFault, orNone, pairs, type RowKind, text } from './row-kind.ts';

/** Bytes in binary units: `3 GiB`, `3.5 GiB`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}

/** Kubernetes 0.4 counts capacity in thousandths of a core (apiserver's -node_milli_cpu). */
const milliCores = (cpu: number | null): string | null => (cpu === null ? null : `${cpu}m`);

export const minions: RowKind<Minion> = {
  title: 'Minions',
  loading: 'asking the API for its minions',
  empty: 'no minions yet: kube-register registers each node that fleet lists',
  key: KEY_OF.minions,
  compare: (a, b) => byName(a.name, b.name),
  label: (minion) => minion.name,
  state: (minion) =>
    `${minion.registered ? 'registered' : 'missing'}, ${orNone(milliCores(minion.cpu))} ${minion.memory === null ? '-' : bytes(minion.memory)}`,
  search: (minion) => `${minion.name} ${minion.registered ? 'registered' : 'missing'}`,
  faults: (rows) => countFault(rows.filter((minion) => !minion.registered).length, 'not registered'),
  columns: [
    { title: 'MINION', rank: 0, cell: (minion) => ({ text: minion.name }) },
    {
      title: 'STATE',
      rank: 1,
      compact: 1,
      cell: (minion) =>
        minion.registered
          ? { text: `${SYMBOL.ok} registered`, tone: 'ok' }
          : { text: `${SYMBOL.bad} missing`, tone: 'bad' },
    },
    {
      title: 'PODS',
      rank: 2,
      align: 'right',
      order: (minion, { podsByHost }) => podsByHost.get(minion.name)?.length ?? 0,
      cell: (minion, { podsByHost }) => text(podsByHost.get(minion.name)?.length ?? 0),
    },
    {
      title: 'CPU',
      rank: 3,
      align: 'right',
      order: (minion) => minion.cpu ?? -1,
      cell: (minion) => text(milliCores(minion.cpu)),
    },
    {
      title: 'MEMORY',
      rank: 4,
      align: 'right',
      order: (minion) => minion.memory ?? -1,
      cell: (minion) => text(minion.memory === null ? null : bytes(minion.memory)),
    },
    {
      title: 'MACHINE',
      rank: 5,
      cell: (minion, { machinesByIp, shortId }) => {
        const machine = machinesByIp.get(minion.name);
        return text(machine ? shortId(machine.id) : null);
      },
    },
  ],
  details: (minion, { machinesByIp, podsByHost }) => [
    ['minion', minion.name],
    ['registered', minion.registered ? 'yes' : 'no'],
    ['cpu', orNone(milliCores(minion.cpu))],
    ['memory', minion.memory === null ? '-' : `${bytes(minion.memory)} (${minion.memory} bytes)`],
    ['machine', orNone(machinesByIp.get(minion.name)?.id ?? null)],
    ['instance', orNone(machinesByIp.get(minion.name)?.instanceId ?? null)],
    ...(podsByHost.get(minion.name) ?? []).map(
      (pod) => ['pod', `${pod.name} ${pod.status} ${pairs(pod.labels)}`] as const,
    ),
  ],
};
