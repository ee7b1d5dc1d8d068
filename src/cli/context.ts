/** Owns what every command gets: parsed global options, the way to speak, signals. Commands never touch `process`. */
import type { KubecoreError } from '../cluster/errors.ts';
import type { Debug } from './debug-log.ts';
import type { Io, OutputFormat } from './io.ts';
import type { Guards } from './process-guards.ts';
import type { Settings } from './settings.ts';

export interface GlobalOptions {
  /** The config file that was named. */
  readonly config?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly cluster?: string;
  readonly identity?: string;
  /** `[USER@]ADDRESS[:PORT]` of a master, reached without AWS. */
  readonly host?: string;
  readonly sandbox: boolean;
  readonly output: OutputFormat;
  /** commander's spelling of --no-color. */
  readonly color: boolean;
  /** The screens as sentences to be read aloud. */
  readonly screenReader?: boolean;
  readonly acceptNewHostKey: boolean;
  /** Whatever changes something is refused. */
  readonly readOnly: boolean;
  /** The sandbox's faults that strike while the command changes something: `NAME` or `NAME=TARGET`. */
  readonly faults: readonly string[];
  readonly debug: boolean;
}

export interface Context {
  readonly host: NodeJS.Process;
  readonly env: NodeJS.ProcessEnv;
  readonly io: Io;
  readonly guards: Guards;
  readonly options: GlobalOptions;
  /** Every setting and who gave it; the console's own part of the config file. */
  readonly settings: Settings;
  readonly stateDir: string;
  /** What --debug tells of the work inside; nothing without it. */
  readonly debug: Debug;
  /** Prints an error without ending: for partial failures. */
  report(error: KubecoreError): void;
}
