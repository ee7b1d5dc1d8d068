/** Owns fleetctl's verbs over units: submit, load, start, stop, unload, destroy and cat, and the waits between. */
import type { FleetUnit, ToolContext } from '../../contract.ts';
import { currentState } from '../../registry/fleet.ts';
import {
  hashUnit,
  parseUnit,
  requirements,
  serializeUnit,
  templateOf,
  unitName,
  unitNameError,
} from '../../registry/unit-file.ts';
import { type FleetClient, FleetError, pause } from './client.ts';
import { machineLegend } from './list.ts';

export interface WaitOptions {
  noBlock: boolean;
  /** 0: for ever. */
  blockAttempts: number;
}

const isGlobal = (unit: FleetUnit) => requirements(unit.name, parseUnit(unit.content)).global;

function canonical(text: string): string {
  return serializeUnit(parseUnit(text));
}

const directory = (path: string) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '');

async function registryUnit(client: FleetClient, name: string, what: string): Promise<FleetUnit | undefined> {
  try {
    return await client.unit(name);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    throw new FleetError(`error retrieving ${what}(${name}) from Registry: ${error.message}`);
  }
}

/** Says so when a file of the same name holds something else than the registry. */
async function warnWhenDifferent(context: ToolContext, path: string, unit: FleetUnit): Promise<void> {
  const differs = (file: string): boolean | undefined => {
    const text = context.readFile(file);
    if (text === undefined) return undefined;
    try {
      return hashUnit(canonical(text)) !== unit.hash;
    } catch {
      return undefined;
    }
  };
  if (differs(path)) {
    await context.stderr(`WARNING: Unit ${unit.name} in registry differs from local unit file ${path}\n`);
    return;
  }
  const template = templateOf(path.slice(directory(path).length));
  if (template === null || template.instance === '') return;
  const file = directory(path) + template.template;
  if (differs(file)) {
    await context.stderr(
      `WARNING: Unit ${unit.name} in registry differs from local template unit file ${template.template}\n`,
    );
  }
}

async function createUnit(context: ToolContext, client: FleetClient, name: string, content: string) {
  const problem = unitNameError(name);
  if (problem !== null) throw new FleetError(problem);
  try {
    await client.create({
      name,
      content,
      hash: hashUnit(content),
      desired: 'inactive',
      target: null,
      createdAt: context.hosts.clock.now(),
    });
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    throw new FleetError(`failed creating unit ${name}: ${error.message}`);
  }
}

function fromFile(context: ToolContext, file: string, what: string): string | undefined {
  const text = context.readFile(file);
  if (text === undefined) return undefined;
  try {
    return canonical(text);
  } catch (error) {
    throw new FleetError(`failed getting ${what} from file: ${(error as Error).message}`);
  }
}

/** Makes every unit that is not in the registry yet, from its file or its template. */
async function createUnits(context: ToolContext, client: FleetClient, paths: readonly string[]) {
  for (const path of paths) {
    const name = unitName(path);
    const existing = await registryUnit(client, name, 'Unit');
    if (existing !== undefined) {
      await warnWhenDifferent(context, path, existing);
      continue;
    }
    const own = fromFile(context, path, `Unit(${name})`);
    if (own !== undefined) {
      await createUnit(context, client, name, own);
      continue;
    }
    const template = templateOf(name);
    if (template === null || template.instance === '') {
      throw new FleetError(`unable to find Unit(${name}) in Registry or on filesystem`);
    }
    const stored = await registryUnit(client, template.template, 'template Unit');
    if (stored !== undefined) await warnWhenDifferent(context, path, stored);
    const content =
      stored?.content ??
      fromFile(context, directory(path) + template.template, `template Unit(${template.template})`);
    if (content === undefined) {
      throw new FleetError(
        `unable to find Unit(${name}) or template Unit(${template.template}) in Registry or on filesystem`,
      );
    }
    await createUnit(context, client, name, content);
  }
}

