/** Owns kube-apiserver.service: the Kubernetes API, on the master's loopback alone. */
import type { Unit } from './unit.ts';
import { daemonFile } from './unit.ts';

export const apiserver: Unit = {
  name: 'kube-apiserver.service',
  about: 'The API server, on loopback alone: it knows no authentication.',
  file: daemonFile(
    ['kube-download.service', 'etcd.service'],
    'apiserver',
    '--address=127.0.0.1 --port=8080 --etcd_servers=http://127.0.0.1:4001 --logtostderr=true',
  ),
};
