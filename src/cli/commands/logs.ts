/** Owns `kubecore logs`: a unit's log from every node it runs on, merged in order of time. */
import { asKubecoreError, EXIT, inputError } from '../../cluster/errors.ts';
import { mergeTails } from '../../cluster/merge.ts';
import type { Cluster, LogEntry, Machine, Unit } from '../../cluster/model.ts';
import { nearest } from '../../cluster/parameters.ts';
import type { Shell } from '../../cluster/ports.ts';
import { snapshot } from '../../cluster/status.ts';
import type { PaneState } from '../../cluster/store-contract.ts';
import { openTail } from '../../cluster/tail.ts';
import type { LogSource } from '../../cluster/tail-contract.ts';
import { sanitise } from '../../ui/sanitise.ts';
import { withTarget } from '../attach.ts';
import type { Context } from '../context.ts';
import { nodeNamed } from '../nodes.ts';
import { systemClock, systemRandom } from '../system.ts';

export async function logs(
  context: Context,
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { io, guards } = context;
  const unit = withSuffix(args[0] ?? '');
  const lines = lineCount(String(flags.lines));
  const since = typeof flags.since === 'string' ? sinceTime(flags.since) : null;
  const grep = typeof flags.grep === 'string' ? expression(flags.grep) : null;
  return withTarget(context, undefined, async ({ cluster, shell }) => {
    const sources = await sourcesOf(
      shell,
      cluster,
      unit,
      (flags.machine as string[] | undefined) ?? [],
      guards.signal,
    );
    const tails = sources.map((source) =>
      openTail({
        shell,
        source,
        lines,
        follow: flags.follow === true,
        masterAddress: cluster.master?.privateAddress ?? null,
        ...(since === null ? {} : { since }),
        signal: guards.signal,
        clock: systemClock,
        random: systemRandom,
      }),
    );
    for await (const { entries, dropped } of mergeTails({
      tails,
      clock: systemClock,
      signal: guards.signal,
    })) {
      if (dropped > 0)
        io.note(`${dropped} lines came faster than they could be printed and are missing here`);
      for (const entry of entries) {
        if (grep && !grep.test(entry.message)) continue;
        if (io.format === 'text') await io.out(`${textLine(entry)}\n`);
        else await io.record(record(entry));
      }
    }
    if (guards.signal.aborted) return EXIT.interrupted;
    const failures = tails.flatMap((tail) => {
      const state = tail.state();
      return state.phase === 'failed' ? [state.error] : [];
    });
    for (const error of failures) context.report(error);
    return failures[0]?.exitCode ?? EXIT.done;
  });
}

/** As fleetctl does: a name without a unit suffix is a service. */
function withSuffix(name: string): string {
  return /\.(service|socket|timer|target|mount|path|device|automount|swap|scope|slice)$/.test(name)
    ? name
    : `${name}.service`;
}

function lineCount(text: string): number {
  if (!/^\d+$/.test(text))
    throw inputError(`--lines ${text} cannot be used`, 'it is a whole number', 'give a number such as 50');
  return Number(text);
}

/**
 * A time as journalctl takes it; `10m` means ten minutes ago, as kubectl and stern have it.
 * @throws KubecoreError (input) for what journalctl would refuse on every node
 */
function sinceTime(text: string): string {
  const span = /^(\d+)\s*(s|sec|m|min|h|hour|d|day|week)s?(?:\s+ago)?$/.exec(text.trim());
  const units: Record<string, string> = {
    s: 'seconds',
    sec: 'seconds',
    m: 'minutes',
    min: 'minutes',
    h: 'hours',
    hour: 'hours',
    d: 'days',
    day: 'days',
    week: 'weeks',
  };
  if (span) return `${span[1]} ${units[span[2] ?? 's']} ago`;
  const absolute =
    /^(?:today|yesterday|now|@\d+(?:\.\d+)?|\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?: ?UTC|Z)?|\d\d:\d\d(?::\d\d)?)$/;
  if (absolute.test(text.trim())) return text.trim().replace('T', ' ').replace(/Z$/, ' UTC');
  throw inputError(
    `--since ${text} cannot be used`,
    'it is not a time that journalctl reads',
    'write 10m, "2 hours ago", today, or "2014-11-22 16:00"',
  );
}

function expression(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    throw inputError(
      `--grep ${text} cannot be used`,
      error instanceof Error ? error.message : 'it is no regular expression',
      'escape special characters with a backslash',
    );
  }
}

async function sourcesOf(
  shell: Shell,
  cluster: Cluster,
  unit: string,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<readonly LogSource[]> {
  const view = await snapshot({
    shell,
    cloud: null,
    cluster,
    clock: systemClock,
    random: systemRandom,
    only: ['machines', 'units'],
    signal,
  });
  const machines = known(view.machines);
  const units = known(view.units);
  if (wanted.length > 0) {
    return wanted.map((text) => {
      const { id, ip } = nodeNamed<Machine>(text, machines);
      return { unit, machineId: id, ip };
    });
  }
  const running = units.filter(({ name, machineId }) => name === unit && machineId !== null);
  if (running.length === 0) throw notThere(unit, units);
  return running.map(({ machineId, ip }) => ({ unit, machineId: machineId ?? '', ip }));
}

function known<T>(pane: PaneState<readonly T[]>): readonly T[] {
  if (pane.status === 'live' || pane.status === 'stale') return pane.data;
  throw pane.status === 'failed' ? pane.error : asKubecoreError(new Error('a pane was not asked for'));
}

function notThere(unit: string, units: readonly Unit[]): Error {
  const names = [...new Set(units.map(({ name }) => name))].sort();
  return inputError(
    `no machine runs the unit "${unit}"`,
    names.length === 0 ? 'no units are known' : `there are ${names.join(', ')}`,
    names.length === 0
      ? 'kubecore status shows what the cluster says'
      : `did you mean ${nearest(unit, names)}? --machine reads any unit of one machine`,
  );
}

function textLine(entry: LogEntry): string {
  const time = new Date(entry.timeUs / 1000).toISOString();
  return `${time} ${entry.ip ?? entry.machineId.slice(0, 8)} ${sanitise(entry.identifier)}: ${sanitise(entry.message)}`;
}

function record({ timeUs, machineId, ip, unit, priority, message }: LogEntry): Record<string, unknown> {
  return { time: new Date(timeUs / 1000).toISOString(), machineId, ip, unit, priority, message };
}
