/** Owns IPv4 networks: reading `a.b.c.d/n`, and whether one overlaps or lies within another. */
import ipaddr from 'ipaddr.js';

/** An IPv4 network as numbers. */
export interface Net {
  readonly address: ipaddr.IPv4;
  readonly bits: number;
  readonly first: number;
  readonly last: number;
}

const toNumber = (address: ipaddr.IPv4): number =>
  address.octets.reduce((sum, octet) => sum * 256 + octet, 0);
const toText = (n: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');

/** An IPv4 network `a.b.c.d/n` with four octets and no host bits, or why not. */
export function parseCidr(text: string): { net: Net } | { why: string; hint: string } {
  const match = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) {
    const bare = ipaddr.IPv4.isValidFourPartDecimal(text);
    return {
      why: 'it is not a network such as 172.24.0.0/16',
      hint: bare ? `did you mean ${text}/32?` : 'write four numbers and a prefix length: a.b.c.d/n',
    };
  }
  if (!ipaddr.IPv4.isValidFourPartDecimal(match[1]!))
    return {
      why: `${match[1]} is not an IPv4 address`,
      hint: 'each of the four numbers is from 0 to 255, without leading zeros',
    };
  const bits = Number(match[2]);
  if (bits > 32) return { why: `/${bits} is longer than 32 bits`, hint: 'use a prefix length from 0 to 32' };
  const address = ipaddr.IPv4.parse(match[1]!);
  const size = 2 ** (32 - bits);
  const first = Math.floor(toNumber(address) / size) * size;
  if (first !== toNumber(address))
    return {
      why: `${match[1]} has bits beyond its /${bits}`,
      hint: `did you mean ${toText(first)}/${bits}?`,
    };
  return { net: { address, bits, first, last: first + size - 1 } };
}

export const overlaps = (a: Net, b: Net): boolean => a.first <= b.last && b.first <= a.last;
/** Do two networks share an address? Both are right by `parseCidr`. */
export const cidrsOverlap = (a: string, b: string): boolean => overlaps(known(a), known(b));
export const within = (inner: Net, outer: Net): boolean =>
  inner.first >= outer.first && inner.last <= outer.last;
/** A network whose text is known to be right. */
export const known = (text: string): Net => {
  const parsed = parseCidr(text);
  if (!('net' in parsed)) throw new RangeError(text);
  return parsed.net;
};
