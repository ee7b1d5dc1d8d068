/** Owns docker.service: the image's, overridden so that docker0 lives in flannel's subnet. */
import type { Role } from '../../cluster/model.ts';
import type { Form } from './node.ts';
import type { Unit } from './unit.ts';

export function docker(role: Role, form: Form): Unit {
  // The minion's blank after the sign is the article's; systemd reads both alike.
  const blank = form === 'published' && role === 'minion' ? ' ' : '';
  return {
    name: 'docker.service',
    about: "Docker on flannel's subnet in place of the image's own docker.service.",
    file: [
      '[Unit]',
      'After=flannel.service',
      `Requires=${blank}docker.socket flannel.service`,
      '[Service]',
      'Environment="TMPDIR=/var/tmp/"',
      'EnvironmentFile=/run/flannel/subnet.env',
      'ExecStartPre=/bin/mount --make-rprivate /',
      'LimitNOFILE=1048576',
      'LimitNPROC=1048576',
      'ExecStart=/usr/bin/docker --daemon --storage-driver=btrfs --host=fd:// --bip=${FLANNEL_SUBNET} --mtu=${FLANNEL_MTU}',
      '[Install]',
      'WantedBy=multi-user.target',
    ],
  };
}
