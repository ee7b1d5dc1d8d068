/**
 * Owns `kubecore logs`: of units by name or glob, on some machines or all, merged in order of time; followed as units move,
 * machines come and go, and the link drops and comes back.
 */
import { EXIT, inputError } from '../../cluster/errors.ts';
import { type LogQuery, logSources } from '../../cluster/log-query.ts';
import { createLogSet, type LogSet } from '../../cluster/log-set.ts';
import type { LogEntry, Unit } from '../../cluster/model.ts';
import { createNodeUnits } from '../../cluster/node-units.ts';
import { machinesOf } from '../../cluster/sources.ts';
import { openTail } from '../../cluster/tail.ts';
import type { LogSource } from '../../cluster/tail-contract.ts';
import type { FleetMachine } from '../../cluster/tools/fleetctl.ts';
import { withTarget } from '../attach.ts';
import type { Context } from '../context.ts';
import { oneLine } from '../io.ts';
import { journalTime, lineCount, patterns } from '../log-options.ts';
import { logLine } from '../log-text.ts';
import { nodeNamed } from '../nodes.ts';
import { didYouMean } from '../suggest.ts';
import { systemClock, systemRandom } from '../system.ts';

/** How often a follower looks where the units run: at least so often, and less often in a large cluster. */
const LOOK_MS = 3_000;
const LOOK_MS_PER_MACHINE = 100;
/** A tail's own ring holds only what the merge has not taken yet. */
const TAIL_LINES = 20_000;
const TAIL_BYTES = 16 * 1024 * 1024;

type Flags = Readonly<Record<string, unknown>>;
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

