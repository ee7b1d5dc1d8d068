/** Owns `kubecore unit start|load|submit|stop|unload|destroy`: fleet's verbs, told unit by unit as they really went. */
import { buffer } from 'node:stream/consumers';
import { EXIT, inputError, KubecoreError } from '../../cluster/errors.ts';
import { ATTEMPTS, fleetVerb, isKnown, PAST, unitFiles } from '../../cluster/fleet-acts.ts';
import type { Unit } from '../../cluster/model.ts';
import { lookAtFleetUnits } from '../../cluster/sources.ts';
import * as fleetctl from '../../cluster/tools/fleetctl.ts';
import { decode } from '../../cluster/tools/output.ts';
import { describeRows, type Standing, waitForUnits } from '../../cluster/unit-wait.ts';
import { nodeAt, type Target } from '../attach.ts';
import type { Context } from '../context.ts';
import { each, type Outcome, tell } from '../outcome.ts';
import { confirm } from '../prompt.ts';
import { systemClock } from '../system.ts';
import { lastLines } from './unit-journal.ts';
import { type UnitInput, type UnitWord, unitWords, unknownUnit, uploadUnits } from './unit-words.ts';
import { withFleet } from './with-fleet.ts';

type Flags = Readonly<Record<string, unknown>>;

/** `fleetVerb` with the flags that a suggested command needs. */
const verbOn = (
  { shell, flags }: Target,
  signal: AbortSignal,
  verb: fleetctl.FleetVerb,
  name: string,
  argument: string,
  wait: boolean,
): Promise<readonly string[]> => fleetVerb(shell, { verb, name, argument, wait, flags, signal });

const fieldsOf = (rows: readonly Unit[]): Record<string, unknown> => ({
  machines: rows.map(({ machineId, ip, load, active, sub }) => ({ machineId, ip, load, active, sub })),
});

const rowsOf = async (target: Target, name: string, signal: AbortSignal): Promise<readonly Unit[]> =>
  (await lookAtFleetUnits(target.shell, signal)).filter((unit) => unit.name === name);

/** submit, load and start take files: sends them, and runs the verb for each word that is a file or known to fleet. */
async function raise(
  context: Context,
  target: Target,
  words: readonly UnitWord[],
  verb: 'submit' | 'load' | 'start',
  wait: boolean,
): Promise<readonly Outcome[]> {
  const { signal } = context.guards;
  const files = await unitFiles(target.shell, signal);
  const uploaded = await uploadUnits(target.shell, words, signal);
  try {
    return await each(context, words, async ({ name, file }) => {
      if (file === null && !isKnown(name, files)) throw unknownUnit(name, files, true);
      const argument = uploaded.paths.get(name) ?? name;
      const messages = await verbOn(target, signal, verb, name, argument, wait);
      return { text: `${name} is ${PAST[verb]}`, messages };
    });
  } finally {
    await uploaded.remove();
  }
}

/** Standard input, for `-`. */
const inputOf = ({ host, io }: Context, flags: Flags): UnitInput => ({
  name: typeof flags.name === 'string' ? flags.name : undefined,
  read() {
    if (host.stdin.isTTY === true) io.note('reading the unit file from the terminal; Ctrl-D ends it');
    return buffer(host.stdin);
  },
});

export async function unitSubmit(context: Context, args: readonly string[], flags: Flags): Promise<number> {
  const words = await unitWords(args, process.cwd(), inputOf(context, flags));
  const missing = words.find(({ file }) => file === null);
  if (missing)
    throw inputError(`there is no unit file ${missing.name}`, 'submit takes files', 'check the path');
  return withFleet(context, async (target) =>
    tell(context, await raise(context, target, words, 'submit', false)),
  );
}

export async function unitLoad(context: Context, args: readonly string[], flags: Flags): Promise<number> {
  const words = await unitWords(args, process.cwd(), inputOf(context, flags));
  return withFleet(context, async (target) =>
    tell(context, await raise(context, target, words, 'load', flags.wait !== false)),
  );
}

