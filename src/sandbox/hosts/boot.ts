/**
 * Owns the boot of a host: its identity and keys, the console's text with the host-key fingerprints, and what
 * coreos-cloudinit makes of the user data.
 */
import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';
import type { HostState, InstanceState } from '../contract.ts';
import { type CloudConfig, discoveryToken, parseCloudConfig, parseMetadata } from './cloud-config.ts';
import { KERNEL } from './files.ts';
import type { Machine } from './machine.ts';
import type { ProgramContext } from './processes.ts';
import { splitWords } from './unit-file.ts';
import { newUnit } from './unit-state.ts';
import { VENDOR_UNITS } from './vendor-units.ts';

function hex(random: () => number, digits: number): string {
  let text = '';
  while (text.length < digits)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
}

function userDataOf(instance: InstanceState): CloudConfig {
  return parseCloudConfig(instance.userData, instance);
}

/** A new ed25519 pair. About one in two hundred that ssh2 1.17 makes cannot be read back, so each is tried. */
function hostKeys(): { private: string; public: string } {
  for (;;) {
    const keys = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(keys.private) instanceof Error)) return keys;
  }
}

/** The state of a host that boots now. Ids come from the world's seed; the host key is really random. */
export function bootHost(instance: InstanceState, now: number, random: () => number): HostState {
  const config = userDataOf(instance);
  const keys = hostKeys();
  const hostname = config.hostname ?? `ip-${instance.privateIp.replaceAll('.', '-')}`;
  const discovery = config.etcd.discovery;
  const state: HostState = {
    hostname,
    machineId: hex(random, 32),
    bootId: hex(random, 32),
    bootedAt: now,
    hostKey: { privateKey: keys.private, publicKey: `${keys.public.trim()} root@${hostname}` },
    units: {},
    files: {},
    metadata: parseMetadata(config.fleet.metadata ?? ''),
    etcdToken: discovery === undefined ? null : discoveryToken(discovery),
    flannelSubnet: null,
    containers: [],
    journal: [],
    unreachableUntil: null,
    nextPid: 180 + Math.floor(random() * 60),
  };
  for (const [name, content] of Object.entries(VENDOR_UNITS)) {
    state.units[name] = newUnit(name, content, 'vendor', now);
  }
  if (instance.publicKey !== null) {
    state.files['/home/core/.ssh/authorized_keys'] = {
      text: `${instance.publicKey.trim()}\n`,
      mode: 0o600,
      mtime: now,
    };
  }
  instance.console = kernelConsole(instance, state);
  return state;
}

/** Both forms in which OpenSSH prints a fingerprint. */
export function fingerprints(publicKey: string): { sha256: string; md5: string; blob: string } {
  const blob = publicKey.split(' ')[1] ?? '';
  const bytes = Buffer.from(blob, 'base64');
  const sha256 = createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '');
  const md5 = createHash('md5').update(bytes).digest('hex').match(/../g)?.join(':') ?? '';
  return { sha256: `SHA256:${sha256}`, md5, blob };
}

const bootConsole = (instance: InstanceState): string[] => [
  'Booting CoreOS default',
  `[    0.000000] Linux version ${KERNEL} (buildbot@buildbot) (gcc version 4.8.3) #2 SMP`,
  '[    0.000000] Command line: console=ttyS0 coreos.oem.id=ec2 root=LABEL=ROOT usr=PARTUUID=7130c94a-213a-4e5a-8e26-6cce9662f132',
  '[    0.000000] Hypervisor detected: Xen',
  `[    1.482013] xen_netfront: eth0 ${instance.privateIp}`,
];

/** The console of a machine whose root file system cannot be mounted: the kernel gives up. */
export const panicConsole = (instance: InstanceState): string =>
  [
    ...bootConsole(instance),
    '[    2.301877] EXT4-fs (xvda9): unable to read superblock',
    '[    2.304120] VFS: Cannot open root device "LABEL=ROOT" or unknown-block(202,9): error -5',
    '[    2.304903] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(202,9)',
    `[    2.305588] CPU: 0 PID: 1 Comm: swapper/0 Not tainted ${KERNEL} #2`,
    '[    2.306411] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(202,9)',
    '',
  ].join('\r\n');

function kernelConsole(instance: InstanceState, state: HostState): string {
  return [
    ...bootConsole(instance),
    '[    2.310457] systemd[1]: Detected virtualization xen.',
    '[    2.310893] systemd[1]: Detected architecture x86-64.',
    `[    2.411204] systemd[1]: Set hostname to <${state.hostname}>.`,
    '[  OK  ] Reached target Network is Online.',
    '',
  ].join('\r\n');
}

/** The end of the console: the host key's fingerprints in both of the forms that exist, and the login prompt. */
function loginConsole(instance: InstanceState, state: HostState): string {
  const { sha256, md5, blob } = fingerprints(state.hostKey.publicKey);
  return [
    '',
    `This is ${state.hostname} (Linux x86_64 ${KERNEL})`,
    `SSH host key: ${md5} (ED25519)`,
    `SSH host key: ${sha256} (ED25519)`,
    '-----BEGIN SSH HOST KEY FINGERPRINTS-----',
    `256 MD5:${md5} root@${state.hostname} (ED25519)`,
    `256 ${sha256} root@${state.hostname} (ED25519)`,
    '-----END SSH HOST KEY FINGERPRINTS-----',
    '-----BEGIN SSH HOST KEY KEYS-----',
    `ssh-ed25519 ${blob} root@${state.hostname}`,
    '-----END SSH HOST KEY KEYS-----',
    `eth0: ${instance.privateIp} fe80::1031:3dff:fe06:5a1c`,
    '',
    `${state.hostname} login: `,
  ].join('\r\n');
}

