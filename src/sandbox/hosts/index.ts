/**
 * Owns all hosts of the sandbox: it boots running instances, plays what is due on them in the order of time, strikes with
 * the faults that concern units, and keeps one SSH server per host.
 */
import type { Fault, Hosts, RegistryStep, SandboxClock, Tool, World } from '../contract.ts';
import { bootHost, panicConsole } from './boot.ts';
import { dropDead } from './etcd.ts';
import { RunningHost } from './host.ts';
import { SshServers } from './ssh-server.ts';
import { hostTools } from './tools/index.ts';
import { type ProcessState, unitsOf } from './unit-state.ts';

export interface HostsOptions {
  readonly world: World;
  readonly clock: SandboxClock;
  /** The world changed and is worth saving. */
  readonly changed: () => void;
  readonly registryStep: RegistryStep;
  /** fleetctl and kubecfg, by name. */
  readonly tools: Readonly<Record<string, Tool>>;
}

export interface RunningHosts extends Hosts {
  /** Plays all that is due until `now` (real epoch ms); cheap when nothing is. */
  step(now: number): void;
  /** Where sshd of each instance answers, by private and by public address. */
  sshPorts(): Record<string, { host: string; port: number }>;
  /** SSH connections that are open now: while there are any, the sandbox is in use. */
  connections(): number;
  /** Resolves when every SSH server that should answer now does. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** A process must have run so many simulated ms before a `unit-crashes` fault strikes it. */
const CRASH_AFTER_MS = 3000;
/** Events that one step plays at most; the rest waits for the next. */
const MAX_EVENTS = 500_000;
/** A world left for long goes on from here; what would have happened meanwhile is not replayed line by line. */
const CATCH_UP_MS = 60_000;

/** The hosts of a world. */
export function createHosts(options: HostsOptions): RunningHosts {
  const { world, clock, changed, registryStep } = options;
  const running = new Map<string, RunningHost>();
  let list: readonly RunningHost[] = [];

  const hosts: RunningHosts = {
    world,
    clock,
    all: () => list,
    byMachine: (machineId) => list.find((host) => host.state.machineId === machineId),
    byIp: (address) => list.find((host) => host.instance.privateIp === address),
    random() {
      world.counter++;
      return mix(world.seed, world.counter);
    },
    step,
    sshPorts: () => servers.ports(),
    connections: () => servers.connections(),
    ready: () => servers.settle(clock.now()),
    close: () => servers.close(),
  };
  const servers = new SshServers(hosts, hostTools(options.tools));
  let lastSeen: number | null = null;
  let seenIndex: number | null = null;

  function reconcile(now: number): void {
    let moved = false;
    for (const region of Object.values(world.regions)) {
      for (const instance of Object.values(region.instances)) {
        const known = running.get(instance.id);
        if (instance.state !== 'running') {
          if (known !== undefined) {
            running.delete(instance.id);
            moved = true;
          }
          continue;
        }
        if (known !== undefined) continue;
        if (instance.neverBoots) {
          moved ||= instance.console === '';
          instance.console = panicConsole(instance);
          continue;
        }
        const fresh = instance.host === null;
        instance.host ??= bootHost(instance, now, hosts.random);
        const host = new RunningHost(instance, instance.host, hosts, changed);
        running.set(instance.id, host);
        list = [...running.values()];
        if (fresh) host.powerOn(now);
        else skipPause(host, now);
        moved = true;
      }
    }
    if (!moved) return;
    list = [...running.values()];
    changed();
  }

  function step(now: number): void {
    reconcile(now);
    if (lastSeen !== null && now - lastSeen > CATCH_UP_MS) for (const host of list) skipPause(host, now);
    lastSeen = now;
    strike(world.faults, now);
    // The bound is never met by a sound host; a step that did not move on must not hang the whole sandbox.
    for (let budget = MAX_EVENTS; budget > 0; budget--) {
      let next: RunningHost | null = null;
      let at = Number.POSITIVE_INFINITY;
      for (const host of list) {
        const due = host.due();
        if (due !== null && due < at) {
          at = due;
          next = host;
        }
      }
      if (next === null || at > now) break;
      next.play(at);
    }
    if (dropDead(hosts, now)) changed();
    registryStep(hosts);
    if (hasNewObjects()) changed();
    servers.update(now);
  }

  /** Each write to Kubernetes's objects has an etcd index of its own, whoever makes it. */
  function hasNewObjects(): boolean {
    const index = Object.values(world.etcd).reduce((sum, { kube }) => sum + kube.resourceVersion, 0);
    const isNew = index !== seenIndex;
    seenIndex = index;
    return isNew;
  }

  function strike(faults: Fault[], now: number): void {
    for (const fault of [...faults]) {
      if (fault.name !== 'unit-crashes' || fault.target === null) continue;
      if (fault.until !== null && fault.until <= now) continue;
      const [name = '', prefix = ''] = fault.target.split(/@(?=[0-9a-f]+$)/);
      for (const host of list) {
        const unit = unitsOf(host.state)[name];
        if (unit?.main === null || unit?.main === undefined || !host.state.machineId.startsWith(prefix))
          continue;
        if (fault.times !== null && fault.times <= 0) break;
        if (now - unit.main.startedAt < CRASH_AFTER_MS / world.speed) continue;
        host.log({
          unit: name,
          identifier: unit.main.argv[0]?.split('/').at(-1) ?? name,
          pid: unit.main.pid,
          priority: 3,
          message: 'panic: runtime error: invalid memory address or nil pointer dereference',
        });
        host.systemd.kill(name, { kind: 'exited', status: 1 });
        if (fault.times !== null) fault.times--;
      }
      if (fault.times !== null && fault.times <= 0) {
        faults.splice(faults.indexOf(fault), 1);
        changed();
      }
    }
  }

  return hosts;
}

/** After a long pause periodic lines go on from now instead of being written all at once. */
function skipPause(host: RunningHost, now: number): void {
  const from = now - 20_000;
  const shift = (process: ProcessState | null): void => {
    if (process === null) return;
    if (process.nextLineAt !== null && process.nextLineAt < from) process.nextLineAt = from;
    if (process.wakeAt !== null && process.wakeAt < from) process.wakeAt = from;
    shift(process.child);
  };
  for (const unit of Object.values(unitsOf(host.state))) {
    // A unit on its way up keeps its times: its steps and its time limit belong together.
    if (unit.active === 'active') shift(unit.main);
    if (unit.nextElapse !== null && unit.nextElapse < from) unit.nextElapse = from;
  }
  host.touch();
}

/** A number in [0, 1) from two integers (a splitmix step). */
function mix(seed: number, counter: number): number {
  let z = (seed + Math.imul(counter, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
}
