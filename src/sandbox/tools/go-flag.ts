/**
 * Owns command-line flags as Go's flag package reads them (one or two dashes, `-x=v` or `-x v`, booleans without a
 * value, reading ends at the first argument that is no flag), its error texts and its usage text.
 */

export type FlagKind = 'bool' | 'string' | 'int' | 'float' | 'duration' | 'value';

export interface FlagSpec {
  name: string;
  kind: FlagKind;
  /** As Go prints it in `(default …)`; '' or a zero value is not printed. */
  value: string;
  usage: string;
}

export type FlagResult =
  | { ok: true; values: Record<string, string>; given: ReadonlySet<string>; rest: string[] }
  /** `help` asks for the usage; otherwise `message` is Go's error text. */
  | { ok: false; help: boolean; message: string };

const DURATION = /^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/;

const VALID: Record<FlagKind, (text: string) => string | null> = {
  bool: (text) => (/^(1|0|t|f|T|F|true|false|TRUE|FALSE|True|False)$/.test(text) ? null : 'parse error'),
  int: (text) => (/^[-+]?\d+$/.test(text) ? null : 'parse error'),
  float: (text) => (text !== '' && Number.isFinite(Number(text)) ? null : 'parse error'),
  duration: (text) => (text === '0' || DURATION.test(text) ? null : 'parse error'),
  string: () => null,
  value: () => null,
};

/** Reads flags off the front of `args`. `values` holds every flag of `specs`, given or default. */
export function parseFlags(specs: readonly FlagSpec[], args: readonly string[]): FlagResult {
  const values = Object.fromEntries(specs.map((spec) => [spec.name, spec.value]));
  const given = new Set<string>();
  let i = 0;
  for (; i < args.length; i++) {
    const argument = args[i]!;
    if (argument === '--') {
      i += 1;
      break;
    }
    const match = /^--?([^=]+)(?:=([\s\S]*))?$/.exec(argument);
    if (!argument.startsWith('-') || argument === '-') break;
    const name = match?.[1] ?? '';
    if (match === null || name.startsWith('-')) {
      return { ok: false, help: false, message: `bad flag syntax: ${argument}` };
    }
    const spec = specs.find((candidate) => candidate.name === name);
    if (spec === undefined) {
      if (name === 'help' || name === 'h') return { ok: false, help: true, message: 'flag: help requested' };
      return { ok: false, help: false, message: `flag provided but not defined: -${name}` };
    }
    let value = match[2];
    if (value === undefined && spec.kind === 'bool') value = 'true';
    if (value === undefined) {
      i += 1;
      value = args[i];
      if (value === undefined) {
        return { ok: false, help: false, message: `flag needs an argument: -${name}` };
      }
    }
    const problem = VALID[spec.kind](value);
    if (problem !== null) {
      const what = spec.kind === 'bool' ? 'invalid boolean value' : 'invalid value';
      const link = spec.kind === 'bool' ? `-${name}` : `flag -${name}`;
      return { ok: false, help: false, message: `${what} ${JSON.stringify(value)} for ${link}: ${problem}` };
    }
    values[name] = spec.kind === 'bool' ? String(/^(1|t|T|true|TRUE|True)$/.test(value)) : value;
    given.add(name);
  }
  return { ok: true, values, given, rest: args.slice(i) };
}

/** What PrintDefaults prints: the flags by name, a short one's usage on the same line. */
export function flagDefaults(specs: readonly FlagSpec[]): string {
  return [...specs]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((spec) => {
      let line = `  -${spec.name}`;
      if (spec.kind !== 'bool') line += ` ${spec.kind}`;
      line += line.length <= 4 ? '\t' : '\n    \t';
      line += spec.usage;
      if (!['', 'false', '0'].includes(spec.value)) {
        line +=
          spec.kind === 'string' ? ` (default ${JSON.stringify(spec.value)})` : ` (default ${spec.value})`;
      }
      return `${line}\n`;
    })
    .join('');
}
