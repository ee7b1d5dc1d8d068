/** Owns docker (1.3, of 2014): `docker ps` and the reading of its table. It has no --format; cells are cut by the header's columns. */
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
