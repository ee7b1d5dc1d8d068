import { afterEach, expect, test } from 'vitest';
import type { KubecoreError } from '../../src/cluster/errors.ts';
import { type Poller, type PollerOptions, startPoller } from '../../src/cluster/watch.ts';
import { type FakeClock, fakeClock, noChance, settle } from '../helpers/fake-clock.ts';

let poller: Poller | undefined;
afterEach(() => poller?.stop());

function start(
  poll: (clock: FakeClock, n: number, signal: AbortSignal) => Promise<string>,
  more: Partial<PollerOptions<string>> = {},
) {
  const clock = fakeClock(0);
  const asked: number[] = [];
  const data: [string, number][] = [];
  const errors: KubecoreError[] = [];
  poller = startPoller({
    name: 'the pods',
    poll: (signal) => {
      asked.push(clock.now());
      return poll(clock, asked.length, signal);
    },
    onData: (answer, asOf) => data.push([answer, asOf]),
    onError: (error) => errors.push(error),
    clock,
    random: noChance,
    ...more,
  });
  return { clock, asked, data, errors, poller };
}

test('asks every 2 s on screen and every 10 s off it', async () => {
  const { clock, asked, poller } = start(async () => 'x');
  await clock.advance(6_000);
  expect(asked).toEqual([0, 2_000, 4_000, 6_000]);
  poller.setVisible(false);
  await clock.advance(20_000);
  expect(asked.slice(4)).toEqual([16_000, 26_000]);
  poller.setVisible(true);
  await settle();
  await clock.advance(2_000);
  expect(asked.at(-1)).toBeLessThanOrEqual(28_000);
});

test('has one request in flight, and rests longer after a costly one', async () => {
  let running = 0;
  let most = 0;
  const { clock, asked } = start(async (clock) => {
    most = Math.max(most, ++running);
    await clock.sleep(3_000);
    running--;
    return 'x';
  });
  await clock.advance(20_000);
  expect(most).toBe(1);
  expect(asked).toEqual([0, 9_000, 18_000]);
});

test('a refresh asks now; during a poll it asks again right after it', async () => {
  const { clock, asked, poller } = start(async (clock) => {
    await clock.sleep(100);
    return 'x';
  });
  await clock.advance(500);
  poller.refresh();
  await settle();
  expect(asked).toEqual([0, 500]);
  poller.refresh();
  poller.refresh();
  await clock.advance(150);
  expect(asked).toEqual([0, 500, 600]);
});

test('backs off while it fails, and comes back to its rate', async () => {
  const { clock, asked, data, errors } = start(async (_clock, n) => {
    if (n <= 6) throw new Error('no');
    return 'x';
  });
  await clock.until(() => data.length === 2);
  const gaps = asked.slice(1).map((at, i) => at - asked[i]!);
  expect(gaps.slice(0, 5)).toEqual([2_000, 3_000, 6_000, 12_000, 22_500]);
  expect(gaps.at(-1)).toBe(2_000);
  expect(errors).toHaveLength(6);
});

test('drops the answer that comes after its time, and asks anew', async () => {
  const late: ((value: string) => void)[] = [];
  let aborted = false;
  const { clock, data, errors } = start(
    (_clock, n, signal) => {
      if (n > 1) return Promise.resolve('fresh');
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise((resolve) => late.push(resolve));
    },
    { timeoutMs: 5_000 },
  );
  await clock.advance(5_000);
  expect(errors).toMatchObject([{ code: 'Timeout' }]);
  expect(aborted).toBe(true);
  await clock.until(() => data.length === 1);
  late[0]!('old');
  await settle();
  expect(data.map(([answer]) => answer)).toEqual(['fresh']);
});

test('stops cleanly: nothing is told afterwards, nobody sleeps on', async () => {
  let answer: (value: string) => void = () => {};
  const { clock, data, errors, poller } = start(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  await settle();
  poller.stop();
  answer('late');
  await clock.advance(60_000);
  expect([data, errors]).toEqual([[], []]);
  expect(clock.sleeping).toBe(0);
});
