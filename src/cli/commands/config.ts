/** Owns `kubecore config`: every setting, what it is and who gave it; and the config file's JSON Schema. */
import { plainValue } from '../../cluster/config-document.ts';
import { configSchema } from '../../cluster/config-schema.ts';
import { EXIT, inputError } from '../../cluster/errors.ts';
import {
  type Origin,
  type ResolvedSetting,
  unknownVariables,
  wrongSettings,
} from '../../cluster/settings.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';
import { table } from '../table.ts';
import { VERSION } from '../version.ts';

export async function config(
  context: Context,
  _args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, settings, env } = context;
  if (flags.schema === true) {
    await io.out(`${JSON.stringify(configSchema(VERSION), null, 2)}\n`);
    return EXIT.done;
  }
  refuseWrongFlags(settings.entries);
  for (const { name, meant } of unknownVariables(env))
    io.note(`warning: nothing reads ${oneLine(name)}${meant === null ? '' : `; did you mean ${meant}?`}`);
  if (io.format !== 'text') {
    await io.document({
      file: settings.file,
      settings: settings.entries.map(record),
      console: settings.console,
    });
    return EXIT.done;
  }
  io.note(
    settings.file === null
      ? 'no config file (kubecore init writes one)'
      : `config file: ${oneLine(settings.file)}`,
  );
  const rows = settings.entries.map(({ setting, text, origin }) => [
    setting.key,
    text === null ? `(${setting.whenEmpty ?? 'not set'})` : oneLine(text),
    oneLine(giver(origin)),
  ]);
  await io.out(table(['SETTING', 'VALUE', 'FROM'], [...rows, ...consoleRows(context)]));
  return EXIT.done;
}

/** `flag --region`, `environment KUBECORE_REGION`, `kubecore.yaml:3`, `default`. */
function giver(origin: Origin): string {
  switch (origin.from) {
    case 'flag':
    case 'environment':
      return `${origin.from} ${origin.name}`;
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'default':
      return 'default';
  }
}

function record({ setting, text, origin }: ResolvedSetting): Record<string, unknown> {
  return {
    key: setting.key,
    value: text === null || text === '' ? null : plainValue(setting.key, text),
    from: origin.from,
    name: origin.from === 'flag' || origin.from === 'environment' ? origin.name : null,
    file: origin.from === 'file' ? origin.file : null,
    line: origin.from === 'file' ? origin.line : null,
    column: origin.from === 'file' ? origin.column : null,
  };
}

function consoleRows({ settings }: Context): readonly (readonly string[])[] {
  const { theme, keys, mouse } = settings.console;
  const from = (given: boolean): string => (given ? (settings.file ?? '') : 'default');
  return [
    ['console.theme', theme ?? "(the terminal's own colours)", from(theme !== null)],
    ['console.mouse', String(mouse), from(!mouse)],
    ...Object.entries(keys).map(([action, key]) => [`console.keys.${oneLine(action)}`, key, from(true)]),
  ];
}

function refuseWrongFlags(entries: readonly ResolvedSetting[]): void {
  const texts = new Map(entries.flatMap(({ setting, text }) => (text === null ? [] : [[setting.key, text]])));
  const wrong = wrongSettings(texts);
  if (wrong.length === 0) return;
  throw inputError(
    `${wrong.map(({ setting }) => `--${setting.key} ${texts.get(setting.key)}`).join(' and ')} cannot be used`,
    wrong.map(({ why }) => why).join('; '),
    wrong.map(({ hint }) => hint).join('; '),
  );
}
