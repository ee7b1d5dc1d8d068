/** Owns `kubecore unit list|status|cat`: fleet's units as they are, read where they run. */
import { EXIT, KubecoreError } from '../../cluster/errors.ts';
import { unitFiles } from '../../cluster/fleet-acts.ts';
import type { Unit } from '../../cluster/model.ts';
import { MASTER } from '../../cluster/ports.ts';
import { lookAtFleetUnits } from '../../cluster/sources.ts';
import * as fleetctl from '../../cluster/tools/fleetctl.ts';
import { decode } from '../../cluster/tools/output.ts';
import { sanitise } from '../../ui/sanitise.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';
import { table } from '../table.ts';
import { lastLines } from './unit-journal.ts';
import { unknownUnit } from './unit-words.ts';
import { withFleet } from './with-fleet.ts';

interface UnitRecord {
  readonly name: string;
  /** What is wanted of it: `inactive`, `loaded`, `launched`. */
  readonly desired: string;
  readonly global: boolean;
  readonly description: string | null;
  readonly machines: readonly Pick<Unit, 'machineId' | 'ip' | 'load' | 'active' | 'sub'>[];
}

function recordOf(file: fleetctl.FleetUnitFile, units: readonly Unit[]): UnitRecord {
  const { name, desired, global, description } = file;
  const machines = units
    .filter((unit) => unit.name === name)
    .map(({ machineId, ip, load, active, sub }) => ({ machineId, ip, load, active, sub }));
  return { name, desired, global, description, machines };
}

export async function unitList(context: Context): Promise<number> {
  const { io, guards } = context;
  return withFleet(context, async ({ shell, flags }) => {
    const [files, units] = await Promise.all([
      unitFiles(shell, guards.signal),
      lookAtFleetUnits(shell, guards.signal),
    ]);
    const records = files.map((file) => recordOf(file, units));
    if (io.format !== 'text') {
      await io.document(records);
      return EXIT.done;
    }
    if (records.length === 0) {
      io.note(`fleet knows no units; start one: ${['kubecore unit start FILE', ...flags].join(' ')}`);
      return EXIT.done;
    }
    const rows = records.flatMap(({ name, desired, description, machines }) =>
      (machines.length === 0 ? [null] : machines).map((on) =>
        [name, desired, on?.active, on?.sub, on?.ip ?? on?.machineId, description].map(
          (cell) => oneLine(cell ?? '') || '-',
        ),
      ),
    );
    await io.out(table(['UNIT', 'DESIRED', 'ACTIVE', 'SUB', 'MACHINE', 'DESCRIPTION'], rows));
    return EXIT.done;
  });
}

/** Read by our own connection to each machine: `fleetctl status` needs an agent there, and ends with 0 whatever happened. */
export async function unitStatus(context: Context, args: readonly string[]): Promise<number> {
  const { io, guards } = context;
  return withFleet(context, async (target) => {
    const [files, units] = await Promise.all([
      unitFiles(target.shell, guards.signal),
      lookAtFleetUnits(target.shell, guards.signal),
    ]);
    const names = args.map((word) => fleetctl.unitName(word.replace(/^.*\//, '')));
    const found = names.flatMap((name) => files.find((file) => file.name === name) ?? []);
    const unknown = names.filter((name) => !files.some((file) => file.name === name));
    const records = await Promise.all(
      found
        .map((file) => recordOf(file, units))
        .map(async (record) => ({
          ...record,
          machines: await Promise.all(
            record.machines.map(async (on) => ({
              ...on,
              journal: await lastLines(target, { name: record.name, ...on }, guards.signal),
            })),
          ),
        })),
    );
    // With nothing to show there is no document beside the error.
    if (io.format !== 'text') {
      if (found.length > 0) await io.document(records);
    } else for (const record of records) await io.out(statusText(record));
    for (const name of unknown) context.report(unknownUnit(name, files, false));
    if (unknown.length > 0) return EXIT.usage;
    const good = records.every(
      ({ machines }) => machines.length > 0 && machines.every(({ active }) => active === 'active'),
    );
    return good ? EXIT.done : EXIT.bad;
  });
}

type On = UnitRecord['machines'][number] & { readonly journal: readonly string[] };

function statusText(record: Omit<UnitRecord, 'machines'> & { readonly machines: readonly On[] }): string {
  const head = `${oneLine(record.name)}${record.description === null ? '' : ` - ${oneLine(record.description)}`}\n`;
  if (record.machines.length === 0) return `${head}  on no machine; wanted: ${oneLine(record.desired)}\n`;
  return (
    head +
    record.machines
      .map(
        ({ ip, machineId, load, active, sub, journal }) =>
          `  ${oneLine(ip ?? machineId ?? 'no machine')}: ${oneLine(`${active} (${sub}), ${load}`)}\n` +
          journal.map((line) => `    ${line}\n`).join(''),
      )
      .join('')
  );
}

export async function unitCat(context: Context, args: readonly string[]): Promise<number> {
  const { io, guards } = context;
  const name = fleetctl.unitName((args[0] ?? '').replace(/^.*\//, ''));
  return withFleet(context, async ({ shell }) => {
    const result = await shell.run(MASTER, fleetctl.catArgv(name), {
      signal: guards.signal,
      priority: 'interactive',
    });
    const error = fleetctl.failure(`${name} was not read`, result);
    if (error instanceof KubecoreError) {
      if (!/not found/.test(error.why)) throw error;
      throw unknownUnit(name, await unitFiles(shell, guards.signal), false);
    }
    const content = decode(result.stdout);
    if (io.format !== 'text') await io.document({ name, content });
    else
      await io.out(
        content
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `${sanitise(line)}\n`)
          .join(''),
      );
    return EXIT.done;
  });
}
