/**
 * Owns reading a systemd unit file: sections, repeated keys, continuation lines, and the words of an Exec line.
 * Facts: systemd.unit(5), systemd.service(5), systemd.syntax(7).
 */

export interface UnitFile {
  /** Section → key → values in order; an empty assignment resets what came before it. */
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

export interface ExecLine {
  /** As written, without its prefix characters. */
  readonly text: string;
  /** `-`: a failure of this line is ignored. */
  readonly ignoreFailure: boolean;
}

/** Parses a unit's text; lines that are no assignment are left out, as systemd warns and goes on. */
export function parseUnitFile(text: string): UnitFile {
  const sections = new Map<string, Map<string, string[]>>();
  let current: Map<string, string[]> | null = null;
  const lines = text.replace(/\\\r?\n/g, ' ').split(/\r?\n/);
  for (const raw of lines) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const section = /^\[(.+)\]$/.exec(line);
    if (section?.[1] !== undefined) {
      current = sections.get(section[1]) ?? new Map();
      sections.set(section[1], current);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals <= 0 || current === null) continue;
    const key = line.slice(0, equals).trim();
    const value = line.slice(equals + 1).trim();
    if (value === '') current.set(key, []);
    else current.set(key, [...(current.get(key) ?? []), value]);
  }
  return { sections };
}

/** All values of a key, in order. */
export function values(file: UnitFile, section: string, key: string): readonly string[] {
  return file.sections.get(section)?.get(key) ?? [];
}

/** The value that counts (the last one), or undefined. */
export function value(file: UnitFile, section: string, key: string): string | undefined {
  return values(file, section, key).at(-1);
}

/** Space-separated names over all assignments (Requires=, After=, …). */
export function names(file: UnitFile, section: string, key: string): readonly string[] {
  return values(file, section, key).flatMap((one) => one.split(/\s+/).filter((word) => word !== ''));
}

/** systemd's booleans. */
export function isYes(text: string | undefined): boolean {
  return text !== undefined && /^(1|yes|y|true|t|on)$/i.test(text);
}

const UNITS: Record<string, number> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
};

/** A systemd time span (`10`, `5min 20s`, `infinity`) in milliseconds; undefined when it is none. */
export function timeSpan(text: string): number | undefined {
  if (text.trim() === 'infinity') return Number.POSITIVE_INFINITY;
  let total = 0;
  let rest = text.trim();
  if (rest === '') return undefined;
  while (rest !== '') {
    const part = /^(\d+(?:\.\d+)?)\s*([a-z]*)\s*/i.exec(rest);
    const unit = part?.[2] === '' ? 1000 : UNITS[part?.[2] ?? '?'];
    if (part?.[1] === undefined || unit === undefined) return undefined;
    total += Number(part[1]) * unit;
    rest = rest.slice(part[0].length);
  }
  return total;
}

/** Exec lines with their prefixes read. */
export function execLines(file: UnitFile, key: string): readonly ExecLine[] {
  return values(file, 'Service', key).map((text) => {
    const prefix = /^[-@:+!]*/.exec(text)?.[0] ?? '';
    return { text: text.slice(prefix.length).trim(), ignoreFailure: prefix.includes('-') };
  });
}

const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** Splits an Exec line (or an Environment= value) into words, reading quotes and C escapes. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let started = false;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\' && at + 1 < text.length) {
      const next = text[++at]!;
      word += ESCAPES[next] ?? `\\${next}`;
      started = true;
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      started = true;
    } else if (/\s/.test(char)) {
      if (started) words.push(word);
      word = '';
      started = false;
    } else {
      word += char;
      started = true;
    }
  }
  if (started) words.push(word);
  return words;
}

/** `%n`, `%i` and the other specifiers of a unit's own name and host. */
export function specifiers(
  text: string,
  unit: string,
  host: { hostname: string; machineId: string; bootId: string },
): string {
  const stem = unit.replace(/\.[a-z]+$/, '');
  const at = stem.indexOf('@');
  const table: Record<string, string> = {
    n: unit,
    N: stem,
    p: at < 0 ? stem : stem.slice(0, at),
    i: at < 0 ? '' : stem.slice(at + 1),
    I: at < 0 ? '' : stem.slice(at + 1).replaceAll('-', '/'),
    H: host.hostname,
    m: host.machineId,
    b: host.bootId,
    '%': '%',
  };
  return text.replace(/%([a-zA-Z%])/g, (all, letter: string) => table[letter] ?? all);
}

/** `$VAR` as a word of its own splits into words; `${VAR}` anywhere is one piece. */
export function expandArguments(words: readonly string[], env: Readonly<Record<string, string>>): string[] {
  return words.flatMap((word) => {
    const whole = /^\$([A-Za-z_]\w*)$/.exec(word);
    if (whole?.[1] !== undefined) return (env[whole[1]] ?? '').split(/\s+/).filter((part) => part !== '');
    return [
      word.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => env[name] ?? '').replaceAll('$$', '$'),
    ];
  });
}

/** `KEY=value` lines of an EnvironmentFile. */
export function parseEnvironment(text: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Za-z_]\w*)=(.*)$/.exec(line);
    if (match?.[1] === undefined) continue;
    env[match[1]] = splitWords(match[2] ?? '').join(' ');
  }
  return env;
}
