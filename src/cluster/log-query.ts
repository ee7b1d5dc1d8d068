/** Owns what the words of `kubecore logs` mean: units by name or glob, on some machines or all, as sources to read. */
import type { Machine, Unit } from './model.ts';
import { compilePattern } from './pattern.ts';
import type { LogSource } from './tail-contract.ts';
import { unitName } from './tools/fleetctl.ts';

export interface LogQuery {
  /** Names (`.service` may be left out) and globs (`kube-*`); none: the whole journals of the machines. */
  readonly units: readonly string[];
  /** Only on these; null: wherever the units run. */
  readonly machines: readonly Pick<Machine, 'id' | 'ip'>[] | null;
}

export const isGlob = (word: string): boolean => /[*?[]/.test(word);

/** Does a glob of systemd's kind (`*`, `?`, `[a-z]`) match the unit's name, with its suffix or without `.service`? */
export function globMatches(glob: string, name: string): boolean {
  const inner = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.')
    .replace(/\[!/g, '[^');
  try {
    const { test } = compilePattern(`^${inner}$`);
    return test(name) || test(name.replace(/\.service$/, ''));
  } catch {
    // An open bracket without its end stands for itself.
    return glob === name;
  }
}

/**
 * The sources that a query means now, of the units that are known. On machines that are named, a unit's name need not be known:
 * systemd may have units that nobody lists.
 * @returns also the words that no unit answers to
 */
export function logSources(
  query: LogQuery,
  units: readonly Unit[],
): { readonly sources: readonly LogSource[]; readonly unknown: readonly string[] } {
  const { machines } = query;
  const found = new Map<string, LogSource>();
  const add = (unit: string | null, machineId: string, ip: string | null): true => {
    found.set(`${unit ?? ''}\0${machineId}`, { unit, machineId, ip });
    return true;
  };
  const onMachines = (unit: string | null): boolean =>
    (machines ?? []).map(({ id, ip }) => add(unit, id, ip)).length > 0;
  const wherever = (matches: (name: string) => boolean): boolean =>
    units
      .filter(({ name }) => matches(name))
      .flatMap(({ name, machineId, ip }) =>
        machineId !== null && (machines === null || machines.some(({ id }) => id === machineId))
          ? [add(name, machineId, ip)]
          : [],
      ).length > 0;

  if (query.units.length === 0) onMachines(null);
  const unknown = query.units.filter((word) => {
    if (isGlob(word)) return !wherever((name) => globMatches(word, name));
    const wanted = unitName(word);
    return !(machines === null ? wherever((name) => name === wanted) : onMachines(wanted));
  });
  return { sources: [...found.values()], unknown };
}
