/**
 * Owns the faults that can be asked for: which there are (as data), and what the immediate ones do. Lasting ones stay in
 * world.faults and are looked up where they strike: in the endpoint, in the engine, and by hosts/.
 */
import type { Fault, InstanceState, World } from '../contract.ts';
import { AwsError } from './aws-error.ts';
import { kill } from './ec2/instances.ts';
import { usedRegions } from './regions.ts';
import type { CloudInstance } from './state.ts';

export interface FaultKind {
  readonly name: string;
  /** What `target` means, null when it takes none. */
  readonly target: string | null;
  readonly what: string;
  /** Real seconds it lasts when none are given; null: until it has struck `times` times or is taken back. */
  readonly seconds: number | null;
  /** How often it strikes when not said; null: no limit. */
  readonly times: number | null;
  /** Happens at once and leaves nothing behind. */
  readonly immediate: boolean;
}

export const FAULTS: readonly FaultKind[] = [
  {
    name: 'minion-dies',
    target: 'an instance id or address (default: the newest minion of the newest cluster)',
    what: 'the machine is gone at once; its Auto Scaling group starts another',
    seconds: null,
    times: null,
    immediate: true,
  },
  {
    name: 'master-dies',
    target: 'an instance id or address (default: the master of the newest cluster)',
    what: 'the master is gone at once; its Auto Scaling group starts another with a new address',
    seconds: null,
    times: null,
    immediate: true,
  },
  {
    name: 'stack-fails',
    target:
      'a logical id, "quota", "capacity", or LOGICAL-ID:quota (default: the last Auto Scaling group, quota)',
    what: 'the next stack creation fails on that resource and is rolled back',
    seconds: null,
    times: 1,
    immediate: false,
  },
  {
    name: 'throttling',
    target: null,
    what: 'AWS answers every request with "Rate exceeded"',
    seconds: 20,
    times: null,
    immediate: false,
  },
  {
    name: 'link-drops',
    target: 'an instance id or address (default: all hosts)',
    what: 'SSH connections are cut and refused',
    seconds: 20,
    times: null,
    immediate: false,
  },
  {
    name: 'unit-crashes',
    target: 'UNIT or UNIT@MACHINE (machine: id, instance id or address)',
    what: "the unit's process dies; systemd or fleet does what the unit file says",
    seconds: null,
    times: 1,
    immediate: false,
  },
  {
    name: 'slow-boot',
    target: null,
    what: 'new instances are pending six times as long before they boot',
    seconds: 300,
    times: null,
    immediate: false,
  },
  {
    name: 'bad-credentials',
    target: null,
    what: 'AWS refuses the credentials',
    seconds: 60,
    times: null,
    immediate: false,
  },
  {
    name: 'delete-refused',
    target: 'a logical id (default: the first security group)',
    what: 'the next stack deletion fails on that resource',
    seconds: null,
    times: 1,
    immediate: false,
  },
];

export interface FaultRequest {
  readonly name: string;
  readonly target?: string | null;
  readonly seconds?: number | null;
  readonly times?: number | null;
}

/**
 * Lets a fault strike, or puts it in force. Returns a sentence for the person.
 * @throws AwsError `InvalidFault` when the name, the target or a number cannot be.
 */
