/**
 * Owns the units that come with the CoreOS image (alpha of November 2014) and which of them start at every boot.
 */

const service = (description: string, exec: string, more = '', unit = ''): string =>
  `[Unit]\nDescription=${description}\n${unit}\n[Service]\nExecStart=${exec}\n${more}`;

const target = (description: string, unit = ''): string => `[Unit]\nDescription=${description}\n${unit}`;

export const VENDOR_UNITS: Readonly<Record<string, string>> = {
  'basic.target': target('Basic System'),
  'network.target': target('Network'),
  'network-online.target': target(
    'Network is Online',
    'Documentation=man:systemd.special(7)\nAfter=network.target systemd-networkd.service\n',
  ),
  'sockets.target': target('Sockets'),
  'early-docker.target': target('Run Docker containers before main Docker starts up'),
  'multi-user.target': target('Multi-User System', 'Requires=basic.target\nAfter=basic.target\n'),
  '-.mount': '[Unit]\nDescription=Root Mount\n\n[Mount]\nWhat=/dev/xvda9\nWhere=/\n',
  'usr.mount': '[Unit]\nDescription=/usr\n\n[Mount]\nWhat=/dev/xvda3\nWhere=/usr\n',
  'dbus.service': service(
    'D-Bus System Message Bus',
    '/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation',
  ),
  'systemd-journald.service': service('Journal Service', '/usr/lib/systemd/systemd-journald'),
  'systemd-logind.service': service('Login Service', '/usr/lib/systemd/systemd-logind'),
  'systemd-networkd.service': service('Network Service', '/usr/lib/systemd/systemd-networkd'),
  'systemd-resolved.service': service('Network Name Resolution', '/usr/lib/systemd/systemd-resolved'),
  'systemd-timesyncd.service': service('Network Time Synchronization', '/usr/lib/systemd/systemd-timesyncd'),
  'systemd-udevd.service': service('udev Kernel Device Manager', '/usr/lib/systemd/systemd-udevd'),
  'sshd.socket':
    '[Unit]\nDescription=OpenSSH Server Socket\nConflicts=sshd.service\n\n[Socket]\nListenStream=22\nAccept=yes\n\n[Install]\nWantedBy=sockets.target\n',
  'update-engine.service': service(
    'Update Engine',
    '/usr/sbin/update_engine -foreground -logtostderr',
    'Restart=always\nRestartSec=30\n',
  ),
  'locksmithd.service': service(
    'Cluster reboot manager',
    '/usr/lib/locksmith/locksmithd',
    'EnvironmentFile=-/etc/coreos/update.conf\nRestart=always\nRestartSec=10s\n',
    'After=etcd.service update-engine.service\n',
  ),
  'oem-cloudinit.service': `[Unit]
Description=Cloudinit from EC2-style metadata
Requires=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/coreos-cloudinit --oem=ec2-compat
`,
  'etcd.service': `[Unit]
Description=etcd

[Service]
User=etcd
PermissionsStartOnly=true
Environment=ETCD_DATA_DIR=/var/lib/etcd ETCD_NAME=%m
ExecStart=/usr/bin/etcd
Restart=always
RestartSec=10s
LimitNOFILE=40000
`,
  'fleet.socket': `[Unit]
Description=Fleet API Socket
PartOf=fleet.service

[Socket]
ListenStream=/var/run/fleet.sock
SocketMode=0660
SocketUser=root
SocketGroup=fleet
`,
  'fleet.service': `[Unit]
Description=fleet daemon

Wants=etcd.service fleet.socket
After=etcd.service fleet.socket

[Service]
ExecStart=/usr/bin/fleetd
Restart=always
RestartSec=10s

[Install]
WantedBy=multi-user.target
`,
  'docker.socket': `[Unit]
Description=Docker Socket for the API
PartOf=docker.service

[Socket]
SocketMode=0660
SocketUser=docker
SocketGroup=docker
ListenStream=/var/run/docker.sock

[Install]
WantedBy=sockets.target
`,
  'docker.service': `[Unit]
Description=Docker Application Container Engine
Documentation=http://docs.docker.io
After=docker.socket early-docker.target network.target
Requires=docker.socket early-docker.target

[Service]
Environment=TMPDIR=/var/tmp
EnvironmentFile=-/run/flannel_docker_opts.env
LimitNOFILE=1048576
LimitNPROC=1048576
ExecStart=/usr/lib/coreos/dockerd --daemon --storage-driver=btrfs --host=fd:// $DOCKER_OPTS

[Install]
WantedBy=multi-user.target
`,
};

/** Active on every host before the cloud-config is read. */
export const STARTED_AT_BOOT: readonly string[] = [
  '-.mount',
  'usr.mount',
  'systemd-journald.service',
  'systemd-udevd.service',
  'dbus.service',
  'systemd-logind.service',
  'systemd-networkd.service',
  'systemd-resolved.service',
  'systemd-timesyncd.service',
  'network.target',
  'network-online.target',
  'basic.target',
  'docker.socket',
  'sshd.socket',
  'sockets.target',
  'early-docker.target',
  'update-engine.service',
  'locksmithd.service',
  'multi-user.target',
  'oem-cloudinit.service',
];
