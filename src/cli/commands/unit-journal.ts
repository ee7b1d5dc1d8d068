/** Owns the last journal lines of one unit on one machine, as short lines for a person. */
import type { Unit } from '../../cluster/model.ts';
import { journalArgv, readEntry } from '../../cluster/tools/journalctl.ts';
import { decode, nonEmptyLines } from '../../cluster/tools/output.ts';
import { sanitise } from '../../ui/sanitise.ts';
import { nodeAt, type Target } from '../attach.ts';

/** `2014-11-22T16:00:00.000Z docker: Error: …`, oldest first; empty when they cannot be had. */
export async function lastLines(
  { shell, cluster }: Target,
  unit: Pick<Unit, 'name' | 'ip' | 'machineId'>,
  signal: AbortSignal,
  lines = 10,
): Promise<readonly string[]> {
  const argv = journalArgv({ unit: unit.name, lines, follow: false });
  const result = await shell
    .run(nodeAt(cluster, unit.ip), argv, { signal, priority: 'interactive' })
    .catch((thrown: unknown) => {
      if (signal.aborted) throw thrown;
      return null;
    });
  if (result === null) return [];
  const source = { unit: unit.name, machineId: unit.machineId ?? '', ip: unit.ip };
  return nonEmptyLines(decode(result.stdout)).flatMap((line) => {
    const entry = readEntry(Buffer.from(line), source);
    if (entry === null) return [];
    const time = new Date(entry.timeUs / 1000).toISOString();
    return [`${time} ${sanitise(entry.identifier)}: ${sanitise(entry.message)}`];
  });
}
