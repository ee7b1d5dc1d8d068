/**
 * Owns what a unit file settles about one unit: its conditions, and for a service its type, environment, time limits and
 * whether it is started again. Reads the unit and the host's files, changes nothing.
 * Facts: systemd.unit(5), systemd.service(5), systemd.exec(5).
 */
import type { Machine } from './machine.ts';
import { execLines, parseEnvironment, specifiers, splitWords, timeSpan, value, values } from './unit-file.ts';
import { fileOf, type UnitState } from './unit-state.ts';

/** systemd's DefaultTimeoutStartSec. */
const START_TIMEOUT_MS = 90_000;

const CONDITIONS: Readonly<Record<string, (machine: Machine, path: string) => boolean>> = {
  ConditionFileIsExecutable: ({ files }, path) => files.isExecutable(path),
  ConditionPathExists: ({ files }, path) => files.stat(path) !== undefined,
  ConditionPathIsDirectory: ({ files }, path) => files.stat(path)?.directory === true,
  ConditionFileNotEmpty: ({ files }, path) => (files.stat(path)?.size ?? 0) > 0,
};

/** The condition that keeps a unit from being started, as systemd prints it; null when all are met. */
export function unmetCondition(machine: Machine, unit: UnitState): string | null {
  for (const [key, check] of Object.entries(CONDITIONS)) {
    for (const text of values(fileOf(unit), 'Unit', key)) {
      const negated = text.startsWith('!');
      if (check(machine, text.replace(/^[!|]+/, '')) === negated) return `${key}=${text}`;
    }
  }
  return null;
}

/** An environment file that must be there and is not. */
export function missingEnvironment(machine: Machine, unit: UnitState): string | null {
  const files = values(fileOf(unit), 'Service', 'EnvironmentFile');
  return files.find((path) => !path.startsWith('-') && machine.files.read(path) === undefined) ?? null;
}

/** The environment of a service's processes: its unit's, its drop-ins' and its environment files'. */
export function serviceEnvironment(machine: Machine, unit: UnitState): Record<string, string> {
  const file = fileOf(unit);
  const env: Record<string, string> = {
    PATH: '/usr/local/bin:/usr/bin:/usr/local/sbin:/usr/sbin',
    LANG: 'en_US.UTF-8',
  };
  const drops = Object.entries(machine.state.files)
    .filter(
      ([path]) =>
        path.startsWith(`/run/systemd/system/${unit.name}.d/`) ||
        path.startsWith(`/etc/systemd/system/${unit.name}.d/`),
    )
    .flatMap(([, one]) => one.text.match(/^Environment=.*$/gm) ?? [])
    .map((line) => line.slice('Environment='.length));
  for (const text of [...values(file, 'Service', 'Environment'), ...drops]) {
    for (const word of splitWords(specifiers(text, unit.name, machine.state))) {
      const [key = '', rest = ''] = word.split(/=(.*)/s);
      env[key] = rest;
    }
  }
  for (const path of values(file, 'Service', 'EnvironmentFile')) {
    Object.assign(env, parseEnvironment(machine.files.read(path.replace(/^-/, '')) ?? ''));
  }
  return env;
}

/** `simple`, `oneshot`, …; a service without ExecStart is a oneshot. */
export function serviceType(unit: UnitState): string {
  const file = fileOf(unit);
  return value(file, 'Service', 'Type') ?? (execLines(file, 'ExecStart').length === 0 ? 'oneshot' : 'simple');
}

/** Simulated milliseconds that a start may take; null: as long as it likes. */
export function startTimeout(unit: UnitState): number | null {
  const file = fileOf(unit);
  const text = value(file, 'Service', 'TimeoutStartSec') ?? value(file, 'Service', 'TimeoutSec');
  // A oneshot has no limit unless it is given one.
  if (text === undefined) return serviceType(unit) === 'oneshot' ? null : START_TIMEOUT_MS;
  const limit = timeSpan(text) ?? START_TIMEOUT_MS;
  return limit > 0 && Number.isFinite(limit) ? limit : null;
}

/** Simulated milliseconds until an ended service is started again; null: it is not. */
export function restartDelay(unit: UnitState, clean: boolean): number | null {
  const file = fileOf(unit);
  const policy = value(file, 'Service', 'Restart') ?? 'no';
  const restarts =
    policy === 'always' ||
    (clean && policy === 'on-success') ||
    (!clean && (policy === 'on-failure' || (policy === 'on-abnormal' && unit.result !== 'exit-code')));
  return restarts ? (timeSpan(value(file, 'Service', 'RestartSec') ?? '100ms') ?? 100) : null;
}
