/** Holds --read-only to what it refuses, before anything is asked or started. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runKubecore } from '../helpers/run.ts';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';

let home: SandboxHome;
beforeAll(async () => {
  home = await sandboxHome();
});
afterAll(async () => {
  await home.dispose();
});

test.each([
  [[], 'the guided setup'],
  [['up', '--yes'], 'kubecore up'],
  [['down', '--yes'], 'kubecore down'],
  [['ssh'], 'kubecore ssh'],
  [['scale', '3'], 'kubecore scale'],
  [['run', 'busybox', 'true'], 'kubecore run'],
  [['unit', 'start', 'x.service'], 'kubecore unit start'],
  [['controllers', 'resize', 'x', '1'], 'kubecore controllers resize'],
  [['keys', 'create', 'x'], 'kubecore keys create'],
  [['sandbox', 'reset'], 'kubecore sandbox reset'],
])('%j', async (words, what) => {
  const ran = await runKubecore([...words, '--sandbox', '--read-only'], { env: home.env });
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(`kubecore: ${what} is refused: it can change something`);
});
