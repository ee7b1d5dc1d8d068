/** Owns kube-proxy.service: carries connections to services to their pods. */
import type { Unit } from './unit.ts';
import { daemonFile } from './unit.ts';

export const proxy: Unit = {
  name: 'kube-proxy.service',
  about: 'The proxy carries connections to services to their pods.',
  file: daemonFile(
    ['kube-download.service', 'etcd.service'],
    'proxy',
    '--etcd_servers=http://127.0.0.1:4001 --logtostderr=true',
  ),
};
