/** Owns how replication controllers are shown: how many replicas run of those asked for. */
import type { ReplicationController } from '../../../cluster/model.ts';
import { SYMBOL } from '../../theme.ts';
import { byName, orNone, pairs, type RowContext, type RowKind, text } from './row-kind.ts';
import { selectPods } from './services.ts';

const running = (controller: ReplicationController, { pods }: RowContext): number =>
  selectPods(controller.selector, pods).filter((pod) => pod.status === 'Running').length;

export const controllers: RowKind<ReplicationController> = {
  title: 'Controllers',
  loading: 'asking the API for its replication controllers',
  empty: 'no replication controllers yet: kubecfg -c controller.json create replicationControllers',
  key: (controller) => controller.name,
  compare: (a, b) => byName(a.name, b.name),
  signature: (controller) => [controller.replicas, pairs(controller.selector)].join('\n'),
  search: (controller) =>
    [controller.name, pairs(controller.selector), controller.images.join(' ')].join(' '),
  faults: () => null,
  columns: [
    { title: 'CONTROLLER', rank: 0, cell: (controller) => ({ text: controller.name }) },
    {
      title: 'RUNNING',
      rank: 1,
      cell: (controller, context) => {
        const count = running(controller, context);
        return count >= controller.replicas
          ? { text: `${SYMBOL.ok} ${count} of ${controller.replicas}`, tone: 'ok' }
          : { text: `${SYMBOL.pending} ${count} of ${controller.replicas}`, tone: 'warn' };
      },
    },
    { title: 'SELECTOR', rank: 2, min: 10, cell: (controller) => text(pairs(controller.selector)) },
    { title: 'IMAGES', rank: 3, min: 10, cell: (controller) => text(controller.images.join(',')) },
  ],
  details: (controller, context) => [
    ['controller', controller.name],
    ['replicas', String(controller.replicas)],
    ['running', String(running(controller, context))],
    ['selector', orNone(pairs(controller.selector))],
    ['images', orNone(controller.images.join(', '))],
    ...selectPods(controller.selector, context.pods).map(
      (pod) => ['pod', `${pod.name} ${pod.status} ${orNone(pod.host)}`] as const,
    ),
  ],
};