export async function logs(context: Context, args: readonly string[], flags: Flags): Promise<number> {
  const { io, guards } = context;
  const follow = flags.follow === true;
  const since = text(flags.since) === undefined ? null : journalTime('--since', String(flags.since));
  const until = text(flags.until) === undefined ? null : journalTime('--until', String(flags.until));
  const wanted = patterns('--grep', texts(flags.grep));
  const excluded = patterns('--exclude', texts(flags.exclude));
  const marked = patterns('--highlight', texts(flags.highlight));
  const lines = lineCount(text(flags.lines), { since: since !== null, pattern: wanted.length > 0 });
  const named = texts(flags.machine);
  if (follow && until !== null)
    throw inputError(
      '--follow and --until cannot be given together',
      'what is followed has no end',
      'leave one of them out',
    );
  if (args.length === 0 && named.length === 0)
    throw inputError(
      'which logs are meant is not clear',
      'neither a unit nor a machine was named',
      "name units, such as kubecore logs kube-proxy 'web@*', or a machine for its whole journal: --machine master",
    );

  return withTarget(context, undefined, async ({ cluster, shell, flags: same }) => {
    const reader = createNodeUnits({
      shell,
      cluster,
      clock: systemClock,
      random: systemRandom,
      nodesPerLook: Number.POSITIVE_INFINITY,
      patienceMs: 10_000,
    });
    const machines = await machinesOf(shell, cluster, guards.signal);
    const query: LogQuery = {
      units: args,
      machines: named.length === 0 ? null : named.flatMap((word) => machinesNamed(word, machines)),
    };
    const look = await reader.look(machines, guards.signal);
    if (look.error) io.note(`${oneLine(look.error.what)}: ${oneLine(look.error.why)}`);
    const { sources, unknown } = logSources(query, look.units);
    for (const word of unknown)
      if (!follow || sources.length === 0 || !/[*?[]/.test(word))
        throw notThere(word, look.units, named, same);

    const set = createLogSet({
      clock: systemClock,
      open: (log) =>
        openTail({
          ...log,
          shell,
          lines,
          follow,
          masterAddress: cluster.master?.privateAddress ?? null,
          ...(since === null ? {} : { since }),
          ...(until === null ? {} : { until }),
          maxLines: TAIL_LINES,
          maxBytes: TAIL_BYTES,
          clock: systemClock,
          random: systemRandom,
        }),
    });
    set.update(sources);
    if (!follow) set.seal();
    const stop = new AbortController();
    const signal = AbortSignal.any([guards.signal, stop.signal]);
    const telling = follow ? tellLink(context, shell) : () => {};
    const watching = follow
      ? followSources(context, set, signal, async () => {
          const now = await machinesOf(shell, cluster, signal);
          const { units } = await reader.look(now, signal);
          return { sources: logSources(query, units).sources, machines: now.length };
        })
      : Promise.resolve();
    try {
      await print(context, set, sources, {
        wanted: (entry) =>
          (wanted.length === 0 || wanted.some((pattern) => pattern.test(entry.message))) &&
          !excluded.some((pattern) => pattern.test(entry.message)),
        marked: [...marked, ...wanted],
      });
    } finally {
      stop.abort();
      telling();
      await watching;
      set.close();
    }
    if (guards.signal.aborted) return EXIT.interrupted;
    const failures = set.failures();
    if (!follow) for (const error of failures) context.report(error);
    return failures[0]?.exitCode ?? EXIT.done;
  });
}

/** A role means all that have it. */
function machinesNamed(word: string, machines: readonly FleetMachine[]): readonly FleetMachine[] {
  const having = machines.filter(({ role }) => role === word);
  return having.length > 0 ? having : [nodeNamed(word, machines)];
}

async function print(
  { io, guards }: Context,
  set: LogSet,
  sources: readonly LogSource[],
  options: {
    readonly wanted: (entry: LogEntry) => boolean;
    readonly marked: Parameters<typeof logLine>[1]['marked'];
  },
): Promise<void> {
  const look = { terminal: io.stdoutIsTTY, color: io.color, marked: options.marked };
  const line = logLine(sources, look);
  for await (const { entries, dropped } of set.batches(guards.signal)) {
    if (dropped > 0) io.note(`${dropped} lines came faster than they could be read and are missing here`);
    const shown = entries.filter(options.wanted);
    if (shown.length === 0) continue;
    if (io.format === 'text') await io.out(shown.map((entry) => `${line(entry)}\n`).join(''));
    else for (const entry of shown) await io.record(record(entry));
  }
}

/** Looks again and again where the units run, and has what joins read too. Ends when nothing is left that could say more. */
async function followSources(
  context: Context,
  set: LogSet,
  signal: AbortSignal,
  look: () => Promise<{ readonly sources: readonly LogSource[]; readonly machines: number }>,
): Promise<void> {
  const { io } = context;
  const name = ({ unit, ip, machineId }: LogSource): string =>
    oneLine(`${unit ?? 'the journal'} on ${ip ?? machineId}`);
  let told = 0;
  let waitMs = LOOK_MS;
  while (!signal.aborted) {
    await systemClock.sleep(waitMs, signal).catch(() => {});
    if (signal.aborted) return;
    const failures = set.failures();
    for (const error of failures.slice(told)) {
      if (error.code === 'MachineGone') io.note(`- ${oneLine(error.what)}: ${oneLine(error.why)}`);
      else context.report(error);
    }
    told = failures.length;
    try {
      const { sources, machines } = await look();
      waitMs = Math.max(LOOK_MS, machines * LOOK_MS_PER_MACHINE);
      const { joined, left } = set.update(sources);
      for (const source of left) io.note(`- ${name(source)}`);
      for (const source of joined) io.note(`+ ${name(source)}`);
    } catch {
      // The link is down or fleet does not answer: the tails say so themselves and go on.
      continue;
    }
    const states = set.sources().map(({ state }) => state);
    const isLost = states.every((state) => state.phase === 'failed' && state.error.code !== 'MachineGone');
    if (states.length > 0 && isLost) set.seal();
  }
}

/** Says when the link to the master drops and when it is back; returns how to stop. */
function tellLink({ io }: Context, shell: Parameters<typeof openTail>[0]['shell']): () => void {
  let lost = false;
  return shell.subscribe(() => {
    const state = shell.connection();
    if (state.phase === 'reconnecting' && !lost) {
      lost = true;
      io.note(`the connection to ${oneLine(state.to)} was lost (${oneLine(state.why)}); connecting again`);
    } else if (state.phase === 'connected' && lost) {
      lost = false;
      io.note(`connected again to ${oneLine(state.to)}`);
    }
  });
}

function notThere(
  word: string,
  units: readonly Unit[],
  machines: readonly string[],
  flags: readonly string[],
): Error {
  const names = [
    ...new Set(units.flatMap(({ name, machineId }) => (machineId === null ? [] : [name]))),
  ].sort();
  const where = machines.length === 0 ? 'no machine' : `none of ${machines.join(', ')}`;
  const all = `${['kubecore status --only units', ...flags].join(' ')} shows all`;
  return inputError(
    `${where} runs the unit "${word}"`,
    names.length === 0 ? 'no units are known' : `there are ${names.join(', ')}`,
    names.length === 0
      ? all
      : didYouMean(
          word.replace(/\.service$/, ''),
          names.map((name) => name.replace(/\.service$/, '')),
          `${all}; --machine reads any unit of one machine`,
        ),
  );
}

function record({ timeUs, machineId, ip, unit, priority, message }: LogEntry): Record<string, unknown> {
  return { time: new Date(timeUs / 1000).toISOString(), machineId, ip, unit, priority, message };
}
