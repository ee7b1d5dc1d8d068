/** Owns the values that fill the holes of a cloud-config or unit file for a person to read. */
import type { Parameters } from '../cluster/parameters.ts';
import type { Hole } from './lines.ts';

/** An undecided discovery URL stands as `<service>/<new token>`. `$private_ipv4` is filled in on the node. */
export const holeValues = (parameters: Parameters): Readonly<Record<Hole, string>> => ({
  AdvertisedIPAddress: parameters.advertisedIp,
  DiscoveryURL: parameters.discoveryUrl ?? `${parameters.discoveryService}/<new token>`,
  DockerCIDR: parameters.dockerCidr,
});
