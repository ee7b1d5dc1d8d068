/** Owns running the sandbox for real: the real clock, the real hosts, the end by signal. */
import { KubecoreError } from '../../cluster/errors.ts';
import { realClock } from '../clock.ts';
import type { SandboxClock } from '../contract.ts';
import { createHosts } from '../hosts/index.ts';
import { registryStep } from '../registry/index.ts';
import { registryTools } from '../tools/index.ts';
import { DEFAULT_SPEED } from '../world.ts';
import type { SandboxInfo } from './api.ts';
import { connectSandbox } from './client.ts';
import { type SandboxServer, startSandbox } from './server.ts';

export interface RunOptions {
  readonly stateDir: string;
  readonly version: string;
  readonly speed?: number;
  /** In a terminal: runs until the signal, never ends for being unused, and takes over from one in the background. */
  readonly foreground: boolean;
  /** Aborted by SIGINT or SIGTERM: it saves and ends. */
  readonly signal: AbortSignal;
  /** Called once it serves. */
  readonly ready?: (info: SandboxInfo) => void | Promise<void>;
}

/**
 * Runs the sandbox of a state directory until it ends. In the background, when another already runs, returns at once:
 * two that start together end as one.
 * @throws KubecoreError in the foreground, when another terminal's sandbox has the directory
 */
export async function runSandbox(options: RunOptions): Promise<void> {
  const { foreground, signal } = options;
  let speed = (): number => options.speed ?? DEFAULT_SPEED;
  const clock: SandboxClock = realClock(() => speed());
  const start = (): Promise<SandboxServer | null> =>
    startSandbox({
      stateDir: options.stateDir,
      version: options.version,
      foreground,
      clock,
      ...(options.speed === undefined ? {} : { speed: options.speed }),
      createHosts: ({ world, clock, changed }) => {
        speed = () => world.speed;
        return createHosts({ world, clock, changed, registryStep, tools: registryTools });
      },
    });
  let server = await start();
  if (!server && foreground) {
    const other = await connectSandbox(options.stateDir);
    if (other) {
      const { pid, foreground: occupied } = await other.info();
      if (occupied)
        throw new KubecoreError({
          what: 'the sandbox was not started',
          why: `it already runs in another terminal (pid ${pid})`,
          next: 'use that one, or end it with kubecore sandbox stop',
          fault: 'input',
          code: 'SandboxRuns',
        });
      await other.stop();
    }
    server = await start();
  }
  if (!server) return;
  const running = server;
  const end = (): void => void running.stop(`signal ${String(signal.reason)}`);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  await options.ready?.(running.info());
  await running.done;
  signal.removeEventListener('abort', end);
}
