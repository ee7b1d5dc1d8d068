/**
 * Owns asking etcd whether it still agrees on anything. Without a quorum reads go on and fleet answers with old data for
 * ever; but every machine of fleet renews its presence, a key that lives 30 s, and a renewal is a write. So when all those
 * keys have outlived their time, nothing has been written since. (FACTS.md; the recording is fleet-etcd-machines.)
 */
import type { RunResult } from '../ports.ts';
import { decode, nonEmptyLines } from './output.ts';

export const leasesArgv: readonly string[] = [
  'curl',
  '-s',
  '-S',
  '--max-time',
  '5',
  'http://127.0.0.1:4001/v2/keys/_coreos.com/fleet/machines?recursive=true',
];

export interface Leases {
  /** Machines whose presence is written down. */
  readonly count: number;
  /** Seconds that the freshest of them has left; 0 or less when it has run out. */
  readonly freshest: number;
}

interface Node {
  readonly key?: unknown;
  readonly ttl?: unknown;
  readonly nodes?: unknown;
}

function* leavesOf(node: Node): Generator<Node> {
  if (Array.isArray(node.nodes)) for (const child of node.nodes as Node[]) yield* leavesOf(child ?? {});
  else yield node;
}

/** Reads `leasesArgv`; null when it says nothing of leases (no fleet yet, no curl, etcd not there: others say that). */
export function readLeases(result: RunResult): Leases | null {
  if (result.code !== 0) return null;
  const [line] = nonEmptyLines(decode(result.stdout));
  try {
    const answer = JSON.parse(line ?? '') as { readonly node?: Node } | null;
    const ttls = [...leavesOf(answer?.node ?? {})].flatMap(({ ttl }) =>
      typeof ttl === 'number' ? [ttl] : [],
    );
    return ttls.length === 0 ? null : { count: ttls.length, freshest: Math.max(...ttls) };
  } catch {
    return null;
  }
}
