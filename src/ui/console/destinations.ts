/** Owns where a row leads: machine → its units and pods, pod → its minion and containers, controller → its pods. Pure. */
import type { Machine, Minion, Pod, ReplicationController, Service, Unit } from '../../cluster/model.ts';
import { KEY_OF } from '../../cluster/row-key.ts';
import { dataOf } from './columns/all.ts';
import type { RowContext } from './columns/row-kind.ts';
import type { Happening } from './history.ts';
import type { ConsoleView, PaneId } from './pane-id.ts';

export interface Destination {
  readonly key: string;
  /** `units`, `its pods`: for the footer. */
  readonly label: string;
  /** How much is there, or which. */
  readonly note: string;
  readonly to: PaneId | 'details';
  /** Narrows the pane to what is meant; empty for a pane where one row is meant. */
  readonly filter: string;
  readonly selected: string | null;
}

const labelsOf = (selector: Readonly<Record<string, string>>): string =>
  `-l ${Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')}`;

function unitsOn(machine: Machine, view: ConsoleView): Destination[] {
  const there = dataOf(view.units).filter((unit) => unit.machineId === machine.id);
  if (machine.ip === '') return [];
  return [
    {
      key: 'units',
      label: 'units',
      note: `${there.length} on ${machine.ip}`,
      to: 'units',
      filter: `node=${machine.ip}`,
      selected: firstFailed(there),
    },
  ];
}

/** Who looks at a node's units most likely looks for the one that failed. */
function firstFailed(units: readonly Unit[]): string | null {
  const failed = units.find(({ active }) => active === 'failed');
  return failed ? KEY_OF.units(failed) : null;
}

function podsOn(ip: string, { podsByHost }: RowContext): Destination[] {
  const pods = podsByHost.get(ip) ?? [];
  if (pods.length === 0) return [];
  return [
    {
      key: 'pods',
      label: 'pods',
      note: `${pods.length} on ${ip}`,
      to: 'pods',
      filter: `host=${ip}`,
      selected: null,
    },
  ];
}

function machineAt(machine: Machine | undefined): Destination[] {
  if (machine === undefined) return [];
  return [
    {
      key: 'machine',
      label: 'machine',
      note: machine.ip || machine.id,
      to: 'machines',
      filter: '',
      selected: machine.id,
    },
  ];
}

function minionAt(ip: string | null, view: ConsoleView): Destination[] {
  const minion = dataOf(view.minions).find(({ name }) => name === ip);
  if (minion === undefined) return [];
  return [
    { key: 'minion', label: 'minion', note: minion.name, to: 'minions', filter: '', selected: minion.name },
  ];
}

function selectedPods(selector: Readonly<Record<string, string>>, { podsOf }: RowContext): Destination[] {
  if (Object.keys(selector).length === 0) return [];
  return [
    {
      key: 'pods',
      label: 'pods',
      note: `${podsOf(selector).length} that it selects`,
      to: 'pods',
      filter: labelsOf(selector),
      selected: null,
    },
  ];
}

const selects = (selector: Readonly<Record<string, string>>, pod: Pod): boolean => {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => pod.labels[key] === value);
};

function ofPod(pod: Pod, view: ConsoleView, context: RowContext): Destination[] {
  const owner = <T extends ReplicationController | Service>(
    rows: readonly T[],
    to: 'controllers' | 'services',
    label: string,
  ): Destination[] =>
    rows
      .filter(({ selector }) => selects(selector, pod))
      .map(({ name }) => ({ key: `${to} ${name}`, label, note: name, to, filter: '', selected: name }));
  return [
    ...minionAt(pod.host, view),
    {
      key: 'containers',
      label: 'containers',
      note: pod.containers.map(({ name }) => name).join(', '),
      to: 'details',
      filter: '',
      selected: pod.name,
    },
    ...(pod.host === null ? [] : machineAt(context.machinesByIp.get(pod.host))),
    ...owner(dataOf(view.controllers), 'controllers', 'controller'),
    ...owner(dataOf(view.services), 'services', 'service'),
  ];
}

/** Where a row leads, the nearest first. */
export function destinations(
  kind: PaneId,
  row: unknown,
  view: ConsoleView,
  context: RowContext,
): readonly Destination[] {
  switch (kind) {
    case 'machines': {
      const machine = row as Machine;
      return [...unitsOn(machine, view), ...podsOn(machine.ip, context), ...minionAt(machine.ip, view)];
    }
    case 'units': {
      const unit = row as Unit;
      const machine =
        (unit.machineId === null ? undefined : context.machinesById.get(unit.machineId)) ??
        (unit.ip === null ? undefined : context.machinesByIp.get(unit.ip));
      return machineAt(machine);
    }
    case 'minions': {
      const minion = row as Minion;
      return [...podsOn(minion.name, context), ...machineAt(context.machinesByIp.get(minion.name))];
    }
    case 'pods':
      return ofPod(row as Pod, view, context);
    case 'services':
      return selectedPods((row as Service).selector, context);
    case 'controllers':
      return selectedPods((row as ReplicationController).selector, context);
    case 'overview': {
      const { about } = row as Happening;
      if (about === null) return [];
      return [{ key: 'about', label: about.kind, note: '', to: about.kind, filter: '', selected: about.key }];
    }
  }
}
