/** Running it for real: with the real hosts, until a signal, one after another in one directory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SandboxInfo } from '../../../src/sandbox/process/api.ts';
import { connectSandbox } from '../../../src/sandbox/process/client.ts';
import { runSandbox } from '../../../src/sandbox/process/main.ts';

let stateDir: string;
let ends: AbortController[];
let runs: Promise<unknown>[];
beforeEach(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'kc-'));
  ends = [];
  runs = [];
});
afterEach(async () => {
  for (const end of ends) end.abort('SIGTERM');
  await Promise.allSettled(runs);
  await rm(stateDir, { recursive: true, force: true });
});

function run(foreground: boolean): {
  done: Promise<void>;
  ready: Promise<SandboxInfo>;
  end: AbortController;
} {
  const end = new AbortController();
  ends.push(end);
  let serving = (_info: SandboxInfo): void => {};
  const ready = new Promise<SandboxInfo>((resolve) => {
    serving = resolve;
  });
  const done = runSandbox({
    stateDir,
    version: '1',
    foreground,
    signal: end.signal,
    ready: (info) => serving(info),
  });
  runs.push(done);
  return { done, ready, end };
}

test('it serves until the signal', async () => {
  const { done, ready, end } = run(false);
  const info = await ready;
  expect(info).toMatchObject({ foreground: false, speed: 8 });
  expect((await (await connectSandbox(stateDir))?.info())?.endpoint).toBe(info.endpoint);
  end.abort('SIGTERM');
  await done;
  expect(await connectSandbox(stateDir)).toBeNull();
});

test('a second one in the background gives way, one in a terminal takes over, two terminals do not', async () => {
  const first = run(false);
  const { endpoint } = await first.ready;
  await run(false).done;
  const second = run(true);
  expect(await second.ready).toMatchObject({ foreground: true, endpoint });
  await first.done;
  await expect(run(true).done).rejects.toMatchObject({ code: 'SandboxRuns', fault: 'input' });
});
