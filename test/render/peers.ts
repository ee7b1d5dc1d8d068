/** Owns the decision about others' tools in tests: run when on PATH; absent, say so, or fail where they are required. */
import { spawnSync } from 'node:child_process';
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

const works = (tool: string, probe: readonly string[]): boolean =>
  spawnSync(tool, probe, { stdio: 'ignore' }).status === 0;

/**
 * `describe` for tests that need a tool of someone else's; with `probe`, one that ends with 0 when run so.
 * KUBECORE_REQUIRE_PEERS=1 (CI) makes its absence a failure.
 */
export function describeWithPeer(tool: string, tests: () => void, probe?: readonly string[]): void {
  if (isOnPath(tool) && (probe === undefined || works(tool, probe))) describe(tool, tests);
  else if (process.env.KUBECORE_REQUIRE_PEERS === '1')
    it(`${tool} is on PATH and works where peers are required`, () => {
      expect.fail(`${tool} is not on PATH or does not work, and KUBECORE_REQUIRE_PEERS=1`);
    });
  else describe.skip(`${tool} (did not run: it is not on PATH)`, tests);
}

/** `describe` for tests with one more tool of a kind that is tested anyway: run where it is there, required nowhere. */
export function describeWherePresent(tool: string, tests: () => void): void {
  if (isOnPath(tool)) describe(tool, tests);
  else describe.skip(`${tool} (did not run: it is not on PATH)`, tests);
}
