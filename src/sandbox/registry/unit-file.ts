/**
 * Owns unit files as fleet 0.8.3 reads them: parsing to options, the canonical text (whose SHA-1 is the unit's
 * hash), names and templates, and the scheduling requirements of [X-Fleet]. Pure.
 */
import { createHash } from 'node:crypto';

export interface UnitOption {
  section: string;
  name: string;
  value: string;
}

export class UnitFileError extends Error {}

/** Reads a unit file; comments and blank lines are dropped, `\` at a line's end continues it. */
export function parseUnit(text: string): UnitOption[] {
  const options: UnitOption[] = [];
  let section = '';
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    let line = (lines[i] ?? '').replace(/\s+$/, '');
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    if (trimmed.startsWith('[')) {
      const end = trimmed.indexOf(']');
      if (end < 0) throw new UnitFileError('unable to find end of section');
      section = trimmed.slice(1, end);
      continue;
    }
    while (line.endsWith('\\') && i + 1 < lines.length) {
      i += 1;
      line = `${line}\n${(lines[i] ?? '').replace(/\s+$/, '')}`;
    }
    const equals = line.indexOf('=');
    if (equals < 0) {
      throw new UnitFileError(
        i === lines.length - 1
          ? 'unexpected EOF encountered while parsing option name'
          : 'unexpected newline encountered while parsing option name',
      );
    }
    options.push({ section, name: line.slice(0, equals).trim(), value: line.slice(equals + 1).trim() });
  }
  return options;
}

/** The text fleet stores and hashes: options grouped by section in order of first appearance. */
export function serializeUnit(options: readonly UnitOption[]): string {
  const sections = new Map<string, string[]>();
  for (const option of options) {
    const lines = sections.get(option.section) ?? [];
    lines.push(`${option.name}=${option.value}\n`);
    sections.set(option.section, lines);
  }
  return [...sections].map(([name, lines]) => `[${name}]\n${lines.join('')}`).join('\n');
}

/** SHA-1 of the canonical text, 40 hex digits. */
export function hashUnit(content: string): string {
  return createHash('sha1').update(content, 'utf8').digest('hex');
}

/** First value of an option, '' when absent. */
export function optionValue(options: readonly UnitOption[], section: string, name: string): string {
  return options.find((option) => option.section === section && option.name === name)?.value ?? '';
}

const UNIT_SUFFIXES = ['.service', '.socket', '.device', '.mount', '.automount', '.timer', '.path'];

/** `myapp` → `myapp.service`; a name with a unit type's suffix stays. */
export function unitName(argument: string): string {
  const base = argument.slice(argument.lastIndexOf('/') + 1);
  const dot = base.lastIndexOf('.');
  return dot >= 0 && UNIT_SUFFIXES.includes(base.slice(dot)) ? base : `${base}.service`;
}

const NAME_CHARACTERS = /[0-9a-zA-Z:\-_.\\@]/;

/** The error fleet gives for a name that systemd would not take, null when it is good. */
export function unitNameError(name: string): string | null {
  if (name.length > 256) return `unit name too long (exceeds ${256} characters)`;
  for (const character of name) {
    if (!NAME_CHARACTERS.test(character)) return `invalid character '${character}' in unit name`;
  }
  return null;
}

/** `foo@1.service` → { template: 'foo@.service', instance: '1' }; null for a plain name. */
export function templateOf(name: string): { template: string; instance: string } | null {
  const match = /^(.*)@(.*)(\.[^.]*)$/.exec(name);
  return match === null ? null : { template: `${match[1]}@${match[3]}`, instance: match[2] ?? '' };
}

export interface Requirements {
  global: boolean;
  machineId: string | null;
  /** Units that must run on the same machine. */
  peers: string[];
  /** Globs of units that must not. */
  conflicts: string[];
  /** key → values of which the machine has to have one. */
  metadata: Record<string, string[]>;
}

/** Values of one line: `"a=b" "c=d"` or a bare word list. */
function words(value: string): string[] {
  const quoted = [...value.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
  return quoted.length > 0 ? quoted : value === '' ? [] : [value];
}

/** What [X-Fleet] asks for. Instance names are put in for %i and %p as fleet does. */
export function requirements(name: string, options: readonly UnitOption[]): Requirements {
  const instance = templateOf(name);
  const plain = name.replace(/\.[^.]*$/, '');
  const expand = (value: string) =>
    value
      .replaceAll('%i', instance?.instance ?? '')
      .replaceAll('%p', instance === null ? plain : plain.slice(0, plain.indexOf('@')))
      .replaceAll('%n', name)
      .replaceAll('%N', plain);
  const values = (...names: string[]) =>
    options
      .filter((option) => option.section === 'X-Fleet' && names.includes(option.name))
      .flatMap((option) => words(expand(option.value)));
  const metadata: Record<string, string[]> = {};
  for (const pair of values('MachineMetadata', 'X-ConditionMachineMetadata')) {
    const equals = pair.indexOf('=');
    if (equals <= 0) continue;
    const key = pair.slice(0, equals).trim();
    metadata[key] = [...(metadata[key] ?? []), pair.slice(equals + 1).trim()];
  }
  return {
    global: values('Global').at(-1)?.toLowerCase() === 'true',
    machineId: values('MachineID', 'X-ConditionMachineID', 'X-ConditionMachineBootID')[0] ?? null,
    peers: values('MachineOf', 'X-ConditionMachineOf'),
    conflicts: values('Conflicts', 'X-Conflicts'),
    metadata,
  };
}

const globs = new Map<string, RegExp | null>();

function compiled(pattern: string): RegExp | null {
  const known = globs.get(pattern);
  if (known !== undefined) return known;
  if (globs.size > 1000) globs.clear();
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  let made: RegExp | null = null;
  try {
    made = new RegExp(`^${source}$`);
  } catch {
    // an open character class matches nothing but itself
  }
  globs.set(pattern, made);
  return made;
}

/** Go's path.Match for unit names: `*`, `?` and character classes. */
export function globMatches(pattern: string, name: string): boolean {
  return compiled(pattern)?.test(name) ?? pattern === name;
}
