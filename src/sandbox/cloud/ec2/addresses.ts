/**
 * Owns the addresses and names of instances. Private ones come from the subnet and are unique in the whole world (every
 * region's default VPC is 172.31.0.0/16, and one address map must find the host); public ones come from the blocks
 * set aside for documentation and tests (RFC 5737, RFC 2544), so that none is anybody's.
 */
import type { World } from '../../contract.ts';
import { chance } from '../ids.ts';

/** What checkip answers: the address that this computer seems to have. */
export const CALLER_ADDRESS = '203.0.113.10';

function used(world: World): Set<string> {
  const taken = new Set([CALLER_ADDRESS]);
  for (const region of Object.values(world.regions)) {
    for (const instance of Object.values(region.instances)) {
      if (instance.state === 'terminated') continue;
      taken.add(instance.privateIp);
      if (instance.publicIp) taken.add(instance.publicIp);
    }
  }
  return taken;
}

/** A free address in 172.31.x.0/20; AWS keeps the first four and the last of a subnet for itself. */
export function freePrivateAddress(world: World, cidr: string): string {
  const taken = used(world);
  const [a, b, c] = cidr.split('.').map(Number);
  const size = 4_096;
  const begin = Math.floor(chance(world) * size);
  for (let step = 0; step < size; step += 1) {
    const offset = (begin + step) % size;
    if (offset < 4 || offset === size - 1 || offset % 256 === 0 || offset % 256 === 255) continue;
    const address = `${a}.${b}.${(c ?? 0) + Math.floor(offset / 256)}.${offset % 256}`;
    if (!taken.has(address)) return address;
  }
  throw new Error(`subnet ${cidr} is full`);
}

const DOCUMENTATION = ['198.51.100', '203.0.113', '192.0.2'];

export function freePublicAddress(world: World): string {
  const taken = used(world);
  const small = DOCUMENTATION.length * 254;
  const begin = Math.floor(chance(world) * small);
  for (let step = 0; step < small; step += 1) {
    const at = (begin + step) % small;
    const address = `${DOCUMENTATION[Math.floor(at / 254)]}.${1 + (at % 254)}`;
    if (!taken.has(address)) return address;
  }
  for (let at = 0; at < 65_536; at += 1) {
    const address = `198.18.${at >> 8}.${at & 255}`;
    if (!taken.has(address)) return address;
  }
  throw new Error('no public address is left');
}

const dashed = (address: string): string => address.replaceAll('.', '-');

export const privateName = (region: string, address: string): string =>
  `ip-${dashed(address)}.${region === 'us-east-1' ? 'ec2' : `${region}.compute`}.internal`;

export const publicName = (region: string, address: string): string =>
  `ec2-${dashed(address)}.${region === 'us-east-1' ? 'compute-1' : `${region}.compute`}.amazonaws.com`;
