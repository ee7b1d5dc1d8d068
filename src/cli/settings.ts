/**
 * Owns what counts for a command: its flags, the environment, the config file and the defaults brought together, as the global
 * options, and as launch parameters that the command reads like flags.
 */
import { homedir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { CONSOLE_DEFAULTS, type ConsoleSettings } from '../cluster/console-settings.ts';
import { asKubecoreError, inputError, type KubecoreError } from '../cluster/errors.ts';
import type { Parameters } from '../cluster/parameters.ts';
import {
  fromEnvironment,
  parametersFrom,
  type ResolvedSetting,
  resolveSettings,
  SETTINGS,
  wrongSettings,
} from '../cluster/settings.ts';
import { findConfigFile, type LoadedConfig, loadConfig } from './config-file.ts';
import type { GlobalOptions } from './context.ts';
import { optionName, takesParameters } from './parameter-options.ts';

export interface Settings {
  /** The config file that was read, as a person would type it; null when there is none. */
  readonly file: string | null;
  /** Every setting with its giver, in the table's order. */
  readonly entries: readonly ResolvedSetting[];
  /** Launch parameters that the environment and the file give: what the wizard begins with. */
  readonly parameters: Partial<Parameters>;
  readonly console: ConsoleSettings;
  /** Why the config file or a variable cannot be used, for the commands that work all the same. */
  readonly problem: KubecoreError | null;
}

export const NO_SETTINGS: Settings = {
  file: null,
  entries: [],
  parameters: {},
  console: CONSOLE_DEFAULTS,
  problem: null,
};

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** `~/…` behind `=` is left to us by the shell. */
const fromHome = (file: string, folder: string | null): string =>
  file.startsWith('~/')
    ? path.join(homedir(), file.slice(2))
    : folder === null
      ? file
      : path.resolve(folder, file);

/**
 * Reads everything, and gives the command the launch parameters of environment and file as if they were its flags.
 * @throws KubecoreError (input): the config file or a variable cannot be used
 */
export async function settingsFor(
  command: Command,
  { env, cwd }: Surroundings,
): Promise<{ readonly settings: Settings; readonly options: GlobalOptions }> {
  const typed = command.optsWithGlobals();
  const flags = typedFlags(command, typed);
  const fromEnv = new Map<string, string>();
  for (const setting of SETTINGS) {
    const text = fromEnvironment(setting, env);
    if (text !== null) fromEnv.set(setting.key, text);
  }
  checkVariables(fromEnv, flags, env);
  const found = findConfigFile({ flag: typed.config, env, cwd, home: homedir() });
  const file = found === null ? null : await loadConfig(found, cwd, new Map([...fromEnv, ...flags]));
  const entries = resolveSettings({ flags, env, file });
  const given = new Map([...(file?.values ?? [])].map(([key, { text }]) => [key, text]));
  for (const [key, text] of fromEnv) given.set(key, text);
  for (const { key, parameter } of SETTINGS) {
    const text = given.get(key);
    if (!parameter || text === undefined || flags.has(key) || !takesParameters(command)) continue;
    command.setOptionValueWithSource(optionName(parameter), text, fromEnv.has(key) ? 'env' : 'config');
  }
  return {
    settings: {
      file: file?.path ?? null,
      entries,
      parameters: parametersFrom(given),
      console: file?.console ?? CONSOLE_DEFAULTS,
      problem: null,
    },
    options: globalOptions(entries, typed, { found, file }),
  };
}

/** As settingsFor; what cannot be used is told in `problem`, and the flags alone count then. */
export async function settingsOrProblem(
  command: Command,
  surroundings: Surroundings,
): ReturnType<typeof settingsFor> {
  try {
    return await settingsFor(command, surroundings);
  } catch (thrown) {
    return {
      settings: { ...NO_SETTINGS, problem: asKubecoreError(thrown) },
      options: optionsOf(command),
    };
  }
}

/** The global options as flags alone give them. */
export function optionsOf(command: Command): GlobalOptions {
  const typed = command.optsWithGlobals();
  const entries = resolveSettings({ flags: typedFlags(command, typed), env: {}, file: null });
  return globalOptions(entries, typed, { found: null, file: null });
}

/** What was really typed, by key: commander's own defaults are none. */
function typedFlags(command: Command, typed: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (const { key, parameter } of SETTINGS) {
    const name = parameter ? optionName(parameter) : camelCase(key);
    if (command.getOptionValueSourceWithGlobals(name) !== 'cli') continue;
    flags.set(key, String(typed[name]));
  }
  return flags;
}

const camelCase = (key: string): string =>
  key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

function checkVariables(
  fromEnv: ReadonlyMap<string, string>,
  flags: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv,
): void {
  const wrong = wrongSettings(fromEnv, flags);
  if (wrong.length === 0) return;
  throw inputError(
    `${wrong.map(({ setting }) => `${setting.variable}=${env[setting.variable]}`).join(' and ')} cannot be used`,
    wrong.map(({ why }) => why).join('; '),
    wrong.map(({ hint }) => hint).join('; '),
  );
}

/** The options that every command has. What only file or environment say gives way to a flag it cannot go with. */
function globalOptions(
  entries: readonly ResolvedSetting[],
  typed: Readonly<Record<string, unknown>>,
  config: { readonly found: string | null; readonly file: LoadedConfig | null },
): GlobalOptions {
  const of = (key: string): ResolvedSetting | undefined => entries.find(({ setting }) => setting.key === key);
  const host = typeof typed.host === 'string' ? typed.host : undefined;
  const text = (key: string): string | undefined => {
    const entry = of(key);
    // AWS's own variables are the SDK's to read.
    const own = entry?.origin.from !== 'environment' || entry.origin.name === entry.setting.variable;
    return own ? (entry?.text ?? undefined) : undefined;
  };
  const typedOnly = (key: string): string | undefined =>
    of(key)?.origin.from === 'flag' ? text(key) : undefined;
  // The file's `name` is the cluster that it describes.
  const described = of('name')?.origin.from;
  const cluster =
    host !== undefined
      ? typedOnly('cluster')
      : (text('cluster') ?? (described === 'file' || described === 'environment' ? text('name') : undefined));
  const identity = of('identity');
  const folder =
    identity?.origin.from === 'file' && config.found !== null ? path.dirname(config.found) : null;
  const region = text('region');
  const profile = text('profile');
  return {
    ...(typeof typed.config === 'string' ? { config: typed.config } : {}),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(identity?.text ? { identity: fromHome(identity.text, folder) } : {}),
    ...(host === undefined ? {} : { host }),
    sandbox: (host === undefined ? text('sandbox') : typedOnly('sandbox')) === 'true',
    output: (text('output') ?? 'text') as GlobalOptions['output'],
    color: text('color') !== 'false',
    screenReader: typed.screenReader === true,
    acceptNewHostKey: typed.acceptNewHostKey === true,
    readOnly: text('read-only') === 'true',
    faults: Array.isArray(typed.fault) ? typed.fault : [],
    debug: typed.debug === true,
  };
}
