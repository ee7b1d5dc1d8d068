/**
 * Owns every setting that a flag, a variable of the environment (KUBECORE_…) or the config file can give: the launch
 * parameters of parameters.ts and the general ones, in one table, and which of several givers counts.
 */
import { isNear, nearest } from './nearest.ts';
import { no, ok, oneOf } from './parameter-checks.ts';
import {
  BLUEPRINTS,
  DEFAULTS,
  defaultsFor,
  PARAMETERS,
  type ParameterSpec,
  type Parameters,
  type Verdict,
  withParameter,
} from './parameters.ts';

export interface Setting {
  /** The config file's key, and the long flag without its dashes: `cluster-size`. */
  readonly key: string;
  /** `KUBECORE_CLUSTER_SIZE`. */
  readonly variable: string;
  /** The launch parameter that it is; null for a general setting. */
  readonly parameter: ParameterSpec | null;
  /** What the config file holds. `list` and `map` may be written as one text with commas too, as the flag takes them. */
  readonly type: 'text' | 'integer' | 'boolean' | 'list' | 'map';
  /** Placeholder in help: `CIDR`. */
  readonly value: string;
  readonly help: string;
  /** What counts when nobody gives it; null when there is no fixed default. */
  readonly defaultText: string | null;
  /** What it means then, when defaultText is null. */
  readonly whenEmpty: string | null;
  readonly allowed: readonly string[] | null;
  readonly check: (text: string, others: Partial<Parameters>) => Verdict;
}

const variableOf = (key: string): string => `KUBECORE_${key.toUpperCase().replaceAll('-', '_')}`;

const TYPES: Readonly<Record<string, Setting['type']>> = {
  'cluster-size': 'integer',
  'root-volume-size': 'integer',
  subnets: 'list',
  ami: 'map',
  'binaries-url': 'map',
};

const parameterSetting = (spec: ParameterSpec): Setting => ({
  key: spec.flag,
  variable: variableOf(spec.flag),
  parameter: spec,
  type: TYPES[spec.flag] ?? 'text',
  value: spec.value,
  help: spec.help,
  defaultText: spec.defaultText,
  whenEmpty: spec.whenEmpty,
  allowed: spec.allowed,
  check: spec.check,
});

interface General {
  readonly key: string;
  readonly value: string;
  readonly help: string;
  readonly defaultText?: string;
  readonly whenEmpty?: string;
  readonly allowed?: readonly string[];
}

const notEmpty = (text: string): Verdict =>
  text.trim() === '' ? no('it is empty', 'give it a value, or leave it out') : ok;

function general({ key, value, help, defaultText, whenEmpty, allowed }: General): Setting {
  const boolean = value === 'BOOLEAN';
  const words = boolean ? ['true', 'false'] : allowed;
  return {
    key,
    variable: variableOf(key),
    parameter: null,
    type: boolean ? 'boolean' : 'text',
    value,
    help,
    defaultText: defaultText ?? null,
    whenEmpty: whenEmpty ?? null,
    allowed: words ?? null,
    check: words ? oneOf(words) : notEmpty,
  };
}

const GENERAL: readonly Setting[] = [
  general({
    key: 'region',
    value: 'REGION',
    help: 'AWS region that is worked in.',
    whenEmpty: "AWS_REGION, AWS_DEFAULT_REGION or the profile's",
  }),
  general({
    key: 'profile',
    value: 'PROFILE',
    help: 'AWS profile of ~/.aws.',
    whenEmpty: "AWS_PROFILE or the SDK's standard chain",
  }),
  general({
    key: 'cluster',
    value: 'NAME',
    help: 'The cluster that commands mean when none is named.',
    whenEmpty: 'name, when it is given; else the only one there is',
  }),
  general({
    key: 'identity',
    value: 'FILE',
    help: 'Private key for SSH. In the config file, seen from its own folder.',
    whenEmpty: "searched by the cluster's key pair",
  }),
  general({
    key: 'sandbox',
    value: 'BOOLEAN',
    help: 'Work in the simulated cloud on this computer: no AWS account, no cost.',
    defaultText: 'false',
  }),
  general({
    key: 'output',
    value: 'FORMAT',
    help: 'How results are printed.',
    defaultText: 'text',
    allowed: ['text', 'json', 'yaml'],
  }),
  general({
    key: 'color',
    value: 'BOOLEAN',
    help: 'Colours on a terminal (NO_COLOR takes them away too).',
    defaultText: 'true',
  }),
  general({
    key: 'read-only',
    value: 'BOOLEAN',
    help: 'Refuse whatever changes something.',
    defaultText: 'false',
  }),
];

/** The launch parameters in the form's order, then the general settings. */
export const SETTINGS: readonly Setting[] = [...PARAMETERS.map(parameterSetting), ...GENERAL];

/** Variables that kubecore reads and that are no settings. */
const OTHER_VARIABLES = ['KUBECORE_CONFIG', 'KUBECORE_STATE_DIR'];

/** Who gave a value. */
export type Origin =
  | { readonly from: 'flag' | 'environment'; readonly name: string }
  | { readonly from: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly from: 'default' };

