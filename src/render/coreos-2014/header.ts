/** Owns the head of the cloud-config: etcd's discovery and addresses, and the role that fleet announces. */
import type { Role } from '../../cluster/model.ts';
import type { Line } from '../lines.ts';
import { hole } from '../lines.ts';

/** `$private_ipv4` and `$public_ipv4` are filled in by coreos-cloudinit on the node, so the parameter is only half the word. */
export function headerLines(role: Role): readonly Line[] {
  return [
    '#cloud-config\n',
    'coreos:',
    '  etcd:',
    ['    discovery: ', hole('DiscoveryURL')],
    ['    addr: $', hole('AdvertisedIPAddress'), '_ipv4:4001'],
    ['    peer-addr: $', hole('AdvertisedIPAddress'), '_ipv4:7001'],
    '  fleet:',
    `    metadata: role=${role}`,
    '  units:',
  ];
}
