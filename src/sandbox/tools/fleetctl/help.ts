/** Owns fleetctl 0.8.3's help: its two pages, and the usage that goes before a flag error. */
import { type FlagSpec, flagDefaults } from '../go-flag.ts';
import { FLEET_TABLE, tabwriter } from '../tabwriter.ts';
import { COMMANDS, type CommandHelp, GLOBAL_FLAGS } from './flags.ts';

const option = (spec: FlagSpec) => `\t--${spec.name}=${spec.value}\t${spec.usage}\n`;
const shortOption = (spec: FlagSpec) =>
  spec.name.length === 1 ? option(spec).replace('\t--', '\t-') : option(spec);

/** `fleetctl help`, and `fleetctl` alone. */
export function helpPage(): string {
  const commands = COMMANDS.map((command) => `\t${command.name}\t${command.summary}\n`).join('');
  return tabwriter(
    `NAME:
	fleetctl - fleetctl is a command-line interface to fleet, the cluster-wide CoreOS init system.

USAGE: 
	fleetctl [global options] <command> [command options] [arguments...]

VERSION:
	0.8.3

COMMANDS:
${commands}
GLOBAL OPTIONS:
${GLOBAL_FLAGS.map(option).join('')}
Global options can also be configured via upper-case environment variables prefixed with "FLEETCTL_"
For example, "some-flag" => "FLEETCTL_SOME_FLAG"

Run "fleetctl help <command>" for more details on a specific command.
`,
    FLEET_TABLE,
  );
}

/** `fleetctl help COMMAND`. */
export function commandPage(command: CommandHelp): string {
  const options = command.flags.length === 0 ? '' : `OPTIONS:\n${command.flags.map(shortOption).join('')}\n`;
  return tabwriter(
    `NAME:
	${command.name} - ${command.summary}

USAGE:
	fleetctl ${command.name} ${command.usage}

DESCRIPTION:
${command.description
  .split('\n')
  .map((line) => `\t${line}\n`)
  .join('')}
${options}For help on global options run "fleetctl help"
`,
    FLEET_TABLE,
  );
}

/** Go's usage text of a command's flags, printed before a flag error is repeated. */
export const usageOf = (command: CommandHelp): string => `Usage:\n${flagDefaults(command.flags)}`;
export const globalUsage = (): string => `Usage of fleetctl:\n${flagDefaults(GLOBAL_FLAGS)}`;
