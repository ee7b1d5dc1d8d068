/** Holds the waiting for units to what fleet's list shows over time. */
import { expect, test } from 'vitest';
import { waitForUnits } from '../../src/cluster/unit-wait.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { fakeShell } from '../helpers/fake-shell.ts';

const row = (state: string, ip = '10.0.0.2'): string => {
  const [active, sub, load = 'loaded'] = state.split(' ');
  return `x.service\t${load}\t${active}\t${sub}\t${'3'.repeat(32)}/${ip}\tabc\n`;
};

/** Plays one list a look, the last for ever. */
async function outcome(lists: readonly string[], hasRun = true, timeoutMs = 600_000) {
  const clock = fakeClock();
  const notes: string[] = [];
  let look = 0;
  const shell = fakeShell(() => lists[Math.min(look++, lists.length - 1)] ?? '');
  const waiting = waitForUnits({
    shell,
    names: ['x.service'],
    hasRun: async () => hasRun,
    clock,
    signal: new AbortController().signal,
    timeoutMs,
    note: (text) => notes.push(text),
  });
  let done = false;
  void waiting.finally(() => {
    done = true;
  });
  for (let i = 0; i < 5_000 && !done; i++) await clock.advance(500);
  return { verdict: (await waiting).get('x.service')?.verdict, notes, looks: look };
}

test('a unit runs when it is active in three looks', async () => {
  const { verdict, notes, looks } = await outcome([
    '',
    row('inactive dead'),
    row('activating start-pre'),
    row('active running'),
  ]);
  expect(verdict).toBe('runs');
  expect(looks).toBe(6);
  expect(notes).toEqual([
    'x.service: waiting for a machine',
    'x.service: inactive (dead) on 10.0.0.2',
    'x.service: activating (start-pre) on 10.0.0.2',
    'x.service: active (running) on 10.0.0.2',
  ]);
});

test('a global unit runs when it does on every machine', async () => {
  const half = row('active running') + row('activating start', '10.0.0.3');
  const both = row('active running') + row('active running', '10.0.0.3');
  expect(await outcome([half, half, half, half, both])).toMatchObject({ verdict: 'runs', looks: 7 });
});

test.each([
  ['failed', [row('active running'), row('failed failed')]],
  ['failed', [row('inactive dead error')]],
  [
    'looping',
    [
      row('active running'),
      row('activating auto-restart'),
      row('active running'),
      row('activating auto-restart'),
    ],
  ],
  ['nowhere', ['']],
  ['ended', [row('active running'), row('inactive dead')]],
  ['late', [row('activating start')]],
] as const)('%s', async (verdict, lists) => {
  expect((await outcome(lists)).verdict).toBe(verdict);
});

test('a long wait says every 30 s where it stands', async () => {
  const { notes } = await outcome([row('activating start-pre')], true, 100_000);
  expect(notes).toEqual(Array(4).fill('x.service: activating (start-pre) on 10.0.0.2'));
});

test('a unit whose turn has not come is not one that has ended', async () => {
  expect((await outcome([row('inactive dead')], false, 30_000)).verdict).toBe('late');
});
