/**
 * Owns fleetctl (fleet 0.8.3): the command lines and the reading of its tables. It has no JSON; columns are parted by
 * one or more tabs at tab stops of 8, an empty cell leaves only its tabs, so cells are placed by their column where
 * some are missing. Facts: shared fixtures, FACTS.md.
 */
import type { KubecoreError } from '../errors.ts';
import type { Role, Unit } from '../model.ts';
import type { RunResult } from '../ports.ts';
import { decode, ending, isMissing, nonEmptyLines, toolError } from './output.ts';

/** A machine as fleet alone knows it. */
export interface FleetMachine {
  readonly id: string;
  /** '' when fleet does not know it. */
  readonly ip: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly role: Role | null;
}

/** A unit as `list-unit-files` knows it: submitted and unschedulable ones too. */
export interface FleetUnitFile {
  readonly name: string;
  readonly hash: string | null;
  /** What is wanted: `inactive`, `loaded`, `launched`. */
  readonly desired: string;
  readonly state: string | null;
  readonly machineId: string | null;
  readonly global: boolean;
  readonly description: string | null;
}

export const listMachinesArgv = [
  'fleetctl',
  'list-machines',
  '--full',
  '--no-legend',
  '--fields=machine,ip,metadata',
] as const;

export const listUnitsArgv = [
  'fleetctl',
  'list-units',
  '--full',
  '--no-legend',
  '--fields=unit,load,active,sub,machine,hash',
] as const;

/** Asks etcd once per unit: 2 s at 2,560 units. Not for polling. */
export const listUnitFilesArgv = [
  'fleetctl',
  'list-unit-files',
  '--full',
  '--no-legend',
  '--fields=unit,hash,dstate,state,target,global,desc',
] as const;

export const catArgv = (unit: string): readonly string[] => ['fleetctl', 'cat', unit];
export const statusArgv = (unit: string): readonly string[] => ['fleetctl', 'status', unit];

export type FleetVerb = 'start' | 'stop' | 'load' | 'unload' | 'destroy' | 'submit';

/** Verbs that wait until the cluster has done it, and take --no-block and --block-attempts. */
const BLOCKING: readonly FleetVerb[] = ['start', 'stop', 'load', 'unload'];

/**
 * `fleetctl VERB UNIT…`. Waiting verbs end after `attempts` looks (half a second each): without it the start of a unit
 * that no machine may run hangs for ever.
 */
export function unitArgv(
  verb: FleetVerb,
  units: readonly string[],
  options: { readonly wait?: boolean; readonly attempts?: number } = {},
): readonly string[] {
  const flags = !BLOCKING.includes(verb)
    ? []
    : options.wait === false
      ? ['--no-block']
      : [`--block-attempts=${options.attempts ?? 60}`];
  return ['fleetctl', verb, ...flags, ...units];
}

/** A unit's full name: fleet adds `.service` to a name without a suffix it knows. */
export function unitName(name: string): string {
  return /\.(service|socket|timer|path|device|mount|automount|scope|slice|snapshot|swap|target)$/.test(name)
    ? name
    : `${name}.service`;
}

const TAB = 8;

/** Column (in characters, tabs expanded) and text of each cell of a line. */
function cellsOf(line: string): { readonly at: number; readonly text: string }[] {
  const cells: { at: number; text: string }[] = [];
  let column = 0;
  for (const part of line.split(/(\t+)/)) {
    if (part === '') continue;
    if (part.startsWith('\t')) column = (Math.floor(column / TAB) + part.length) * TAB;
    else {
      cells.push({ at: column, text: part });
      column += [...part].length;
    }
  }
  return cells;
}

/**
 * Rows of `width` cells from a table without a legend. Full rows are split on tabs; in a row with empty cells each
 * cell goes to the column that starts where it starts. Where no row shows a column's start, cells keep their order and
 * the last two keep the end (machine and hash are never empty, `-` when absent).
 */
export function readRows(text: string, width: number): string[][] {
  const lines = nonEmptyLines(text);
  let starts: number[] | undefined;
  return lines.map((line) => {
    const simple = line.split(/\t+/);
    if (simple.length === width && simple[0] !== '') return simple;
    starts ??= columnStarts(lines);
    const cells = cellsOf(line);
    const row = new Array<string>(width).fill('');
    if (starts.length === width) {
      for (const cell of cells) {
        const column = starts.indexOf(cell.at);
        if (column >= 0) row[column] = cell.text;
      }
      return row;
    }
    const head = cells.slice(0, Math.max(1, cells.length - 2));
    const tail = cells.slice(head.length);
    head.slice(0, width).forEach((cell, i) => {
      row[i] = cell.text;
    });
    tail.forEach((cell, i) => {
      row[width - tail.length + i] = cell.text;
    });
    return row;
  });
}

function columnStarts(lines: readonly string[]): number[] {
  const starts = new Set<number>();
  for (const line of lines) for (const cell of cellsOf(line)) starts.add(cell.at);
  return [...starts].sort((a, b) => a - b);
}

