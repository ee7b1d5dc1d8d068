/** Owns `kubecore init`: a config file from flags and, on a terminal, from a few answers. */
import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { plainValue, readConfig, withValues } from '../../cluster/config-document.ts';
import { ConfigError } from '../../cluster/config-error.ts';
import { schemaUrl } from '../../cluster/config-schema.ts';
import { newConfig } from '../../cluster/config-template.ts';
import { EXIT, inputError } from '../../cluster/errors.ts';
import { USUAL_KEY_PAIR } from '../../cluster/key-pair.ts';
import { SETTINGS, type Setting, wrongSettings } from '../../cluster/settings.ts';
import { CONFIG_NAME, findConfigFile, loadConfig, shownPath } from '../config-file.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';
import { optionName } from '../parameter-options.ts';
import { ask } from '../prompt.ts';
import { VERSION } from '../version.ts';

/** What a person is asked, when no flag has said it; the rest stands in the file as comments. */
const ASKED = ['name', 'region', 'instance-type', 'cluster-size', 'key-pair'];

export async function init(
  context: Context,
  _args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, host } = context;
  const given = fromFlags(context, flags);
  const cwd = host.cwd();
  const target = targetFile(context, cwd);
  const shown = shownPath(target, cwd);
  const there = await stat(target).then(
    () => true,
    () => false,
  );
  const writes = flags.print !== true;
  if (there && writes && flags.force !== true)
    throw inputError(
      `${shown} was not written`,
      'it is there already',
      'give --force to set what flags and answers say in it (its comments stay), or name another with --config FILE',
    );
  // With --force what is there is the beginning; mistakes in it are told, not overwritten.
  const before = there && flags.force === true ? (await loadConfig(target, cwd, new Map())).text : null;
  const answers =
    io.interactive && flags.yes !== true ? await asked(context, given, before) : new Map<string, string>();
  const values = new Map([...given, ...answers]);
  const schema =
    typeof flags.schema === 'string' ? flags.schema : await schemaFor(host, path.dirname(target));
  const text = before === null ? newConfig(values, schema) : withValues(before, values);
  const { problems } = readConfig(text);
  if (problems.length > 0) throw new ConfigError(shown, problems);
  if (!writes) {
    await io.out(text);
    return EXIT.done;
  }
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await writeFileAtomic(target, text).catch((error: Error) => {
    throw inputError(`${shown} was not written`, error.message, 'name another place with --config FILE');
  });
  const settings = Object.fromEntries([...values].map(([key, value]) => [key, plainValue(key, value)]));
  if (io.format === 'text') await io.out(`wrote ${oneLine(shown)}\n`);
  else await io.document({ file: shown, replaced: before !== null, settings });
  io.note('next: kubecore check looks at what it asks for; kubecore up launches it');
  return EXIT.done;
}

/** --config, KUBECORE_CONFIG, or kubecore.yaml here: never the one of the person's home, which is for all. */
function targetFile({ env, options }: Context, cwd: string): string {
  const places = { flag: options.config, env, cwd, home: homedir() };
  const named = options.config ?? env.KUBECORE_CONFIG;
  return (named ? findConfigFile(places) : null) ?? path.join(cwd, CONFIG_NAME);
}

/** What flags say, checked all at once. */
function fromFlags({ options }: Context, flags: Readonly<Record<string, unknown>>): Map<string, string> {
  const given = new Map<string, string>();
  for (const { key, parameter } of SETTINGS) {
    const text = parameter ? flags[optionName(parameter)] : GENERAL[key]?.(options);
    if (typeof text === 'string' && text !== '') given.set(key, text);
  }
  const wrong = wrongSettings(given);
  if (wrong.length > 0)
    throw inputError(
      `${wrong.map(({ setting }) => `--${setting.key} ${given.get(setting.key)}`).join(' and ')} cannot be used`,
      wrong.map(({ why }) => why).join('; '),
      wrong.map(({ hint }) => hint).join('; '),
    );
  return given;
}

/** The general flags that describe the way to a cluster; the others say how this one command speaks. */
const GENERAL: Readonly<Record<string, (options: Context['options']) => string | undefined>> = {
  region: ({ region }) => region,
  profile: ({ profile }) => profile,
  cluster: ({ cluster }) => cluster,
  identity: ({ identity }) => identity,
  sandbox: ({ sandbox }) => (sandbox ? 'true' : undefined),
};

/** A few questions, each with what Enter means; a wrong answer says why and is asked again. */
async function asked(
  context: Context,
  given: ReadonlyMap<string, string>,
  before: string | null,
): Promise<ReadonlyMap<string, string>> {
  const { env, io, options } = context;
  const there = before === null ? new Map() : readConfig(before).values;
  const answers = new Map<string, string>();
  io.note('Enter keeps what stands in parentheses; the file holds all the rest.');
  for (const key of ASKED) {
    if (given.has(key) || (key === 'region' && options.sandbox)) continue;
    const setting = SETTINGS.find((candidate) => candidate.key === key)!;
    const usual = there.get(key)?.text ?? setting.defaultText ?? USUAL[key]?.(env) ?? '';
    const answer = await answerTo(context, setting, usual, new Map([...given, ...answers]));
    if (answer !== '') answers.set(key, answer);
  }
  return answers;
}

const USUAL: Readonly<Record<string, (env: NodeJS.ProcessEnv) => string>> = {
  region: (env) => env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1',
  'key-pair': () => USUAL_KEY_PAIR,
};

async function answerTo(
  context: Context,
  setting: Setting,
  usual: string,
  others: ReadonlyMap<string, string>,
): Promise<string> {
  const label = setting.parameter?.label ?? 'Region';
  for (;;) {
    const typed = (await ask(context, `${label} (${usual}): `)).trim();
    const answer = typed === '' ? usual : typed;
    const [wrong] = wrongSettings(new Map([...others, [setting.key, answer]])).filter(
      (found) => found.setting === setting,
    );
    if (!wrong) return answer;
    context.io.note(`  ${oneLine(wrong.why)}; ${oneLine(wrong.hint)}`);
  }
}

/**
 * Where editors find the schema: the file that this program carries when it lies in the config's own folder or below (a checkout, a
 * project with kubecore among its packages), else its address among npm's files.
 */
async function schemaFor(host: NodeJS.Process, folder: string): Promise<string> {
  const program = await realpath(host.argv[1] ?? '').catch(() => null);
  if (program !== null) {
    const carried = path.join(path.dirname(program), '..', 'schema', 'kubecore.schema.json');
    const relative = path.relative(await realpath(folder).catch(() => folder), carried);
    const below = !relative.startsWith('..') && !path.isAbsolute(relative);
    const isThere = await stat(carried).then(
      () => true,
      () => false,
    );
    if (below && isThere) return `./${relative.split(path.sep).join('/')}`;
  }
  return schemaUrl(VERSION);
}
