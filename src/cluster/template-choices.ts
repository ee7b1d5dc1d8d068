/**
 * Owns reading back, from the template that a stack runs with, what a launch wrote into it instead of into a parameter:
 * images, mirrors, update policy. Pure.
 */
import { BINARY_SOURCES, type BinarySource, SOURCE_NAMES } from './binaries.ts';
import { AMI_BY_REGION } from './images.ts';
import { DEFAULTS, type Parameters } from './parameters.ts';

export type TemplateChoices = Pick<Parameters, 'ami' | 'updateGroup' | 'rebootStrategy' | 'binariesUrl'>;

/** A program of each source that every template of ours fetches. */
const PROGRAM: Readonly<Record<BinarySource, string>> = {
  kubernetes: 'apiserver',
  'third-party': 'flanneld',
};

/** The choices that a template (JSON text, as it was sent) shows; null when it is no JSON. */
export function templateChoices(body: string): TemplateChoices | null {
  let template: unknown;
  try {
    template = JSON.parse(body);
  } catch {
    return null;
  }
  const text = textsIn(template).join('');
  const word = (key: string): string | undefined =>
    new RegExp(`^\\s+${key}:\\s*["']?([a-z-]+)["']?\\s*$`, 'm').exec(text)?.[1];
  return {
    ami: imagesIn(template),
    updateGroup: word('group') ?? DEFAULTS.updateGroup,
    rebootStrategy: word('reboot-strategy') ?? DEFAULTS.rebootStrategy,
    binariesUrl: mirrorsIn(text),
  };
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** As `--ami` takes it: only what differs from the article's map. */
function imagesIn(template: unknown): string | null {
  const map = (template as { Mappings?: { RegionMap?: Record<string, { AMI?: unknown }> } } | null)?.Mappings
    ?.RegionMap;
  const own = Object.entries(map ?? {}).flatMap(([region, { AMI }]) =>
    typeof AMI === 'string' && AMI !== AMI_BY_REGION[region] ? [`${region}=${AMI}`] : [],
  );
  return own.length === 0 ? null : own.join(',');
}

/** As `--binaries-url` takes it. */
function mirrorsIn(text: string): string | null {
  const own = SOURCE_NAMES.flatMap((source) => {
    const base = new RegExp(`-P /opt/bin (\\S+)/${PROGRAM[source]}$`, 'm').exec(text)?.[1];
    return base === undefined || base === BINARY_SOURCES[source] ? [] : [`${source}=${base}`];
  });
  return own.length === 0 ? null : own.join(',');
}
