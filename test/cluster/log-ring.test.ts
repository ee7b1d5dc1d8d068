import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLogRing, entryBytes } from '../../src/cluster/log-ring.ts';
import { entryOf } from './fixtures.ts';

test('keeps the newest lines and counts those that left', () => {
  const ring = createLogRing(3);
  for (const message of ['a', 'b', 'c', 'd', 'e']) ring.push(entryOf(message));
  expect([ring.first, ring.end, ring.dropped]).toEqual([2, 5, 2]);
  expect([1, 2, 3, 4, 5].map((n) => ring.at(n)?.message)).toEqual([undefined, 'c', 'd', 'e', undefined]);
});

test('a line larger than the whole ring stays as the only one', () => {
  const ring = createLogRing(10, 1_000);
  ring.push(entryOf('small'));
  ring.push(entryOf('x'.repeat(5_000)));
  expect([ring.first, ring.end]).toEqual([1, 2]);
  ring.push(entryOf('small'));
  expect(ring.at(2)?.message).toBe('small');
  expect(ring.first).toBe(2);
});

test('never holds more lines or bytes than it may, and knows what it holds', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 100 }), (messages) => {
      const ring = createLogRing(8, 2_000);
      for (const message of messages) {
        ring.push(entryOf(message));
        let bytes = 0;
        for (let i = ring.first; i < ring.end; i++) bytes += entryBytes(ring.at(i)!);
        expect(ring.bytes).toBe(bytes);
        expect(ring.end - ring.first).toBeLessThanOrEqual(8);
        if (ring.end - ring.first > 1) expect(bytes).toBeLessThanOrEqual(2_000);
        expect(ring.at(ring.end - 1)?.message).toBe(message);
      }
      expect(ring.end).toBe(messages.length);
    }),
  );
});
