/** Owns how systemd units are shown, those that fleet schedules and the nodes' own, once for each node. */
import type { Unit } from '../../../cluster/model.ts';
import { KEY_OF } from '../../../cluster/row-key.ts';
import { SYMBOL } from '../../theme.ts';
import type { Cell } from '../../widgets/table.ts';
import { byName, countFault, orNone, type RowKind, text } from './row-kind.ts';

/** systemd's ActiveState (org.freedesktop.systemd1(5)) with the symbol that stands for it. */
export function activeCell(active: string): Cell {
  switch (active) {
    case 'active':
      return { text: `${SYMBOL.ok} active`, tone: 'ok' };
    case 'activating':
    case 'deactivating':
    case 'reloading':
      return { text: `${SYMBOL.pending} ${active}`, tone: 'warn' };
    case 'failed':
      return { text: `${SYMBOL.bad} failed`, tone: 'bad' };
    case '':
    case '-':
      return { text: `${SYMBOL.off} unknown`, tone: 'dim' };
    default:
      return { text: `${SYMBOL.off} ${active}`, tone: 'dim' };
  }
}

/** Failed first, then what is on its way: what a person sorts by state for. */
function activeOrder(active: string): number {
  const order = ['failed', 'activating', 'deactivating', 'reloading', 'inactive', '-', '', 'active'];
  const at = order.indexOf(active);
  return at < 0 ? order.length : at;
}

export const units: RowKind<Unit> = {
  title: 'Units',
  loading: 'asking fleet and systemd for their units',
  empty: 'no units yet: fleetctl start UNIT.service',
  key: KEY_OF.units,
  compare: (a, b) => byName(a.name, b.name) || byName(a.ip ?? '', b.ip ?? ''),
  label: (unit) => `${unit.name} @ ${unit.ip ?? unit.machineId ?? 'no machine'}`,
  state: (unit) => `${unit.load === 'loaded' ? '' : `${unit.load} `}${unit.active} (${unit.sub})`,
  search: (unit) =>
    [
      unit.name,
      unit.active,
      unit.sub,
      unit.load,
      unit.ip,
      unit.machineId,
      unit.source,
      unit.description,
    ].join(' '),
  faults: (rows) => countFault(rows.filter((unit) => unit.active === 'failed').length, 'failed'),
  columns: [
    { title: 'UNIT', rank: 0, cell: (unit) => ({ text: unit.name }) },
    {
      title: 'ACTIVE',
      rank: 1,
      compact: 1,
      order: (unit) => activeOrder(unit.active),
      cell: (unit) => activeCell(unit.active),
    },
    {
      title: 'SUB',
      rank: 3,
      cell: (unit) => (unit.sub === 'auto-restart' ? { text: unit.sub, tone: 'warn' } : text(unit.sub)),
    },
    {
      title: 'NODE',
      rank: 0,
      cell: (unit, { shortId }) =>
        text(unit.ip ?? (unit.machineId === null ? null : shortId(unit.machineId))),
    },
    {
      title: 'LOAD',
      rank: 5,
      cell: (unit) => (unit.load === 'loaded' ? text(unit.load) : { text: unit.load || '-', tone: 'warn' }),
    },
    { title: 'BY', rank: 4, cell: (unit) => text(unit.source) },
    { title: 'DESCRIPTION', rank: 6, min: 12, cell: (unit) => text(unit.description) },
  ],
  details: (unit) => [
    ['unit', unit.name],
    ['description', orNone(unit.description)],
    ['load', orNone(unit.load)],
    ['active', orNone(unit.active)],
    ['sub', orNone(unit.sub)],
    ['machine', orNone(unit.machineId)],
    ['ip', orNone(unit.ip)],
    ['scheduled by', unit.source],
    ['hash', orNone(unit.hash)],
  ],
};
