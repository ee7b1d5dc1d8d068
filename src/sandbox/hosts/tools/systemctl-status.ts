/**
 * Owns `systemctl status`: of a unit with its processes and newest journal lines, and of the system.
 */
import { processTree } from '../processes.ts';
import type { SessionContext } from '../shell/session.ts';
import { systemdAgo, systemdTime } from '../time-format.ts';
import { value, values } from '../unit-file.ts';
import { describeExit, fileOf, type UnitState, unitPath, unitsOf } from '../unit-state.ts';
import { formatEntry, OUTPUTS } from './journal-format.ts';
import { enablement } from './systemctl-list.ts';

const UNICODE = { active: '●', failed: '×', inactive: '○', busy: '●', branch: '├─', last: '└─', bar: '│ ' };
const ASCII = { active: '*', failed: 'x', inactive: '*', busy: '*', branch: '|-', last: '`-', bar: '| ' };

/** In the C locale systemd draws with ASCII; LC_ALL goes before LC_CTYPE before LANG. */
function glyphs(context: SessionContext): typeof UNICODE {
  const locale = context.env.LC_ALL || context.env.LC_CTYPE || context.env.LANG;
  return locale === 'C' || locale === 'POSIX' ? ASCII : UNICODE;
}

/** `2ms`, `611us`, `1min 2s`. */
function duration(ms: number): string {
  if (ms < 1) return `${Math.max(1, Math.round(ms * 1000))}us`;
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(3).replace(/\.?0+$/, '')}s`;
  const minutes = Math.floor(seconds / 60);
  const rest = `${Math.floor(seconds % 60)}s`;
  return minutes < 60 ? `${minutes}min ${rest}` : `${Math.floor(minutes / 60)}h ${minutes % 60}min ${rest}`;
}

const row = (label: string, text: string): string => `${label.padStart(11)}: ${text}\n`;

export function statusOfUnit(
  context: SessionContext,
  unit: UnitState,
  lines: number,
  output: string,
): string {
  const { machine } = context;
  const glyph = glyphs(context);
  const now = machine.now();
  const dot =
    glyph[
      unit.active === 'active' || unit.active === 'failed' || unit.active === 'inactive'
        ? unit.active
        : 'busy'
    ];
  const description = machine.systemd.description(unit);
  let text = `${dot} ${unit.name}${description === unit.name ? '' : ` - ${description}`}\n`;
  const enabled = enablement(unit);
  const preset = enabled === 'static' || enabled === 'masked' ? '' : '; preset: enabled';
  text += row(
    'Loaded',
    unit.load === 'masked'
      ? `masked (Reason: Unit ${unit.name} is masked.)`
      : `${unit.load} (${unitPath(unit)}; ${enabled}${preset})`,
  );
  text += dropIns(context, unit, glyph);
  text += row('Active', activeText(unit, now));
  if (unit.skipped && unit.active === 'inactive' && condition(unit) !== null) {
    text += row(
      'Condition',
      `start condition failed at ${systemdTime(unit.since)}; ${systemdAgo(now - unit.since)}`,
    );
    text += `             ${glyph.last} ${condition(unit)} was not met\n`;
  }
  if (unit.active === 'failed' && unit.lastMain !== null)
    text += row('Duration', duration((unit.lastMain.endedAt ?? unit.since) - unit.lastMain.startedAt));
  for (const page of values(fileOf(unit), 'Unit', 'Documentation')) text += row('Docs', page);
  text += processRows(unit);
  const tree = [...processTree(unit.main), ...processTree(unit.control)];
  if (tree.length > 0) {
    const slice = unit.name.includes('@') ? `system-${unit.name.split('@')[0]}.slice/` : '';
    text += row('CGroup', `/system.slice/${slice}${unit.name}`);
    const width = Math.max(...tree.map((one) => String(one.pid).length));
    for (const [index, one] of tree.entries()) {
      text += `             ${index === tree.length - 1 ? glyph.last : glyph.branch}${String(one.pid).padStart(width)} ${one.text}\n`;
    }
  }
  if (lines <= 0) return text;
  const entries = machine.journal(unit.name, lines);
  if (entries.length === 0) return text;
  const known = OUTPUTS.find((one) => one === output) ?? 'short';
  const printed = entries.map((entry) =>
    Buffer.from(
      formatEntry(machine.state, entry, { output: known, all: false, zone: context.env.TZ ?? 'UTC' }),
    ).toString('utf8'),
  );
  return `${text}\n${printed.join('')}`;
}

function condition(unit: UnitState): string | null {
  for (const key of [
    'ConditionFileIsExecutable',
    'ConditionPathExists',
    'ConditionPathIsDirectory',
    'ConditionFileNotEmpty',
  ]) {
    const text = value(fileOf(unit), 'Unit', key);
    if (text !== undefined) return `${key}=${text}`;
  }
  return null;
}

function dropIns(context: SessionContext, unit: UnitState, glyph: typeof UNICODE): string {
  const paths = Object.keys(context.machine.state.files).filter((path) => path.includes(`/${unit.name}.d/`));
  const [first] = paths;
  if (first === undefined) return '';
  const files = paths.map((path) => path.slice(path.lastIndexOf('/') + 1)).join(', ');
  return `${row('Drop-In', first.slice(0, first.lastIndexOf('/')))}             ${glyph.last}${files}\n`;
}

function activeText(unit: UnitState, now: number): string {
  const result =
    unit.result !== 'success' && (unit.active === 'failed' || unit.sub === 'auto-restart')
      ? ` (Result: ${unit.result})`
      : '';
  const sub = unit.active === 'failed' ? '' : ` (${unit.sub})`;
  const never = unit.active === 'inactive' && unit.lastMain === null && unit.activeSince === null;
  // A oneshot that ran through is dead as if it had never run.
  const silent = never || (unit.active === 'inactive' && unit.activeSince === null);
  const since = silent ? '' : ` since ${systemdTime(unit.since)}; ${systemdAgo(now - unit.since)}`;
  return `${unit.active}${sub}${result}${since}`;
}

function processRows(unit: UnitState): string {
  let text = '';
  if (unit.lastControl !== null) {
    text += row(
      'Process',
      `${unit.lastControl.pid} ${unit.lastControl.text} (${describeExit(unit.lastControl.exit, 'status')})`,
    );
  }
  const main = unit.lastMain;
  if (main === null) return text;
  if (main.exit === null) {
    return unit.main === null
      ? text
      : `${text}${row('Main PID', `${main.pid} (${programOf(unit.main.argv[0] ?? main.text)})`)}`;
  }
  if (unit.sub === 'auto-restart' || unit.sub === 'exited') {
    text += row(
      'Process',
      `${main.pid} ExecStart=${main.text.replace(/"/g, '')} (${describeExit(main.exit, 'status')})`,
    );
  }
  if (unit.active === 'inactive' && unit.activeSince === null) return text;
  return text + row('Main PID', `${main.pid} (${describeExit(main.exit, 'status')})`);
}

