/** Owns the decision about others' tools in these tests: run when on PATH; absent, say so, or fail where they are required. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The tool's path, or null. */
export function onPath(tool: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, tool);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  return null;
}

/** CI sets both: there a peer that is missing is a failure, not a skip. */
export const peersRequired = (): boolean =>
  process.env.CI === 'true' && process.env.KUBECORE_REQUIRE_PEERS === '1';
