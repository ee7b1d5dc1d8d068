/** Owns how replication controllers are shown: how many replicas run of those asked for. */
import type { ReplicationController } from '../../../cluster/model.ts';
import { KEY_OF } from '../../../cluster/row-key.ts';
import { SYMBOL } from '../../theme.ts';
import { byName, orNone, pairs, type RowContext, type RowKind, text } from './row-kind.ts';

const running = (controller: ReplicationController, { podsOf }: RowContext): number =>
  podsOf(controller.selector).filter((pod) => pod.status === 'Running').length;

export const controllers: RowKind<ReplicationController> = {
  title: 'Controllers',
  loading: 'asking the API for its replication controllers',
  empty: 'no replication controllers yet: kubecfg -c controller.json create replicationControllers',
  key: KEY_OF.controllers,
  compare: (a, b) => byName(a.name, b.name),
  label: (controller) => controller.name,
  state: (controller) =>
    `${controller.replicas} replicas of ${orNone(controller.images.join(', '))}, selects ${orNone(pairs(controller.selector))}`,
  labels: (controller) => controller.selector,
  search: (controller) =>
    [controller.name, pairs(controller.selector), controller.images.join(' ')].join(' '),
  faults: () => null,
  columns: [
    { title: 'CONTROLLER', rank: 0, cell: (controller) => ({ text: controller.name }) },
    {
      title: 'RUNNING',
      rank: 1,
      compact: 1,
      order: running,
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
    ...context
      .podsOf(controller.selector)
      .map((pod) => ['pod', `${pod.name} ${pod.status} ${orNone(pod.host)}`] as const),
  ],
};
