/**
 * Owns an EC2 of a few lines for tests of launches without a stack: groups, rules, instances by the clock, tokens, tags, and
 * what runs on the machines as far as a fleet's road asks for it. Every call is written down; `before` may refuse one.
 */

import { KubecoreError } from '../../src/cluster/errors.ts';
import { launchIdOf, TAG } from '../../src/cluster/identity.ts';
import { launchAsStack } from '../../src/cluster/instances-plan.ts';
import { createLaunchLog } from '../../src/cluster/launch-log.ts';
import type { Clock, Cloud, IngressRule, Instance, RunInstances } from '../../src/cluster/ports.ts';
import { fakeCloud } from './fake-cloud.ts';
import { type Answer, type Call, fakeShell } from './fake-shell.ts';

/** ms that an instance is pending, and shutting down. */
export const PENDING_MS = 20_000;
const SHUTDOWN_MS = 10_000;

interface Group {
  readonly id: string;
  readonly name: string;
  tags: Record<string, string>;
  readonly rules: IngressRule[];
}

interface Machine {
  readonly id: string;
  readonly ip: string;
  readonly token: string;
  readonly run: RunInstances;
  readonly since: number;
  endedAt: number | null;
  reason: string | null;
  /** Of its own etcd and fleet. */
  stopped: Set<string>;
  removed: boolean;
}

export const refusal = (code: string, why: string): KubecoreError =>
  new KubecoreError({
    what: 'AWS said no',
    why,
    next: 'look',
    fault: 'aws',
    code,
    cause: Object.assign(new Error(why), { name: code }),
  });

export const machineId = (ip: string): string => ip.replaceAll('.', '').padStart(32, '0');

