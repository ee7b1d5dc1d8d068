/**
 * Owns the one question put to etcd: has a quorum ever agreed here? flannel's unit writes /coreos.com/network/config
 * through etcd before it starts (article, flannel.service), and a write needs a quorum; so a node on which that key can
 * be read belongs to an etcd that formed one. Without flannel it is fleet that writes: each machine its presence, under
 * /_coreos.com/fleet/machines (fleet 0.8 documentation, "etcd-key-prefix").
 */
import type { RunResult } from '../ports.ts';
import { printable } from '../printable.ts';
import { decode, ending, nonEmptyLines } from './output.ts';

export const NETWORK_KEY = '/coreos.com/network/config';

/** As the article's units call it: `--no-sync` asks the local member and does not look for the others. */
export const quorumArgv: readonly string[] = ['etcdctl', '--no-sync', 'get', NETWORK_KEY];

/** The same question where there is no flannel. */
export const fleetQuorumArgv: readonly string[] = [
  'etcdctl',
  '--no-sync',
  'ls',
  '/_coreos.com/fleet/machines',
];

/** Etcd's own verdict on its cluster; an etcdctl that does not know the word says so. */
export const healthArgv: readonly string[] = ['etcdctl', 'cluster-health'];

/** `ok`, or why etcd is not there yet. */
export function readQuorum(result: RunResult): { readonly ok: boolean; readonly detail: string } {
  if (result.code === 0) return { ok: true, detail: printable(decode(result.stdout)) };
  const line = nonEmptyLines(decode(result.stderr)).at(-1) ?? nonEmptyLines(decode(result.stdout)).at(-1);
  return { ok: false, detail: printable(line ?? ending(result)) };
}
