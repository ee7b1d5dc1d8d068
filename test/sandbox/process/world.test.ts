/** The saved world and the two clocks. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handClock, realClock } from '../../../src/sandbox/clock.ts';
import { regionOf } from '../../../src/sandbox/cloud/regions.ts';
import { createWorld, loadWorld, worldSaver } from '../../../src/sandbox/world.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'kc-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test('one seed makes one world', () => {
  const make = (seed: number) => {
    const world = createWorld({ seed });
    regionOf(world, 'eu-west-1');
    return world;
  };
  expect(make(7)).toEqual(make(7));
  expect(make(7).account).toMatch(/^\d{12}$/);
  expect(make(8).account).not.toBe(make(7).account);
  const region = regionOf(make(7), 'eu-west-1');
  expect(Object.values(region.subnets).map((subnet) => subnet.zone)).toEqual([
    'eu-west-1a',
    'eu-west-1b',
    'eu-west-1c',
  ]);
  expect(createWorld().seed).not.toBe(createWorld().seed);
});

test('what is saved is what is loaded; nothing is written by who may not', async () => {
  const file = path.join(home, 'deep', 'world.json');
  const world = createWorld({ seed: 1 });
  let mine = true;
  const saver = worldSaver({ file, world: () => world, mayWrite: () => mine, pauseMs: 5 });
  expect(await loadWorld(file, 0)).toEqual({ world: null, notice: null });
  saver.changed();
  await saver.flush();
  expect((await loadWorld(file, 0)).world).toEqual(world);
  mine = false;
  world.counter = 99;
  saver.changed();
  await saver.flush();
  expect(JSON.parse(await readFile(file, 'utf8')).counter).toBe(0);
  expect(await readdir(path.dirname(file))).toEqual(['world.json']);
});

test('a save that fails is told once and tried again', async () => {
  const file = path.join(home, 'blocked', 'world.json');
  await writeFile(path.join(home, 'blocked'), 'in the way');
  const errors: unknown[] = [];
  const saver = worldSaver({
    file,
    world: () => createWorld({ seed: 1 }),
    onError: (error) => errors.push(error),
  });
  saver.changed();
  await saver.flush();
  await saver.flush();
  expect(errors).toHaveLength(1);
  await rm(path.join(home, 'blocked'));
  await saver.flush();
  expect((await loadWorld(file, 0)).world?.seed).toBe(1);
});

test('the hand-moved clock wakes sleepers in order of time, speeded up', async () => {
  const clock = handClock(1_000, () => 10);
  const woken: string[] = [];
  const sleeps = [
    clock.sleep(2_000).then(() => woken.push('late')),
    clock.sleep(1_000).then(() => woken.push('early')),
  ];
  const given = new AbortController();
  const aborted = clock.sleep(1, given.signal);
  given.abort(new Error('no more'));
  await expect(aborted).rejects.toThrow('no more');
  clock.advance(100);
  await sleeps[1];
  expect(woken).toEqual(['early']);
  clock.advance(100);
  await Promise.all(sleeps);
  expect(woken).toEqual(['early', 'late']);
  expect(clock.now()).toBe(1_200);
});

test('the real clock sleeps compressed and can be interrupted', async () => {
  const clock = realClock(() => 1_000);
  await clock.sleep(5_000);
  const given = new AbortController();
  const aborted = clock.sleep(1e9, given.signal);
  given.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  await expect(clock.sleep(1, given.signal)).rejects.toThrow('enough');
});
