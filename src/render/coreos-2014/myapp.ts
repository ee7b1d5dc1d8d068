/** Owns myapp.service: the article's example of a container that fleet keeps running somewhere on the cluster. */
import type { Unit } from './unit.ts';

export const myapp: Unit = {
  name: 'myapp.service',
  about: 'A container for fleet to schedule: kubecore ssh, then fleetctl start myapp.service.',
  file: [
    '[Unit]',
    'Description=MyApp',
    'After=docker.service',
    'Requires=docker.service',
    '',
    '[Service]',
    'TimeoutStartSec=0',
    'ExecStartPre=-/usr/bin/docker kill busybox1',
    'ExecStartPre=-/usr/bin/docker rm busybox1',
    'ExecStartPre=/usr/bin/docker pull busybox',
    'ExecStart=/usr/bin/docker run --name busybox1 busybox /bin/sh -c "while true; do echo Hello World; sleep 1; done"',
    'ExecStop=/usr/bin/docker stop busybox1',
  ],
};
