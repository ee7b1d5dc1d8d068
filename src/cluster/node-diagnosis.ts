/**
 * Owns finding out why nodes that AWS started do not become a cluster: what their consoles say, and whether the discovery
 * token was used before. Only what settles it is thrown; all else is waited for.
 */
import { asKubecoreError, KubecoreError } from './errors.ts';
import type { NodeConsole } from './launch-contract.ts';
import type { Clock, Cloud, Instance } from './ports.ts';
import { printable } from './printable.ts';

/** From the first look at a step until the first diagnosis, and from one to the next. */
const FIRST_MS = 3_000;
const EVERY_MS = 15_000;
/** So long may machines that are not ours stand beside ours at a discovery token: they may be our own, replaced. */
const STRANGERS_MS = 90_000;
/** Lines of a console that are shown, and nodes whose consoles are read. */
const LINES = 12;
const NODES = 3;
const WIDTH = 200;

/** What the kernel, systemd, dracut or the boot loader print when a boot is over for good. */
const DEATH =
  /kernel panic - not syncing|you are in emergency mode|entering emergency mode|could not boot\.|unable to mount root fs|no bootable device|error: no such (?:device|partition)/i;

/** A launch that failed on its nodes, with the ends of their consoles. */
export class NodesDown extends KubecoreError {
  readonly consoles: readonly NodeConsole[];

  constructor(explanation: ConstructorParameters<typeof KubecoreError>[0], consoles: readonly NodeConsole[]) {
    super(explanation);
    this.name = 'NodesDown';
    this.consoles = consoles;
  }
}

/** The consoles' ends of some nodes, newest lines last. One that cannot be read or is empty yet is left out. */
export async function consolesOf(
  cloud: Pick<Cloud, 'consoleOutput'>,
  nodes: readonly Instance[],
  signal: AbortSignal | undefined,
): Promise<readonly NodeConsole[]> {
  const found = await Promise.all(
    nodes.slice(0, NODES).map(async ({ id, privateAddress }) => {
      const text = await cloud.consoleOutput(id, signal).catch(() => null);
      const lines = (text ?? '')
        .split(/\r?\n|\r/)
        .map((line) => printable(line, WIDTH))
        .filter((line) => line !== '')
        .slice(-LINES);
      return { instanceId: id, address: privateAddress, lines };
    }),
  );
  signal?.throwIfAborted();
  return found.filter(({ lines }) => lines.length > 0);
}

export interface Diagnosing {
  readonly cloud: Pick<Cloud, 'consoleOutput' | 'discovery'>;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** What did not come about, for the error: `the cluster "web" did not become healthy`. */
  readonly what: string;
  /** The command that undoes the launch, and the one that goes on watching it. */
  readonly down: string;
  readonly up: string;
  /** etcd's discovery URL; null without etcd. */
  readonly discoveryUrl: string | null;
  /** Does an Auto Scaling group start another for a node that ends? */
  readonly replaced: boolean;
}

/** What a step knows while it waits. */
export interface Waiting {
  /** Nodes that have not answered, the most telling first. */
  readonly silent: readonly Instance[];
  readonly all: readonly Instance[];
  /** Is it etcd's agreement that is waited for, with none so far? */
  readonly etcdAlone: boolean;
}

/** Looks now and then; the function returned throws once the cause is certain. One for each step. */
export function createDiagnosis(options: Diagnosing): (waiting: Waiting) => Promise<void> {
  const { clock } = options;
  const began = clock.now();
  let next = began + FIRST_MS;
  return async (waiting) => {
    if (clock.now() < next) return;
    next = clock.now() + EVERY_MS;
    await deadBoot(options, waiting.silent);
    if (waiting.etcdAlone) await usedToken(options, waiting.all, clock.now() - began);
  };
}

async function deadBoot(options: Diagnosing, silent: readonly Instance[]): Promise<void> {
  const consoles = await consolesOf(options.cloud, silent, options.signal);
  for (const { instanceId, address, lines } of consoles) {
    const last = lines.findLast((line) => DEATH.test(line));
    if (last === undefined) continue;
    throw new NodesDown(
      {
        what: options.what,
        why: `${instanceId}${address === null ? '' : ` (${address})`} did not boot: ${withoutTime(last)}`,
        next: options.replaced
          ? `end it, and its group starts another: aws ec2 terminate-instances --instance-ids ${instanceId}; then ${options.up} goes on. If that one dies too: ${options.down}, and another --ami or --instance-type`
          : `nothing starts another in its place: ${options.down}, then launch again; if that one dies too, with another --ami or --instance-type`,
        fault: 'cluster',
        code: 'NodeNeverBooted',
      },
      consoles,
    );
  }
}

/** A kernel line without its time. */
const withoutTime = (line: string): string =>
  line.replace(/^\[ *\d+\.\d+\] */, '').replace(/^---\[ (?:end )?(.*)$/, '$1');

/** etcd's token names machines that are not of this cluster: then it never forms. */
async function usedToken(options: Diagnosing, all: readonly Instance[], waitedMs: number): Promise<void> {
  const { discoveryUrl, cloud, signal } = options;
  if (discoveryUrl === null) return;
  let found: Awaited<ReturnType<Cloud['discovery']>>;
  try {
    found = await cloud.discovery(discoveryUrl, signal);
  } catch (thrown) {
    signal?.throwIfAborted();
    // Out of reach from here does not mean out of reach for the nodes; that it is unknown is certain.
    if (asKubecoreError(thrown).code !== 'DiscoveryTokenUnknown') return;
    throw burnt(
      options,
      `the discovery service does not know the token ${printable(discoveryUrl)} (any more)`,
    );
  }
  const own = new Set(all.flatMap(({ privateAddress, publicAddress }) => [privateAddress, publicAddress]));
  const strangers = found.addresses.filter((address) => !own.has(address));
  if (strangers.length === 0) return;
  // Ours register beside strangers while the token has room; a machine that was replaced is a stranger too.
  if (strangers.length < found.addresses.length && waitedMs < STRANGERS_MS) return;
  const count = strangers.length === 1 ? '1 machine is' : `${strangers.length} machines are`;
  throw burnt(
    options,
    `the discovery URL was used before: ${count} registered there that do not belong to this cluster (${strangers.slice(0, 3).join(', ')}), and etcd waits for them in vain`,
  );
}

const burnt = (options: Diagnosing, why: string): KubecoreError =>
  new KubecoreError({
    what: options.what,
    why,
    next: `a discovery URL serves one launch: ${options.down} undoes this one, then launch again without --discovery-url, so that a new token is made`,
    fault: 'cluster',
    code: 'DiscoveryTokenBurnt',
  });
