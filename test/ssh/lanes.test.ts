import { describe, expect, test } from 'vitest';
import { printable } from '../../src/cluster/printable.ts';
import { createEscapeFilter } from '../../src/ssh/escape.ts';
import { type Lane, Lanes, type LaneUse } from '../../src/ssh/lanes.ts';
import { backoff } from '../../src/ssh/link.ts';

const POLL: LaneUse = { priority: 'poll', long: false };
const KEY: LaneUse = { priority: 'interactive', long: false };
const TAIL: LaneUse = { priority: 'poll', long: true };

function taker(lanes: Lanes) {
  const order: string[] = [];
  const held = new Map<string, Lane>();
  const take = (name: string, use: LaneUse) => {
    void lanes.acquire(use).then((lane) => {
      order.push(name);
      held.set(name, lane);
    });
  };
  return { take, order, held, settle: () => new Promise<void>((resolve) => setImmediate(resolve)) };
}

describe('lanes', () => {
  test('polls leave two of ten to a person, who also goes first', async () => {
    const lanes = new Lanes(10);
    const { take, order, held, settle } = taker(lanes);
    for (let i = 0; i < 12; i++) take(`poll${i}`, POLL);
    await settle();
    expect(order).toHaveLength(8);
    for (let i = 0; i < 3; i++) take(`key${i}`, KEY);
    await settle();
    expect(order.slice(8)).toEqual(['key0', 'key1']);
    held.get('poll0')?.release();
    held.get('poll0')?.release();
    await settle();
    expect(order.slice(10)).toEqual(['key2']);
    expect(lanes.open).toBe(10);
  });

  test('logs leave room for polls, and a waiting log holds up no poll behind it', async () => {
    const lanes = new Lanes(10);
    const { take, order, settle } = taker(lanes);
    for (let i = 0; i < 7; i++) take(`tail${i}`, TAIL);
    take('poll', POLL);
    await settle();
    expect(order).toEqual(['tail0', 'tail1', 'tail2', 'tail3', 'tail4', 'tail5', 'poll']);
  });

  test('a server that allows fewer is learned from, and one lane always works', async () => {
    const lanes = new Lanes(10);
    const { take, order, held, settle } = taker(lanes);
    take('a', POLL);
    take('b', TAIL);
    await settle();
    held.get('b')?.release();
    lanes.learnLimit();
    expect(lanes.limit).toBe(1);
    take('c', TAIL);
    await settle();
    expect(order).toEqual(['a', 'b']);
    held.get('a')?.release();
    await settle();
    expect(order).toEqual(['a', 'b', 'c']);
  });

  test('who gives up leaves the queue', async () => {
    const lanes = new Lanes(1);
    const first = await lanes.acquire(POLL);
    const stop = new AbortController();
    const waiting = lanes.acquire(POLL, stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    first.release();
    expect(lanes.open).toBe(0);
    await expect(lanes.acquire(POLL, stop.signal)).rejects.toThrow('enough');
  });
});

describe('backoff', () => {
  test('doubles from half a second to fifteen, half of it chance', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 50].map((n) => backoff(n, () => 0))).toEqual([
      250, 500, 1000, 2000, 4000, 7500, 7500, 7500,
    ]);
    expect(backoff(50, () => 0.999)).toBeLessThanOrEqual(15_000);
  });
});

describe('the escape of a terminal session', () => {
  const typed = (...pieces: string[]) => {
    const filter = createEscapeFilter();
    let sent = '';
    for (const piece of pieces) {
      const { send, leave } = filter.push(Buffer.from(piece));
      sent += Buffer.from(send).toString();
      if (leave) return `${sent}|left`;
    }
    return sent;
  };

  test.each([
    [['~.'], '|left'],
    [['ls\r', '~', '.'], 'ls\r|left'],
    [['ls~.'], 'ls~.'],
    [['~~.'], '~.'],
    [['~a\n~b'], '~a\n~b'],
    [['~\r~.'], '~\r|left'],
  ])('%j sends %j', (pieces, sent) => expect(typed(...pieces)).toBe(sent));
});

describe('text of a node in an error', () => {
  test('is one safe line', () => {
    expect(printable('a\u001b[31mred\r\n\tb\u202e\u009b1m')).toBe('a\\x1b[31mred b\\u202e\\x9b1m');
    expect(printable(Buffer.from([0x61, 0xff]))).toBe('a\ufffd');
    expect(printable('x'.repeat(400))).toHaveLength(300);
  });
});
