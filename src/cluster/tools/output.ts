/** Owns what every remote tool's reading shares: bytes to text, text to lines, and the error for a command that failed. */
import { type Fault, KubecoreError } from '../errors.ts';
import type { RunResult } from '../ports.ts';
import { printable } from '../printable.ts';

const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** Bytes as text. Broken UTF-8 becomes U+FFFD; nothing is thrown. */
export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Text as lines, without their ends and without empty ones. CRLF (a pty's) counts as one end. */
export function nonEmptyLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

/** How a command ended, for a person: `exit code 1`, `killed by SIGKILL`. */
export function ending(result: Pick<RunResult, 'code' | 'signal'>): string {
  return result.code === null ? `killed by ${result.signal ?? 'a signal'}` : `exit code ${result.code}`;
}

/** Exit codes with which a shell says that there is no such command, or that it may not be run. */
export function isMissing(result: Pick<RunResult, 'code'>): boolean {
  return result.code === 127 || result.code === 126;
}

export interface ToolFailure {
  readonly what: string;
  readonly why: string;
  readonly next: string;
  readonly code: string;
  readonly fault?: Fault;
}

/** The error for a tool that said no. The cluster's fault unless told otherwise. */
export function toolError(failure: ToolFailure): KubecoreError {
  return new KubecoreError({ fault: 'cluster', ...failure, why: printable(failure.why) });
}

/** The error for output that is not what the tool prints. */
export function unreadable(tool: string, why: string): KubecoreError {
  return toolError({
    what: `the answer of ${tool} could not be read`,
    why,
    next: `run ${tool} on the node by hand and look at what it prints`,
    code: 'UnreadableOutput',
  });
}
