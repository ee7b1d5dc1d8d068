/**
 * Owns etcd 0.4's list of its members and taking one out of it, by curl to the peer port: etcdctl 0.4 knows neither. Paths and
 * fields are those of etcd 0.4's peer server (`/v2/admin/machines`, `/remove/NAME`). A member's name is its machine id,
 * as CoreOS's etcd.service gives it.
 */
import type { RunResult } from '../ports.ts';
import { decode, ending, nonEmptyLines, toolError, unreadable } from './output.ts';

export interface EtcdMember {
  readonly name: string;
  /** A standby votes on nothing: it only forwards. */
  readonly state: 'leader' | 'follower' | 'standby';
}

const curl = (...words: readonly string[]): readonly string[] => [
  'curl',
  '--silent',
  '--show-error',
  '--fail',
  '--location',
  '--max-time',
  '10',
  ...words,
];

const PEER = 'http://127.0.0.1:7001';

export const membersArgv: readonly string[] = curl(`${PEER}/v2/admin/machines`);

/** Takes a member out; from then on the others' majority is counted without it. */
export const removeArgv = (name: string): readonly string[] =>
  curl('--request', 'DELETE', `${PEER}/remove/${name}`);

/**
 * The members, from what `membersArgv` printed.
 * @throws KubecoreError (cluster) when etcd does not answer or answers otherwise
 */
export function readMembers(result: RunResult): readonly EtcdMember[] {
  if (result.code !== 0) throw notAnswering('etcd does not list its members', result);
  let rows: unknown;
  try {
    rows = JSON.parse(decode(result.stdout));
  } catch {
    rows = null;
  }
  if (!Array.isArray(rows)) throw unreadable('etcd', 'its list of members is not a JSON list');
  return rows.flatMap((row: { name?: unknown; state?: unknown }) =>
    typeof row?.name === 'string'
      ? [
          {
            name: row.name,
            state: row.state === 'leader' || row.state === 'standby' ? row.state : 'follower',
          },
        ]
      : [],
  );
}

/** @throws KubecoreError (cluster) when the member was not taken out */
export function checkRemoved(name: string, result: RunResult): void {
  if (result.code !== 0) throw notAnswering(`${name} was not taken out of etcd`, result);
}

const notAnswering = (what: string, result: RunResult) =>
  toolError({
    what,
    why: nonEmptyLines(decode(result.stderr)).at(-1) ?? ending(result),
    next: 'see whether etcd has its quorum: kubecore status, kubecore logs etcd.service',
    code: 'EtcdUnreachable',
  });