/** Waits until each unit's agent reports the state; prints each as it comes. False when one did not. */
async function waitForUnits(
  context: ToolContext,
  client: FleetClient,
  names: readonly string[],
  wanted: string,
  options: WaitOptions,
  print: (text: string) => Promise<void>,
): Promise<boolean> {
  const left = new Set(names);
  for (let attempt = 1; left.size > 0; attempt++) {
    for (const name of [...left]) {
      const unit = await client.unit(name).catch(() => undefined);
      if (unit === undefined || currentState(unit) !== wanted) continue;
      left.delete(name);
      const machine = (await client.machines()).find((candidate) => candidate.id === unit.target);
      const on = machine === undefined ? '' : ` on ${machineLegend(machine, false)}`;
      await print(`Unit ${name} ${wanted}${on}\n`);
    }
    if (left.size === 0) break;
    if (options.blockAttempts > 0 && attempt >= options.blockAttempts) {
      await pause(context, 500);
      for (const name of left) {
        await context.stderr(
          `Error waiting for units: timed out waiting for unit ${name} to report state ${wanted}\n`,
        );
      }
      return false;
    }
    await pause(context, 500);
  }
  return true;
}

/** `submit`. */
export async function submit(context: ToolContext, client: FleetClient, paths: readonly string[]) {
  try {
    await createUnits(context, client, paths);
    return 0;
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    await context.stderr(`Error creating units: ${error.message}\n`);
    return 1;
  }
}

/** `start` and `load`: create what is missing, set the target state, wait for it. */
export async function raise(
  context: ToolContext,
  client: FleetClient,
  paths: readonly string[],
  verb: 'start' | 'load',
  options: WaitOptions,
): Promise<number> {
  const created = await submit(context, client, paths);
  if (created !== 0) return created;
  const desired = verb === 'start' ? 'launched' : 'loaded';
  const waiting: string[] = [];
  try {
    for (const path of paths) {
      const unit = await client.unit(unitName(path));
      if (unit === undefined || unit.desired === desired) continue;
      await client.setDesired(unit.name, desired);
      if (isGlobal(unit)) await context.stdout(`Triggered global unit ${unit.name} ${verb}\n`);
      else waiting.push(unit.name);
    }
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    await context.stderr(`Error ${verb}ing units: ${error.message}\n`);
    return 1;
  }
  return finish(context, client, waiting, verb, desired, options, (text) => context.stdout(text));
}

async function finish(
  context: ToolContext,
  client: FleetClient,
  names: readonly string[],
  verb: string,
  wanted: string,
  options: WaitOptions,
  print: (text: string) => Promise<void>,
): Promise<number> {
  if (options.noBlock) {
    for (const name of names) await context.stdout(`Triggered unit ${name} ${verb}\n`);
    return 0;
  }
  return (await waitForUnits(context, client, names, wanted, options, print)) ? 0 : 1;
}

/** `stop` and `unload`: lower the target state of those that the registry knows. */
export async function lower(
  context: ToolContext,
  client: FleetClient,
  names: readonly string[],
  verb: 'stop' | 'unload',
  options: WaitOptions,
): Promise<number> {
  const desired = verb === 'stop' ? 'loaded' : 'inactive';
  const waiting: string[] = [];
  try {
    const wanted = new Set(names.map(unitName));
    for (const unit of (await client.units()).filter((candidate) => wanted.has(candidate.name))) {
      const state = currentState(unit);
      const global = isGlobal(unit);
      if (!global && verb === 'stop' && state === 'inactive') {
        await context.stderr(`Unable to stop unit ${unit.name} in state ${state}\n`);
        return 1;
      }
      if (!global && state === desired) continue;
      await client.setDesired(unit.name, desired);
      if (global) await context.stdout(`Triggered global unit ${unit.name} ${verb}\n`);
      else waiting.push(unit.name);
    }
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    await context.stderr(`Error retrieving list of units from repository: ${error.message}\n`);
    return 1;
  }
  const print = (text: string) => (verb === 'unload' ? context.stderr(text) : context.stdout(text));
  return finish(context, client, waiting, verb, desired, options, print);
}

/** `destroy`: silent about units that are not there, and about an etcd that is not. */
export async function destroy(context: ToolContext, client: FleetClient, names: readonly string[]) {
  for (const name of names.map(unitName)) {
    try {
      if (await client.destroy(name)) await context.stdout(`Destroyed ${name}\n`);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
    }
  }
  return 0;
}

/** `cat`. */
export async function cat(context: ToolContext, client: FleetClient, args: readonly string[]) {
  if (args.length !== 1) {
    await context.stderr('One unit file must be provided\n');
    return 1;
  }
  const name = unitName(args[0]!);
  try {
    const unit = await client.unit(name);
    if (unit === undefined) {
      await context.stderr(`Unit ${name} not found\n`);
      return 1;
    }
    await context.stdout(unit.content);
    return 0;
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    await context.stderr(`Error retrieving Unit ${name}: ${error.message}\n`);
    return 1;
  }
}
