/**
 * Owns what fleetctl does on other machines by its own SSH: status, journal and ssh, with the agent it needs, the
 * known-hosts question, and the tunnel's connection.
 */
import { createHash } from 'node:crypto';
import type { Host, ToolContext } from '../../contract.ts';
import { currentState } from '../../registry/fleet.ts';
import { parseUnit, requirements, unitName } from '../../registry/unit-file.ts';
import { reachable } from '../network.ts';
import { type FleetClient, FleetError, pause } from './client.ts';

const NO_AGENT =
  'SSH_AUTH_SOCK environment variable is not set. Verify ssh-agent is running. See https://github.com/coreos/fleet/blob/master/Documentation/using-the-client.md for help.';

export interface SshOptions {
  strict: boolean;
  knownHosts: string;
  /** The host fleetctl's connections start from: this one, or the tunnel's. */
  from: Host;
  /** Through a tunnel nothing is local. */
  tunnelled: boolean;
}

const home = (path: string) => path.replace(/^~\//, '/home/core/');
const SCARE = '@'.repeat(59);

/** The key as fleetctl shows it: MD5 of its blob. */
function fingerprint(host: Host): { blob: string; md5: string } {
  const blob = host.state.hostKey.publicKey.split(' ')[1] ?? '';
  const md5 = createHash('md5').update(Buffer.from(blob, 'base64')).digest('hex');
  return { blob, md5: md5.match(/../g)!.join(':') };
}

/** Asks about an unknown host, warns of a changed one; the reason it may not go on, or null. */
async function checkHostKey(
  context: ToolContext,
  address: string,
  target: Host,
  options: SshOptions,
): Promise<string | null> {
  if (!options.strict) return null;
  const path = home(options.knownHosts);
  const key = fingerprint(target);
  const text = context.readFile(path) ?? '';
  const known = text
    .split('\n')
    .map((line) => line.split(' '))
    .find(([name]) => name === address);
  if (known !== undefined && known[2] === key.blob) return null;
  if (known !== undefined) {
    await context.stderr(`${SCARE}
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
${SCARE}
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ECDSA key sent by the remote host is
${key.md5}.
Please contact your system administrator.
Add correct host key in ${path} to get rid of this message.
Host key verification failed.
`);
    return 'host key mismatch';
  }
  await context.stderr(`The authenticity of host '${address}' can't be established.
ECDSA key fingerprint is ${key.md5}.
Are you sure you want to continue connecting (yes/no)? `);
  const answer = (await context.stdin()).split('\n')[0]?.trim();
  if (answer !== 'yes') {
    await context.stderr('Host key verification failed.\n');
    return 'unauthorized host';
  }
  context.host.state.files[path] = {
    text: `${text}${address} ecdsa-sha2-nistp256 ${key.blob}\n`,
    mode: 0o600,
    mtime: context.hosts.clock.now(),
  };
  await context.stderr(`Warning: Permanently added '${address}' (ECDSA) to the list of known hosts.\n`);
  return null;
}

/** Opens a connection; throws fleetctl's reason when it fails. `address` may carry a port. */
export async function connect(context: ToolContext, address: string, options: SshOptions): Promise<Host> {
  const [name = '', port = '22'] = address.split(':');
  if (!context.agent) throw new FleetError(NO_AGENT);
  const target = reachable(context.hosts, options.from, name);
  if (target === null) {
    // an address nobody has is given up by ARP; a machine that is down swallows the packets
    const dead = Object.values(context.hosts.world.regions).some((region) =>
      Object.values(region.instances).some((instance) => instance.privateIp === name),
    );
    await pause(context, dead ? 10_000 : 3_000);
    throw new FleetError(
      dead
        ? 'timed out while initiating SSH connection'
        : `dial tcp ${name}:${port}: connect: no route to host`,
    );
  }
  if (port !== '22') throw new FleetError(`dial tcp ${name}:${port}: connect: connection refused`);
  const problem = await checkHostKey(context, name, target, options);
  if (problem !== null) throw new FleetError(`ssh: handshake failed: ${problem}`);
  return target;
}

/** Runs a command line on a machine, here or by ssh; its exit code, 255 when it could not be run. */
async function run(
  context: ToolContext,
  client: FleetClient,
  commandLine: string,
  machineId: string,
  options: SshOptions,
): Promise<number> {
  if (!options.tunnelled && machineId === context.host.state.machineId) return context.shell(commandLine);
  const machine = (await client.machines()).find((candidate) => candidate.id === machineId);
  if (machine === undefined) {
    await context.stderr('Error getting machine IP: Machine does not exist\n');
    return 255;
  }
  try {
    return await context.shell(commandLine, await connect(context, machine.ip, options));
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    await context.stderr(`Error running remote command: ${error.message}\n`);
    return 255;
  }
}

/** `status`: 0 whatever systemctl says; stops at the first unit that is not fine. */
export async function status(
  context: ToolContext,
  client: FleetClient,
  args: readonly string[],
  options: SshOptions,
): Promise<number> {
  for (const [index, name] of args.map(unitName).entries()) {
    let units: Awaited<ReturnType<FleetClient['units']>>;
    try {
      units = await client.units();
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      await context.stderr(`Error retrieving unit: ${error.message}\n`);
      return 1;
    }
    const unit = units.find((candidate) => candidate.name === name);
    const problem =
      unit === undefined
        ? `Unit ${name} does not exist.`
        : requirements(name, parseUnit(unit.content)).global
          ? `Unable to determine status of global unit ${name}.`
          : currentState(unit) === 'inactive'
            ? `Unit ${name} does not appear to be loaded.`
            : null;
    if (problem !== null || unit === undefined) {
      await context.stderr(`${problem}\n`);
      return 1;
    }
    if (index > 0) await context.stdout('\n');
    if ((await run(context, client, `systemctl status -l ${name}`, unit.target ?? '', options)) !== 0) break;
  }
  return 0;
}

/** `journal`. */
export async function journal(
  context: ToolContext,
  client: FleetClient,
  args: readonly string[],
  flags: { lines: string; follow: boolean },
  options: SshOptions,
): Promise<number> {
  if (args.length !== 1) {
    await context.stderr('One unit file must be provided.\n');
    return 1;
  }
  const name = unitName(args[0]!);
  try {
    const unit = await client.unit(name);
    const problem =
      unit === undefined
        ? `Unit ${name} does not exist.`
        : requirements(name, parseUnit(unit.content)).global
          ? `Unable to retrieve journal of global unit ${name}.`
          : currentState(unit) === 'inactive'
            ? `Unit ${name} does not appear to be running.`
            : null;
    if (problem !== null || unit === undefined) {
      await context.stderr(`${problem}\n`);
      return 1;
    }
    const command = `journalctl --unit ${name} --no-pager -n ${flags.lines}${flags.follow ? ' -f' : ''}`;
    return await run(context, client, command, unit.target ?? '', options);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    await context.stderr(`Error retrieving unit ${name}: ${error.message}\n`);
    return 1;
  }
}

async function machineAddress(client: FleetClient, prefix: string): Promise<string> {
  const found = (await client.machines()).filter((machine) => machine.id.startsWith(prefix));
  if (found.length > 1) throw new FleetError('found more than one machine');
  if (found[0] === undefined) throw new FleetError('machine does not exist');
  return found[0].ip;
}

async function unitAddress(client: FleetClient, argument: string): Promise<string> {
  const name = unitName(argument);
  const unit = await client.unit(name);
  if (unit === undefined) throw new FleetError(`unit ${name} does not exist`);
  if (requirements(name, parseUnit(unit.content)).global) {
    throw new FleetError(`global unit ${name} can run on more than one machine`);
  }
  const machine = (await client.machines()).find((candidate) => candidate.id === unit.target);
  if (machine === undefined) throw new FleetError(`unit ${name} is not running`);
  return machine.ip;
}

/** Finds one machine for `fleetctl ssh NAME`, by machine id or by unit. */
async function anyAddress(client: FleetClient, lookup: string | undefined): Promise<string> {
  if (lookup === undefined) throw new FleetError('one machine or unit must be provided');
  const none = () => undefined;
  const machine = await machineAddress(client, lookup).catch(none);
  const unit = await unitAddress(client, lookup).catch(none);
  if (machine !== undefined && unit !== undefined) {
    throw new FleetError(
      `ambiguous argument, both machine and unit found for \`${lookup}\`.\nPlease use flag \`-m\` or \`-u\` to refine the search`,
    );
  }
  const address = machine ?? unit;
  if (address === undefined) throw new FleetError('could not find matching unit or machine');
  return address;
}

/** `ssh`. */
export async function ssh(
  context: ToolContext,
  client: FleetClient,
  args: readonly string[],
  flags: { machine: string; unit: string },
  options: SshOptions,
): Promise<number> {
  if (flags.machine !== '' && flags.unit !== '') {
    await context.stderr('Both machine and unit flags provided, please specify only one.\n');
    return 1;
  }
  let rest = args;
  let address: string;
  try {
    if (flags.machine !== '') address = await machineAddress(client, flags.machine);
    else if (flags.unit !== '') address = await unitAddress(client, flags.unit);
    else {
      address = await anyAddress(client, args[0]);
      rest = args.slice(1);
    }
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    await context.stderr(`Unable to proceed: ${error.message}\n`);
    return 1;
  }
  const dashes = rest.indexOf('--');
  const command = (dashes < 0 ? rest : rest.slice(dashes + 1)).join(' ');
  try {
    const target = await connect(context, address, options);
    return await context.shell(command === '' ? 'bash -l' : command, target);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    await context.stderr(`Failed building SSH client: ${error.message}\n`);
    return 1;
  }
}
