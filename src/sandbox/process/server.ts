/**
 * Owns the one sandbox process of a state directory: the world in memory, its tick, the AWS endpoint, the hosts, the control
 * socket, saving, and its end. The hosts come by parameter; main.ts gives the real ones.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Endpoint, openEndpoint } from '../cloud/endpoint.ts';
import { FAULTS } from '../cloud/fault-kinds.ts';
import { type FaultRequest, injectFault, withdrawFault } from '../cloud/faults.ts';
import { usedRegions } from '../cloud/regions.ts';
import { isMoving, stepCloud } from '../cloud/step.ts';
import type { Hosts, SandboxClock, World } from '../contract.ts';
import { createWorld, loadWorld, worldSaver } from '../world.ts';
import type { AddressMap, Faults, SandboxInfo } from './api.ts';
import { bindControl, type ControlServer, type Reply } from './control.ts';
import { openLog } from './log.ts';
import { controlSocket, logFile, portFile, privateDirectory, worldFile } from './paths.ts';

/** The hosts as the process drives them. */
export interface SandboxHosts extends Hosts {
  step(now: number): void;
  /** By public and by private address. */
  sshPorts(): AddressMap;
  /** SSH connections that are open now: while there are any, the sandbox is in use. */
  connections?(): number;
  close(): Promise<void>;
}

export type CreateHosts = (options: {
  readonly world: World;
  readonly clock: SandboxClock;
  readonly changed: () => void;
}) => SandboxHosts;

export interface ServerOptions {
  readonly stateDir: string;
  readonly version: string;
  readonly createHosts: CreateHosts;
  readonly clock: SandboxClock;
  /** Simulated seconds in a real one; default: the saved world's, or a new world's. */
  readonly speed?: number;
  readonly foreground?: boolean;
  /** Ends by itself when unused for so long (real ms). Default ten minutes; a foreground sandbox never does. */
  readonly idleMs?: number;
}

export interface SandboxServer {
  info(): SandboxInfo;
  /** Why it ended. */
  readonly done: Promise<string>;
  /** Saves and ends it. */
  stop(reason: string): Promise<void>;
}

const TEN_MINUTES = 600_000;
/** Real ms between two ticks while something moves or somebody looks, and otherwise. */
const TICK = { busy: 100, quiet: 500 } as const;
/** So long after the last use or change the tick slows down. */
const QUIET_AFTER = 5_000;

export const CREDENTIALS = { accessKeyId: 'KUBECORESANDBOX', secretAccessKey: 'sandbox' } as const;

/** Starts the sandbox; null when another process already is this directory's. */
export async function startSandbox(options: ServerOptions): Promise<SandboxServer | null> {
  const { stateDir, clock } = options;
  privateDirectory(stateDir);
  const log = openLog(logFile(stateDir), clock.now);
  const startedAt = clock.now();

  let started: { route: (method: string, path: string, body: unknown) => Promise<Reply | undefined> } | null =
    null;
  let ready = (): void => {};
  const whenStarted = new Promise<void>((resolve) => {
    ready = resolve;
  });
  // The socket is bound before the world is read: whoever has it, and nobody else, owns the world.
  const control = await bindControl(controlSocket(stateDir), async (method, path, body) => {
    await whenStarted;
    return started?.route(method, path, body);
  });
  if (!control) return null;
  try {
    const sandbox = await assemble(options, control, log, startedAt);
    started = sandbox;
    ready();
    log(`started: pid ${process.pid}, version ${options.version}, ${sandbox.server.info().endpoint}`);
    return sandbox.server;
  } catch (error) {
    ready();
    await control.close();
    log(`did not start: ${error instanceof Error ? error.stack : String(error)}`);
    throw error;
  }
}