/** coreos-cloudinit: writes files and units, then gives each unit its command. Returns its exit status. */
export function applyUserData(context: ProgramContext): number {
  const { machine } = context;
  const { instance, state } = machine;
  const config = userDataOf(instance);
  const say = (text: string): void => context.print(text);
  say('Checking availability of "ec2-metadata-service"');
  say('Fetching user-data from datasource of type "ec2-metadata-service"');
  instance.console += loginConsole(instance, state);
  if (config.kind === 'none') {
    say('No user-data found');
    return 0;
  }
  if (config.kind === 'invalid') {
    say(config.error ?? '');
    instance.console += `\r\ncoreos-cloudinit: ${config.error ?? ''}\r\n`;
    return 1;
  }
  if (config.kind === 'script') {
    machine.files.write('/var/lib/coreos-cloudinit/scripts/user-data', config.script, 0o744);
    const name = 'coreos-cloudinit-user-data.service';
    machine.loadUnit(
      name,
      '[Unit]\nDescription=Unit generated and executed by coreos-cloudinit on behalf of user\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/var/lib/coreos-cloudinit/scripts/user-data\n',
      'cloud-config',
    );
    machine.startUnit(name);
    return 0;
  }
  writeConfiguration(machine, config, say);
  runCommands(machine, config, say);
  return 0;
}

function dropIn(
  machine: Machine,
  unit: string,
  name: string,
  text: string,
  say: (text: string) => void,
): void {
  say(`Writing drop-in unit "${name}" to filesystem`);
  machine.files.write(`/run/systemd/system/${unit}.d/${name}`, text, 0o644);
}

function environmentDropIn(prefix: string, settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(
    ([key, one]) => `Environment="${prefix}_${key.replaceAll('-', '_').toUpperCase()}=${one}"`,
  );
  return `[Service]\n${lines.join('\n')}\n`;
}

function writeConfiguration(machine: Machine, config: CloudConfig, say: (text: string) => void): void {
  const { state, files } = machine;
  for (const file of config.files) {
    files.write(file.path, file.text, file.mode);
    say(`Wrote file ${file.path} to filesystem`);
  }
  if (config.authorizedKeys.length > 0) {
    const before = files.read('/home/core/.ssh/authorized_keys') ?? '';
    files.write('/home/core/.ssh/authorized_keys', `${before}${config.authorizedKeys.join('\n')}\n`, 0o600);
    say('Authorized SSH keys for core user');
  }
  if (Object.keys(config.etcd).length > 0) {
    dropIn(machine, 'etcd.service', '20-cloudinit.conf', environmentDropIn('ETCD', config.etcd), say);
  }
  if (Object.keys(config.fleet).length > 0) {
    dropIn(machine, 'fleet.service', '20-cloudinit.conf', environmentDropIn('FLEET', config.fleet), say);
  }
  const { group, 'reboot-strategy': strategy } = config.update;
  if (group !== undefined || strategy !== undefined) {
    const lines = [
      ...(group === undefined ? [] : [`GROUP=${group}`]),
      ...(strategy === undefined ? [] : [`REBOOT_STRATEGY=${strategy}`]),
    ];
    files.write('/etc/coreos/update.conf', `${lines.join('\n')}\n`, 0o644);
    say('Wrote file /etc/coreos/update.conf to filesystem');
    machine.systemd.restart('update-engine.service');
  }
  const locksmith = state.units['locksmithd.service'];
  if (strategy === 'off' && locksmith !== undefined) {
    machine.stopUnit('locksmithd.service');
    locksmith.load = 'masked';
    say('Masked unit "locksmithd.service"');
  }
}

function runCommands(machine: Machine, config: CloudConfig, say: (text: string) => void): void {
  for (const unit of config.units) {
    if (unit.content !== null && unit.content !== '') {
      say(`Writing unit "${unit.name}" to filesystem`);
      machine.loadUnit(unit.name, unit.content, 'cloud-config');
    }
    for (const drop of unit.dropIns) dropIn(machine, unit.name, drop.name, drop.content, say);
    const loaded = machine.state.units[unit.name];
    if (unit.mask && loaded !== undefined) loaded.load = 'masked';
    if (unit.enable) say(`Enabling unit file "${unit.name}"`);
  }
  say('Running systemctl daemon-reload');
  for (const unit of config.units) {
    if (unit.command === null) continue;
    say(`Calling unit command "${unit.command} ${unit.name}"`);
    const result = command(machine, unit.command, unit.name);
    if (result !== null) say(`Result of "${unit.command} ${unit.name}": ${result}`);
  }
}

function command(machine: Machine, verb: string, name: string): string | null {
  const [word] = splitWords(verb);
  switch (word) {
    case 'start':
      return machine.systemd.start(name);
    case 'stop':
      machine.stopUnit(name);
      return null;
    case 'restart':
    case 'reload-or-restart':
      return machine.systemd.restart(name);
    case 'try-restart':
    case 'reload':
    case 'reload-or-try-restart':
      return machine.active(name) ? machine.systemd.restart(name) : null;
    default:
      return `Unsupported systemd command "${verb}"`;
  }
}
