/**
 * Owns how the user's own ssh set-up reaches our connections: ~/.ssh/config and its Include files from disk, the keys it names,
 * the hosts to jump through, and the passphrase of an encrypted key. Not in the sandbox, whose addresses are nobody's.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { homedir, hostname, userInfo } from 'node:os';
import path from 'node:path';
import { inputError } from '../cluster/errors.ts';
import type { AskPassphrase } from '../cluster/ports.ts';
import { printable } from '../cluster/printable.ts';
import { type ConfigFiles, type Jump, type SshSettings, sshSettings } from '../ssh/config.ts';
import { readKeyFile } from '../ssh/key-file.ts';
import { createKeyring, type Identity } from '../ssh/keyring.ts';
import { parsePublicLine, publicLine } from '../ssh/keys.ts';
import { wildcardMatch } from '../ssh/known-hosts.ts';
import type { HostFound, MasterFound } from '../ssh/shell.ts';
import type { Context } from './context.ts';
import { inCi } from './io.ts';
import { passphrase } from './prompt.ts';
import { unlocked } from './unlocked.ts';

export interface Destination {
  readonly address: string;
  /** null: as the configuration says, else `defaultUser`. */
  readonly user: string | null;
  /** null: as the configuration says, else 22. */
  readonly port: number | null;
  readonly defaultUser: string;
  /** --identity, or the cluster's own key: tried before all others. */
  readonly identityFile: string | null;
}

/** ssh's own list, in its order. */
const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ed25519'];
const MAX_JUMPS = 8;

/**
 * How to log in to a host as `ssh` would with the user's configuration: what is dialled, as whom, with which keys, through whom.
 * @throws KubecoreError (input): the configuration cannot be used, or wants a ProxyCommand.
 */
export async function loginTo(context: Context, destination: Destination): Promise<MasterFound> {
  const settings = settingsOf(context, destination.address, destination);
  const login = await hostFound(context, destination, settings);
  return { ...login, jumps: await jumpsTo(context, settings, 0) };
}

/** Asks on the terminal, hidden; undefined where nobody can be asked (no terminal, or a screen is drawn on it). */
export function askPassphrase(context: Context, mayAsk: boolean): AskPassphrase | undefined {
  if (!mayAsk || context.host.stdin.isTTY !== true || inCi(context.env)) return undefined;
  return (label, attempt) =>
    passphrase(context, `${attempt > 1 ? 'That was not it. ' : ''}Passphrase for ${label}: `);
}

/**
 * Asks for the passphrase of a cluster's own key before a screen is drawn or anything is created; what is opened then serves every
 * shell of this process.
 * @param ask on the plain terminal where not given
 * @param attempts how often it is asked for, by default 3 times
 * @throws KubecoreError (input, NoPassphrase) when it was not given
 */
export async function unlockFirst(
  context: Context,
  identityFile: string | null,
  ask = askPassphrase(context, true),
  attempts?: number,
): Promise<void> {
  if (identityFile === null || ask === undefined) return;
  const socket = context.env.SSH_AUTH_SOCK;
  const keyring = createKeyring({
    identities: [
      { kind: 'file', path: identityFile },
      ...(socket ? [{ kind: 'agent', socket } as const] : []),
    ],
    askPassphrase: ask,
    unlocked: unlocked(context),
    attempts,
  });
  await keyring.unlock();
}

function settingsOf(
  context: Context,
  host: string,
  given: { readonly user: string | null; readonly port: number | null },
): SshSettings {
  const home = context.env.HOME ?? homedir();
  const { username: user, uid } = userInfo();
  const settings = sshSettings(host, {
    files: filesOnDisk(home),
    home,
    user,
    uid: uid < 0 ? null : uid,
    localHost: hostname(),
    env: (name) => context.env[name],
    given,
  });
  if (settings.proxyCommand !== null) {
    throw inputError(
      `${printable(host)} cannot be connected to as your ssh configuration says`,
      `it sets ProxyCommand ${printable(settings.proxyCommand, 80)}, and kubecore runs none`,
      'use ProxyJump there, or ProxyCommand none for this host',
    );
  }
  return settings;
}

async function hostFound(
  context: Context,
  destination: Destination,
  settings: SshSettings,
): Promise<HostFound> {
  const { address } = destination;
  return {
    address,
    ...(settings.hostName === address ? {} : { dial: settings.hostName }),
    port: destination.port ?? settings.port ?? 22,
    user: destination.user ?? settings.user ?? destination.defaultUser,
    identities: await identitiesFor(context, destination.identityFile, settings),
    ...(settings.userKnownHostsFiles === null
      ? {}
      : { userKnownHostsFiles: [...settings.userKnownHostsFiles, '/etc/ssh/ssh_known_hosts'] }),
  };
}

