/**
 * Owns the live names that completion offers: which command's words are clusters, machines, units or Kubernetes objects, and
 * asking for them in little time. A shell waits while a person has pressed Tab: what was heard lately is told again, and
 * nothing is said of what goes wrong.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { lookAtFleetUnits, machinesOf } from '../cluster/sources.ts';
import { snapshot } from '../cluster/status.ts';
import { connectSandbox } from '../sandbox/process/client.ts';
import { openTarget } from './attach.ts';
import { attachedRecords } from './attached.ts';
import { chooseBackend } from './backend.ts';
import type { Context } from './context.ts';
import { oneLine } from './io.ts';
import { sandboxDirectory } from './state-directory.ts';
import { systemClock, systemRandom } from './system.ts';
import { clustersOf } from './target.ts';

export const LIVE_KINDS = [
  'clusters',
  'machines',
  'logs',
  'units',
  'pods',
  'services',
  'controllers',
  'minions',
  'hosts',
  'faults',
] as const;
export type LiveKind = (typeof LIVE_KINDS)[number];

const UNIT_VERBS = ['start', 'stop', 'load', 'unload', 'destroy', 'status', 'cat'];
const KINDS = ['pods', 'services', 'controllers', 'minions'] as const;
const NAMED: Readonly<Record<string, LiveKind>> = {
  ...Object.fromEntries(
    ['status', 'console', 'events', 'down', 'ssh-config', 'tunnel'].map((name) => [name, 'clusters']),
  ),
  ssh: 'machines',
  run: 'machines',
  logs: 'logs',
  ...Object.fromEntries(UNIT_VERBS.map((verb) => [`unit ${verb}`, 'units'])),
  ...Object.fromEntries(
    KINDS.flatMap((kind) => ['get', 'delete', 'resize', 'update'].map((verb) => [`${kind} ${verb}`, kind])),
  ),
  'sandbox fault': 'faults',
};

/** What the words of a command (`unit start`) are; null: nothing that is asked for. */
export const liveWords = (command: string): LiveKind | null => NAMED[command] ?? null;

/** What an option's value is. */
export const liveValue = (option: string): LiveKind | null =>
  option === '--cluster'
    ? 'clusters'
    : option === '--machine'
      ? 'machines'
      : option === '--host'
        ? 'hosts'
        : null;

/** A name, and what it is for those shells that show it. */
export type LiveName = readonly [name: string, description: string];

const FRESH_MS = 15_000;
/** A name of ten minutes ago is better than none when nobody answers. */
const STALE_MS = 600_000;
const PATIENCE_MS = 1_800;

interface Heard {
  readonly at: number;
  readonly names: readonly LiveName[];
}

/** The names of a kind, within two seconds; none when they cannot be had. Never throws. */
export async function liveNames(context: Context, kind: LiveKind): Promise<readonly LiveName[]> {
  const file = cacheFile(context, kind);
  const heard = await readHeard(file);
  const now = systemClock.now();
  if (heard && now - heard.at < FRESH_MS && heard.at <= now) return heard.names;
  const enough = new AbortController();
  const signal = AbortSignal.any([context.guards.signal, enough.signal]);
  const silent: Context = {
    ...context,
    io: { ...context.io, interactive: false, note: () => {} },
    guards: { ...context.guards, signal },
    report: () => {},
  };
  const asked = ask(silent, kind).catch(() => null);
  const patience = systemClock.sleep(PATIENCE_MS, signal).then(
    () => null,
    () => null,
  );
  const names = await Promise.race([asked, patience]);
  enough.abort();
  if (names === null) return heard && now - heard.at < STALE_MS ? heard.names : [];
  await keep(file, { at: now, names });
  return names;
}

async function ask(context: Context, kind: LiveKind): Promise<readonly LiveName[]> {
  const { options, stateDir, env } = context;
  if (kind === 'hosts') {
    const records = await attachedRecords(stateDir).all();
    return records.map(({ host, machines }) => [host, `${machines} machines`]);
  }
  const inSandbox = options.sandbox || env.KUBECORE_SANDBOX === '1' || kind === 'faults';
  // Nobody starts a sandbox by pressing Tab.
  const sandbox = inSandbox ? await connectSandbox(sandboxDirectory(stateDir)) : null;
  if (inSandbox && sandbox === null) return [];
  if (kind === 'faults') return (await sandbox?.faults())?.known.map(({ name, what }) => [name, what]) ?? [];
  const { signal } = context.guards;
  if (kind === 'clusters') {
    const clusters = await clustersOf(await chooseBackend(context), signal);
    return clusters.map(({ cluster, status }) => [cluster.name, status]);
  }
  const target = await openTarget(context);
  const { shell, cluster } = target;
  try {
    if (kind === 'machines') {
      const machines = await machinesOf(shell, cluster, signal);
      return machines.flatMap(({ id, ip, role }): LiveName[] => [
        ...(role === 'master' ? ([['master', ip]] as const) : []),
        [ip, role ?? 'machine'],
        [id.slice(0, 8), `${role ?? 'machine'} ${ip}`],
      ]);
    }
    if (kind === 'units') {
      const units = await lookAtFleetUnits(shell, signal);
      return units.map(({ name, active, ip }) => [name, `${active} on ${ip ?? 'no machine'}`]);
    }
    const looked = { shell, cloud: null, cluster, clock: systemClock, random: systemRandom, signal };
    const view = await snapshot({ ...looked, only: kind === 'logs' ? ['units'] : [kind] });
    const pane = view[kind === 'logs' ? 'units' : kind];
    if (pane.status !== 'live' && pane.status !== 'stale') return [];
    return pane.data.map(({ name }) => [name.replace(/\.service$/, ''), kind === 'logs' ? 'unit' : '']);
  } finally {
    await shell.close();
  }
}

/** Names come from nodes: one that a shell could take for more than a word is left out. */
const isWord = ([name]: LiveName): boolean => /^[A-Za-z0-9@_][A-Za-z0-9@_.:\\[\]-]*$/.test(name);

const cacheFile = ({ stateDir, options, env }: Context, kind: LiveKind): string => {
  const { region, profile, cluster, host, sandbox } = options;
  const asked = [kind, region, profile, cluster, host, sandbox, env.KUBECORE_SANDBOX, env.AWS_PROFILE];
  const key = createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 16);
  return path.join(stateDir, 'completion', `${key}.json`);
};

async function readHeard(file: string): Promise<Heard | null> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as Heard;
    return typeof value.at === 'number' && Array.isArray(value.names) ? value : null;
  } catch {
    return null;
  }
}

async function keep(file: string, heard: Heard): Promise<void> {
  try {
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFileAtomic(file, JSON.stringify(heard), { mode: 0o600 });
  } catch {
    // The next Tab asks again.
  }
}

/** A line each: the name, a tab, what it is. */
export function liveLines(names: readonly LiveName[]): string {
  const seen = new Map(
    names.filter(isWord).map(([name, text]) => [name, oneLine(text).replaceAll('\t', ' ')]),
  );
  return [...seen].map(([name, text]) => `${name}\t${text}\n`).join('');
}
