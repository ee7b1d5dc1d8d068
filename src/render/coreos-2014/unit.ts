/** Owns a unit of the cloud-config: its name, its file, and the two shapes that most of the article's units share. */
import type { Line } from '../lines.ts';
import { indent } from '../lines.ts';

export interface Unit {
  readonly name: `${string}.service` | `${string}.socket`;
  /** What it is for, in a sentence: the comment in the YAML form. */
  readonly about: string;
  /** The unit file; null when the image brings it and it is only started. */
  readonly file: readonly Line[] | null;
}

/** The unit's entry under `coreos.units` of a cloud-config. */
export function unitLines(unit: Unit): readonly Line[] {
  return [
    `    - name: ${unit.name}`,
    '      command: start',
    ...(unit.file === null ? [] : ['      content: |', ...indent(unit.file, 8)]),
  ];
}

/** A oneshot that fetches programs into /opt/bin, where CoreOS leaves room to write, and makes them executable. */
export function downloadFile(urls: readonly string[]): readonly Line[] {
  const programs = [...new Set(urls.map((url) => url.slice(url.lastIndexOf('/') + 1)))].sort();
  return [
    '[Unit]',
    'After=network-online.target',
    'Requires=network-online.target',
    '[Service]',
    ...urls.map((url) => `ExecStart=/usr/bin/wget -N -P /opt/bin ${url}`),
    ...programs.map((program) => `ExecStart=/usr/bin/chmod +x /opt/bin/${program}`),
    'RemainAfterExit=yes',
    'Type=oneshot',
  ];
}

/** A downloaded program that runs for ever, after the units it needs. */
export function daemonFile(
  needs: readonly Unit['name'][],
  program: string,
  commandLine: Line,
): readonly Line[] {
  const start = `ExecStart=/opt/bin/${program} `;
  const [first, ...rest] = typeof commandLine === 'string' ? [commandLine] : commandLine;
  return [
    '[Unit]',
    `After=${needs.join(' ')}`,
    `Requires=${needs.join(' ')}`,
    `ConditionFileIsExecutable=/opt/bin/${program}`,
    '[Service]',
    typeof first === 'string'
      ? rest.length === 0
        ? start + first
        : [start + first, ...rest]
      : [start, ...(first === undefined ? [] : [first]), ...rest],
    'Restart=always',
    'RestartSec=10',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
}
