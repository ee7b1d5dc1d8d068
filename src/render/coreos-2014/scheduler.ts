/** Owns kube-scheduler.service: gives each pod its minion. */
import type { Unit } from './unit.ts';
import { daemonFile } from './unit.ts';

export const scheduler: Unit = {
  name: 'kube-scheduler.service',
  about: 'The scheduler gives each pod its minion.',
  file: daemonFile(
    ['kube-apiserver.service', 'kube-download.service', 'etcd.service'],
    'scheduler',
    '--logtostderr=true --master=127.0.0.1:8080',
  ),
};
