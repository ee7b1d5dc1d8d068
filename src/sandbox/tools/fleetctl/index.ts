/** Owns `fleetctl` 0.8.3 as a whole: global flags and environment, which command runs, and its exit code. */
import type { Host, Tool, ToolContext } from '../../contract.ts';
import { type FlagSpec, parseFlags } from '../go-flag.ts';
import { FleetClient, FleetError } from './client.ts';
import { COMMANDS, GLOBAL_FLAGS } from './flags.ts';
import { commandPage, globalUsage, helpPage, usageOf } from './help.ts';
import { listMachines, listUnitFiles, listUnits } from './list.ts';
import { connect, journal, type SshOptions, ssh, status } from './remote.ts';
import { cat, destroy, lower, raise, submit } from './units.ts';

type Values = Readonly<Record<string, string>>;

/** Flags that were not given take their FLEETCTL_ variable. */
function fromEnvironment(
  specs: readonly FlagSpec[],
  values: Values,
  given: ReadonlySet<string>,
  env: Values,
) {
  const merged: Record<string, string> = { ...values };
  for (const { name } of specs) {
    const value = env[`FLEETCTL_${name.toUpperCase().replaceAll('-', '_')}`];
    if (!given.has(name) && value !== undefined && value !== '') merged[name] = value;
  }
  return merged;
}

/** The parse error Go gives for an endpoint that is no URL, null for a good one. */
function endpointError(endpoint: string): string | null {
  if (endpoint.startsWith('/') || endpoint.startsWith('unix:')) return null;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint)) {
    return endpoint.split('/')[0]?.includes(':')
      ? `parse "${endpoint}": first path segment in URL cannot contain colon`
      : 'URL scheme undefined';
  }
  return URL.canParse(endpoint) ? null : `parse "${endpoint}": invalid URL`;
}

async function clientOf(context: ToolContext, globals: Values): Promise<[FleetClient, SshOptions]> {
  const endpoint = globals.endpoint ?? '';
  const problem = endpointError(endpoint);
  if (problem !== null) throw new FleetError(problem);
  const ssh: SshOptions = {
    strict: globals['strict-host-key-checking'] === 'true',
    knownHosts: globals['known-hosts-file'] ?? '',
    from: context.host,
    tunnelled: false,
  };
  let from: Host = context.host;
  const tunnel = globals.tunnel ?? '';
  if (tunnel !== '') {
    try {
      from = await connect(context, tunnel, ssh);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      throw new FleetError(`failed initializing SSH client: ${error.message}`);
    }
  }
  const client = new FleetClient(context, {
    endpoint,
    prefix: globals['etcd-key-prefix'] ?? '',
    timeout: Number(globals['request-timeout']),
    debug: globals.debug === 'true',
    api: globals['experimental-api'] === 'true',
    from,
  });
  return [client, { ...ssh, from, tunnelled: tunnel !== '' }];
}

async function help(context: ToolContext, args: readonly string[]): Promise<number> {
  if (args.length === 0) {
    await context.stdout(helpPage());
    return 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === args[0]);
  if (command === undefined) {
    await context.stderr(`Unrecognized command: ${args[0]}\n`);
    return 1;
  }
  await context.stdout(commandPage(command));
  return 0;
}

async function runCommand(
  context: ToolContext,
  name: string,
  values: Values,
  rest: readonly string[],
  globals: Values,
): Promise<number> {
  if (name === 'help') return help(context, rest);
  if (name === 'version') {
    await context.stdout('fleetctl version 0.8.3\n');
    return 0;
  }
  if (values.sign === 'true') {
    await context.stderr('WARNING: The signed/verified units feature is DEPRECATED and cannot be used.\n');
    return 2;
  }
  let client: FleetClient;
  let ssh_: SshOptions;
  try {
    [client, ssh_] = await clientOf(context, globals);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    await context.stderr(`Unable to initialize client: ${error.message}\n`);
    return 1;
  }
  await client.checkVersion();
  const on = (flag: string) => values[flag] === 'true';
  const list = { fields: values.fields ?? '', full: on('full') || on('l'), noLegend: on('no-legend') };
  const wait = { noBlock: on('no-block'), blockAttempts: Number(values['block-attempts'] ?? 0) };
  switch (name) {
    case 'list-machines':
      return listMachines(context, client, list);
    case 'list-units':
      return listUnits(context, client, list);
    case 'list-unit-files':
      return listUnitFiles(context, client, list);
    case 'submit':
      return submit(context, client, rest);
    case 'start':
    case 'load':
      return raise(context, client, rest, name, wait);
    case 'stop':
    case 'unload':
      return lower(context, client, rest, name, wait);
    case 'destroy':
      return destroy(context, client, rest);
    case 'cat':
      return cat(context, client, rest);
    case 'status':
      return status(context, client, rest, ssh_);
    case 'journal':
      return journal(
        context,
        client,
        rest,
        { lines: values.lines ?? '10', follow: on('f') || on('follow') },
        ssh_,
      );
    case 'ssh':
      return ssh(context, client, rest, { machine: values.machine ?? '', unit: values.unit ?? '' }, ssh_);
    default:
      await context.stderr('WARNING: The signed/verified units feature is DEPRECATED and cannot be used.\n');
      return 2;
  }
}

/** fleetctl 0.8.3. */
export const fleetctl: Tool = async (context) => {
  const parsed = parseFlags(GLOBAL_FLAGS, context.argv.slice(1));
  if (!parsed.ok) {
    await context.stderr(parsed.help ? globalUsage() : `${parsed.message}\n${globalUsage()}`);
    return parsed.help ? 0 : 2;
  }
  const globals = fromEnvironment(GLOBAL_FLAGS, parsed.values, parsed.given, context.env);
  const [name = 'help', ...args] = globals.version === 'true' ? ['version'] : parsed.rest;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    await context.stderr(
      `fleetctl: unknown subcommand: ${JSON.stringify(name)}\nRun 'fleetctl help' for usage.\n`,
    );
    return 2;
  }
  const flags = parseFlags(command.flags, args);
  if (!flags.ok) {
    const first = flags.help ? '' : `${flags.message}\n`;
    await context.stderr(`${first}${usageOf(command)}${flags.message}\n`);
    return 2;
  }
  return runCommand(context, command.name, flags.values, flags.rest, globals);
};
