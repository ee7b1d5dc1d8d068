/** Holds commands to a quiet end when the reader of their output goes away, as with any other tool. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';
import { PROGRAM } from '../helpers/terminal.ts';

let home: SandboxHome;
beforeAll(async () => {
  home = await sandboxHome();
});
afterAll(async () => {
  await home.dispose();
});

test.each([
  '--help',
  'up --help',
  'render',
  'render --format json',
  'config',
  'config -o yaml',
  'config --schema',
  'init --print',
  'completion bash',
  'doctor -o json',
])('%s', async (words) => {
  const child = spawn(process.execPath, [PROGRAM, ...words.split(' ')], {
    cwd: home.home,
    env: { ...home.env, PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Long before the program has anything to say.
  child.stdout.destroy();
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  // Notes to a person go to standard error, which is still read.
  expect(errors.join('')).toBe(words === 'config' ? 'no config file (kubecore init writes one)\n' : '');
});
