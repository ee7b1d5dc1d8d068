/**
 * Owns what is done with units over fleet: one verb for one unit told as it really went, unit files brought to the master, a
 * unit taken in anew. The commands and the console's acts share it.
 */
import { KubecoreError } from './errors.ts';
import { MASTER, type NodeRef, type Shell } from './ports.ts';
import * as fleetctl from './tools/fleetctl.ts';
import { decode, ending, toolError } from './tools/output.ts';

/** fleetctl looks twice a second: 30 s. */
export const ATTEMPTS = 60;
const VERB_TIMEOUT_MS = 60_000;

/** `myapp.service is started`. */
export const PAST: Readonly<Record<fleetctl.FleetVerb, string>> = {
  start: 'started',
  stop: 'stopped',
  load: 'loaded',
  unload: 'unloaded',
  destroy: 'destroyed',
  submit: 'submitted',
};

export interface FleetVerbOptions {
  readonly verb: fleetctl.FleetVerb;
  /** Of the unit, for a person. */
  readonly name: string;
  /** Its name, or its file's path on the master. */
  readonly argument: string;
  /** Does fleetctl wait until the cluster has done it? */
  readonly wait: boolean;
  /** What a suggested command needs to mean the same cluster. */
  readonly flags?: readonly string[];
  readonly signal?: AbortSignal;
}

/** The command line of `fleetVerb`. */
export const fleetVerbArgv = (verb: fleetctl.FleetVerb, argument: string, wait: boolean): readonly string[] =>
  fleetctl.unitArgv(verb, [argument], wait ? { attempts: ATTEMPTS } : { wait: false });

/**
 * One verb for one unit; gives fleetctl's warnings.
 * @throws KubecoreError: FleetRefused with all that fleetctl said, EtcdUnreachable, ToolMissing
 */
export async function fleetVerb(shell: Shell, options: FleetVerbOptions): Promise<readonly string[]> {
  const { verb, name, argument, wait, flags = [], signal } = options;
  const result = await shell.run(MASTER, fleetVerbArgv(verb, argument, wait), {
    ...(signal ? { signal } : {}),
    timeoutMs: VERB_TIMEOUT_MS,
    priority: 'interactive',
  });
  const { ok, lines } = fleetctl.verbOutcome(result);
  if (ok) return lines.filter((line) => line.startsWith('WARNING'));
  const what = `${name} was not ${PAST[verb]}`;
  const known = fleetctl.failure(what, result);
  if (known && (known.code === 'EtcdUnreachable' || known.code === 'ToolMissing')) throw known;
  throw new KubecoreError({
    what,
    why: lines.join('; ') || ending(result),
    next: ['kubecore unit list', ...flags, 'shows what fleet knows'].join(' '),
    fault: 'cluster',
    code: 'FleetRefused',
  });
}

/** All units that fleet knows: submitted and unscheduled ones too. */
export async function unitFiles(
  shell: Shell,
  signal?: AbortSignal,
): Promise<readonly fleetctl.FleetUnitFile[]> {
  const result = await shell.run(MASTER, fleetctl.listUnitFilesArgv, signal ? { signal } : {});
  const error = fleetctl.failure('fleet does not list its units', result);
  if (error) throw error;
  return fleetctl.readUnitFiles(result.stdout);
}

/** The template of an instance: `web@.service` of `web@1.service`; null when it is no instance. */
function templateOf(name: string): string | null {
  const match = /^([^@]+@)[^.]+(\..+)$/.exec(name);
  return match ? `${match[1]}${match[2]}` : null;
}

/** Does fleet know the unit, or the template it can be made from? */
export function isKnown(name: string, files: readonly fleetctl.FleetUnitFile[]): boolean {
  const template = templateOf(name);
  return files.some((file) => file.name === name || (template !== null && file.name === template));
}

/** A shell that also brings files to a node. */
export interface UploadShell extends Shell {
  /** Writes a file on a node: whole or not at all. */
  upload(
    node: NodeRef,
    path: string,
    bytes: Uint8Array,
    options?: { readonly mode?: number; readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<void>;
}

/** Files on the master, under their own names, in a directory of their own. */
export interface Uploaded {
  /** The path there by the unit's name. */
  readonly paths: ReadonlyMap<string, string>;
  /** Removes the directory. */
  remove(): Promise<void>;
}

/** Sends unit files to the master, into a directory that is made for them. */
export async function uploadFiles(
  shell: UploadShell,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  signal: AbortSignal,
): Promise<Uploaded> {
  if (files.length === 0) return { paths: new Map(), remove: async () => {} };
  const made = await shell.run(MASTER, ['mktemp', '-d', '/tmp/kubecore.XXXXXXXXXX'], {
    signal,
    priority: 'interactive',
  });
  const directory = decode(made.stdout).trim();
  if (made.code !== 0 || !/^\/tmp\/kubecore\.\w+$/.test(directory))
    throw toolError({
      what: 'the unit files were not sent to the master',
      why: `a directory for them could not be made there: ${decode(made.stderr).trim() || ending(made)}`,
      next: 'see whether its disk is full: kubecore ssh -- df -h /tmp',
      code: 'UploadFailed',
      fault: 'node',
    });
  const remove = async (): Promise<void> => {
    // It is only a copy in /tmp: when the master is gone it is not worth an error.
    await shell.run(MASTER, ['rm', '-rf', directory]).catch(() => undefined);
  };
  try {
    const paths = new Map<string, string>();
    for (const { name, bytes } of files) {
      const target = `${directory}/${name}`;
      await shell.upload(MASTER, target, bytes, { signal });
      paths.set(name, target);
    }
    return { paths, remove };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}
