/** Owns flannel.service: writes the network to etcd, runs flanneld, and waits until the node has its subnet. */
import type { Role } from '../../cluster/model.ts';
import { hole } from '../lines.ts';
import type { Unit } from './unit.ts';

/** The download differs: the minion's one download unit brings flanneld along. */
export function flannel(role: Role): Unit {
  const needs = `${role === 'master' ? 'flannel-download.service' : 'kube-download.service'} etcd.service`;
  return {
    name: 'flannel.service',
    about: "Gives this node its share of the Docker network; loops until etcd takes the network's address.",
    file: [
      '[Unit]',
      `After=${needs}`,
      `Requires=${needs}`,
      '[Service]',
      // systemd unescapes \" inside the double quotes, so bash sees '{"Network":"…"}'.
      [
        String.raw`ExecStartPre=/bin/bash -c "until /usr/bin/etcdctl --no-sync set /coreos.com/network/config '{\"Network\":\"`,
        hole('DockerCIDR'),
        String.raw`\"}' ; do /usr/bin/sleep 1 ; done"`,
      ],
      'ExecStart=/opt/bin/flanneld',
      'ExecStartPost=/bin/bash -c "until [ -e /run/flannel/subnet.env ]; do /usr/bin/sleep 1 ; done"',
      '[Install]',
      'WantedBy=multi-user.target',
    ],
  };
}
