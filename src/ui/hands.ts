/**
 * Owns what the console can do with a cluster beside looking at it, as ports that src/cli fills: the terminal given over, files of
 * this computer, the clipboard, the cloud. Screens never touch any of these themselves.
 */
import type { UploadShell } from '../cluster/fleet-acts.ts';
import type { LaunchEvent } from '../cluster/launch-contract.ts';
import type { NodeRef } from '../cluster/ports.ts';

/** How a program that had the terminal ended. */
export interface TerminalEnded {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Hands {
  /** --read-only: nothing may be changed. */
  readonly readOnly: boolean;
  /** What a `kubecore` command needs to mean this cluster: `--sandbox --cluster kubernetes`. */
  readonly flags: readonly string[];
  readonly shell: UploadShell;
  /**
   * Gives the terminal to the login shell of a node, or to one command there, until it ends. With `pause`, Enter is
   * awaited before the screen comes back, so that what was printed can be read.
   */
  terminal(
    node: NodeRef,
    options: { readonly command?: readonly string[]; readonly title: string; readonly pause?: boolean },
  ): Promise<TerminalEnded>;
  /** Gives the terminal to $VISUAL, $EDITOR or vi with this text; what was written, null when the editor ended badly. */
  edit(name: string, text: string): Promise<string | null>;
  /** @throws KubecoreError (input) */
  readFile(path: string): Promise<{ readonly path: string; readonly bytes: Uint8Array }>;
  /** Paths here that begin so, folders with a slash at their end. */
  pathsLike(begin: string): Promise<readonly string[]>;
  /** Writes a new file, never over one that is there; gives its whole path. @throws KubecoreError (input) */
  saveFile(path: string, text: string): Promise<string>;
  /** Asks the terminal to take a text into its clipboard (OSC 52); false when it is too long for that. */
  copy(text: string): boolean;
  /** Another number of minions; null when nobody knows the cloud behind the cluster. */
  readonly scale: ((size: number, signal: AbortSignal) => AsyncIterable<LaunchEvent>) | null;
}
