/**
 * Owns what is remembered of machines between two looks: which instance each had, since a terminated one has no address to
 * join by; and the machines that fleet no longer lists, which are shown as lost for a while and not just gone.
 */
import type { Machine } from './model.ts';
import type { Instance } from './ports.ts';
import { joinInstances } from './sources.ts';
import type { FleetMachine } from './tools/fleetctl.ts';

/** How long a machine that fleet lost is shown, once EC2 does not call it running any more. */
export const LOST_MS = 120_000;

export interface MachineBook {
  /** Fleet's machines and the lost ones. `instances` are EC2's, null while they are not known or without AWS. */
  rows(fleet: readonly FleetMachine[], instances: readonly Instance[] | null, now: number): Machine[];
}

export function createMachineBook(): MachineBook {
  const known = new Map<string, Machine>();
  return {
    rows(fleet, instances, now) {
      const byId = new Map((instances ?? []).map((instance) => [instance.id, instance]));
      const listed = new Set(fleet.map(({ id }) => id));
      const joined = joinInstances(fleet, instances).map((machine) =>
        remembering(machine, known.get(machine.id), instances, byId),
      );
      for (const machine of joined) known.set(machine.id, machine);
      const lost: Machine[] = [];
      for (const [id, last] of known) {
        if (listed.has(id)) continue;
        const machine = remembering({ ...last, lostAt: last.lostAt ?? now }, last, instances, byId);
        const isOver = machine.state !== 'running' || machine.instanceId === null || instances === null;
        if (isOver && now - machine.lostAt! >= LOST_MS) known.delete(id);
        else {
          known.set(id, machine);
          lost.push(machine);
        }
      }
      return [...joined, ...lost];
    },
  };
}

/** The machine with the instance it had before, where no other has its address now. */
function remembering<M extends Machine>(
  machine: M,
  before: Machine | undefined,
  instances: readonly Instance[] | null,
  byId: ReadonlyMap<string, Instance>,
): M {
  const id =
    machine.lostAt === undefined ? (machine.instanceId ?? before?.instanceId ?? null) : machine.instanceId;
  if (id === null || instances === null) return machine;
  const instance = byId.get(id);
  const last = machine.instanceId === null ? before : machine;
  return {
    ...machine,
    instanceId: id,
    instanceType: instance?.type ?? last?.instanceType ?? null,
    zone: instance?.zone ?? last?.zone ?? null,
    launchTime: instance?.launchTime ?? last?.launchTime ?? null,
    // EC2 lists every instance until an hour or so after its end.
    state: instance?.state ?? 'terminated',
  };
}
