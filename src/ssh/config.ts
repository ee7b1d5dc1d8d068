/**
 * Owns the reading of ssh_config(5): what the user's configuration says about one host. The package ssh-config cuts the text
 * into directives; which of them hold is decided here, because it follows no Include and would run `Match exec`. Pure: files
 * come by port.
 */
import { dirname, isAbsolute, join } from 'node:path';
import SSHConfig, { type Directive, type Line, type Match, type Section } from 'ssh-config';
import { inputError } from '../cluster/errors.ts';
import { printable } from '../cluster/printable.ts';
import { wildcardMatch } from './known-hosts.ts';

export interface ConfigFiles {
  /** Where ssh looks, in its order: the user's file, then the system's. */
  readonly roots: readonly string[];
  /** null when there is no such file. */
  read(path: string): string | null;
  /** Paths that match a pattern of glob(7), sorted. */
  glob(pattern: string): readonly string[];
}

/** One host of a ProxyJump, as it is written there. */
export interface Jump {
  readonly host: string;
  readonly user: string | null;
  readonly port: number | null;
}

export interface SshSettings {
  /** What to dial: HostName, else the host itself. */
  readonly hostName: string;
  /** null: the configuration does not say. */
  readonly user: string | null;
  readonly port: number | null;
  /** In the order of the configuration, `~` and tokens expanded; they need not be there. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** First the one that is dialled first. */
  readonly proxyJump: readonly Jump[];
  /** A command that would make the connection; kubecore runs none. */
  readonly proxyCommand: string | null;
  /** null: ssh's own default. */
  readonly userKnownHostsFiles: readonly string[] | null;
}

export interface SshSettingsOptions {
  readonly files: ConfigFiles;
  readonly home: string;
  /** The local user's name. */
  readonly user: string;
  /** The local user's number, for %i; null where there is none. */
  readonly uid?: number | null;
  /** This computer's name, for %l and %L. */
  readonly localHost?: string;
  /** For ${NAME}. */
  env?(name: string): string | undefined;
  /** What was said before any file, on the command line: it holds against all of them. */
  readonly given?: { readonly user?: string | null; readonly port?: number | null };
}

/** As in OpenSSH. */
const MAX_DEPTH = 16;

/**
 * What the configuration says about `host`: the first value of each directive holds, IdentityFile adds up. `Match` is read for
 * all, host, originalhost, user and localuser; a Match of another kind (exec, final, …) never holds here.
 * @throws KubecoreError (input) when a file is no ssh configuration.
 */
export function sshSettings(host: string, options: SshSettingsOptions): SshSettings {
  const found = new Map<string, string[]>();
  const identityFiles: string[] = [];
  const first = (name: string) => found.get(name)?.[0];
  const { user: givenUser, port: givenPort } = options.given ?? {};
  if (givenUser) found.set('user', [givenUser]);
  if (givenPort) found.set('port', [String(givenPort)]);

  const take = (name: string, values: string[]): void => {
    if (values.length === 0) return;
    if (name === 'identityfile') identityFiles.push(...values);
    // The first of the two ways through another host holds; it shuts out the other.
    else if (name === 'proxycommand' && found.has('proxyjump')) return;
    else if (name === 'proxyjump' && found.has('proxycommand')) return;
    else if (!found.has(name)) found.set(name, values);
  };

  const holds = (line: Section | Match): boolean => {
    if (line.param.toLowerCase() === 'host') return patternsMatch(valuesOf(line), host);
    return Object.entries((line as Match).criteria).every(([key, value]) => {
      const negated = key.startsWith('!');
      const patterns = String(Array.isArray(value) ? (value[0]?.val ?? '') : value).split(',');
      const against: Record<string, string> = {
        host: first('hostname') ?? host,
        originalhost: host,
        user: first('user') ?? options.user,
        localuser: options.user,
      };
      const kind = key.replace(/^!/, '').toLowerCase();
      if (kind === 'all') return !negated;
      const text = against[kind];
      return text !== undefined && patternsMatch(patterns, text) !== negated;
    });
  };

  const walk = (lines: readonly Line[], active: boolean, directory: string, depth: number): void => {
    for (const line of lines) {
      if (!('param' in line) || line.param === '') continue;
      const name = line.param.toLowerCase();
      if ('config' in line) walk(line.config, active && holds(line), directory, depth);
      else if (!active) continue;
      else if (name === 'include') {
        for (const pattern of valuesOf(line)) include(pattern, directory, depth);
      } else take(name, valuesOf(line));
    }
  };

  const include = (pattern: string, directory: string, depth: number): void => {
    const expanded = tilde(pattern, options.home);
    const paths = options.files.glob(isAbsolute(expanded) ? expanded : join(directory, expanded));
    for (const path of paths) open(path, directory, depth + 1);
  };

  const open = (path: string, directory: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw configError(path, 'its Include lines go round in a circle');
    const text = options.files.read(path);
    if (text !== null) walk(parse(text, path), true, directory, depth);
  };

  for (const root of options.files.roots) open(root, dirname(root), 0);

  const port = portOf(first('port'));
  const hostName = (first('hostname') ?? host).replace(/%([h%])/g, (_, token) =>
    token === 'h' ? host : '%',
  );
  const localHost = options.localHost ?? '';
  const tokens: Record<string, string> = {
    '%': '%',
    d: options.home,
    h: hostName,
    i: String(options.uid ?? ''),
    j: first('proxyjump') ?? '',
    k: first('hostkeyalias') ?? host,
    L: localHost.split('.')[0] ?? '',
    l: localHost,
    n: host,
    p: String(port ?? 22),
    r: first('user') ?? options.user,
    u: options.user,
  };
  const path = (word: string) => expandPath(tilde(word, options.home), tokens, options.env);
  const paths = (words: readonly string[]) => words.filter((word) => word.toLowerCase() !== 'none').map(path);
  const knownHosts = found.get('userknownhostsfile');
  const proxyCommand = found.get('proxycommand')?.join(' ') ?? 'none';
  return {
    hostName,
    user: first('user') ?? null,
    port,
    identityFiles: paths([...new Set(identityFiles)]),
    identitiesOnly: /^(yes|true)$/i.test(first('identitiesonly') ?? 'no'),
    proxyJump: jumpsOf(first('proxyjump') ?? 'none'),
    proxyCommand: proxyCommand.toLowerCase() === 'none' ? null : proxyCommand,
    userKnownHostsFiles: knownHosts === undefined ? null : paths(knownHosts),
  };
}