export async function unitStart(context: Context, args: readonly string[], flags: Flags): Promise<number> {
  const words = await unitWords(args, process.cwd(), inputOf(context, flags));
  const timeoutMs = seconds(flags.timeout);
  return withFleet(context, async (target) => {
    const earlier = await runsBefore(target, words, context.guards.signal);
    // Never waited for by fleetctl: it hangs for a unit without a machine, and calls a failing one launched.
    const asked = await raise(context, target, words, 'start', false);
    if (flags.wait === false) {
      return tell(
        context,
        asked.map((outcome) => ({ ...outcome, text: `${outcome.name} was told to start` })),
      );
    }
    const standings = await waitForUnits({
      shell: target.shell,
      names: asked.filter(({ error }) => error === null).map(({ name }) => name),
      hasRun: async (name, rows) => {
        const now = await lastRun(target, rows, context.guards.signal);
        const before = earlier.get(name) ?? [];
        return now.every(
          ({ began, active }) =>
            active === 'inactive' && began !== null && !before.some((run) => run.began === began),
        );
      },
      clock: systemClock,
      signal: context.guards.signal,
      timeoutMs,
      note: (text) => context.io.note(text),
    });
    const outcomes: Outcome[] = [];
    for (const outcome of asked) {
      const standing = standings.get(outcome.name);
      outcomes.push(standing ? await started(context, target, outcome, standing, timeoutMs) : outcome);
    }
    return tell(context, outcomes);
  });
}

interface Run {
  /** When and where systemd last started the unit's process, as it writes it; null for never. */
  readonly began: string | null;
  /** Systemd's word now: fleet's list is some seconds behind. */
  readonly active: string;
}

async function lastRun(target: Target, rows: readonly Unit[], signal: AbortSignal): Promise<readonly Run[]> {
  return Promise.all(
    rows.map(async ({ name, ip }) => {
      const properties = ['--property=ActiveState', '--property=ExecMainStartTimestamp'];
      const argv = ['systemctl', 'show', ...properties, name];
      const shown = await target.shell.run(nodeAt(target.cluster, ip), argv, { signal });
      const property = (key: string): string =>
        new RegExp(`^${key}=(.*)$`, 'm').exec(decode(shown.stdout))?.[1]?.trim() ?? '';
      const stamp = property('ExecMainStartTimestamp').replace(/^n\/a$/, '');
      return { began: stamp === '' ? null : `${ip ?? ''} ${stamp}`, active: property('ActiveState') };
    }),
  );
}

