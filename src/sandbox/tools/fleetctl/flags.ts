/** Owns fleetctl 0.8.3's flags: the global ones, and each command's with its summary, usage and description. */
import type { FlagSpec } from '../go-flag.ts';

const flag = (name: string, kind: FlagSpec['kind'], value: string, usage: string): FlagSpec => ({
  name,
  kind,
  value,
  usage,
});

export const GLOBAL_FLAGS: readonly FlagSpec[] = [
  flag('debug', 'bool', 'false', 'Print out more debug information to stderr'),
  flag('endpoint', 'string', 'http://127.0.0.1:4001', 'etcd endpoint for fleet'),
  flag('etcd-cafile', 'string', '', 'etcd CA file authentication'),
  flag('etcd-certfile', 'string', '', 'etcd cert file authentication'),
  flag(
    'etcd-key-prefix',
    'string',
    '/_coreos.com/fleet/',
    'Keyspace for fleet data in etcd (development use only!)',
  ),
  flag('etcd-keyfile', 'string', '', 'etcd key file authentication'),
  flag(
    'experimental-api',
    'bool',
    'false',
    'Use the experimental HTTP API. This flag will be removed when the API is no longer considered experimental.',
  ),
  flag(
    'known-hosts-file',
    'string',
    '~/.fleetctl/known_hosts',
    'File used to store remote machine fingerprints. Ignored if strict host key checking is disabled.',
  ),
  flag(
    'request-timeout',
    'float',
    '3',
    'Amount of time in seconds to allow a single request before considering it failed.',
  ),
  flag(
    'strict-host-key-checking',
    'bool',
    'true',
    'Verify host keys presented by remote machines before initiating SSH connections.',
  ),
  flag(
    'tunnel',
    'string',
    '',
    'Establish an SSH tunnel through the provided address for communication with fleet and etcd.',
  ),
  flag('version', 'bool', 'false', 'Print the version and exit'),
];

export interface CommandHelp {
  name: string;
  summary: string;
  usage: string;
  description: string;
  flags: readonly FlagSpec[];
}

const FULL = flag('full', 'bool', 'false', 'Do not ellipsize fields on output');
const NO_LEGEND = flag('no-legend', 'bool', 'false', 'Do not print a legend (column headers)');
const SIGN = flag('sign', 'bool', 'false', 'DEPRECATED - this option cannot be used');
const block = (state: string): readonly FlagSpec[] => [
  flag(
    'block-attempts',
    'int',
    '0',
    `Wait until the units are ${state}, performing up to N attempts before giving up. A value of 0 indicates no limit.`,
  ),
  flag('no-block', 'bool', 'false', `Do not wait until the units have ${state} before exiting.`),
];

