/** Owns how a command speaks: results to standard output, progress and errors to standard error, in text, JSON or YAML. */
import { ConfigError } from '../cluster/config-error.ts';
import { asKubecoreError, errorParts, type KubecoreError } from '../cluster/errors.ts';
import { redact, secretsOf } from '../cluster/redact.ts';
import { sanitise } from '../ui/sanitise.ts';
import { placesText } from './config-error-text.ts';

export type OutputFormat = 'text' | 'json' | 'yaml';

export interface Io {
  readonly format: OutputFormat;
  readonly stdoutIsTTY: boolean;
  readonly interactive: boolean;
  /** Why nobody can be asked, when it is not interactive. */
  readonly nobody: string;
  readonly color: boolean;
  readonly columns: number;
  /** A result. Waits while the reader is behind. */
  out(text: string): Promise<void>;
  /** A document, in the chosen machine-readable format (JSON when the format is text). */
  document(value: unknown): Promise<void>;
  /** One object a line, for streams (`logs -o json`, `up -o json`). */
  record(value: unknown): Promise<void>;
  /** Progress, for a person; an object a line when the format is for a machine. */
  note(text: string): void;
}

/** Text that came from outside, safe for one line of a terminal or a log. */
export function oneLine(text: string): string {
  return sanitise(text.replace(/\s*\n\s*/g, ' ')).trim();
}

/** JSON may hold DEL and C1 controls as they are; a terminal would obey them. */
function json(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\x7f-\x9f]/g,
    (char) => `\\u00${char.charCodeAt(0).toString(16)}`,
  );
}

/** Loaded when asked for: no screen waits for it. */
const yaml = async (value: unknown): Promise<string> => (await import('./yaml-text.ts')).stringify(value);

/** `CI=true`, as every CI sets it. */
export const inCi = (env: NodeJS.ProcessEnv): boolean =>
  env.CI !== undefined && !['', '0', 'false'].includes(env.CI.toLowerCase());

export function createIo(host: NodeJS.Process, options: { format: OutputFormat; noColor: boolean }): Io {
  const write = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
    new Promise((done) => {
      if (stream.destroyed) return done();
      // Called when it was written or cannot be: a reader that is gone must not hold the command for ever.
      stream.write(text, () => done());
    });
  // In a job of CI a terminal is played: nobody answers, and what moves or colours becomes noise in a log.
  const tty = host.stdout.isTTY === true && !inCi(host.env);
  return {
    format: options.format,
    stdoutIsTTY: tty,
    interactive: tty && host.stdin.isTTY === true,
    nobody: inCi(host.env) ? 'CI is set, so nobody is asked' : 'there is no terminal to ask on',
    color: tty && !options.noColor && !host.env.NO_COLOR && host.env.TERM !== 'dumb',
    columns: host.stdout.columns ?? 80,
    out: (text) => write(host.stdout, text),
    document: async (value) =>
      write(host.stdout, options.format === 'yaml' ? await yaml(value) : `${json(value, 2)}\n`),
    record: async (value) =>
      write(host.stdout, options.format === 'yaml' ? `---\n${await yaml(value)}` : `${json(value)}\n`),
    note: (text) =>
      void host.stderr.write(options.format === 'text' ? `${text}\n` : `${json({ note: text })}\n`),
  };
}

/** The text of an error as CLI.md gives it: `kubecore: WHAT: WHY` and `next: …`; a config file's mistakes between them. */
export function errorText(error: KubecoreError): string {
  const places = error instanceof ConfigError ? placesText(error) : '';
  return `kubecore: ${oneLine(error.what)}: ${oneLine(error.why)}\n${places}next: ${oneLine(error.next)}\n`;
}

/** Prints an error where CLI.md wants it and gives the exit code. */
export function reportError(
  host: NodeJS.Process,
  thrown: unknown,
  options: { format: OutputFormat; debug: boolean },
): number {
  const error = asKubecoreError(thrown);
  if (options.format !== 'text') {
    const problems =
      error instanceof ConfigError
        ? { problems: error.problems.map(({ source: _, ...place }) => ({ file: error.file, ...place })) }
        : {};
    host.stderr.write(`${json({ error: { ...errorParts(error), ...problems } })}\n`);
  } else {
    host.stderr.write(errorText(error));
  }
  if (options.debug)
    host.stderr.write(redact(`${error.stack ?? ''}\n${causes(error.cause)}`, secretsOf(host.env)));
  return error.exitCode;
}

function causes(cause: unknown): string {
  let text = '';
  for (let at = cause; at instanceof Error; at = at.cause) text += `caused by: ${at.stack ?? at.message}\n`;
  return text;
}
