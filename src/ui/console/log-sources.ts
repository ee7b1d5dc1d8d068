/** Owns the short names that stand before the lines of a merged log, all equally wide. */
import { sourceNamer } from '../../cluster/log-names.ts';
import type { LogEntry } from '../../cluster/model.ts';
import type { LogSource } from '../../cluster/tail-contract.ts';
import { sanitise } from '../sanitise.ts';
import { cellWidth, fitCells } from '../terminal/cells.ts';
import { SOURCE_COLOURS, type SourceMark } from '../widgets/log-view-format.ts';

const WIDEST = 26;

/** How each entry's source is marked; null when there is only one. */
export function sourceMarks(sources: readonly LogSource[]): ((entry: LogEntry) => SourceMark) | null {
  if (sources.length < 2) return null;
  // Whole journals are told apart by their machines alone: who wrote a line is said on it anyway.
  const isWhole = sources.every(({ unit }) => unit === null);
  const plain = ({ unit, machineId, ip }: LogSource): LogSource => ({
    unit: isWhole ? '' : unit,
    machineId,
    // The master is read over the connection to it, by no address.
    ip: ip ?? 'master',
  });
  const name = sourceNamer(sources.map(plain), SOURCE_COLOURS.length);
  const width = Math.min(WIDEST, Math.max(...sources.map((one) => cellWidth(name(plain(one)).name))));
  const known = new Map<string, SourceMark>();
  return (entry) => {
    const key = `${isWhole ? '' : entry.unit}\0${entry.machineId}`;
    let mark = known.get(key);
    if (!mark) {
      const { name: text, colour } = name(plain(entry));
      mark = { text: fitCells(sanitise(text), width), index: colour };
      known.set(key, mark);
    }
    return mark;
  };
}