export const COMMANDS: readonly CommandHelp[] = [
  {
    name: 'cat',
    summary: 'Output the contents of a submitted unit',
    usage: 'UNIT',
    description: `Outputs the unit file that is currently loaded in the cluster. Useful to verify
the correct version of a unit is running.`,
    flags: [],
  },
  {
    name: 'destroy',
    summary: 'Destroy one or more units in the cluster',
    usage: 'UNIT...',
    description: `Completely remove one or more running or submitted units from the cluster.

Instructs systemd on the host machine to stop the unit, deferring to systemd
completely for any custom stop directives (i.e. ExecStop option in the unit
file).

Destroyed units are impossible to start unless re-submitted.`,
    flags: [],
  },
  {
    name: 'help',
    summary: 'Show a list of commands or help for one command',
    usage: '[COMMAND]',
    description: 'Show a list of commands or detailed help for one command',
    flags: [],
  },
  {
    name: 'journal',
    summary: 'Print the journal of a unit in the cluster to stdout',
    usage: '[--lines=N] [-f|--follow] <unit>',
    description: `Outputs the journal of a unit by connecting to the machine that the unit occupies.

Read the last 10 lines:
	fleetctl journal foo.service

Read the last 100 lines:
	fleetctl journal --lines 100 foo.service

This command does not work with global units.`,
    flags: [
      flag('f', 'bool', 'false', 'Shorthand for --follow'),
      flag('follow', 'bool', 'false', 'Continuously print new entries as they are appended to the journal.'),
      flag('lines', 'int', '10', 'Number of recent log lines to return'),
    ],
  },
  {
    name: 'list-machines',
    summary: 'Enumerate the current hosts in the cluster',
    usage: '[-l|--full] [--no-legend]',
    description: `Lists all active machines within the cluster. Previously active machines will not appear in this list.

For easily parsable output, you can remove the column headers:
	fleetctl list-machines --no-legend

Output the list without truncation:
	fleetctl list-machines --full`,
    flags: [
      flag(
        'fields',
        'string',
        'machine,ip,metadata',
        'Columns to print for each Machine. Valid fields are "ip,machine,metadata"',
      ),
      FULL,
      flag('l', 'bool', 'false', 'Shorthand for --full'),
      NO_LEGEND,
    ],
  },
  {
    name: 'list-unit-files',
    summary: 'List the units that exist in the cluster.',
    usage: '[--fields]',
    description: `Lists all unit files that exist in the cluster (whether or not they are loaded onto a machine).`,
    flags: [
      flag(
        'fields',
        'string',
        'unit,hash,dstate,state,target',
        'Columns to print for each Unit file. Valid fields are "desc,dstate,global,hash,state,target,tmachine,unit"',
      ),
      FULL,
      NO_LEGEND,
    ],
  },
  {
    name: 'list-units',
    summary: 'List the current state of units in the cluster',
    usage: '[--no-legend] [-l|--full] [--fields]',
    description: `Lists the state of all units in the cluster loaded onto a machine.

For easily parsable output, you can remove the column headers:
	fleetctl list-units --no-legend

Output the list without ellipses:
	fleetctl list-units --full

Or, choose the columns to display:
	fleetctl list-units --fields=unit,machine`,
    flags: [
      flag(
        'fields',
        'string',
        'unit,machine,active,sub',
        'Columns to print for each Unit. Valid fields are "active,hash,load,machine,sub,unit"',
      ),
      FULL,
      flag('l', 'bool', 'false', 'Shorthand for --full'),
      NO_LEGEND,
    ],
  },
  {
    name: 'load',
    summary: 'Schedule one or more units in the cluster, first submitting them if necessary.',
    usage: '[--no-block|--block-attempts=N] UNIT...',
    description: `Load one or many units in the cluster into systemd, but do not start.

Select units to load by glob matching for units in the current working directory
or matching the names of previously submitted units.

For units which are not global, load operations are performed synchronously,
which means fleetctl will block until it detects that the unit(s) have
transitioned to a loaded state. This behaviour can be configured with the
respective --block-attempts and --no-block options. Load operations on global
units are always non-blocking.`,
    flags: [...block('loaded'), SIGN],
  },
  {
    name: 'ssh',
    summary: 'Open interactive shell on a machine in the cluster',
    usage: '[-A|--forward-agent] [--machine|--unit] {MACHINE|UNIT}',
    description: `Open an interactive shell on a specific machine in the cluster or on the machine
where the specified unit is located.

fleetctl tries to detect whether your first argument is a machine or a unit.
To skip this check use the --machine or --unit flags.

Open a shell on a machine:
	fleetctl ssh 2444264c-eac2-4eff-a490-32d5e5e4af24

Open a shell from your laptop, to the machine running a specific unit, using a
cluster member as a bastion host:
	fleetctl --tunnel 10.10.10.10 ssh foo.service

Open a shell on a machine and forward the authentication agent connection:
	fleetctl ssh --forward-agent 2444264c-eac2-4eff-a490-32d5e5e4af24

Tip: Create an alias for --tunnel.
	- Add "alias fleetctl=fleetctl --tunnel 10.10.10.10" to your bash profile.
	- Now you can run all fleet commands locally.

This command does not work with global units.`,
    flags: [
      flag('A', 'bool', 'false', 'Shorthand for --forward-agent'),
      flag('forward-agent', 'bool', 'false', 'Forward local ssh-agent to target machine.'),
      flag('machine', 'string', '', 'Open SSH connection to a specific machine.'),
      flag('unit', 'string', '', 'Open SSH connection to machine running provided unit.'),
    ],
  },
  {
    name: 'start',
    summary:
      'Instruct systemd to start one or more units in the cluster, first submitting and loading if necessary.',
    usage: '[--no-block|--block-attempts=N] UNIT...',
    description: `Start one or many units on the cluster. Select units to start by glob matching
for units in the current working directory or matching names of previously
submitted units.

For units which are not global, start operations are performed synchronously,
which means fleetctl will block until it detects that the unit(s) have
transitioned to a started state. This behaviour can be configured with the
respective --block-attempts and --no-block options. Start operations on global
units are always non-blocking.

Start a single unit:
	fleetctl start foo.service

Start an entire directory of units with glob matching:
	fleetctl start myservice/*

You may filter suitable hosts based on metadata provided by the machine.
Machine metadata is located in the fleet configuration file.`,
    flags: [...block('launched'), SIGN],
  },
  {
    name: 'status',
    summary: 'Output the status of one or more units in the cluster',
    usage: 'UNIT...',
    description: `Output the status of one or more units currently running in the cluster.
Supports glob matching of units in the current working directory or matches
previously started units.

Show status of a single unit:
	fleetctl status foo.service

Show status of an entire directory with glob matching:
	fleetctl status myservice/*

This command does not work with global units.`,
    flags: [],
  },
  {
    name: 'stop',
    summary: 'Instruct systemd to stop one or more units in the cluster.',
    usage: '[--no-block|--block-attempts=N] UNIT...',
    description: `Stop one or more units from running in the cluster, but allow them to be
started again in the future.

Instructs systemd on the host machine to stop the unit, deferring to systemd
completely for any custom stop directives (i.e. ExecStop option in the unit
file).

For units which are not global, stop operations are performed synchronously,
which means fleetctl will block until it detects that the unit(s) have
transitioned to a stopped state. This behaviour can be configured with the
respective --block-attempts and --no-block options. Stop operations on global
units are always non-blocking.

Stop a single unit:
	fleetctl stop foo.service

Stop an entire directory of units with glob matching, without waiting:
	fleetctl --no-block stop myservice/*`,
    flags: block('stopped'),
  },
  {
    name: 'submit',
    summary: 'Upload one or more units to the cluster without starting them',
    usage: 'UNIT...',
    description: `Upload one or more units to the cluster without starting them. Useful
for validating units before they are started.

This operation is idempotent; if a named unit already exists in the cluster, it will not be resubmitted.

Submit a single unit:
	fleetctl submit foo.service

Submit a directory of units with glob matching:
	fleetctl submit myservice/*`,
    flags: [SIGN],
  },
  {
    name: 'unload',
    summary: 'Unschedule one or more units in the cluster.',
    usage: 'UNIT...',
    description: 'Unload one or more units from the cluster.',
    flags: block('inactive'),
  },
  {
    name: 'verify',
    summary: 'DEPRECATED - No longer works',
    usage: 'UNIT',
    description: 'DEPRECATED - No longer works',
    flags: [],
  },
  {
    name: 'version',
    summary: 'Print the version and exit',
    usage: '',
    description: 'Print the version and exit',
    flags: [],
  },
];
