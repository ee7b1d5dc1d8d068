/** Owns how Kubernetes services are shown, with the pods that their selector finds. */
import type { Pod, Service } from '../../../cluster/model.ts';
import { byName, orNone, pairs, type RowKind, text } from './row-kind.ts';

/** Pods whose labels have all of the selector's; none for an empty selector. */
export function selectPods(selector: Readonly<Record<string, string>>, pods: readonly Pod[]): readonly Pod[] {
  const wanted = Object.entries(selector);
  if (wanted.length === 0) return [];
  return pods.filter((pod) => wanted.every(([key, value]) => pod.labels[key] === value));
}

export const services: RowKind<Service> = {
  title: 'Services',
  loading: 'asking the API for its services',
  empty: 'no services yet: kubecfg -c service.json create services',
  key: (service) => service.name,
  compare: (a, b) => byName(a.name, b.name),
  signature: (service) => [service.port, pairs(service.selector), pairs(service.labels)].join('\n'),
  search: (service) => [service.name, service.port, pairs(service.selector), pairs(service.labels)].join(' '),
  faults: () => null,
  columns: [
    { title: 'SERVICE', rank: 0, cell: (service) => ({ text: service.name }) },
    { title: 'PORT', rank: 1, align: 'right', cell: (service) => text(service.port) },
    {
      title: 'PODS',
      rank: 3,
      align: 'right',
      cell: (service, { pods }) => text(selectPods(service.selector, pods).length),
    },
    { title: 'SELECTOR', rank: 2, min: 10, cell: (service) => text(pairs(service.selector)) },
    { title: 'LABELS', rank: 4, min: 10, cell: (service) => text(pairs(service.labels)) },
  ],
  details: (service, { pods }) => [
    ['service', service.name],
    ['port', String(service.port)],
    ['selector', orNone(pairs(service.selector))],
    ['labels', orNone(pairs(service.labels))],
    ...selectPods(service.selector, pods).map(
      (pod) => ['pod', `${pod.name} ${pod.status} ${orNone(pod.podIp)}`] as const,
    ),
  ],
};