function programOf(text: string): string {
  return (text.split(' ')[0] ?? text).split('/').at(-1)?.slice(0, 15) ?? text;
}

/** `systemctl status` without a unit. */
export async function statusOfSystem(context: SessionContext): Promise<number> {
  const { machine } = context;
  const glyph = glyphs(context);
  const units = Object.values(unitsOf(machine.state));
  const failed = units.filter((unit) => unit.active === 'failed').length;
  const jobs = units.filter((unit) => unit.job !== null).length;
  const since = machine.state.bootedAt;
  const state = jobs > 0 ? 'starting' : failed > 0 ? 'degraded' : 'running';
  const label = (name: string, text: string): string => `${name.padStart(9)}: ${text}\n`;
  let text = `${glyph.active} ${machine.state.hostname}\n`;
  text += label('State', state) + label('Units', `${units.length} loaded (incl. loaded aliases)`);
  text += label('Jobs', `${jobs} queued`) + label('Failed', `${failed} units`);
  text += label('Since', `${systemdTime(since)}; ${systemdAgo(machine.now() - since)}`);
  text += label('systemd', '252') + label('CGroup', '/');
  text += `           ${glyph.branch}init.scope\n           ${glyph.bar}${glyph.last}1 /usr/lib/systemd/systemd\n           ${glyph.last}system.slice\n`;
  const running = units.filter((unit) => unit.main !== null).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [index, unit] of running.entries()) {
    const end = index === running.length - 1;
    text += `             ${end ? glyph.last : glyph.branch}${unit.name}\n`;
    const tree = processTree(unit.main);
    for (const [at, one] of tree.entries()) {
      text += `             ${end ? '  ' : glyph.bar}${at === tree.length - 1 ? glyph.last : glyph.branch}${one.pid} ${one.text}\n`;
    }
  }
  await context.stdout(text);
  return 0;
}
