/** Owns how fleet's machines are shown: joined with their EC2 instances, the master first, the lost ones among them. */
import type { Machine } from '../../../cluster/model.ts';
import { KEY_OF } from '../../../cluster/row-key.ts';
import { SYMBOL } from '../../theme.ts';
import type { Cell } from '../../widgets/table.ts';
import { ago, largestSpan } from '../age.ts';
import { byName, countFault, orNone, pairs, type RowKind, text } from './row-kind.ts';

/** Where a state's own word has no room. */
const SHORT = { pending: 'pending', stopping: 'ending', 'shutting-down': 'ending' } as const;

/** EC2's instance states (EC2 API reference, InstanceState); whether fleet has lost the machine stands before it. */
function stateCell({ state, lostAt }: Machine): Cell {
  if (lostAt !== undefined) {
    const lost = `${SYMBOL.bad} lost`;
    return { text: `${lost}, ${state ?? 'not in EC2'}`, short: lost, tone: 'bad' };
  }
  switch (state) {
    case null:
      return { text: '-', tone: 'dim' };
    case 'running':
      return { text: `${SYMBOL.ok} running`, tone: 'ok' };
    case 'pending':
    case 'stopping':
    case 'shutting-down':
      return { text: `${SYMBOL.pending} ${state}`, short: `${SYMBOL.pending} ${SHORT[state]}`, tone: 'warn' };
    case 'terminated':
      return { text: `${SYMBOL.bad} ${state}`, short: `${SYMBOL.bad} ended`, tone: 'bad' };
    default:
      return { text: `${SYMBOL.bad} ${state}`, tone: 'bad' };
  }
}

const isLost = (machine: Machine): boolean => machine.lostAt !== undefined;
const isGone = (machine: Machine): boolean =>
  !isLost(machine) && machine.state !== null && machine.state !== 'running';

export const machines: RowKind<Machine> = {
  title: 'Machines',
  loading: 'asking fleet for its machines',
  empty: 'no machines yet: fleet lists a node once etcd has a quorum',
  key: KEY_OF.machines,
  compare: (a, b) =>
    Number(b.role === 'master') - Number(a.role === 'master') ||
    Number(isLost(a)) - Number(isLost(b)) ||
    byName(a.ip, b.ip),
  label: (machine) => `machine ${machine.ip || machine.id}`,
  state: (machine) =>
    isLost(machine) ? 'lost by fleet' : `in fleet, ${machine.state ?? 'instance unknown'}`,
  labels: (machine) => machine.metadata,
  isLost,
  search: (machine) =>
    [
      machine.id,
      machine.ip,
      machine.role,
      isLost(machine) ? 'lost' : '',
      machine.state,
      machine.instanceId,
      machine.instanceType,
      machine.zone,
      pairs(machine.metadata),
    ].join(' '),
  faults: (rows) =>
    countFault(rows.filter(isLost).length, 'lost') ??
    countFault(rows.filter(isGone).length, 'not running', 'warn'),
  columns: [
    { title: 'MACHINE', rank: 0, cell: (machine, { shortId }) => ({ text: shortId(machine.id) }) },
    { title: 'IP', rank: 1, cell: (machine) => text(machine.ip) },
    {
      title: 'ROLE',
      rank: 3,
      cell: (machine) =>
        machine.role === 'master' ? { text: 'master', tone: 'accent' } : text(machine.role),
    },
    { title: 'STATE', rank: 2, min: 9, compact: 1, cell: stateCell },
    { title: 'TYPE', rank: 4, cell: (machine) => text(machine.instanceType) },
    {
      title: 'UP',
      rank: 5,
      fixed: 6,
      // The longest up is the earliest launched.
      order: (machine) => -(machine.launchTime ?? 0),
      cell: (machine, { now }) =>
        machine.launchTime === null ? text(null) : { text: largestSpan(now - machine.launchTime) },
    },
    { title: 'ZONE', rank: 6, cell: (machine) => text(machine.zone) },
    {
      title: 'PODS',
      rank: 7,
      align: 'right',
      order: (machine, { podsByHost }) => podsByHost.get(machine.ip)?.length ?? 0,
      cell: (machine, { podsByHost }) => text(podsByHost.get(machine.ip)?.length ?? 0),
    },
    { title: 'INSTANCE', rank: 8, cell: (machine) => text(machine.instanceId) },
    { title: 'METADATA', rank: 9, min: 12, cell: (machine) => text(pairs(machine.metadata)) },
  ],
  details: (machine, { now, podsByHost }) => [
    ['machine', machine.id],
    ['ip', orNone(machine.ip)],
    ['role', orNone(machine.role)],
    ...(machine.lostAt === undefined
      ? []
      : [['lost', `fleet no longer lists it, since ${ago(machine.lostAt, now)}`] as const]),
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
    ['pods', String(podsByHost.get(machine.ip)?.length ?? 0)],
  ],
};
