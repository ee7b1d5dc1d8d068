/** Owns telling the sources of a merged log apart: for each a name as short as will do, and a colour that stays its own. */
import type { LogSource } from './tail-contract.ts';

export interface SourceName {
  /** `kube-proxy`, `172.31.8.15`, or `kube-proxy@172.31.8.15`. Not sanitised: unit names come from nodes. */
  readonly name: string;
  /** From 0 to one less than the number of colours asked for; the same for the same source in every run. */
  readonly colour: number;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}

const plainUnit = (unit: string): string => unit.replace(/\.service$/, '');

/**
 * Names what wrote an entry (`{unit, machineId, ip}`: an entry itself will do). What all sources share is left out.
 * @param colours how many there are to choose from
 */
export function sourceNamer(
  sources: readonly LogSource[],
  colours: number,
): (source: LogSource) => SourceName {
  const severalUnits = new Set(sources.map(({ unit }) => unit)).size > 1 || sources[0]?.unit === null;
  const severalNodes = new Set(sources.map(({ machineId }) => machineId)).size > 1;
  const known = new Map<string, SourceName>();
  return ({ unit, machineId, ip }) => {
    const key = `${unit ?? ''}\0${machineId}`;
    let found = known.get(key);
    if (!found) {
      const place = ip ?? (machineId.slice(0, 8) || 'master');
      const name = plainUnit(unit ?? '');
      const short = severalUnits ? (severalNodes ? `${name}@${place}` : name) : severalNodes ? place : name;
      found = { name: short, colour: hash(`${name}@${machineId}`) % colours };
      known.set(key, found);
    }
    return found;
  };
}
