/**
 * Owns the manual page, made from the command tree that --help prints: the same names, descriptions, options and examples,
 * in man(7)'s macros. Pure.
 */
import type { Command } from 'commander';

/** Text for a line of roff: nothing in it is taken for a request, an escape or a hyphen that may be broken. */
function roff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(
      /[^\n -~]/gu,
      (character) => `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
  return escaped
    .split('\n')
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join('\n');
}

const bold = (text: string): string => `\\fB${roff(text)}\\fR`;

/** A term and what it means. */
const item = (term: string, meaning: string): string => `.TP\n${bold(term)}\n${roff(meaning || '\u2014')}`;

/** The examples at the end of a command's help. */
function examplesOf(command: Command): readonly string[] {
  const before = command.configureOutput();
  let help = '';
  command.configureOutput({
    ...before,
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  command.configureOutput(before);
  const [, found = ''] = help.split('\nExamples:\n');
  return found
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

const EXITS: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'it ran and the answer is bad: an unhealthy cluster, a failed launch, a failed check'],
  ['2', 'bad usage or bad input'],
  ['3', 'AWS said no'],
  ['4', 'a node could not be reached or trusted'],
  ['130', 'interrupted'],
  ['255', 'of kubecore ssh MACHINE \u2212\u2212 COMMAND: we failed; else its code is the remote one'],
];

const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  [
    'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE',
    'credentials, as all of AWS\u2019s tools read them',
  ],
  ['AWS_REGION, AWS_DEFAULT_REGION', 'the region, where --region is not given'],
  ['AWS_ENDPOINT_URL', 'another address of AWS\u2019s API'],
  ['KUBECORE_STATE_DIR', 'where kubecore keeps its own files'],
  [
    'KUBECORE_NAME, KUBECORE_CLUSTER_SIZE, \u2026',
    'settings, by the names of the config file; kubecore config lists them',
  ],
  ['NO_COLOR', 'no colours'],
];

/**
 * The page kubecore(1).
 * @param program the whole command tree
 */
export function manPage(program: Command, version: string): string {
  const helper = program.createHelp();
  helper.showGlobalOptions = false;
  const optionsOf = (command: Command): readonly string[] =>
    helper
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map((option) => item(helper.optionTerm(option), helper.optionDescription(option)));
  const section = (title: string, lines: readonly string[]): readonly string[] => [`.SH ${title}`, ...lines];

  const commands: string[] = [];
  const visit = (command: Command, words: string): void => {
    for (const inner of helper.visibleCommands(command)) {
      const name = `${words} ${inner.name()}`;
      const usage = `${name} ${inner.usage()}`.trim();
      const own = helper
        .visibleArguments(inner)
        .map((argument) => item(helper.argumentTerm(argument), helper.argumentDescription(argument)));
      const shown = inner.commands.length > 0 ? [] : examplesOf(inner);
      commands.push(
        `.SS "${roff(name)}"`,
        bold(usage),
        '.PP',
        roff(inner.description()),
        ...own,
        ...optionsOf(inner),
        ...(shown.length === 0
          ? []
          : ['.PP', 'Examples:', '.PP', '.nf', ...shown.map((line) => `.RS 4\n${roff(line)}\n.RE`), '.fi']),
      );
      visit(inner, name);
    }
  };
  visit(program, 'kubecore');

  const [summary = '', ...more] = program.description().split('\n');
  return `${[
    '.\\" Made by kubecore man from the text of --help.',
    `.TH KUBECORE 1 "" "kubecore ${roff(version)}" "User Commands"`,
    ...section('NAME', [`kubecore \\- ${roff(summary.replace(/\.$/, ''))}`]),
    ...section('SYNOPSIS', [`.B kubecore\n[${roff('options')}] [${roff('command')}]`]),
    ...section('DESCRIPTION', [
      roff([summary, ...more].join('\n')),
      '.PP',
      'Errors say what happened, why and what to do next, on standard error.',
    ]),
    ...section('OPTIONS', ['Everywhere:', ...optionsOf(program)]),
    ...section('COMMANDS', commands),
    ...section(
      'EXIT STATUS',
      EXITS.map(([code, meaning]) => item(code, meaning)),
    ),
    ...section(
      'ENVIRONMENT',
      VARIABLES.map(([name, meaning]) => item(name, meaning)),
    ),
    ...section('FILES', [
      item(
        '~/.local/state/kubecore',
        'what is remembered of clusters, their host keys, the sandbox and its keys',
      ),
      item('kubecore.yaml', 'the config file, sought here; kubecore init writes one'),
    ]),
    ...section('SEE ALSO', ['.BR ssh (1),\n.BR ssh_config (5),\n.BR aws (1)']),
  ].join('\n')}\n`;
}
