/** Owns the block for ~/.ssh/config that `kubecore ssh-config` prints: an alias per machine, the nodes through the master. Pure. */

export interface SshMachine {
  /** The short name behind the cluster's: `master`, `minion-1`. */
  readonly alias: string;
  /** fleet's id, whole. */
  readonly id: string;
  /** What ssh connects to. */
  readonly address: string;
  readonly port: number | null;
  /** The name its key has in the cluster's known hosts; null: its address. */
  readonly hostKeyAlias: string | null;
  /** Reached through the master? */
  readonly behindMaster: boolean;
  /** ProxyJump of the master itself, as the user's own configuration has it. */
  readonly jumps?: readonly string[];
}

export interface SshBlock {
  /** Of the cluster: the aliases begin with it. */
  readonly name: string;
  readonly user: string;
  readonly identityFile: string | null;
  readonly knownHosts: readonly string[];
  /** The master first. */
  readonly machines: readonly SshMachine[];
  /** A command that makes the block anew. */
  readonly madeBy: string;
}

/** Aliases of one machine: `web-minion-1`, `web-33607af7`. */
export const aliasesOf = (name: string, { alias, id }: SshMachine): readonly string[] => [
  `${aliasWord(name)}-${alias}`,
  ...(id === '' ? [] : [`${aliasWord(name)}-${id.slice(0, 8)}`]),
];

/** A name that is one word of ssh_config and no pattern there. */
const aliasWord = (name: string): string =>
  name.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^-+/, '') || 'cluster';

/** A value of ssh_config: with blanks in double quotes; `%` is doubled, since it begins a token. */
export function sshValue(value: string): string {
  const plain = value.replaceAll('%', '%%');
  return /[\s"#]/.test(plain) ? `"${plain.replaceAll('"', '\\"')}"` : plain;
}

/** The block, and how fleetctl gets through; ends with a newline. */
export function sshConfigBlock(block: SshBlock): string {
  const { name, machines, identityFile } = block;
  const [master] = machines;
  const through = master ? (aliasesOf(name, master)[0] ?? '') : '';
  const common = [
    `  User ${sshValue(block.user)}`,
    ...(identityFile === null ? [] : [`  IdentityFile ${sshValue(identityFile)}`, '  IdentitiesOnly yes']),
    `  UserKnownHostsFile ${block.knownHosts.map(sshValue).join(' ')}`,
    '  StrictHostKeyChecking yes',
  ];
  const hosts = machines.map((machine) =>
    [
      `Host ${aliasesOf(name, machine).join(' ')}`,
      `  HostName ${machine.address}`,
      ...(machine.port === null ? [] : [`  Port ${machine.port}`]),
      ...(machine.hostKeyAlias === null ? [] : [`  HostKeyAlias ${machine.hostKeyAlias}`]),
      ...(machine.behindMaster ? [`  ProxyJump ${through}`] : []),
      ...(machine.jumps?.length ? [`  ProxyJump ${machine.jumps.join(',')}`] : []),
      ...common,
    ].join('\n'),
  );
  return `${[`# ${name}, made by: ${block.madeBy}`, ...hosts, ...fleetctlHints(block)].join('\n\n')}\n`;
}

/** fleetctl reads no ssh_config: it wants an address, a key in the agent and a file of known hosts. */
function fleetctlHints({ machines, identityFile, knownHosts }: SshBlock): string[] {
  const [master] = machines;
  if (!master) return [];
  const place = master.address.includes(':') ? `[${master.address}]` : master.address;
  return [
    [
      '# fleetctl reads no ssh configuration; it is told by:',
      ...(identityFile === null ? [] : [`#   ssh-add ${identityFile}`]),
      `#   export FLEETCTL_TUNNEL=${place}${master.port === null ? '' : `:${master.port}`}`,
      ...(master.hostKeyAlias === null ? knownHosts.slice(0, 1) : []).map(
        (file) => `#   export FLEETCTL_KNOWN_HOSTS_FILE=${file}`,
      ),
    ].join('\n'),
  ];
}
