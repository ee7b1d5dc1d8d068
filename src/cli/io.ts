/** Owns how a command speaks: results to standard output, progress and errors to standard error, in text, JSON or YAML. */
import { stringify } from 'yaml';
import { asKubecoreError, type KubecoreError } from '../cluster/errors.ts';

export type OutputFormat = 'text' | 'json' | 'yaml';

export interface Io {
  readonly format: OutputFormat;
  readonly stdoutIsTTY: boolean;
  readonly interactive: boolean;
  readonly color: boolean;
  readonly columns: number;
  /** A result. Waits while the reader is behind. */
  out(text: string): Promise<void>;
  /** A document, in the chosen machine-readable format (JSON when the format is text). */
  document(value: unknown): Promise<void>;
  /** One object a line, for streams (`logs -o json`, `up -o json`). */
  record(value: unknown): Promise<void>;
  /** Progress, for a person. */
  note(text: string): void;
}

/** Text that came from outside, safe for one line of a terminal or a log: control characters become visible or go. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
}

export function createIo(host: NodeJS.Process, options: { format: OutputFormat; noColor: boolean }): Io {
  const write = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
    new Promise((done) => {
      if (stream.write(text)) done();
      else stream.once('drain', done);
    });
  const tty = host.stdout.isTTY === true;
  return {
    format: options.format,
    stdoutIsTTY: tty,
    interactive: tty && host.stdin.isTTY === true,
    color: tty && !options.noColor && !host.env.NO_COLOR && host.env.TERM !== 'dumb',
    columns: host.stdout.columns ?? 80,
    out: (text) => write(host.stdout, text),
    document: (value) =>
      write(
        host.stdout,
        options.format === 'yaml' ? stringify(value) : `${JSON.stringify(value, null, 2)}\n`,
      ),
    record: (value) =>
      write(
        host.stdout,
        options.format === 'yaml' ? `---\n${stringify(value)}` : `${JSON.stringify(value)}\n`,
      ),
    note: (text) => void host.stderr.write(`${text}\n`),
  };
}

/** The text of an error as CLI.md gives it: `kubecore: WHAT: WHY` and `next: …`. */
export function errorText(error: KubecoreError): string {
  return `kubecore: ${oneLine(error.what)}: ${oneLine(error.why)}\nnext: ${oneLine(error.next)}\n`;
}

/** Prints an error where CLI.md wants it and gives the exit code. */
export function reportError(
  host: NodeJS.Process,
  thrown: unknown,
  options: { format: OutputFormat; debug: boolean },
): number {
  const error = asKubecoreError(thrown);
  if (options.format === 'json') {
    const { what, why, next, fault, code } = error;
    host.stderr.write(`${JSON.stringify({ error: { what, why, next, fault, code } })}\n`);
  } else {
    host.stderr.write(errorText(error));
  }
  if (options.debug) host.stderr.write(`${error.stack ?? ''}\n${causes(error.cause)}`);
  return error.exitCode;
}

function causes(cause: unknown): string {
  let text = '';
  for (let at = cause; at instanceof Error; at = at.cause) text += `caused by: ${at.stack ?? at.message}\n`;
  return text;
}
