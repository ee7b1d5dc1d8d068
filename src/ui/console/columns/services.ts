/** Owns how Kubernetes services are shown, with the pods that their selector finds. */
import type { Service } from '../../../cluster/model.ts';
import { KEY_OF } from '../../../cluster/row-key.ts';
import { byName, orNone, pairs, type RowKind, text } from './row-kind.ts';

export const services: RowKind<Service> = {
  title: 'Services',
  loading: 'asking the API for its services',
  empty: 'no services yet: kubecfg -c service.json create services',
  key: KEY_OF.services,
  compare: (a, b) => byName(a.name, b.name),
  label: (service) => service.name,
  state: (service) => `port ${service.port}, selects ${orNone(pairs(service.selector))}`,
  labels: (service) => service.labels,
  search: (service) => [service.name, service.port, pairs(service.selector), pairs(service.labels)].join(' '),
  faults: () => null,
  columns: [
    { title: 'SERVICE', rank: 0, cell: (service) => ({ text: service.name }) },
    {
      title: 'PORT',
      rank: 1,
      align: 'right',
      order: (service) => service.port,
      cell: (service) => text(service.port),
    },
    {
      title: 'PODS',
      rank: 3,
      align: 'right',
      order: (service, { podsOf }) => podsOf(service.selector).length,
      cell: (service, { podsOf }) => text(podsOf(service.selector).length),
    },
    { title: 'SELECTOR', rank: 2, min: 10, cell: (service) => text(pairs(service.selector)) },
    { title: 'LABELS', rank: 4, min: 10, cell: (service) => text(pairs(service.labels)) },
  ],
  details: (service, { podsOf }) => [
    ['service', service.name],
    ['port', String(service.port)],
    ['selector', orNone(pairs(service.selector))],
    ['labels', orNone(pairs(service.labels))],
    ...podsOf(service.selector).map(
      (pod) => ['pod', `${pod.name} ${pod.status} ${orNone(pod.podIp)}`] as const,
    ),
  ],
};
