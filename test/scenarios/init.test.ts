/** Tells how a person writes a config file by answering, and how a doctor looks at the terminal: in a real one. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type SandboxHome, sandboxHome } from '../helpers/sandbox-home.ts';
import { kubecore, type TerminalSession } from '../helpers/terminal.ts';

let home: SandboxHome;
const sessions: TerminalSession[] = [];
const open = (args: readonly string[], env: Record<string, string> = {}): TerminalSession => {
  const session = kubecore(args, { cwd: home.home, env: { ...home.env, ...env }, columns: 100, rows: 30 });
  sessions.push(session);
  return session;
};
beforeAll(async () => {
  home = await sandboxHome();
});
afterAll(async () => {
  for (const session of sessions) await session.dispose();
  await home.dispose();
});

test('a wrong answer is asked again, Enter keeps what stands in parentheses', async () => {
  const session = open(['init', '--name', 'web']);
  await session.see('Region (us-east-1): ');
  session.press('Enter');
  await session.see('Instance type (m3.medium): ');
  session.type('m3.mediun\r');
  await session.see('did you mean m3.medium?');
  session.type('m3.large\r');
  await session.see('Minions (2): ');
  session.type('4\r');
  await session.see('Key pair (coreos): ');
  session.press('Enter');
  await session.see('wrote kubecore.yaml');
  expect(await session.end()).toMatchObject({ code: 0 });
  expect(parse(await readFile(path.join(home.home, 'kubecore.yaml'), 'utf8'))).toEqual({
    name: 'web',
    region: 'us-east-1',
    'instance-type': 'm3.large',
    'cluster-size': 4,
    'key-pair': 'coreos',
  });
});

test('Ctrl-C at a question writes nothing and ends with 130', async () => {
  const session = open(['init', '--config', 'none.yaml']);
  await session.see('Name (kubernetes): ');
  session.press('Ctrl+c');
  expect(await session.end()).toMatchObject({ code: 130 });
  await expect(readFile(path.join(home.home, 'none.yaml'))).rejects.toThrow('ENOENT');
});

test('CI=true: nothing is asked, not even on a terminal', async () => {
  const init = open(['init', '--config', 'ci.yaml'], { CI: 'true' });
  await init.see('wrote ci.yaml');
  expect(await init.end()).toMatchObject({ code: 0 });
  const up = open(['up', '--sandbox', '--config', 'ci.yaml'], { CI: 'true' });
  await up.see('CI is set, so nobody is asked');
  await up.see('give --yes');
  expect(await up.end()).toMatchObject({ code: 2 });
});

test("doctor tells the terminal's abilities", async () => {
  const session = open(['doctor']);
  await session.see(/terminal +ok +xterm-256color, 100×30, \d+ colours, UTF-8, alternate screen, mouse/);
  await session.see(/clipboard +ok +by the terminal \(OSC 52\)/);
  await session.end();
});