export interface ResolvedSetting {
  readonly setting: Setting;
  /** As it would be typed; null: nobody gave it and it has no fixed default. */
  readonly text: string | null;
  readonly origin: Origin;
}

/** A value of the config file. Line and column count from 1. */
export interface FileValue {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

export interface Givers {
  /** By key, as typed. */
  readonly flags: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: { readonly path: string; readonly values: ReadonlyMap<string, FileValue> } | null;
}

/** Where a general setting comes from when kubecore was told nothing: what the SDK and others read too. */
const FALLBACKS: Readonly<Record<string, readonly string[]>> = {
  region: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
  profile: ['AWS_PROFILE'],
};

/** What the environment says of a setting; an empty variable says nothing. `1` and `0` will do for true and false. */
export function fromEnvironment(setting: Setting, env: Givers['env']): string | null {
  const text = env[setting.variable];
  if (text === undefined || text === '') return null;
  if (setting.type !== 'boolean') return text;
  return { '1': 'true', '0': 'false' }[text] ?? text.toLowerCase();
}

/** Flag before environment, before file, before default. Nothing is checked here. */
export function resolveSettings({ flags, env, file }: Givers): readonly ResolvedSetting[] {
  const resolved = SETTINGS.map((setting): ResolvedSetting => {
    const flag = flags.get(setting.key);
    if (flag !== undefined)
      return { setting, text: flag, origin: { from: 'flag', name: `--${setting.key}` } };
    const variable = fromEnvironment(setting, env);
    if (variable !== null)
      return { setting, text: variable, origin: { from: 'environment', name: setting.variable } };
    const there = file?.values.get(setting.key);
    if (file && there)
      return {
        setting,
        text: there.text,
        origin: { from: 'file', file: file.path, line: there.line, column: there.column },
      };
    const other = FALLBACKS[setting.key]?.find((name) => env[name]);
    if (other !== undefined)
      return { setting, text: env[other] ?? null, origin: { from: 'environment', name: other } };
    return { setting, text: setting.defaultText, origin: { from: 'default' } };
  });
  // Some defaults are those of the blueprint.
  const blueprint = BLUEPRINTS.find(
    (name) => name === resolved.find(({ setting }) => setting.key === 'blueprint')?.text,
  );
  const own = blueprint === undefined ? {} : defaultsFor(blueprint);
  return resolved.map((entry) => {
    const value = entry.setting.parameter && own[entry.setting.parameter.key];
    return value != null && entry.origin.from === 'default' ? { ...entry, text: String(value) } : entry;
  });
}

export interface WrongSetting {
  readonly setting: Setting;
  readonly why: string;
  readonly hint: string;
}

/**
 * What is wrong with texts by key, each checked beside the others; `over` counts before `texts` in that, and is not judged.
 * A launch parameter without a fixed default may be empty.
 */
export function wrongSettings(
  texts: ReadonlyMap<string, string>,
  over: ReadonlyMap<string, string> = new Map(),
): readonly WrongSetting[] {
  let others: Parameters = DEFAULTS;
  const wrong: WrongSetting[] = [];
  for (const setting of SETTINGS) {
    const { parameter } = setting;
    const text = texts.get(setting.key);
    const accept = (accepted: string): void => {
      if (!parameter) return;
      others = withParameter(others, parameter.key, accepted);
      if (parameter.key === 'blueprint') others = { ...others, ...defaultsFor(others.blueprint) };
    };
    const above = over.get(setting.key);
    if (text !== undefined) {
      const empty = text === '' && parameter !== null && setting.defaultText === null;
      const verdict = empty ? ok : setting.check(text, others);
      if (!verdict.ok) wrong.push({ setting, why: verdict.why, hint: verdict.hint });
      else if (above === undefined) accept(text);
    }
    // A flag that is wrong itself is told by who reads the flags.
    if (above !== undefined && setting.check(above, others).ok) accept(above);
  }
  return wrong;
}

/** The launch parameters among texts that have passed their checks, with what a blueprint among them brings. */
export function parametersFrom(texts: ReadonlyMap<string, string>): Partial<Parameters> {
  let found: Partial<Parameters> = {};
  for (const { key, parameter } of SETTINGS) {
    const text = texts.get(key);
    if (!parameter || text === undefined) continue;
    const read = withParameter(DEFAULTS, parameter.key, text);
    const own = parameter.key === 'blueprint' ? defaultsFor(read.blueprint) : {};
    found = { ...found, ...own, [parameter.key]: read[parameter.key] };
  }
  return found;
}

/** Variables named KUBECORE_… that nothing reads, each with the one that was meant, when one is near. */
export function unknownVariables(
  env: Givers['env'],
): readonly { readonly name: string; readonly meant: string | null }[] {
  const known = [...SETTINGS.map(({ variable }) => variable), ...OTHER_VARIABLES];
  return Object.keys(env)
    .filter((name) => name.startsWith('KUBECORE_') && !known.includes(name))
    .sort()
    .map((name) => {
      const best = nearest(name, known);
      return { name, meant: isNear(name.slice(9), best.slice(9)) ? best : null };
    });
}
