/** Owns finding and reading the config file: --config, $KUBECORE_CONFIG, ./kubecore.yaml, then XDG's config directory. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ConfigDocument } from '../cluster/config-document.ts';
import { ConfigError } from '../cluster/config-error.ts';
import { inputError, type KubecoreError } from '../cluster/errors.ts';
import { fileTrouble } from './file-trouble.ts';

export const CONFIG_NAME = 'kubecore.yaml';

/** A config is written by hand: what is larger is something else. */
const MAX_BYTES = 1_000_000;

export interface Places {
  /** --config */
  readonly flag?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly home: string;
}

export interface LoadedConfig extends ConfigDocument {
  /** As it is told to a person: below the working directory without it. */
  readonly path: string;
  readonly text: string;
}

/** Where a config file is looked for when none is named, in order. */
export function usualPlaces({ env, cwd, home }: Places): readonly string[] {
  // A relative XDG_CONFIG_HOME counts for nothing (XDG Base Directory Specification).
  const xdg = env.XDG_CONFIG_HOME && path.isAbsolute(env.XDG_CONFIG_HOME) ? env.XDG_CONFIG_HOME : null;
  return [path.join(cwd, CONFIG_NAME), path.join(xdg ?? path.join(home, '.config'), 'kubecore', CONFIG_NAME)];
}

/** The config file that counts, absolute; null when there is none. One that is named counts whether it is there or not. */
export function findConfigFile(places: Places): string | null {
  const named = places.flag ?? (places.env.KUBECORE_CONFIG || undefined);
  if (named !== undefined)
    return path.resolve(places.cwd, named.startsWith('~/') ? path.join(places.home, named.slice(2)) : named);
  return usualPlaces(places).find((file) => existsSync(file)) ?? null;
}

/** A path as a person would type it from `cwd`. */
export function shownPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}

/**
 * Reads a config file. Loads the YAML parser.
 * @param over what counts before the file, by key
 * @throws KubecoreError (input) when it cannot be read; ConfigError with every mistake in it
 */
export async function loadConfig(
  file: string,
  cwd: string,
  over: ReadonlyMap<string, string>,
): Promise<LoadedConfig> {
  const shown = shownPath(file, cwd);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unreadable(shown, error);
  });
  if (text.length > MAX_BYTES)
    throw inputError(
      `the config file ${shown} cannot be used`,
      `${text.length} characters are more than ${MAX_BYTES}`,
      'is it the file you meant? name another with --config FILE',
    );
  const { readConfig } = await import('../cluster/config-document.ts');
  const document = readConfig(text, over);
  if (document.problems.length > 0) throw new ConfigError(shown, document.problems);
  return { ...document, path: shown, text };
}

function unreadable(shown: string, error: NodeJS.ErrnoException): KubecoreError {
  return inputError(
    `the config file ${shown} cannot be read`,
    fileTrouble(error),
    'name another with --config FILE or KUBECORE_CONFIG, or write one: kubecore init',
  );
}
