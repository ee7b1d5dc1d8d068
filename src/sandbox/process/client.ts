/** Owns talking to the sandbox process of a state directory: finding it, starting it, asking it. */

import { KubecoreError } from '../../cluster/errors.ts';
import type { Clock } from '../../cluster/ports.ts';
import type { AddressMap, ControlError, Faults, SandboxInfo } from './api.ts';
import { controlRequest } from './control-request.ts';
import { controlSocket, logFile } from './paths.ts';

export type { ActiveFault, AddressMap, Faults, KnownFault, SandboxInfo } from './api.ts';

export interface FaultOrder {
  readonly name: string;
  readonly target?: string | null;
  /** Real seconds; null or absent: the fault's own. */
  readonly seconds?: number | null;
  readonly times?: number | null;
}

/** The running sandbox. Every method throws a KubecoreError when it does not answer or refuses. */
export interface SandboxClient {
  info(): Promise<SandboxInfo>;
  /** Where the SSH server of each instance listens, by public and by private address. */
  hosts(): Promise<AddressMap>;
  faults(): Promise<Faults>;
  fault(order: FaultOrder): Promise<{ readonly message: string }>;
  endFault(name: string): Promise<{ readonly ended: number }>;
  /** Forgets all that was launched; the process goes on. */
  reset(): Promise<void>;
  /** Saves and ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

const gone = (error: unknown): boolean =>
  ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function clientOf(stateDir: string, socket: string): SandboxClient {
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    let reply: { status: number; body: unknown };
    try {
      reply = await controlRequest(socket, method, path, body, 10_000);
    } catch (error) {
      throw new KubecoreError({
        what: 'the sandbox did not answer',
        why: gone(error) ? 'it has ended' : error instanceof Error ? error.message : String(error),
        next: `run the command again to start it; its log is ${logFile(stateDir)}`,
        fault: 'network',
        code: 'SandboxGone',
        cause: error,
      });
    }
    if (reply.status === 200) return reply.body as T;
    const { error } = reply.body as ControlError;
    throw new KubecoreError({
      what: 'the sandbox refused',
      why: error.message,
      next:
        reply.status >= 500
          ? `look at its log: ${logFile(stateDir)}`
          : 'kubecore sandbox fault lists what there is',
      fault: reply.status >= 500 ? 'bug' : 'input',
      code: error.code,
    });
  };
  return {
    info: () => ask('GET', '/info'),
    hosts: () => ask('GET', '/hosts'),
    faults: () => ask('GET', '/faults'),
    fault: (order) => ask('POST', '/fault', order),
    endFault: (name) => ask('DELETE', `/fault/${encodeURIComponent(name)}`),
    reset: async () => {
      await ask('POST', '/reset');
    },
    stop: async () => {
      await ask('POST', '/stop');
      // It saves before it leaves the socket.
      for (let waited = 0; waited < 10_000; waited += 25) {
        if (!(await isThere(socket))) return;
        await pause(25);
      }
      throw new KubecoreError({
        what: 'the sandbox did not end',
        why: 'it still answers ten seconds after it was asked to',
        next: `look at its log: ${logFile(stateDir)}`,
        fault: 'bug',
      });
    },
  };
}

async function isThere(socket: string): Promise<boolean> {
  try {
    await controlRequest(socket, 'GET', '/info', undefined, 2_000);
    return true;
  } catch (error) {
    return !gone(error);
  }
}

/** The sandbox of this state directory, null when none runs. */
export async function connectSandbox(stateDir: string): Promise<SandboxClient | null> {
  const socket = controlSocket(stateDir);
  return (await isThere(socket)) ? clientOf(stateDir, socket) : null;
}

export interface EnsureOptions {
  readonly stateDir: string;
  /** Starts the process, detached, and returns at once. */
  readonly spawn: () => void;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** When given, a running sandbox of another version is asked to end first; what was launched is kept. */
  readonly version?: string;
}

/**
 * The sandbox of this state directory, started when none runs. Several callers at once get the same one.
 * @throws KubecoreError when it does not come up in time
 */
export async function ensureSandbox(options: EnsureOptions): Promise<SandboxClient> {
  const { stateDir, clock, version } = options;
  const running = await connectSandbox(stateDir);
  if (running) {
    if (version === undefined || (await running.info()).version === version) return running;
    await running.stop();
  }
  options.spawn();
  const deadline = clock.now() + options.timeoutMs;
  while (clock.now() < deadline) {
    const client = await connectSandbox(stateDir);
    if (client) return client;
    await clock.sleep(30);
  }
  throw new KubecoreError({
    what: 'the sandbox did not start',
    why: `it did not answer within ${Math.round(options.timeoutMs / 1000)} s`,
    next: `look at its log: ${logFile(stateDir)}`,
    fault: 'bug',
    code: 'SandboxSilent',
  });
}
