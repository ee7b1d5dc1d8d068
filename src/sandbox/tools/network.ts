/** Owns what a tool on one host can reach of the others: names and addresses, and links that are down. */
import type { Host, Hosts } from '../contract.ts';

const LOCAL = new Set(['127.0.0.1', 'localhost', '0.0.0.0', '']);

/** The host behind an address as seen from `from`; null when no packet gets there. */
export function reachable(hosts: Hosts, from: Host, address: string): Host | null {
  if (LOCAL.has(address)) return from;
  const target =
    hosts.byIp(address) ??
    hosts.all().find((host) => host.instance.publicIp === address || host.state.hostname === address);
  if (target === undefined || target.instance.state !== 'running') return null;
  if (target === from) return target;
  const now = hosts.clock.now();
  return [from, target].some((host) => (host.state.unreachableUntil ?? 0) > now) ? null : target;
}
