/** Owns fleetctl's three lists: their fields, what an absent value looks like, and the table. */
import type { FleetUnit, ToolContext } from '../../contract.ts';
import { currentState } from '../../registry/fleet.ts';
import { optionValue, parseUnit, requirements } from '../../registry/unit-file.ts';
import { FLEET_TABLE, tabwriter } from '../tabwriter.ts';
import { type FleetClient, FleetError, type FleetMachine } from './client.ts';

type Fields<T> = Record<string, (row: T, full: boolean) => string>;

/** `33607af7...`, or the whole id. */
export const machineId = (id: string, full: boolean) => (full ? id : `${id.slice(0, 8)}...`);

/** `ID/IP`; the id alone without an address. */
export const machineLegend = (machine: FleetMachine, full: boolean) =>
  machine.ip === '' ? machineId(machine.id, full) : `${machineId(machine.id, full)}/${machine.ip}`;

const MACHINE_FIELDS: Fields<FleetMachine> = {
  machine: (machine, full) => machineId(machine.id, full),
  ip: (machine) => machine.ip || '-',
  metadata: (machine) =>
    Object.entries(machine.metadata)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(',') || '-',
};

interface StateRow {
  name: string;
  load: string;
  active: string;
  sub: string;
  hash: string;
  machineId: string;
  machine: FleetMachine | undefined;
}

const shortHash = (hash: string, full: boolean) => (hash === '' ? '-' : full ? hash : hash.slice(0, 7));

const legendOr = (id: string, machine: FleetMachine | undefined, full: boolean) =>
  id === '' ? '-' : machine === undefined ? machineId(id, full) : machineLegend(machine, full);

const STATE_FIELDS: Fields<StateRow> = {
  unit: (row) => row.name,
  load: (row) => row.load,
  active: (row) => row.active,
  sub: (row) => row.sub,
  machine: (row, full) => legendOr(row.machineId, row.machine, full),
  hash: (row, full) => shortHash(row.hash, full),
};

interface FileRow {
  unit: FleetUnit;
  global: boolean;
  description: string;
  machine: FleetMachine | undefined;
}

const target = (row: FileRow, full: boolean) =>
  row.global ? '-' : legendOr(row.unit.target ?? '', row.machine, full);

const FILE_FIELDS: Fields<FileRow> = {
  unit: (row) => row.unit.name,
  hash: (row, full) => shortHash(row.unit.hash, full),
  dstate: (row) => row.unit.desired || '-',
  state: (row) => (row.global ? '-' : currentState(row.unit)),
  target,
  tmachine: target,
  global: (row) => String(row.global),
  desc: (row) => row.description || '-',
};

export interface ListOptions {
  fields: string;
  full: boolean;
  noLegend: boolean;
}

/** The columns asked for, or the error to print. */
function columns<T>(fields: Fields<T>, asked: string): string[] | string {
  if (asked === '') return 'Must define output format';
  const names = asked.split(',');
  const wrong = names.find((name) => fields[name] === undefined);
  return wrong === undefined ? names : `Invalid key in output format: ${JSON.stringify(wrong)}`;
}

async function list<T>(
  context: ToolContext,
  fields: Fields<T>,
  options: ListOptions,
  what: string,
  rows: () => Promise<T[]>,
): Promise<number> {
  const names = columns(fields, options.fields);
  if (typeof names === 'string') {
    await context.stderr(`${names}\n`);
    return 1;
  }
  if (names.includes('tmachine')) {
    await context.stderr('WARNING: The "tmachine" field is deprecated. Use "target" instead\n');
  }
  try {
    const body = (await rows()).map((row) =>
      names.map((name) => fields[name]!(row, options.full)).join('\t'),
    );
    if (!options.noLegend) body.unshift(names.join('\t').toUpperCase());
    await context.stdout(tabwriter(body.map((line) => `${line}\n`).join(''), FLEET_TABLE));
    return 0;
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    await context.stderr(`Error retrieving list of ${what}: ${error.message}\n`);
    return 1;
  }
}

export const listMachines = (context: ToolContext, client: FleetClient, options: ListOptions) =>
  list(context, MACHINE_FIELDS, options, 'active machines', () => client.machines());

export const listUnits = (context: ToolContext, client: FleetClient, options: ListOptions) =>
  list(context, STATE_FIELDS, options, 'units from repository', async () => {
    const states = await client.states();
    const machines = new Map((await client.machines()).map((machine) => [machine.id, machine]));
    return states.map((state) => ({ ...state, machine: machines.get(state.machineId) }));
  });

export const listUnitFiles = (context: ToolContext, client: FleetClient, options: ListOptions) =>
  list(context, FILE_FIELDS, options, 'units from repository', async () => {
    const units = await client.units();
    const machines = new Map((await client.machines()).map((machine) => [machine.id, machine]));
    return units.map((unit) => {
      const parsed = parseUnit(unit.content);
      return {
        unit,
        global: requirements(unit.name, parsed).global,
        description: optionValue(parsed, 'Unit', 'Description'),
        machine: machines.get(unit.target ?? ''),
      };
    });
  });
