/** Owns where a row's logs are: a unit on its node, or the node whose units can be chosen from. Pure. */
import type { Cluster, Kind, Machine, Minion, Pod, Unit } from '../../cluster/model.ts';
import type { RowContext } from './columns/row-kind.ts';
import type { LogTarget, NodeTarget } from './state.ts';

export type Target =
  | { readonly type: 'log'; readonly target: LogTarget }
  | { readonly type: 'node'; readonly node: NodeTarget }
  /** There is no log, and why. */
  | { readonly type: 'none'; readonly why: string };

/** The address to reach a node by: null for the master itself. */
function reach(ip: string | null, machine: Machine | undefined, cluster: Cluster): string | null {
  if (machine?.role === 'master' || (ip !== null && ip === cluster.master?.privateAddress)) return null;
  return ip;
}

function nodeTarget(ip: string, context: RowContext, cluster: Cluster): NodeTarget {
  const machine = context.machinesByIp.get(ip);
  return { machineId: machine?.id ?? '', ip: reach(ip, machine, cluster), label: ip };
}

const nodeAt = (ip: string, context: RowContext, cluster: Cluster): Target => ({
  type: 'node',
  node: nodeTarget(ip, context, cluster),
});

/** The node that a pod is on; null while it is on none. */
export const nodeOfPod = (pod: Pod, context: RowContext, cluster: Cluster): NodeTarget | null =>
  pod.host === null ? null : nodeTarget(pod.host, context, cluster);

function ofUnit(unit: Unit, context: RowContext, cluster: Cluster): Target {
  const machine =
    (unit.machineId === null ? undefined : context.machinesById.get(unit.machineId)) ??
    (unit.ip === null ? undefined : context.machinesByIp.get(unit.ip));
  const ip = unit.ip ?? machine?.ip ?? null;
  const id = unit.machineId ?? machine?.id ?? '';
  if (ip === null)
    return { type: 'none', why: `${unit.name} is on no machine now, so it has no log to follow` };
  return {
    type: 'log',
    target: {
      sources: [{ unit: unit.name, machineId: id, ip: reach(ip, machine, cluster) }],
      label: `${unit.name} @ ${ip}`,
      moving: [],
    },
  };
}

/** What `l` means on a row. */
export function logTarget(kind: Kind, row: unknown, context: RowContext, cluster: Cluster): Target {
  switch (kind) {
    case 'units':
      return ofUnit(row as Unit, context, cluster);
    case 'machines': {
      const machine = row as Machine;
      return {
        type: 'node',
        node: { machineId: machine.id, ip: reach(machine.ip, machine, cluster), label: machine.ip },
      };
    }
    case 'minions':
      return nodeAt((row as Minion).name, context, cluster);
    case 'pods': {
      const pod = row as Pod;
      if (pod.host === null)
        return { type: 'none', why: `${pod.name} is on no minion yet, so it has no log to follow` };
      return nodeAt(pod.host, context, cluster);
    }
    case 'services':
    case 'controllers':
      return { type: 'none', why: 'logs are of units, machines, minions and pods' };
  }
}

/** The log of one unit of a node, or of its whole journal. */
export function unitOf(node: NodeTarget, unit: string | null): LogTarget {
  return {
    sources: [{ unit, machineId: node.machineId, ip: node.ip }],
    label: `${unit ?? 'whole journal'} @ ${node.label}`,
    moving: [],
  };
}
