/** Owns kube-controller-manager.service: keeps as many pods as the replication controllers ask for. */
import type { Unit } from './unit.ts';
import { daemonFile } from './unit.ts';

export const controllerManager: Unit = {
  name: 'kube-controller-manager.service',
  about: 'The controller manager keeps as many pods as the replication controllers ask for.',
  file: daemonFile(
    ['kube-apiserver.service', 'kube-download.service', 'etcd.service'],
    'controller-manager',
    '--master=127.0.0.1:8080 --logtostderr=true',
  ),
};