export function injectFault(world: World, request: FaultRequest, now: number): string {
  const kind = FAULTS.find((one) => one.name === request.name);
  const names = FAULTS.map((one) => one.name).join(', ');
  if (!kind) throw new AwsError('InvalidFault', `there is no fault "${request.name}"; there are: ${names}`);
  const target = request.target ?? null;
  if (target !== null && kind.target === null)
    throw new AwsError('InvalidFault', `the fault ${kind.name} takes no target`);
  for (const [word, value] of [
    ['seconds', request.seconds],
    ['times', request.times],
  ] as const) {
    if (value !== undefined && value !== null && !(Number.isFinite(value) && value > 0))
      throw new AwsError('InvalidFault', `${word} must be a positive number`);
  }

  if (kind.immediate) {
    const role = kind.name === 'master-dies' ? 'master' : 'minion';
    const victim = target === null ? newest(world, role) : findInstance(world, target);
    if (!victim)
      throw new AwsError(
        'InvalidFault',
        target === null ? `there is no running ${role} to die` : `no running instance is called "${target}"`,
      );
    kill(world, victim, now, 'Server.InternalError: Internal error: the host machine failed');
    return `${victim.id} (${victim.privateIp}) died`;
  }

  if (kind.name === 'unit-crashes' && target === null)
    throw new AwsError('InvalidFault', 'the fault unit-crashes needs a unit: unit-crashes UNIT[@MACHINE]');
  const seconds = request.seconds ?? kind.seconds;
  const fault: Fault = {
    name: kind.name,
    target,
    at: now,
    until: seconds === null ? null : now + seconds * 1_000,
    times: request.times ?? kind.times,
  };
  if (kind.name === 'unit-crashes') fault.target = crashTarget(world, target ?? '');
  if (kind.name === 'link-drops') dropLinks(world, target, fault.until ?? now);
  world.faults = [
    ...world.faults.filter((other) => other.name !== fault.name || other.target !== fault.target),
    fault,
  ];
  const where = fault.target === null ? '' : ` (${fault.target})`;
  return `${kind.name}${where}: ${kind.what}${seconds === null ? '' : ` for ${seconds} s`}`;
}

/** Takes a fault back; links come up again at once. Returns how many there were. */
export function withdrawFault(world: World, name: string): number {
  const before = world.faults.length;
  world.faults = world.faults.filter((fault) => fault.name !== name);
  if (name === 'link-drops') dropLinks(world, null, null);
  return before - world.faults.length;
}

/** `UNIT@i-…` and `UNIT@ADDRESS` become `UNIT@MACHINE-ID`, which the hosts know. A template unit's own `@` stays. */
function crashTarget(world: World, target: string): string {
  const at = target.lastIndexOf('@');
  const machine = at < 0 ? undefined : findInstance(world, target.slice(at + 1))?.host?.machineId;
  return machine === undefined ? target : `${target.slice(0, at)}@${machine}`;
}

function dropLinks(world: World, target: string | null, until: number | null): void {
  if (target !== null) {
    const victim = findInstance(world, target);
    if (!victim?.host) throw new AwsError('InvalidFault', `no running instance is called "${target}"`);
    victim.host.unreachableUntil = until;
    return;
  }
  for (const instance of living(world)) if (instance.host) instance.host.unreachableUntil = until;
}

const living = (world: World): CloudInstance[] =>
  usedRegions(world).flatMap((region) =>
    Object.values(region.instances).filter(
      (instance) => instance.state === 'running' || instance.state === 'pending',
    ),
  );

/** By instance id, address, or the first digits of the machine id. */
function findInstance(world: World, target: string): CloudInstance | undefined {
  return living(world).find(
    (instance) =>
      instance.id === target ||
      instance.privateIp === target ||
      instance.publicIp === target ||
      (target.length >= 8 && instance.host?.machineId.startsWith(target) === true),
  );
}

/** What its cloud-config makes it in fleet; a master's also names `role=minion`, as what kube-register looks for. */
const isRole = (instance: InstanceState, role: 'master' | 'minion'): boolean =>
  new RegExp(`^\\s*metadata:\\s*["']?role=${role}\\b`, 'm').test(instance.userData);

function newest(world: World, role: 'master' | 'minion'): CloudInstance | undefined {
  const stackAge = (instance: CloudInstance): number => {
    const id = instance.tags['aws:cloudformation:stack-id'] ?? '';
    for (const region of usedRegions(world)) {
      const stack = region.stacks[id];
      if (stack) return stack.createdAt;
    }
    return 0;
  };
  return living(world)
    .filter((instance) => instance.state === 'running' && isRole(instance, role))
    .sort((a, b) => stackAge(b) - stackAge(a) || b.launchTime - a.launchTime || (a.id < b.id ? 1 : -1))[0];
}
