/**
 * Owns the one place where an argv array becomes a command line for a node's shell: quoting, the PATH, where standard
 * input comes from, and the time limit that holds on the far side.
 */
import { inputError } from '../cluster/errors.ts';

const PLAIN = /^[A-Za-z0-9_/:.,@%+=-]+$/;

/**
 * One word for a POSIX shell, in single quotes unless it needs none. Every character but NUL survives.
 * @throws KubecoreError (input) for NUL, which no argument of a process can hold.
 */
export function quoteArgument(word: string): string {
  if (word.includes('\0')) {
    throw inputError(
      'the command was not sent',
      'one of its arguments holds a NUL character, which no program can be given',
      'take the NUL out of the argument',
    );
  }
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** An argv array as words for a shell. */
export function quoteArgv(argv: readonly string[]): string {
  const [program] = argv;
  if (program === undefined || program === '' || program.startsWith('-')) {
    throw inputError(
      'the command was not sent',
      program === undefined ? 'it is empty' : `${JSON.stringify(program)} is not the name of a program`,
      'name the program to run',
    );
  }
  return argv.map(quoteArgument).join(' ');
}

export interface RemoteCommand {
  /** False: standard input is /dev/null, so a tool that would prompt ends instead of waiting. */
  readonly stdin: boolean;
  /** Seconds after which the node itself kills the command; null when it may run for ever. */
  readonly limitSeconds: number | null;
}

/**
 * The line that a node's login shell runs for `argv`.
 *
 * - PATH gets /opt/bin first, where the article keeps kubecfg: a session without a login lacks it.
 * - `exec`, so that the command takes the place of the shell and its exit status and signal are its own.
 * - `timeout` bounds what is left behind: when the link drops nobody can send a signal any more, and a command that
 *   does not write would go on for ever; 2014's sshd knows no signal request at all.
 * - Without input it reads /dev/null instead of an ended channel: ssh2 sends no signal on a channel whose input has ended.
 */
export function remoteCommand(argv: readonly string[], options: RemoteCommand): string {
  const limit = options.limitSeconds === null ? '' : `timeout -s KILL ${Math.ceil(options.limitSeconds)} `;
  return `PATH=/opt/bin:$PATH exec ${limit}${quoteArgv(argv)}${options.stdin ? '' : ' </dev/null'}`;
}

/** A line that a person typed for the node's shell, with the same PATH; it may use all of the shell's syntax. */
export function remoteShellLine(line: string): string {
  quoteArgument(line);
  return `PATH=/opt/bin:$PATH; export PATH; ${line}`;
}
