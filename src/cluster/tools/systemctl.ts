/**
 * Owns systemctl: the command lines and the reading of `list-units`. Rows are padded with blanks, the
 * description is the rest; systemd before 246 puts a JOB column before it when any unit has a job.
 */
import { decode, nonEmptyLines } from './output.ts';

export interface SystemdRow {
  readonly name: string;
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  readonly description: string;
}

/** Services and sockets of a node, failed and stopped ones too. */
export const listUnitsArgv: readonly string[] = [
  'systemctl',
  'list-units',
  '--plain',
  '--no-legend',
  '--full',
  '--no-pager',
  '--all',
  '--type=service,socket',
];

/** The unit's file with its drop-ins, each after a comment that names it. */
export const catArgv = (unit: string): readonly string[] => ['systemctl', 'cat', '--no-pager', unit];

/** Ends with 0 active, 3 not, 4 unknown. */
export const statusArgv = (unit: string, lines = 10): readonly string[] => [
  'systemctl',
  'status',
  '--no-pager',
  '--full',
  '-n',
  String(lines),
  unit,
];

const ROW = /^(?:[●○×↻*] |\s)*(\S+) +(\S+) +(\S+) +(\S+)(?: +|$)/;
const JOB = /^(start|stop|restart|reload|try-restart|reload-or-start|verify-active|nop) +/;

/** Reads `listUnitsArgv`. Lines that are no rows are left out. */
export function readUnits(stdout: Uint8Array): SystemdRow[] {
  const rows = nonEmptyLines(decode(stdout)).flatMap((line) => {
    const match = ROW.exec(line);
    return match ? [{ match, rest: line.slice(match[0].length) }] : [];
  });
  const widest = Math.max(0, ...rows.map(({ match }) => match[0].length));
  return rows.map(({ match, rest }) => ({
    name: match[1]!,
    load: match[2]!,
    active: match[3]!,
    sub: match[4]!,
    // A row whose fourth cell ends before the others' has a job there.
    description: (match[0].length < widest ? rest.replace(JOB, '') : rest).trimEnd(),
  }));
}

/** Units of the article's cloud-config: what a node of the cluster runs for it. */
const OURS = /^(etcd|fleet|flannel[\w-]*|docker|kube-[\w-]+)\.(service|socket)$/;

/** Is this unit one of the cluster's own, not of the operating system? */
export function isClusterUnit(name: string): boolean {
  return OURS.test(name);
}