/** As ssh does: the first of the chain may have a way of its own; the others are reached from the one before. */
async function jumpsTo(
  context: Context,
  settings: SshSettings,
  depth: number,
): Promise<readonly HostFound[]> {
  const [first] = settings.proxyJump;
  if (first === undefined) return [];
  if (depth >= MAX_JUMPS) {
    throw inputError(
      'your ssh configuration cannot be used',
      `its ProxyJump lines go round in a circle at ${printable(first.host)}`,
      'set ProxyJump none for the host that is reached directly',
    );
  }
  const hosts = await Promise.all(settings.proxyJump.map((jump) => jumpFound(context, jump)));
  return [...(await jumpsTo(context, settingsOf(context, first.host, first), depth + 1)), ...hosts];
}

function jumpFound(context: Context, { host, user, port }: Jump): Promise<HostFound> {
  const defaultUser = userInfo().username;
  const destination = { address: host, user, port, defaultUser, identityFile: null };
  return hostFound(context, destination, settingsOf(context, host, destination));
}

/** The key that was named first; then the configuration's, then the agent's, then ssh's default files when none was named. */
async function identitiesFor(
  context: Context,
  identityFile: string | null,
  settings: SshSettings,
): Promise<readonly Identity[]> {
  const home = context.env.HOME ?? homedir();
  const configured = settings.identityFiles.filter((file) => file !== identityFile);
  const named = identityFile === null ? configured : [identityFile, ...configured];
  const defaults = named.length > 0 ? [] : DEFAULT_KEYS.map((name) => path.join(home, '.ssh', name));
  const file = (at: string): Identity => ({ kind: 'file', path: at });
  // A key that was named on the command line and is missing is an error; the configuration may name some that are not here.
  const there = identityFile === null ? [] : [file(identityFile)];
  return [
    ...there,
    ...(await existing(configured)).map(file),
    ...(await agentIdentities(context, named.length > 0 ? named : defaults, settings.identitiesOnly)),
    ...(await existing(defaults)).map(file),
  ];
}

async function agentIdentities(
  context: Context,
  files: readonly string[],
  identitiesOnly: boolean,
): Promise<readonly Identity[]> {
  const socket = context.env.SSH_AUTH_SOCK;
  if (!socket) return [];
  if (!identitiesOnly) return [{ kind: 'agent', socket }];
  const lines = await Promise.all(files.map(publicHalf));
  return lines.flatMap((only): Identity[] => (only === null ? [] : [{ kind: 'agent', socket, only }]));
}

/** The public line of a key file, its .pub, or a public key in place of it: all that an agent's key needs. */
async function publicHalf(file: string): Promise<string | null> {
  const { publicKey } = await readKeyFile(file).catch(() => ({ publicKey: null }));
  if (publicKey) return publicLine(publicKey);
  for (const at of [`${file}.pub`, file]) {
    const key = parsePublicLine(await readFile(at, 'utf8').catch(() => ''));
    if (key !== null) return publicLine(key);
  }
  return null;
}

async function existing(files: readonly string[]): Promise<readonly string[]> {
  const there = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return files.filter((_, index) => there[index]);
}

/** The configuration where ssh has it. */
export function filesOnDisk(home: string): ConfigFiles {
  const own = path.join(home, '.ssh', 'config');
  return {
    roots: [own, '/etc/ssh/ssh_config'],
    read(file) {
      try {
        const { mode, uid } = statSync(file);
        const ours = process.getuid === undefined || uid === process.getuid() || uid === 0;
        if (file === own && (!ours || (mode & 0o022) !== 0)) {
          throw inputError(
            `the ssh configuration ${printable(file)} cannot be used`,
            'others can write it, and ssh refuses such a file',
            `run: chmod 600 ${printable(file)}`,
          );
        }
        return readFileSync(file, 'utf8');
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
        // As ssh does with a file it cannot open, but for the user's own.
        if (code === 'ENOENT' || code === 'ENOTDIR' || file !== own) return null;
        throw inputError(
          `the ssh configuration ${printable(file)} cannot be used`,
          printable((error as Error).message),
          'make that file readable',
        );
      }
    },
    glob: expand,
  };
}

/** glob(7) for `*` and `?`; a hidden name only matches a pattern that begins with a dot. */
function expand(pattern: string): readonly string[] {
  let found = ['/'];
  for (const part of pattern.split('/').filter((word) => word !== '')) {
    found = /[*?]/.test(part)
      ? found.flatMap((directory) =>
          names(directory)
            .filter((name) => wildcardMatch(part, name) && (part.startsWith('.') || !name.startsWith('.')))
            .map((name) => path.join(directory, name)),
        )
      : found.map((directory) => path.join(directory, part));
  }
  return found.sort();
}

function names(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
