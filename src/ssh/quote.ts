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
 * Beside a command without input a shell waits for the end of the session's own input, which sshd closes with the channel or when
 * the connection is gone, and then kills the command with all that it started (the process group; sshd gives each session one of its
 * own). 2014's sshd knows no signal request, today's passes none on for root, and what does not write gets no SIGPIPE: a quiet
 * `journalctl -f` would stay for ever. A command that has ended is left alone, with what it left behind on purpose.
 */
const WATCH =
  'exec 3<&0; { read -r _ <&3; kill -0 $$ && { kill -KILL -$$ || kill -KILL $$; }; } >/dev/null 2>&1 & ';

/**
 * The line that a node's login shell runs for `argv`.
 *
 * - PATH gets /opt/bin first, where the article keeps kubecfg: a session without a login lacks it.
 * - `exec`, so that the command takes the place of the shell and its exit status and signal are its own.
 * - `timeout` bounds what is left behind where nobody tells sshd that we are gone: a network that just falls silent.
 * - Without input it reads /dev/null, so that the session's input stays open: ssh2 sends no signal once it has ended.
 */
export function remoteCommand(argv: readonly string[], options: RemoteCommand): string {
  const limit = options.limitSeconds === null ? '' : `timeout -s KILL ${Math.ceil(options.limitSeconds)} `;
  const command = `PATH=/opt/bin:$PATH exec ${limit}${quoteArgv(argv)}`;
  return options.stdin ? command : `${WATCH}${command} </dev/null`;
}

/** A line that a person typed for the node's shell, with the same PATH; it may use all of the shell's syntax. */
export function remoteShellLine(line: string): string {
  quoteArgument(line);
  return `PATH=/opt/bin:$PATH; export PATH; ${line}`;
}
