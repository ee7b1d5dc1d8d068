/** Owns a home of its own for one scenario: empty HOME and state directory, and the end of the sandbox process that ran in it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runKubecore } from './run.ts';

export interface SandboxHome {
  readonly home: string;
  readonly env: Record<string, string>;
  dispose(): Promise<void>;
}

export async function sandboxHome(extra: Record<string, string> = {}): Promise<SandboxHome> {
  const home = await mkdtemp(path.join(tmpdir(), 'kubecore-test-'));
  const env = { HOME: home, KUBECORE_STATE_DIR: path.join(home, 'state'), ...extra };
  return {
    home,
    env,
    async dispose() {
      await runKubecore(['sandbox', 'stop'], { env, timeoutMs: 15_000 }).catch(() => undefined);
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
