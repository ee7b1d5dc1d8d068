/** Owns how Kubernetes pods are shown. */
import type { Pod } from '../../../cluster/model.ts';
import { KEY_OF } from '../../../cluster/row-key.ts';
import { SYMBOL } from '../../theme.ts';
import type { Cell } from '../../widgets/table.ts';
import { byName, countFault, orNone, pairs, type RowKind, text } from './row-kind.ts';

/** Kubernetes 0.4's PodStatus: Waiting, Running, Terminated. */
export function podCell(status: string): Cell {
  switch (status) {
    case 'Running':
      return { text: `${SYMBOL.ok} Running`, tone: 'ok' };
    case 'Waiting':
      return { text: `${SYMBOL.pending} Waiting`, tone: 'warn' };
    case 'Terminated':
      return { text: `${SYMBOL.bad} Terminated`, tone: 'bad' };
    default:
      return { text: `${SYMBOL.off} ${status === '' ? 'unknown' : status}`, tone: 'dim' };
  }
}

const restarts = (pod: Pod): number => pod.containers.reduce((sum, container) => sum + container.restarts, 0);

export const pods: RowKind<Pod> = {
  title: 'Pods',
  loading: 'asking the API for its pods',
  empty: 'no pods yet: kubecfg -c pod.json create pods',
  key: KEY_OF.pods,
  compare: (a, b) => byName(a.name, b.name),
  label: (pod) => pod.name,
  state: (pod) => {
    const times = restarts(pod);
    return `${pod.status}${pod.host === null ? '' : ` on ${pod.host}`}${times === 0 ? '' : `, ${times} restarts`}`;
  },
  labels: (pod) => pod.labels,
  search: (pod) =>
    [pod.name, pod.status, pod.host, pod.podIp, pod.images.join(' '), pairs(pod.labels)].join(' '),
  faults: (rows) =>
    countFault(rows.filter((pod) => pod.status === 'Terminated').length, 'terminated') ??
    countFault(rows.filter((pod) => pod.status === 'Waiting').length, 'waiting', 'warn'),
  columns: [
    { title: 'POD', rank: 0, cell: (pod) => ({ text: pod.name }) },
    { title: 'STATUS', rank: 1, compact: 1, cell: (pod) => podCell(pod.status) },
    { title: 'HOST', rank: 2, cell: (pod) => text(pod.host ?? 'unassigned') },
    { title: 'POD IP', rank: 4, cell: (pod) => text(pod.podIp) },
    {
      title: 'RESTARTS',
      rank: 5,
      align: 'right',
      order: restarts,
      cell: (pod) => {
        const count = restarts(pod);
        return count > 0 ? { text: String(count), tone: 'warn' } : { text: '0', tone: 'dim' };
      },
    },
    { title: 'IMAGES', rank: 3, min: 10, cell: (pod) => text(pod.images.join(',')) },
    { title: 'LABELS', rank: 6, min: 12, cell: (pod) => text(pairs(pod.labels)) },
  ],
  details: (pod) => [
    ['pod', pod.name],
    ['status', orNone(pod.status)],
    ['host', orNone(pod.host)],
    ['pod ip', orNone(pod.podIp)],
    ['labels', orNone(pairs(pod.labels))],
    ['images', orNone(pod.images.join(', '))],
    ...pod.containers.map(
      ({ name, image, state, restarts: times }) =>
        ['container', `${name}: ${state}, ${times} restarts, ${image}`] as const,
    ),
  ],
};
