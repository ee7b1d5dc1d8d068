/** Owns kube-kubelet.service: runs the pods that are scheduled to this node. */
import { hole } from '../lines.ts';
import type { Unit } from './unit.ts';
import { daemonFile } from './unit.ts';

export const kubelet: Unit = {
  name: 'kube-kubelet.service',
  about: 'The kubelet runs the pods scheduled to this node; its name is the advertised address.',
  file: daemonFile(['kube-download.service', 'etcd.service'], 'kubelet', [
    '--address=0.0.0.0 --port=10250 --hostname_override=$',
    hole('AdvertisedIPAddress'),
    '_ipv4 --etcd_servers=http://127.0.0.1:4001 --logtostderr=true',
  ]),
};