/** `lastRun` of the units that may be started again. One that is wanted already is not: fleet leaves it as it is. */
async function runsBefore(
  target: Target,
  words: readonly UnitWord[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Run[]>> {
  const [files, units] = await Promise.all([
    unitFiles(target.shell, signal),
    lookAtFleetUnits(target.shell, signal),
  ]);
  const again = words.filter(({ name }) =>
    files.some((file) => file.name === name && file.desired !== 'launched'),
  );
  const runs = again.map(async ({ name }) => {
    const rows = units.filter((unit) => unit.name === name);
    return [name, await lastRun(target, rows, signal)] as const;
  });
  return new Map(await Promise.all(runs));
}

function seconds(text: unknown): number {
  if (!/^\d{1,6}$/.test(String(text)) || Number(text) === 0)
    throw inputError(
      `--timeout ${String(text)} cannot be used`,
      'it is a whole number of seconds above 0',
      'leave it out for 600',
    );
  return Number(text) * 1000;
}

/** What came of a unit that was waited for; the last journal lines of one that does not run are told. */
async function started(
  context: Context,
  target: Target,
  outcome: Outcome,
  { verdict, rows }: Standing,
  timeoutMs: number,
): Promise<Outcome> {
  const { name } = outcome;
  const fields = { verdict, ...fieldsOf(rows) };
  const where = rows.map(({ ip, machineId }) => ip ?? machineId ?? 'no machine').join(', ');
  if (verdict === 'runs') return { ...outcome, text: `${name} runs on ${where}`, fields };
  const bad = rows.find(({ active, sub }) => active !== 'active' || sub === 'auto-restart') ?? rows[0];
  const journal = bad ? await lastLines(target, bad, context.guards.signal) : [];
  if (verdict === 'ended' && (await endedWell(target, rows, context.guards.signal)))
    return { ...outcome, text: `${name} ran on ${where} and has ended`, fields };
  const logs = ['kubecore logs', name, ...target.flags].join(' ');
  const error = (why: string, next: string, code: string): KubecoreError =>
    new KubecoreError({ what: `${name} does not run`, why, next, fault: 'cluster', code });
  const said = (journal.findLast((line) => !/^\S+ systemd: /.test(line)) ?? journal.at(-1))?.replace(
    /^\S+ /,
    '',
  );
  const reason = `systemd says ${describeRows(rows)}${said === undefined ? '' : `; its last line: ${said}`}`;
  const again = `${logs}; when it is mended: ${['kubecore unit destroy', name, '--yes', ...target.flags].join(' ')}, and start it anew`;
  const shown =
    verdict === 'nowhere'
      ? error(
          'fleet found no machine that may run it',
          `compare its [X-Fleet] section with the machines' metadata: ${['kubecore status --only machines', ...target.flags].join(' ')}`,
          'UnitUnscheduled',
        )
      : verdict === 'late'
        ? error(
            `after ${timeoutMs / 1000} s systemd says ${describeRows(rows)}`,
            `wait longer with --timeout, or look: ${logs}`,
            'UnitLate',
          )
        : verdict === 'looping'
          ? error(`it comes up and ends again and again; ${reason}`, again, 'UnitLooping')
          : error(reason, again, 'UnitFailed');
  return { name, error: shown, text: '', fields, messages: [...(outcome.messages ?? []), ...journal] };
}

/** Whether systemd calls the last run of the unit a success, everywhere. */
async function endedWell(target: Target, rows: readonly Unit[], signal: AbortSignal): Promise<boolean> {
  for (const { name, ip } of rows) {
    const argv = ['systemctl', 'show', '--property=Result', name];
    const shown = await target.shell.run(nodeAt(target.cluster, ip), argv, { signal });
    if (!/^Result=success\s*$/.test(decode(shown.stdout))) return false;
  }
  return true;
}

/** stop, unload and destroy say nothing of unknown units: those are looked for first. */
async function lower(
  context: Context,
  target: Target,
  args: readonly string[],
  verb: 'stop' | 'unload' | 'destroy',
  wait: boolean,
): Promise<number> {
  const { signal } = context.guards;
  const words = await unitWords(args, process.cwd());
  const files = await unitFiles(target.shell, signal);
  const outcomes = await each(context, words, async ({ name }) => {
    const known = files.find((file) => file.name === name);
    if (!known) throw unknownUnit(name, files, false);
    // fleetctl ends at once with an error for a unit that is only submitted; it is as stopped as can be.
    if (verb === 'stop' && known.desired === 'inactive' && !known.global)
      return { text: `${name} has not been started`, fields: fieldsOf([]) };
    const messages = await verbOn(target, signal, verb, name, name, wait);
    if (verb !== 'stop') return { text: `${name} is ${PAST[verb]}`, messages, fields: fieldsOf([]) };
    return {
      text: `${name} is stopped`,
      messages,
      fields: fieldsOf(await settled(target, name, wait, signal)),
    };
  });
  return tell(context, outcomes);
}

/** The rows of a stopped unit: fleet's list still says active for a moment. */
async function settled(
  target: Target,
  name: string,
  wait: boolean,
  signal: AbortSignal,
): Promise<readonly Unit[]> {
  const until = systemClock.now() + ATTEMPTS * 500;
  for (;;) {
    const rows = await rowsOf(target, name, signal);
    if (!wait || rows.every(({ active }) => active === 'inactive' || active === 'failed')) return rows;
    if (systemClock.now() >= until)
      throw new KubecoreError({
        what: `${name} does not stop`,
        why: `systemd says ${describeRows(rows)}`,
        next: ['kubecore logs', name, ...target.flags].join(' '),
        fault: 'cluster',
        code: 'UnitLate',
      });
    await systemClock.sleep(300, signal);
  }
}

export const unitStop = (context: Context, args: readonly string[], flags: Flags): Promise<number> =>
  withFleet(context, (target) => lower(context, target, args, 'stop', flags.wait !== false));

export const unitUnload = (context: Context, args: readonly string[], flags: Flags): Promise<number> =>
  withFleet(context, (target) => lower(context, target, args, 'unload', flags.wait !== false));

export async function unitDestroy(context: Context, args: readonly string[], flags: Flags): Promise<number> {
  const { io } = context;
  if (flags.yes !== true) {
    if (!io.interactive)
      throw inputError('kubecore unit destroy does not destroy without a yes', io.nobody, 'give --yes');
    const names = args.map((word) => fleetctl.unitName(word.replace(/^.*\//, ''))).join(', ');
    if (!(await confirm(context, `Stop ${names} and have fleet forget it? (yes/no) `))) {
      io.note('nothing was destroyed');
      return EXIT.bad;
    }
  }
  return withFleet(context, (target) => lower(context, target, args, 'destroy', true));
}
