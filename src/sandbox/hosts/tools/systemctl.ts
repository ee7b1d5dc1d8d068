/**
 * Owns systemctl's verbs that ask about or change units. Listing is in systemctl-list.ts, `status` in systemctl-status.ts. Texts and
 * exit codes as recorded from systemd 252.
 */
import { globRegex } from '../glob.ts';
import type { SessionContext, SessionTool } from '../shell/session.ts';
import { systemdTime } from '../time-format.ts';
import { names } from '../unit-file.ts';
import { fileOf, newUnit, type UnitState, unitPath, unitsOf } from '../unit-state.ts';
import { type Arity, getopt, last, type OptionTable } from './getopt.ts';
import { mangle } from './journalctl.ts';
import { enablement, listUnitFiles, listUnits } from './systemctl-list.ts';
import { statusOfSystem, statusOfUnit } from './systemctl-status.ts';

const TABLE: OptionTable = {
  short: {
    a: 'all',
    l: 'full',
    n: 'lines',
    o: 'output',
    p: 'property',
    P: 'property',
    q: 'quiet',
    t: 'type',
    f: 'force',
    s: 'signal',
    h: 'help',
  },
  long: {
    all: 'none',
    plain: 'none',
    'no-legend': 'none',
    legend: 'required',
    full: 'none',
    'no-pager': 'none',
    state: 'required',
    failed: 'none',
    type: 'required',
    lines: 'required',
    output: 'required',
    property: 'required',
    value: 'none',
    quiet: 'none',
    force: 'none',
    now: 'none',
    signal: 'required',
    'kill-who': 'required',
    'kill-whom': 'required',
    'no-block': 'none',
    'no-ask-password': 'none',
    system: 'none',
    runtime: 'none',
    version: 'none',
    help: 'none',
  } satisfies Record<string, Arity>,
};

