/** Owns the text of a new config file: every setting with its help, those that were given set, the others as comments. */
import { stringify } from 'yaml';
import { plainValue } from './config-document.ts';
import { THEMES } from './console-settings.ts';
import { SETTINGS, type Setting } from './settings.ts';

const WIDTH = 100;

/** `text` in lines that begin with `# `. */
function comment(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line.length + word.length + 3 > WIDTH && line !== '') lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => `# ${line}\n`).join('');
}

function entry(setting: Setting, given: string | undefined): string {
  const { key, help, allowed, defaultText, whenEmpty, value } = setting;
  const words = allowed && allowed.length > 1 && allowed.length <= 6 && setting.type !== 'boolean';
  // A form's field is empty where a file leaves the setting out.
  const told = help.replace(/\bEmpty:/, 'Left out:');
  const about = [
    told,
    words ? ` One of ${allowed.join(', ')}.` : '',
    whenEmpty === null || told !== help ? '' : ` Left out: ${whenEmpty}.`,
  ].join('');
  const line =
    given === undefined
      ? `# ${key}: ${defaultText ?? value}\n`
      : stringify({ [key]: plainValue(key, given) }, { lineWidth: 0 });
  return `${comment(about)}${line}`;
}

const CONSOLE = `# The console.
# console:
#   theme: dark  # ${THEMES.join(', ')}
#   mouse: true
#   keys:  # ACTION: KEY, for the actions of the console's help (?)
#     logs: L
`;

/**
 * @param given by key, as typed, each having passed its check
 * @param schema address or path of the schema, for editors
 */
export function newConfig(given: ReadonlyMap<string, string>, schema: string): string {
  const of = (parameters: boolean): string =>
    SETTINGS.filter(({ parameter }) => (parameter !== null) === parameters)
      .map((setting) => entry(setting, given.get(setting.key)))
      .join('\n');
  return `# yaml-language-server: $schema=${schema}
#
# What kubecore launches and works on. A flag counts before a variable (KUBECORE_CLUSTER_SIZE for
# cluster-size), that before this file; kubecore config shows where each value comes from.

${of(true)}
# How kubecore works.

${of(false)}
${CONSOLE}`;
}
