/** Owns docker (1.3, of 2014): `docker ps` and the reading of its table. It has no --format; cells are cut by the header's columns. */
import type { LogEntry } from '../model.ts';
import type { LogSource } from '../tail-contract.ts';
import { decode, nonEmptyLines, unreadable } from './output.ts';

export interface ContainerRow {
  readonly id: string;
  readonly image: string;
  readonly command: string;
  readonly created: string;
  readonly status: string;
  readonly ports: string;
  readonly names: string;
}

export const psArgv = (options: { readonly all?: boolean } = {}): readonly string[] => [
  'docker',
  'ps',
  '--no-trunc',
  ...(options.all ? ['-a'] : []),
];

const HEADERS = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'] as const;

/** Reads `psArgv`. Columns are where the header's words stand, counted in characters. */
export function readContainers(stdout: Uint8Array): ContainerRow[] {
  const [header, ...lines] = nonEmptyLines(decode(stdout));
  if (header === undefined) return [];
  const starts = HEADERS.map((word) => header.indexOf(word));
  if (starts.some((start) => start < 0)) throw unreadable('docker ps', 'its header is not known');
  return lines.map((line) => {
    const characters = [...line];
    const cell = (i: number): string =>
      characters
        .slice(starts[i], starts[i + 1])
        .join('')
        .trim();
    return {
      id: cell(0),
      image: cell(1),
      command: cell(2),
      created: cell(3),
      status: cell(4),
      ports: cell(5),
      names: cell(6),
    };
  });
}

/** The last lines of a container, whatever stream they came by; each with its time in front (docker 1.3 has no --since). */
export const logsArgv = (
  container: string,
  options: { readonly lines: number; readonly follow: boolean },
): readonly string[] => {
  const flags = ['-t', `--tail=${options.lines}`, ...(options.follow ? ['-f'] : [])];
  // Standard error is the container's own half of its log.
  return ['sh', '-c', 'exec docker logs "$@" 2>&1', 'sh', ...flags, container];
};

/** What the kubelet of Kubernetes 0.4 calls a pod's container: `k8s--CONTAINER.HASH--POD.NAMESPACE.SOURCE--UUID--ATTEMPT`. */
const POD_CONTAINER = /^k8s--(.+?)\.[0-9a-f]+--(.+)\.[^.]+\.[^.]+--/;
/** It writes a hyphen so, since two of them part the name. */
const unescaped = (text: string): string => text.replaceAll('_-_', '-');

/** Which pod and container a docker name stands for; null when it is none of Kubernetes's. */
export function podContainer(name: string): { readonly pod: string; readonly container: string } | null {
  const match = POD_CONTAINER.exec(name);
  return match ? { pod: unescaped(match[2]!), container: unescaped(match[1]!) } : null;
}

/** `redis-master/master`, null when it is none of Kubernetes's. */
export function podContainerName(name: string): string | null {
  const found = podContainer(name);
  return found && `${found.pod}/${found.container}`;
}

/** The line's own time; a line without one came now. */
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?/;

function containerLine(
  line: Uint8Array,
  nowMs: number,
): { readonly timeUs: number; readonly message: string } {
  const text = decode(line);
  const match = STAMP.exec(text);
  const ms = match ? Date.parse(`${match[1]}${match[3]}`) : Number.NaN;
  if (!match || Number.isNaN(ms)) return { timeUs: nowMs * 1000, message: text };
  const micro = Number((match[2] ?? '').padEnd(6, '0').slice(0, 6));
  return { timeUs: ms * 1000 + micro, message: text.slice(match[0].length) };
}

const SPANS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
  week: 604_800,
};

/** Milliseconds of `5 minutes ago`; null for what is no such span. */
function spanMs(since: string): number | null {
  const match = /^(\d+) (second|minute|hour|day|week)s ago$/.exec(since);
  return match ? Number(match[1]) * (SPANS[match[2]!] ?? 0) * 1000 : null;
}

/** Reads lines of `logsArgv` as entries of the source; those from before `since` (`5 minutes ago`) are left out. */
export function containerReader(
  source: LogSource,
  now: () => number,
  since?: string,
): { read(line: Uint8Array): LogEntry | null } {
  const span = since === undefined ? null : spanMs(since);
  const fromUs = span === null ? 0 : (now() - span) * 1000;
  const unit = source.unit ?? source.container ?? '';
  return {
    read(line) {
      const { timeUs, message } = containerLine(line, now());
      if (timeUs < fromUs) return null;
      return {
        timeUs,
        machineId: source.machineId,
        ip: source.ip,
        unit,
        priority: null,
        identifier: unit,
        message,
        cursor: null,
      };
    },
  };
}