/** Units that a pattern or name means; a plain name that nobody knows gives one with load `not-found`. */
export function resolveUnits(context: SessionContext, patterns: readonly string[]): UnitState[] {
  return patterns.flatMap((pattern) => {
    const name = mangle(pattern);
    if (/[*?[]/.test(name)) {
      const regex = globRegex(name);
      return Object.values(unitsOf(context.machine.state)).filter((unit) => regex.test(unit.name));
    }
    const unit = context.machine.systemd.find(name);
    if (unit !== undefined) return [unit];
    return [{ ...newUnit(name, '', 'vendor', 0), load: 'not-found' as const }];
  });
}

export const systemctl: SessionTool = async (context) => {
  const options = getopt(context.argv, TABLE);
  if ('error' in options) {
    await context.stderr(`${options.error}\n`);
    return 1;
  }
  const [verb = 'list-units', ...rest] = options.rest;
  const flag = (name: string): boolean => options.values.has(name);
  if (flag('version')) {
    await context.stdout(
      'systemd 252 (252)\n+PAM +AUDIT +SELINUX -APPARMOR +IMA +SYSVINIT default-hierarchy=legacy\n',
    );
    return 0;
  }
  switch (verb) {
    case 'list-units':
      return listUnits(context, options, rest);
    case 'list-unit-files':
      return listUnitFiles(context, options, rest);
    case 'status':
      if (rest.length === 0) return statusOfSystem(context);
      return status(context, rest, last(options, 'lines'), last(options, 'output'));
    case 'show':
      return show(context, rest, options.values.get('property') ?? [], flag('value'));
    case 'is-active':
    case 'is-failed':
      return is(context, verb, rest, flag('quiet'));
    case 'is-enabled': {
      const units = resolveUnits(context, rest);
      for (const unit of units) {
        if (unit.load === 'not-found') {
          await context.stderr(`Failed to get unit file state for ${unit.name}: No such file or directory\n`);
          return 1;
        }
        await context.stdout(`${enablement(unit)}\n`);
      }
      return units.some((unit) => /^(enabled|static|linked|alias)/.test(enablement(unit))) ? 0 : 1;
    }
    case 'is-system-running': {
      const failed = Object.values(unitsOf(context.machine.state)).some((unit) => unit.active === 'failed');
      const starting = Object.values(unitsOf(context.machine.state)).some((unit) => unit.job !== null);
      await context.stdout(`${starting ? 'starting' : failed ? 'degraded' : 'running'}\n`);
      return starting || failed ? 1 : 0;
    }
    case 'cat':
      return cat(context, rest);
    case 'start':
    case 'stop':
    case 'restart':
    case 'try-restart':
    case 'reload':
    case 'reload-or-restart':
    case 'kill':
    case 'reset-failed':
    case 'enable':
    case 'disable':
    case 'mask':
    case 'unmask':
      return change(context, verb, rest, last(options, 'signal'), flag('now'));
    case 'daemon-reload':
      if (context.user !== 'root') {
        await context.stderr('Failed to reload daemon: Access denied\n');
        return 1;
      }
      reload(context);
      return 0;
    default:
      await context.stderr(`Unknown command verb ${verb}.\n`);
      return 1;
  }
};

async function status(
  context: SessionContext,
  patterns: readonly string[],
  lines: string | undefined,
  output: string | undefined,
): Promise<number> {
  let code = 0;
  let shown = 0;
  for (const unit of resolveUnits(context, patterns)) {
    if (unit.load === 'not-found') {
      await context.stderr(`Unit ${unit.name} could not be found.\n`);
      code = 4;
      continue;
    }
    if (shown++ > 0) await context.stdout('\n');
    await context.stdout(
      statusOfUnit(context, unit, lines === undefined ? 10 : Number(lines) || 0, output ?? 'short'),
    );
    if ((unit.active === 'inactive' || unit.active === 'failed') && code === 0) code = 3;
  }
  return code;
}

function properties(context: SessionContext, unit: UnitState): [string, string][] {
  const loaded = unit.load !== 'not-found';
  const time = (at: number | null | undefined): string =>
    at === null || at === undefined || !loaded ? '' : systemdTime(at);
  const file = fileOf(unit);
  const main = unit.lastMain;
  const list = (key: string): string => names(file, 'Unit', key).join(' ');
  return [
    ['MainPID', String(unit.mainPid ?? 0)],
    ['Result', unit.result],
    ['NRestarts', String(unit.restarts)],
    ['ExecMainStartTimestamp', time(main?.startedAt)],
    ['ExecMainExitTimestamp', time(main?.endedAt)],
    ['ExecMainPID', String(main?.pid ?? 0)],
    ['ExecMainCode', main?.exit === null || main === null ? '0' : main.exit.kind === 'exited' ? '1' : '2'],
    [
      'ExecMainStatus',
      main?.exit === null || main === null
        ? '0'
        : String(main.exit.kind === 'exited' ? main.exit.status : main.exit.signal),
    ],
    ['ControlPID', String(unit.control?.pid ?? 0)],
    ['Id', unit.name],
    ['Names', unit.name],
    ['Requires', list('Requires')],
    ['Wants', list('Wants')],
    ['After', list('After')],
    ['Description', context.machine.systemd.description(unit)],
    ['LoadState', unit.load],
    ['ActiveState', unit.active],
    ['SubState', unit.sub],
    ['FragmentPath', loaded ? unitPath(unit) : ''],
    ['UnitFileState', loaded ? enablement(unit) : ''],
    ['StateChangeTimestamp', time(unit.since)],
    ['ActiveEnterTimestamp', time(unit.activeSince)],
    ['InvocationID', unit.invocation],
    ['ConditionResult', unit.skipped ? 'no' : 'yes'],
  ];
}

async function show(
  context: SessionContext,
  patterns: readonly string[],
  wanted: readonly string[],
  bare: boolean,
): Promise<number> {
  const keys = new Set(wanted.flatMap((one) => one.split(',')));
  const blocks = resolveUnits(context, patterns).map((unit) =>
    properties(context, unit)
      .filter(([key]) => keys.size === 0 || keys.has(key))
      .map(([key, value]) => (bare ? `${value}\n` : `${key}=${value}\n`))
      .join(''),
  );
  await context.stdout(blocks.join('\n'));
  return 0;
}

async function is(
  context: SessionContext,
  verb: 'is-active' | 'is-failed',
  patterns: readonly string[],
  quiet: boolean,
): Promise<number> {
  const wanted = verb === 'is-active' ? ['active', 'reloading'] : ['failed'];
  let any = false;
  for (const unit of resolveUnits(context, patterns)) {
    if (wanted.includes(unit.active)) any = true;
    if (!quiet) await context.stdout(`${unit.active}\n`);
  }
  if (any) return 0;
  return verb === 'is-active' ? 3 : 1;
}

async function cat(context: SessionContext, patterns: readonly string[]): Promise<number> {
  let first = true;
  for (const unit of resolveUnits(context, patterns)) {
    if (unit.load === 'not-found') {
      await context.stderr(`No files found for ${unit.name}.\n`);
      return 1;
    }
    const parts = [[unitPath(unit), unit.content] as const];
    for (const [path, file] of Object.entries(context.machine.state.files)) {
      if (path.includes(`/${unit.name}.d/`)) parts.push([path, file.text]);
    }
    for (const [path, text] of parts) {
      await context.stdout(`${first ? '' : '\n'}# ${path}\n${text.endsWith('\n') ? text : `${text}\n`}`);
      first = false;
    }
  }
  return 0;
}

/** Unit files that were written since are read again. */
function reload(context: SessionContext): void {
  const { machine } = context;
  for (const [path, file] of Object.entries(machine.state.files)) {
    const match =
      /^\/(?:etc|run)\/systemd\/system\/([^/]+\.(?:service|socket|target|timer|mount|path))$/.exec(path);
    if (match?.[1] !== undefined) machine.loadUnit(match[1], file.text, 'cloud-config');
  }
}

async function change(
  context: SessionContext,
  verb: string,
  patterns: readonly string[],
  signal: string | undefined,
  now: boolean,
): Promise<number> {
  const { systemd } = context.machine;
  let code = 0;
  for (const unit of resolveUnits(context, patterns)) {
    if (context.user !== 'root') {
      await context.stderr(
        `Failed to ${verb} ${unit.name}: Access denied\nSee system logs and 'systemctl status ${unit.name}' for details.\n`,
      );
      code = 4;
      continue;
    }
    if (unit.load === 'not-found') {
      await context.stderr(
        verb === 'stop' || verb === 'kill' || verb === 'reset-failed'
          ? `Failed to ${verb} ${unit.name}: Unit ${unit.name} not loaded.\n`
          : `Failed to ${verb} ${unit.name}: Unit ${unit.name} not found.\n`,
      );
      code = 5;
      continue;
    }
    const problem = await apply(context, verb, unit, signal, now);
    if (problem === null) continue;
    await context.stderr(`${problem}\n`);
    code = 1;
  }
  systemd.due();
  return code;
}

const SIGNALS: Record<string, number> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, TERM: 15 };

