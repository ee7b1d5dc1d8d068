/** Owns how fleet's machines are shown: joined with their EC2 instances, the master first. */
import type { Machine } from '../../../cluster/model.ts';
import { SYMBOL } from '../../theme.ts';
import type { Cell } from '../../widgets/table.ts';
import { ago, largestSpan } from '../age.ts';
import { byName, countFault, orNone, pairs, type RowKind, text } from './row-kind.ts';

/** EC2's instance states (EC2 API reference, InstanceState). */
function stateCell(state: string | null): Cell {
  switch (state) {
    case null:
      return { text: '-', tone: 'dim' };
    case 'running':
      return { text: `${SYMBOL.ok} running`, tone: 'ok' };
    case 'pending':
    case 'stopping':
    case 'shutting-down':
      return { text: `${SYMBOL.pending} ${state}`, tone: 'warn' };
    default:
      return { text: `${SYMBOL.bad} ${state}`, tone: 'bad' };
  }
}

const isGone = (machine: Machine): boolean => machine.state !== null && machine.state !== 'running';

export const machines: RowKind<Machine> = {
  title: 'Machines',
  loading: 'asking fleet for its machines',
  empty: 'no machines yet: fleet lists a node once etcd has a quorum',
  key: (machine) => machine.id,
  compare: (a, b) => {
    const rank = (machine: Machine) => (machine.role === 'master' ? 0 : 1);
    return rank(a) - rank(b) || byName(a.ip, b.ip) || byName(a.id, b.id);
  },
  signature: (machine) => [machine.ip, machine.state, machine.instanceId, machine.role].join('\n'),
  search: (machine) =>
    [
      machine.id,
      machine.ip,
      machine.role,
      machine.state,
      machine.instanceId,
      machine.instanceType,
      machine.zone,
      pairs(machine.metadata),
    ].join(' '),
  faults: (rows) => countFault(rows.filter(isGone).length, 'not running', 'warn'),
  columns: [
    { title: 'MACHINE', rank: 0, cell: (machine, { shortId }) => ({ text: shortId(machine.id) }) },
    { title: 'IP', rank: 1, cell: (machine) => text(machine.ip) },
    {
      title: 'ROLE',
      rank: 2,
      cell: (machine) =>
        machine.role === 'master' ? { text: 'master', tone: 'accent' } : text(machine.role),
    },
    { title: 'STATE', rank: 3, cell: (machine) => stateCell(machine.state) },
    { title: 'TYPE', rank: 4, cell: (machine) => text(machine.instanceType) },
    {
      title: 'UP',
      rank: 5,
      fixed: 6,
      cell: (machine, { now }) =>
        machine.launchTime === null ? text(null) : { text: largestSpan(now - machine.launchTime) },
    },
    { title: 'ZONE', rank: 6, cell: (machine) => text(machine.zone) },
    { title: 'INSTANCE', rank: 7, cell: (machine) => text(machine.instanceId) },
    { title: 'METADATA', rank: 8, min: 12, cell: (machine) => text(pairs(machine.metadata)) },
  ],
  details: (machine, { now }) => [
    ['machine', machine.id],
    ['ip', machine.ip],
    ['role', orNone(machine.role)],
    ['metadata', orNone(pairs(machine.metadata))],
    ['instance', orNone(machine.instanceId)],
    ['instance state', orNone(machine.state)],
    ['instance type', orNone(machine.instanceType)],
    ['zone', orNone(machine.zone)],
    [
      'launched',
      machine.launchTime === null
        ? '-'
        : `${new Date(machine.launchTime).toISOString()} (${ago(machine.launchTime, now)})`,
    ],
  ],
};