const absent = (cell: string | undefined): string | null => (!cell || cell === '-' ? null : cell);

/** `ID/IP`, `ID` or `-`. */
function machineCell(cell: string): { readonly machineId: string | null; readonly ip: string | null } {
  const slash = cell.indexOf('/');
  return slash < 0
    ? { machineId: absent(cell), ip: null }
    : { machineId: absent(cell.slice(0, slash)), ip: absent(cell.slice(slash + 1)) };
}

/** `k=v,k=v`. A value may hold spaces, commas and tabs: a piece without `=` belongs to the value before it. */
export function readMetadata(text: string): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null);
  if (text === '' || text === '-') return { ...metadata };
  let last: string | null = null;
  for (const piece of text.split(',')) {
    const equals = piece.indexOf('=');
    if (equals > 0 && !/^\s/.test(piece)) {
      last = piece.slice(0, equals);
      metadata[last] = piece.slice(equals + 1);
    } else if (last !== null) metadata[last] += `,${piece}`;
  }
  return { ...metadata };
}

function roleOf(metadata: Readonly<Record<string, string>>): Role | null {
  const role = Object.hasOwn(metadata, 'role') ? metadata.role : undefined;
  return role === 'master' || role === 'minion' ? role : null;
}

/** Reads `listMachinesArgv`. An empty list is 0 bytes. */
export function readMachines(stdout: Uint8Array): FleetMachine[] {
  return nonEmptyLines(decode(stdout)).map((line) => {
    const match = /^([^\t]*)\t+([^\t]*)(?:\t+(.*))?$/.exec(line);
    const metadata = readMetadata(match?.[3] ?? '');
    return {
      id: match ? match[1]! : line,
      ip: absent(match?.[2]) ?? '',
      metadata,
      role: roleOf(metadata),
    };
  });
}

/** Reads `listUnitsArgv`: a global unit comes once for each machine. */
export function readUnits(stdout: Uint8Array): Unit[] {
  return readRows(decode(stdout), 6).map(([name, load, active, sub, machine, hash]) => ({
    name: name!,
    ...machineCell(machine!),
    load: load!,
    active: active!,
    sub: sub!,
    hash: absent(hash),
    source: 'fleet',
    description: null,
  }));
}

/** Reads `listUnitFilesArgv`; the description is the rest of the line. */
export function readUnitFiles(stdout: Uint8Array): FleetUnitFile[] {
  return nonEmptyLines(decode(stdout)).map((line) => {
    const cells = line.split(/(\t+)/);
    const field = (i: number): string => cells[2 * i] ?? '';
    return {
      name: field(0),
      hash: absent(field(1)),
      desired: field(2),
      state: absent(field(3)),
      machineId: machineCell(field(4)).machineId,
      global: field(5) === 'true',
      description: absent(cells.slice(12).join('')),
    };
  });
}

/** fleet's log lines (date, level, Go source line) and its banner, which are not the reason. */
const NOISE = /^(\d{4}\/\d\d\/\d\d |#{10,}|WARNING: fleetctl |version of fleet found|recommended to upgrade)/;

/** The last line of standard error that says why; etcd refused prints 3 KB of log before it. */
export function reason(stderr: Uint8Array): string | null {
  const lines = nonEmptyLines(decode(stderr));
  return lines.findLast((line) => !NOISE.test(line)) ?? lines.at(-1) ?? null;
}

/** The error for a fleetctl that ended badly, null when it did not. */
export function failure(what: string, result: RunResult): KubecoreError | null {
  if (result.code === 0) return null;
  const log = decode(result.stderr);
  if (isMissing(result))
    return toolError({
      what,
      why: 'there is no fleetctl on the node',
      next: 'check that this is a CoreOS machine with fleet',
      code: 'ToolMissing',
    });
  const why = reason(result.stderr) ?? ending(result);
  if (/refused|timeout reached|All the given peers are not reachable|EOF/.test(log))
    return toolError({
      what,
      why: /refused/.test(log) ? `etcd does not answer on the master (${why})` : why,
      next: 'look at etcd: kubecore logs etcd.service',
      code: 'EtcdUnreachable',
    });
  return toolError({ what, why, next: 'look at fleet: kubecore logs fleet.service', code: 'FleetFailed' });
}

/**
 * What a unit verb really did, since its exit code lies: `stop`, `unload` and `destroy` of an unknown unit are 0 and
 * silent, `start` of what already runs is 0 and empty. Lines are fleetctl's own, from both outputs.
 */
export function verbOutcome(result: RunResult): { readonly ok: boolean; readonly lines: readonly string[] } {
  const lines = [...nonEmptyLines(decode(result.stdout)), ...nonEmptyLines(decode(result.stderr))].filter(
    (line) => !NOISE.test(line),
  );
  const refused = lines.some((line) => /^(Error |Unable to |Failed )/.test(line));
  return { ok: result.code === 0 && !refused, lines };
}