async function apply(
  context: SessionContext,
  verb: string,
  unit: UnitState,
  signal: string | undefined,
  now: boolean,
): Promise<string | null> {
  const { systemd } = context.machine;
  switch (verb) {
    case 'start':
      return finished(context, unit, systemd.start(unit.name));
    case 'restart':
    case 'reload-or-restart':
      return finished(context, unit, systemd.restart(unit.name));
    case 'try-restart':
      return unit.active === 'active' ? finished(context, unit, systemd.restart(unit.name)) : null;
    case 'reload':
      return `Failed to reload ${unit.name}: Job type reload is not applicable for unit ${unit.name}.`;
    case 'stop':
      systemd.stop(unit.name);
      await settled(context, unit);
      return null;
    case 'kill': {
      const name = (signal ?? 'TERM').replace(/^SIG/, '');
      systemd.kill(unit.name, { kind: 'killed', signal: SIGNALS[name] ?? (Number(name) || 15) });
      return null;
    }
    case 'reset-failed':
      systemd.resetFailed(unit.name);
      return null;
    case 'mask':
      unit.load = 'masked';
      return null;
    case 'unmask':
      unit.load = 'loaded';
      return null;
    default:
      unit.enabled = verb === 'enable';
      if (now && verb === 'enable') return finished(context, unit, systemd.start(unit.name));
      if (now) systemd.stop(unit.name);
      return null;
  }
}

/** Waits until the unit's job is done. */
async function settled(context: SessionContext, unit: UnitState): Promise<void> {
  while (
    unit.job !== null ||
    unit.active === 'deactivating' ||
    (unit.active === 'activating' && unit.sub !== 'auto-restart')
  ) {
    await context.sleep(50);
  }
}

async function finished(
  context: SessionContext,
  unit: UnitState,
  error: string | null,
): Promise<string | null> {
  if (error !== null) return `Failed to start ${unit.name}: ${error}`;
  await settled(context, unit);
  const dependency =
    context.machine.journal(unit.name, 1)[0]?.message.includes("result 'dependency'") === true;
  if (dependency) return `A dependency job for ${unit.name} failed. See 'journalctl -xe' for details.`;
  if (unit.active !== 'failed' && unit.sub !== 'auto-restart') return null;
  return `Job for ${unit.name} failed because the control process exited with error code.\nSee "systemctl status ${unit.name}" and "journalctl -xeu ${unit.name}" for details.`;
}