/** `[USER@]HOST[:PORT]`, `ssh://…` too; an IPv6 address stands in brackets when a port follows. */
export function parseDestination(text: string): Jump {
  const bare = text
    .trim()
    .replace(/^ssh:\/\//, '')
    .replace(/\/$/, '');
  const at = bare.lastIndexOf('@');
  const user = at > 0 ? bare.slice(0, at) : null;
  const place = bare.slice(at + 1);
  const match = /^\[([^\]]+)\](?::(\d+))?$/.exec(place) ?? /^([^:]+)(?::(\d+))?$/.exec(place);
  const host = match?.[1] ?? place;
  const port = match?.[2] === undefined ? null : portOf(match[2]);
  if (
    host === '' ||
    host.startsWith('-') ||
    /[\s/]/.test(host) ||
    (match === null && !/^[0-9a-f:.%]+$/i.test(host))
  ) {
    throw inputError(
      `"${printable(text)}" is no host to connect to`,
      'it is not of the form USER@ADDRESS:PORT',
      'give an address or a name, e.g. core@54.196.0.1',
    );
  }
  return { host, user, port };
}

function parse(text: string, path: string): SSHConfig {
  try {
    return SSHConfig.parse(text);
  } catch (error) {
    throw configError(path, printable((error as Error).message));
  }
}

function configError(path: string, why: string) {
  return inputError(
    `the ssh configuration ${printable(path)} cannot be used`,
    why,
    'mend it; ssh -G HOST shows what OpenSSH reads in it',
  );
}

/** ssh-config cuts only some directives into words. */
function valuesOf({ value }: Directive): string[] {
  return (Array.isArray(value) ? value.map(({ val }) => val) : [value]).filter((word) => word !== '');
}

/** One pattern must match, and no negated one may. Names are compared without regard to case. */
function patternsMatch(patterns: readonly string[], text: string): boolean {
  const lower = text.toLowerCase();
  let matched = false;
  for (const pattern of patterns.map((word) => word.toLowerCase())) {
    const negated = pattern.startsWith('!');
    if (!wildcardMatch(negated ? pattern.slice(1) : pattern, lower)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/**
 * `%` tokens and `${NAME}` of the environment.
 * @throws KubecoreError (input) for what cannot be expanded, as ssh ends then too.
 */
function expandPath(
  word: string,
  tokens: Readonly<Record<string, string>>,
  env: SshSettingsOptions['env'],
): string {
  return word.replace(
    /%(.?)|\$\{([^}]*)\}/g,
    (whole, token: string | undefined, name: string | undefined) => {
      const value = name === undefined ? tokens[token ?? ''] : env?.(name);
      if (value !== undefined) return value;
      throw inputError(
        'your ssh configuration cannot be used',
        `${printable(word)} holds ${printable(whole)}, ${name === undefined ? 'which is no token for a path' : 'which is not set'}`,
        name === undefined ? 'write %% for a percent sign' : 'set that variable, or write the path out',
      );
    },
  );
}

function tilde(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? home + path.slice(1) : path;
}

function portOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port < 65_536) return port;
  throw inputError(`"${printable(text)}" is no port`, 'a port is a number from 1 to 65535', 'correct it');
}

function jumpsOf(value: string): Jump[] {
  return value.toLowerCase() === 'none' ? [] : value.split(',').map(parseDestination);
}
