/**
 * Owns asking for faults: their targets checked, and what the immediate ones do. Lasting ones stay in world.faults and are
 * looked up where they strike: in the endpoint, in the engine, and by hosts/.
 */
import type { Fault, World } from '../contract.ts';
import { AwsError } from './aws-error.ts';
import { isRole, kill } from './ec2/instances.ts';
import { FAULTS } from './fault-kinds.ts';
import { usedRegions } from './regions.ts';
import type { CloudInstance } from './state.ts';

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
  checkTarget(kind.name, target);
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

/** What a target must look like, by fault; those left out are looked up where they strike. */
const TARGETS: Readonly<Record<string, { readonly form: RegExp; readonly word: string }>> = {
  'vcpu-quota': { form: /^\d{1,5}$/, word: 'a number of vCPUs' },
  'no-capacity': { form: /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, word: 'a zone such as us-east-1b' },
  'type-not-offered': { form: /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, word: 'a zone such as us-east-1b' },
  'ami-withdrawn': { form: /^ami-[0-9a-f]{8,17}$/, word: 'an AMI id' },
  'permission-denied': { form: /^[a-z0-9-]+:[A-Za-z]+$/, word: 'an action such as ec2:RunInstances' },
  'node-never-boots': { form: /^(master|minion)$/, word: 'master or minion' },
};

function checkTarget(name: string, target: string | null): void {
  const wanted = TARGETS[name];
  if (wanted && target !== null && !wanted.form.test(target))
    throw new AwsError('InvalidFault', `the fault ${name} takes ${wanted.word}, not "${target}"`);
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
