/** Owns the head of a cloud-config: etcd's discovery and addresses, and the role that fleet announces. */
import type { Role } from '../../cluster/model.ts';
import type { Line } from '../lines.ts';
import { hole } from '../lines.ts';

export const headLines: readonly Line[] = ['#cloud-config\n', 'coreos:'];

/** `$private_ipv4` and `$public_ipv4` are filled in by coreos-cloudinit on the node, so the parameter is only half the word. */
export const etcdLines: readonly Line[] = [
  '  etcd:',
  ['    discovery: ', hole('DiscoveryURL')],
  ['    addr: $', hole('AdvertisedIPAddress'), '_ipv4:4001'],
  ['    peer-addr: $', hole('AdvertisedIPAddress'), '_ipv4:7001'],
];

export const metadataLines = (role: Role): readonly Line[] => ['  fleet:', `    metadata: role=${role}`];
