/** Owns a Shell of plain functions for tests: what each node answers to a command, and a connection moved by hand. */
import { KubecoreError } from '../../src/cluster/errors.ts';
import type { ConnectionState, NodeRef, RunResult, Shell } from '../../src/cluster/ports.ts';

export interface Call {
  /** `master`, or the node's address. */
  readonly on: string;
  readonly command: string;
  readonly signal: AbortSignal | undefined;
}

export type Answer =
  | string
  | { readonly stdout?: string | Uint8Array; readonly stderr?: string; readonly code?: number };

export interface FakeShell extends Shell {
  readonly calls: Call[];
  /** Replaces what is answered from now on. */
  answer: (call: Call) => Answer | Promise<Answer>;
  /** Plays a followed command: batches of lines, then its end or its error. */
  play: (call: Call) => AsyncIterable<readonly Uint8Array[]>;
  connect(state: ConnectionState): void;
  closed: boolean;
}

const encoder = new TextEncoder();
export const bytes = (text: string): Uint8Array => encoder.encode(text);

export const lost = (why = 'the network went away'): KubecoreError =>
  new KubecoreError({
    what: 'the connection was lost',
    why,
    next: 'wait',
    fault: 'network',
    code: 'ConnectionLost',
  });

export const nodeOf = (node: NodeRef): string => (node.kind === 'master' ? 'master' : node.address);

export function fakeShell(answer: (call: Call) => Answer | Promise<Answer> = () => ''): FakeShell {
  const listeners = new Set<() => void>();
  let connection: ConnectionState = { phase: 'connected', to: 'master', since: 0 };
  const shell: FakeShell = {
    calls: [],
    closed: false,
    answer,
    async *play() {},
    async run(node, argv, options): Promise<RunResult> {
      const call: Call = { on: nodeOf(node), command: argv.join(' '), signal: options?.signal };
      shell.calls.push(call);
      const given = await shell.answer(call);
      const { stdout = '', stderr = '', code = 0 } = typeof given === 'string' ? { stdout: given } : given;
      return {
        stdout: typeof stdout === 'string' ? bytes(stdout) : stdout,
        stderr: bytes(stderr),
        code,
        signal: null,
        durationMs: 1,
      };
    },
    follow(node, argv, options) {
      const call: Call = { on: nodeOf(node), command: argv.join(' '), signal: options?.signal };
      shell.calls.push(call);
      return shell.play(call);
    },
    connection: () => connection,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    async close() {
      shell.closed = true;
    },
    connect(state) {
      connection = state;
      for (const listener of listeners) listener();
    },
  };
  return shell;
}
