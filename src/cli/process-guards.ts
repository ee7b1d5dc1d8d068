/**
 * Owns what the process must survive: library warnings stay off the screen, a closed pipe ends quietly, signals abort the
 * running command, and a crash still restores the terminal and explains itself.
 */

import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { printable } from '../cluster/printable.ts';
import { redact, secretsOf } from '../cluster/redact.ts';

export interface Guards {
  /** Aborted by SIGINT, SIGTERM or SIGHUP; its reason is the signal's name. */
  readonly signal: AbortSignal;
  /** Runs before the process ends, however it ends. Returns a function that takes it back. */
  onExit(cleanup: () => void): () => void;
  /** From now on a closed pipe ends the output, not the work: a launch or a deletion goes on to its end and exit code. */
  outliveOutput(): void;
  /** Waits until what was written has left. */
  flush(): Promise<void>;
}

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Installs the guards. Call once, first thing. */
export function runtimeGuards(host: NodeJS.Process): Guards {
  const debug = host.argv.includes('--debug');
  let outlives = false;
  const cleanups = new Set<() => void>();
  const controller = new AbortController();

  // The AWS SDK warns on Node 20 through process.emitWarning; Node's own printer is a 'warning' listener.
  host.removeAllListeners('warning');
  if (debug)
    host.on('warning', (warning) =>
      host.stderr.write(redact(`warning: ${warning.name}: ${warning.message}\n`, secretsOf(host.env))),
    );

  const runCleanups = (): void => {
    for (const cleanup of [...cleanups].reverse()) {
      cleanups.delete(cleanup);
      try {
        cleanup();
      } catch {
        // One cleanup that fails must not keep the others from restoring the terminal.
      }
    }
  };
  host.on('exit', runCleanups);

  for (const stream of [host.stdout, host.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
      if (outlives) return;
      // The reader went away (`kubecore logs | head`): nothing is left to say, as with any other tool.
      runCleanups();
      host.exit(controller.signal.aborted ? (host.exitCode ?? 0) : 0);
    });
  }

  const received = (name: Signal): void => {
    if (controller.signal.aborted) {
      // The second one does not wait for anything.
      runCleanups();
      host.exit(128 + constants.signals[name]);
    }
    controller.abort(name);
    // A command that does not listen must not outlive its signal.
    setTimeout(() => {
      runCleanups();
      host.exit(128 + constants.signals[name]);
    }, 3000).unref();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) host.on(name, () => received(name));

  const crashed = (error: unknown): void => {
    runCleanups();
    const hidden = (said: string): string => redact(said, secretsOf(host.env));
    const text = hidden(error instanceof Error ? error.message : String(error));
    const stack = debug && error instanceof Error ? `\n${hidden(error.stack ?? '')}` : '';
    try {
      writeSync(
        2,
        `kubecore: it failed in a way it does not understand: ${printable(text, 1_000)}${stack}\nnext: run again with --debug and report what it prints\n`,
      );
    } catch {
      // Standard error is closed as well.
    }
    host.exit(1);
  };
  host.on('uncaughtException', crashed);
  host.on('unhandledRejection', crashed);

  return {
    signal: controller.signal,
    onExit(cleanup) {
      cleanups.add(cleanup);
      return () => cleanups.delete(cleanup);
    },
    outliveOutput() {
      outlives = true;
    },
    async flush() {
      await Promise.all(
        [host.stdout, host.stderr].map(
          (stream) =>
            new Promise<void>((done) =>
              stream.writableLength === 0 || stream.destroyed ? done() : stream.write('', () => done()),
            ),
        ),
      );
    },
  };
}