export function fakeEc2(clock: Clock) {
  const groups = new Map<string, Group>();
  const machines: Machine[] = [];
  const calls: string[] = [];
  const log = createLaunchLog();
  let numbers = 0;
  const self = {
    groups,
    machines,
    calls,
    /** Looks at a call before it is carried out; may throw. */
    before: (_call: string): void => {},
    /** Looks at it after it was: what it throws is an answer that was lost. */
    after: (_call: string): void => {},
    /** fleet's units: name → address. */
    units: {} as Record<string, string>,
  };
  const did = <T>(call: string, act: () => T): Promise<T> => {
    calls.push(call);
    return (async () => {
      self.before(call);
      const result = act();
      self.after(call);
      return result;
    })();
  };
  const stateOf = (machine: Machine): string => {
    if (machine.endedAt !== null)
      return clock.now() - machine.endedAt >= SHUTDOWN_MS ? 'terminated' : 'shutting-down';
    return clock.now() - machine.since >= PENDING_MS ? 'running' : 'pending';
  };
  const shown = (machine: Machine): Instance => ({
    id: machine.id,
    type: machine.run.instanceType,
    zone: 'eu-west-1a',
    imageId: machine.run.imageId,
    keyName: machine.run.keyPair,
    state: stateOf(machine),
    stateReason: machine.reason,
    launchTime: machine.since,
    publicAddress: `54.${machine.ip}`,
    publicName: null,
    privateAddress: machine.ip,
    tags: machine.run.tags,
  });
  const ofLaunch = (id: string): Instance[] =>
    machines.map(shown).filter(({ tags }) => tags[TAG.launch] === launchIdOf(id));
  const live = (): Machine[] => machines.filter((machine) => stateOf(machine) === 'running');
  const stackWith = (tag: string, value: string) => {
    const group = [...groups.values()].find(
      ({ tags }) => tags[TAG.launch] !== undefined && tags[tag] === value,
    );
    return group ? launchAsStack(group) : null;
  };

  const cloud: Cloud = fakeCloud({
    region: 'eu-west-1',
    stack: (name) =>
      did('stack', () =>
        launchIdOf(name) === null ? stackWith(TAG.cluster, name) : stackWith(TAG.launch, launchIdOf(name)!),
      ),
    stackEvents: (id, after) =>
      did('stackEvents', () =>
        log.seen(launchIdOf(id)!, stackWith(TAG.launch, launchIdOf(id)!), ofLaunch(id), after ?? null),
      ),
    instances: (id) => did('instances', () => ofLaunch(id)),
    createSecurityGroup: (create) =>
      did('createSecurityGroup', () => {
        if ([...groups.values()].some(({ name }) => name === create.name))
          throw refusal('InvalidGroup.Duplicate', `The security group '${create.name}' already exists`);
        const id = `sg-${++numbers}`;
        groups.set(id, { id, name: create.name, tags: { ...create.tags }, rules: [] });
        return id;
      }),
    allowIngress: (id, rules) =>
      did('allowIngress', () => {
        const group = groups.get(id)!;
        for (const rule of rules)
          if (!group.rules.some((one) => JSON.stringify(one) === JSON.stringify(rule)))
            group.rules.push(rule);
      }),
    runInstances: (run) =>
      did('runInstances', () => {
        const again = machines.filter(({ token }) => token === run.token);
        if (again.length > 0) {
          if (again[0]!.run.userData !== run.userData)
            throw refusal('IdempotentParameterMismatch', 'Arguments are inconsistent');
          return again.map(shown);
        }
        const made = Array.from({ length: run.count }, (): Machine => {
          const n = ++numbers;
          return {
            id: `i-${String(n).padStart(4, '0')}`,
            ip: `10.0.0.${n}`,
            token: run.token,
            run,
            since: clock.now(),
            endedAt: null,
            reason: null,
            stopped: new Set(),
            removed: false,
          };
        });
        machines.push(...made);
        return made.map(shown);
      }),
    terminateInstances: (ids) =>
      did('terminateInstances', () => {
        for (const machine of machines)
          if (ids.includes(machine.id) && machine.endedAt === null) {
            machine.endedAt = clock.now();
            machine.reason = 'Client.UserInitiatedShutdown: User initiated shutdown';
          }
      }),
    deleteSecurityGroup: (id) =>
      did('deleteSecurityGroup', () => {
        if (machines.some((one) => one.run.securityGroup === id && stateOf(one) !== 'terminated'))
          throw refusal('DependencyViolation', `resource ${id} has a dependent object`);
        groups.delete(id);
      }),
    setTags: (id, tags) => did('setTags', () => void Object.assign(groups.get(id)!.tags, tags)),
    userData: (id) => did('userData', () => machines.find((one) => one.id === id)!.run.userData),
    resourcesOf: (name) =>
      did('resourcesOf', () => [
        ...machines
          .filter((one) => one.run.tags[TAG.cluster] === name && stateOf(one) !== 'terminated')
          .map((one) => ({ kind: 'instance' as const, id: one.id, state: stateOf(one) })),
        ...[...groups.values()]
          .filter(({ tags }) => tags[TAG.cluster] === name)
          .map(({ id }) => ({ kind: 'security group' as const, id, state: '' })),
      ]),
  });

  const members = (): Machine[] =>
    live().filter(({ stopped, removed }) => !removed && !stopped.has('etcd.service'));
  /** What the machines answer: each runs etcd and fleet as soon as it runs. */
  const answer = ({ on, command }: Call): Answer => {
    if (command.startsWith('uname')) return '3.17.2\n';
    if (command.startsWith('etcdctl')) return '/_coreos.com/fleet/machines/a\n';
    if (command.includes('list-machines'))
      return live()
        .filter(({ stopped }) => !stopped.has('fleet.service'))
        .map(({ ip }) => `${machineId(ip)}\t${ip}\t-\n`)
        .join('');
    if (command.includes('list-units'))
      return Object.entries(self.units)
        .map(([name, ip]) => `${name}\tloaded\tactive\trunning\t${machineId(ip)}/${ip}\t-\n`)
        .join('');
    if (command.includes('/v2/admin/machines'))
      return JSON.stringify(
        members().map(({ ip }, index) => ({
          name: machineId(ip),
          state: index === 0 ? 'leader' : 'follower',
        })),
      );
    const gone = /\/remove\/(\w+)$/.exec(command)?.[1];
    if (gone !== undefined) {
      for (const machine of machines) if (machineId(machine.ip) === gone) machine.removed = true;
      return '';
    }
    const stopped = /systemctl stop (\S+)/.exec(command)?.[1];
    if (stopped !== undefined) {
      machines.find(({ ip }) => ip === on)?.stopped.add(stopped);
      return '';
    }
    return { code: 1, stderr: `unexpected: ${command}` };
  };
  return Object.assign(self, { cloud, live, members, shell: () => fakeShell(answer) });
}
