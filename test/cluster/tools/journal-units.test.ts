/** Holds the script that reads several units to a real sh, with a journalctl that tells what it was asked. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPast, historyEnd, severalUnitsArgv } from '../../../src/cluster/tools/journal-units.ts';
import { entryOf } from '../fixtures.ts';

const exec = promisify(execFile);
const HOSTILE = `a'b"$(touch pwned) \\.service`;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kubecore-units-'));
  const file = path.join(folder, 'journalctl');
  await writeFile(
    file,
    '#!/bin/sh\nfor word; do printf "[%s]" "$word"; done; echo\n[ "$6" != --unit=bad ]\n',
  );
  await chmod(file, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(argv: readonly string[]): Promise<string[]> {
  const [program = '', ...rest] = argv;
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  const { stdout } = await exec(program, rest, { env, cwd: folder });
  return stdout.trimEnd().split('\n');
}

const encoded = (text: string) => new TextEncoder().encode(text);

test('asks for each unit by itself, then for all together', async () => {
  const asked = await run(
    severalUnitsArgv(['x.service', HOSTILE], { lines: 7, follow: true, since: '2 hours ago' }),
  );
  expect(asked.slice(0, 2)).toEqual([
    '[-q][-o][json][-a][--no-pager][--unit=x.service][-n][7][--since=2 hours ago]',
    `[-q][-o][json][-a][--no-pager][--unit=${HOSTILE}][-n][7][--since=2 hours ago]`,
  ]);
  expect(historyEnd(encoded(asked[2] ?? ''))).toBeGreaterThan(1.7e9);
  expect(asked[3]).toMatch(
    /^\[-q\].*\[-f\]\[-n\]\[1000000\]\[--since=@\d{10}\]\[--unit=x\.service\]\[--unit=a'b/,
  );
  expect(asked).toHaveLength(4);
});

test('without following it ends, and a journalctl that fails is its end', async () => {
  const until = { lines: 7, follow: false, until: '@5' };
  const asked = await run(severalUnitsArgv(['x.service', 'y.service'], until));
  expect(asked[1]).toBe('[-q][-o][json][-a][--no-pager][--unit=y.service][-n][7][--until=@5]');
  expect(historyEnd(encoded(asked[2] ?? ''))).toBeGreaterThan(1.7e9);
  const failing = run(severalUnitsArgv(['x.service', 'bad', 'y.service'], { lines: 1, follow: true }));
  await expect(failing).rejects.toMatchObject({ code: 1 });
});

test('other lines are no end of the past', () => {
  for (const line of ['', '-- Reboot --', '{}', '-'.repeat(100)])
    expect(historyEnd(encoded(line))).toBeNull();
});

test('the past is put in order, and what comes twice is shown once', () => {
  const past = createPast();
  const [a, b, c] = [1, 2, 3].map((n) => ({ ...entryOf(`${n}`, n), cursor: `c${n}` }));
  expect([b, a].map((entry) => past.takes(entry!))).toEqual([true, true]);
  expect(past.end()).toEqual([a, b]);
  expect([a, b, c, c].map((entry) => past.takes(entry!))).toEqual([true, true, false, false]);
});
