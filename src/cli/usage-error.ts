/** Owns what is said of a command line that was not understood: why, and what was probably meant. Exit code 2, no stack trace. */
import type { Command, CommanderError } from 'commander';
import { EXIT, inputError } from '../cluster/errors.ts';
import { didYouMean } from '../cluster/nearest.ts';
import { errorText, type OutputFormat, reportError } from './io.ts';

export interface Typed {
  readonly host: NodeJS.Process;
  readonly program: Command;
  readonly argv: readonly string[];
  readonly format: OutputFormat;
}

/** Tells what commander found; gives the exit code. */
export function usageExit(error: CommanderError, { host, program, argv, format }: Typed): number {
  if (error.exitCode === 0) return EXIT.done;
  // `kubecore unit` alone: commander has printed its verbs to standard error, which says it all.
  const verbMissing = error.code === 'commander.help';
  if (verbMissing && format === 'text') return EXIT.usage;
  const said = verbMissing
    ? 'its verb is missing'
    : error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  const { why, next } = meant(said, error.code, wordsOf(program, argv));
  const shown = inputError('the command line was not understood', why, next);
  if (format !== 'text') reportError(host, shown, { format, debug: false });
  else host.stderr.write(errorText(shown));
  return EXIT.usage;
}

function meant(said: string, code: string, words: readonly string[]): { why: string; next: string } {
  const suggestion = /\(Did you mean (.*)\?\)$/.exec(said);
  if (suggestion)
    return { why: said.slice(0, suggestion.index).trim(), next: `did you mean ${suggestion[1]}?` };
  // "option '-o, --output <format>' argument 'jsn' is invalid. Allowed choices are text, json, yaml."
  const choice = /argument '(.*)' is invalid\. Allowed choices are (.*)\.$/.exec(said);
  if (choice) return { why: said, next: didYouMean(choice[1] ?? '', (choice[2] ?? '').split(', ')) };
  if (code === 'commander.unknownOption' && ['run', 'ssh'].includes(words[0] ?? ''))
    return { why: said, next: 'put -- before a command for the node that has options of its own' };
  const of = words.length === 0 ? 'lists commands and options' : 'shows how it is called';
  return { why: said, next: `${['kubecore', ...words, '--help'].join(' ')} ${of}` };
}

/** The words of the command that was reached: `keys create`. */
function wordsOf(program: Command, argv: readonly string[]): readonly string[] {
  const words: string[] = [];
  let at = program;
  for (const word of argv) {
    const inner = at.commands.find((command) => command.name() === word);
    if (!inner) continue;
    words.push(word);
    at = inner;
  }
  return words;
}

/** The output format that was asked for, readable before and after a parse that failed. */
export function outputOf(argv: readonly string[]): OutputFormat {
  const at = argv.findIndex(
    (word) => word === '-o' || word === '--output' || word.startsWith('--output=') || /^-o./.test(word),
  );
  const word = argv[at] ?? '';
  const value = word.startsWith('--output=')
    ? word.slice(9)
    : /^-o./.test(word)
      ? word.slice(2)
      : argv[at + 1];
  return at >= 0 && (value === 'json' || value === 'yaml') ? value : 'text';
}
