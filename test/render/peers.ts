/** Owns the decision about others' tools in tests: run when on PATH; absent, say so, or fail where they are required. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';

function isOnPath(tool: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** `describe` for tests that need a tool of someone else's. KUBECORE_REQUIRE_PEERS=1 (CI) makes its absence a failure. */
export function describeWithPeer(tool: string, tests: () => void): void {
  if (isOnPath(tool)) describe(tool, tests);
  else if (process.env.KUBECORE_REQUIRE_PEERS === '1')
    it(`${tool} is on PATH where peers are required`, () => {
      expect.fail(`${tool} is not on PATH, and KUBECORE_REQUIRE_PEERS=1`);
    });
  else describe.skip(`${tool} (did not run: it is not on PATH)`, tests);
}