async function assemble(
  options: ServerOptions,
  control: ControlServer,
  log: (line: string) => void,
  startedAt: number,
): Promise<{
  server: SandboxServer;
  route: (method: string, path: string, body: unknown) => Promise<Reply | undefined>;
}> {
  const { stateDir, clock } = options;
  const loaded = await loadWorld(worldFile(stateDir), clock.now());
  if (loaded.notice) log(loaded.notice);
  let world = loaded.world ?? createWorld();
  if (options.speed !== undefined) world.speed = options.speed;

  let lastUsed = clock.now();
  let lastChanged = clock.now();
  const used = (): void => {
    lastUsed = clock.now();
    hurry();
  };
  const saver = worldSaver({
    file: worldFile(stateDir),
    world: () => world,
    mayWrite: control.owns,
    onError: (error) =>
      log(`the world was not saved: ${error instanceof Error ? error.message : String(error)}`),
  });
  const changed = (): void => {
    lastChanged = clock.now();
    saver.changed();
  };
  const endpoint = await openEndpoint(
    {
      world: () => world,
      now: clock.now,
      changed: () => {
        changed();
        hurry();
      },
      used,
      log,
    },
    rememberedPort(stateDir),
  );
  rememberPort(stateDir, endpoint);
  let hosts = options.createHosts({ world, clock, changed });

  let timer: NodeJS.Timeout | null = null;
  let nextTick = 0;
  let lastFailure = '';
  let ending: Promise<void> | null = null;
  let end = (_reason: string): void => {};
  const done = new Promise<string>((resolve) => {
    end = resolve;
  });

  const tick = (): void => {
    timer = null;
    if (ending) return;
    const now = clock.now();
    try {
      stepCloud(world, now, { changed });
      hosts.step(now);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (text !== lastFailure) log(`tick failed: ${text}`);
      lastFailure = text;
    }
    if ((hosts.connections?.() ?? 0) > 0) lastUsed = now;
    if (!control.owns()) return void stop('its control socket is gone');
    const idleMs = options.idleMs ?? (options.foreground ? Number.POSITIVE_INFINITY : TEN_MINUTES);
    if (now - lastUsed >= idleMs) return void stop('unused');
    const busy = now - Math.max(lastUsed, lastChanged) < QUIET_AFTER || isMoving(world);
    schedule(busy ? TICK.busy : TICK.quiet);
  };
  const schedule = (wait: number): void => {
    if (timer) clearTimeout(timer);
    nextTick = clock.now() + wait;
    timer = setTimeout(tick, wait);
  };
  /** Somebody came: no need to wait out a slow tick. */
  const hurry = (): void => {
    if (!ending && timer && nextTick > clock.now() + TICK.busy) schedule(TICK.busy);
  };

  const stop = (reason: string): Promise<void> => {
    ending ??= (async () => {
      log(`ends: ${reason}`);
      if (timer) clearTimeout(timer);
      await endpoint.close();
      await hosts.close();
      await saver.flush();
      // Last, because a client takes the socket's end for the sandbox's.
      await control.close();
      end(reason);
    })();
    return ending;
  };

  const reset = async (): Promise<void> => {
    if (timer) clearTimeout(timer);
    timer = null;
    await hosts.close();
    world = createWorld({ speed: world.speed });
    hosts = options.createHosts({ world, clock, changed });
    changed();
    await saver.flush();
    log('reset');
    schedule(TICK.busy);
  };

  const info = (): SandboxInfo => ({
    pid: process.pid,
    version: options.version,
    startedAt: new Date(startedAt).toISOString(),
    speed: world.speed,
    foreground: options.foreground ?? false,
    endpoint: endpoint.url,
    discovery: endpoint.discovery,
    callerAddressUrl: endpoint.callerAddressUrl,
    credentials: CREDENTIALS,
    stacks: usedRegions(world).flatMap((region) =>
      Object.values(region.stacks)
        .filter((stack) => stack.status !== 'DELETE_COMPLETE')
        .map((stack) => ({ region: region.name, name: stack.name, status: stack.status })),
    ),
    notice: loaded.notice,
  });

  const route = async (method: string, path: string, body: unknown): Promise<Reply | undefined> => {
    used();
    const fault = /^\/fault\/([^/]+)$/.exec(path);
    switch (`${method} ${fault ? '/fault/*' : path}`) {
      case 'GET /info':
        return { body: info() };
      case 'GET /hosts':
        return { body: hosts.sshPorts() };
      case 'GET /faults':
        return { body: faults(world) };
      case 'POST /fault': {
        const message = injectFault(world, readFault(body), clock.now());
        changed();
        log(`fault: ${message}`);
        // The next look at the cluster shall already see it.
        tickNow();
        return { body: { message } };
      }
      case 'DELETE /fault/*': {
        const ended = withdrawFault(world, decodeURIComponent(fault?.[1] ?? ''));
        changed();
        return { body: { ended } };
      }
      case 'POST /reset':
        await reset();
        return { body: {} };
      case 'POST /stop':
        return { body: {}, after: () => void stop('asked to') };
      default:
        return undefined;
    }
  };
  const tickNow = (): void => {
    if (timer) clearTimeout(timer);
    tick();
  };

  tick();
  return { server: { info, done, stop }, route };
}

const faults = (world: World): Faults => ({
  known: FAULTS.map((fault) => ({ name: fault.name, target: fault.target ?? '-', what: fault.what })),
  active: world.faults.map((fault) => ({
    name: fault.name,
    target: fault.target,
    until: fault.until === null ? null : new Date(fault.until).toISOString(),
    times: fault.times,
  })),
});

/** A fault's order as it came over the socket. */
function readFault(body: unknown): FaultRequest {
  const order = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const number = (value: unknown): number | null =>
    value === undefined || value === null ? null : Number(value);
  return {
    name: String(order.name ?? ''),
    target: order.target === undefined || order.target === null ? null : String(order.target),
    seconds: number(order.seconds),
    times: number(order.times),
  };
}

function rememberedPort(stateDir: string): number {
  try {
    const port = Number(readFileSync(portFile(stateDir), 'utf8'));
    return Number.isInteger(port) && port > 1_023 && port < 65_536 ? port : 0;
  } catch {
    return 0;
  }
}

function rememberPort(stateDir: string, endpoint: Endpoint): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    writeFileSync(portFile(stateDir), `${endpoint.port}\n`, { mode: 0o600 });
  } catch {
    // Then the next one has another port, and clients ask for it.
  }
}
