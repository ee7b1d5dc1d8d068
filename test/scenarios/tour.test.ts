/** The README's tour: the script that is quoted there, run as it stands. */
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { fastSandbox } from '../helpers/fast-sandbox.ts';
import type { SandboxHome } from '../helpers/sandbox-home.ts';
import { PROGRAM, ROOT } from '../helpers/terminal.ts';

const SCRIPT = path.join(ROOT, 'test/scenarios/tour.sh');
let home: SandboxHome | undefined;
afterEach(() => home?.dispose());

test('the tour in the README is this script', async () => {
  const [readme, script] = await Promise.all([
    readFile(path.join(ROOT, 'README.md'), 'utf8'),
    readFile(SCRIPT, 'utf8'),
  ]);
  expect(readme).toContain(`\`\`\`sh\n${script}\`\`\`\n`);
});

test('every command of the tour does what the tour says', { timeout: 400_000 }, async () => {
  home = await fastSandbox(20);
  const bin = path.join(home.home, 'bin');
  const work = path.join(home.home, 'work');
  await Promise.all([mkdir(bin), mkdir(work)]);
  await symlink(process.execPath, path.join(bin, 'node'));
  const program = path.join(bin, 'kubecore');
  await writeFile(program, `#!/bin/sh\nexec node '${PROGRAM}' "$@"\n`);
  await chmod(program, 0o755);
  const ran = await execa('sh', ['-x', SCRIPT], {
    cwd: work,
    reject: false,
    extendEnv: false,
    stdin: 'ignore',
    timeout: 380_000,
    env: { ...home.env, PATH: `${bin}:${process.env.PATH ?? ''}`, LANG: 'C.UTF-8' },
  });
  const said = `${ran.stdout}\n${ran.stderr}`;
  expect(ran.exitCode, said).toBe(0);
  expect(ran.stdout).toContain('kubernetes is healthy');
  expect(ran.stdout).toMatch(/^\S+ 172\.31\.\d+\.\d+ \S+: Hello World$/m);
  expect(ran.stdout).toMatch(/created the pod redis[\s\S]*created the service redis/);
  expect(ran.stdout).toContain('created the replication controller web');
  expect(ran.stdout).toContain('nothing is left');
  expect(await readFile(path.join(work, 'myapp.service'), 'utf8')).toContain('Description=MyApp');
});
