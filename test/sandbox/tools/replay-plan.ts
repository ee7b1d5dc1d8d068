/**
 * Owns the plan of the replay: which recorded rows are left out and why, what the lab does before a row, which rows
 * had an ssh-agent, and what no two runs share.
 */
import type { FleetRegistry } from '../../../src/sandbox/contract.ts';
import { type Lab, recording } from './lab.ts';

export const LEFT_OUT: readonly { reason: string; rows: RegExp }[] = [
  {
    reason: "journalctl's own formats of a later systemd, over bytes that only that journal holds",
    rows: /^journal-/,
  },
  { reason: 'systemctl of systemd 252 on Debian: its units and its layout are not those of 2014', rows: /^systemctl-/ },
  { reason: 'a real ssh client, pty and shell', rows: /^(pty-|ssh-)/ },
  {
    reason: "kubecfg against 256 minions and 2,560 pods: 1.8 MB of the same rows (the tables' format is replayed small)",
    rows: /^scale256-kube-pods/,
  },
];

/** Why a row is not replayed; undefined when it is. */
export function reasonFor(name: string): string | undefined {
  return LEFT_OUT.find(({ rows }) => rows.test(name))?.reason;
}

export const WITH_AGENT: readonly RegExp[] = [/^fleet-ssh-/, /-agent/, /^fleet-status-/];

export const PREPARE: Readonly<Record<string, (lab: Lab) => void | Promise<void>>> = {};

const sortedLines = (text: string) => text.split('\n').sort().join('\n');

/** Takes out of a recorded or replayed text what no two runs share. */
export function masked(name: string, text: string): string {
  let result = text;
  if (name.startsWith('kube-')) {
    result = result.replace(/^([FI])\d{4} [\d:.]+ \d{5} /gm, '$1<when> ');
  }
  return sortedLines(result);
}

export function oddRegistry(): FleetRegistry {
  void recording;
  return { machines: {}, units: {}, states: {} };
}
