/**
 * Owns `systemctl list-units` and `list-unit-files`: which units, in which order, in which columns.
 */
import { globRegex } from '../glob.ts';
import type { SessionContext } from '../shell/session.ts';
import { names } from '../unit-file.ts';
import { fileOf, newUnit, type UnitState, unitsOf } from '../unit-state.ts';
import { last, type Options } from './getopt.ts';

/** The state of a unit's file as `is-enabled` says it. */
export function enablement(unit: UnitState): string {
  if (unit.load === 'masked') return 'masked';
  if (unit.origin === 'fleet') return 'linked-runtime';
  if (!fileOf(unit).sections.has('Install')) return 'static';
  return unit.enabled ? 'enabled' : 'disabled';
}

const suffix = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

function byTypeAndName(left: UnitState, right: UnitState): number {
  const type = suffix(left.name).localeCompare(suffix(right.name));
  if (type !== 0) return type;
  const [a, b] = [left.name.toLowerCase(), right.name.toLowerCase()];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** All units that systemd knows, those that are only named by others too. */
export function knownUnits(context: SessionContext): UnitState[] {
  const units = unitsOf(context.machine.state);
  const all = new Map(Object.entries(units).filter(([name]) => !name.includes('@.')));
  for (const unit of Object.values(units)) {
    for (const key of ['Requires', 'Wants', 'After', 'BindsTo']) {
      for (const name of names(fileOf(unit), 'Unit', key)) {
        if (!all.has(name)) all.set(name, { ...newUnit(name, '', 'vendor', 0), load: 'not-found' });
      }
    }
  }
  return [...all.values()].sort(byTypeAndName);
}

const wide = (text: string): number => [...text].length;

export async function listUnits(
  context: SessionContext,
  options: Options,
  patterns: readonly string[],
): Promise<number> {
  const has = (name: string): boolean => options.values.has(name);
  const states = [
    ...(options.values.get('state') ?? []).flatMap((one) => one.split(',')),
    ...(has('failed') ? ['failed'] : []),
  ];
  const types = (options.values.get('type') ?? []).flatMap((one) => one.split(','));
  const regexes = patterns.map(globRegex);
  const shown = knownUnits(context).filter((unit) => {
    if (types.length > 0 && !types.includes(suffix(unit.name))) return false;
    if (regexes.length > 0 && !regexes.some((regex) => regex.test(unit.name))) return false;
    if (states.length > 0) return [unit.load, unit.active, unit.sub].some((one) => states.includes(one));
    return has('all') || unit.active !== 'inactive' || unit.job !== null;
  });
  const rows = shown.map((unit) => ({
    unit: unit.name,
    load: unit.load as string,
    active: unit.active as string,
    sub: unit.sub,
    description: context.machine.systemd.description(unit),
  }));
  if (last(options, 'output')?.startsWith('json') === true) {
    await context.stdout(`${JSON.stringify(rows)}\n`);
    return 0;
  }
  const legend = !has('no-legend') && last(options, 'legend') !== 'false';
  const header = { unit: 'UNIT', load: 'LOAD', active: 'ACTIVE', sub: 'SUB', description: 'DESCRIPTION' };
  const widths = (['unit', 'load', 'active', 'sub'] as const).map((key) =>
    Math.max(legend ? header[key].length : 0, ...rows.map((row) => wide(row[key]))),
  );
  const line = (row: typeof header): string =>
    `${[row.unit, row.load, row.active, row.sub]
      .map((cell, index) => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - wide(cell))))
      .join(' ')} ${row.description}\n`;
  const plain = has('plain');
  const mark = (row: typeof header): string => {
    if (plain) return '';
    return row.active === 'failed' || row.load === 'not-found' || row.load === 'masked' ? '● ' : '  ';
  };
  let text = '';
  if (legend && rows.length > 0) text += (plain ? '' : '  ') + line(header);
  for (const row of rows) text += mark(row) + line(row);
  if (legend) text += footer(rows.length, has('all') || states.includes('inactive'), states.length > 0);
  await context.stdout(text);
  return 0;
}

function footer(count: number, all: boolean, filtered: boolean): string {
  const explain =
    count === 0
      ? ''
      : '\nLOAD   = Reflects whether the unit definition was properly loaded.\nACTIVE = The high-level unit activation state, i.e. generalization of SUB.\nSUB    = The low-level unit activation state, values depend on unit type.\n';
  const files = "To show all installed unit files use 'systemctl list-unit-files'.\n";
  if (all) return `${explain}${count} loaded units listed.\n${files}`;
  if (filtered) return `${explain}${count} loaded units listed.\n`;
  return `${explain}${count} loaded units listed. Pass --all to see loaded but inactive units, too.\n${files}`;
}

export async function listUnitFiles(
  context: SessionContext,
  options: Options,
  patterns: readonly string[],
): Promise<number> {
  const regexes = patterns.map(globRegex);
  const types = (options.values.get('type') ?? []).flatMap((one) => one.split(','));
  const units = Object.values(unitsOf(context.machine.state))
    .filter((unit) => regexes.length === 0 || regexes.some((regex) => regex.test(unit.name)))
    .filter((unit) => types.length === 0 || types.includes(suffix(unit.name)))
    .sort(byTypeAndName);
  const rows = units.map(
    (unit) => [unit.name, enablement(unit), enablement(unit) === 'static' ? '-' : 'enabled'] as const,
  );
  const legend = !options.values.has('no-legend');
  const all = legend ? [['UNIT FILE', 'STATE', 'PRESET'] as const, ...rows] : rows;
  const widths = [0, 1].map((column) => Math.max(0, ...all.map((row) => row[column]!.length)));
  let text = all
    .map((row) => `${row[0].padEnd(widths[0]!)} ${row[1].padEnd(widths[1]!)} ${row[2]}\n`)
    .join('');
  if (legend) text += `\n${rows.length} unit files listed.\n`;
  await context.stdout(text);
  return 0;
}
