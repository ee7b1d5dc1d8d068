/** Holds merging by time: what is shown is in order, nothing is lost, nobody waits for ever. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMerge } from '../../src/cluster/merge.ts';
import type { LogEntry } from '../../src/cluster/model.ts';
import { entryOf } from './fixtures.ts';

test('an entry waits for the other lanes, but not for ever', () => {
  const merge = createMerge({ silentMs: 1_000 });
  const [one, two] = [merge.add(), merge.add()];
  one.push(entryOf('b', 20), 0);
  expect(merge.take(500)).toEqual([]);
  expect(merge.nextAt).toBe(1_000);
  two.push(entryOf('a', 10), 600);
  expect(merge.take(600).map(({ message }) => message)).toEqual(['a']);
  expect(merge.take(1_000).map(({ message }) => message)).toEqual(['b']);
  expect(merge.nextAt).toBeNull();
});

test('a lane that has not been reached is waited for longer; one that ended is not', () => {
  const merge = createMerge({ silentMs: 1_000, unreachedMs: 5_000 });
  const [one, two, three] = [merge.add(), merge.add(), merge.add()];
  one.push(entryOf('b', 20), 0);
  expect(merge.nextAt).toBe(5_000);
  two.ready();
  expect(merge.nextAt).toBe(5_000);
  three.end();
  expect(merge.nextAt).toBe(1_000);
  two.end();
  expect(one.waiting).toBe(1);
  expect(merge.take(0).map(({ message }) => message)).toEqual(['b']);
});

test('a lane may come later', () => {
  const merge = createMerge({ silentMs: 1_000 });
  const one = merge.add();
  one.push(entryOf('a', 10), 0);
  expect(merge.take(0)).toHaveLength(1);
  one.push(entryOf('c', 30), 1);
  merge.add().push(entryOf('b', 20), 1);
  expect(merge.take(1).map(({ message }) => message)).toEqual(['b']);
});

test('whatever comes while all are open and talking leaves in order, and nothing is lost', () => {
  const source = fc.array(fc.nat(1_000), { maxLength: 40 }).map((times) => times.sort((a, b) => a - b));
  fc.assert(
    fc.property(fc.array(source, { minLength: 1, maxLength: 4 }), (sources) => {
      const merge = createMerge({ silentMs: 1_000 });
      const lanes = sources.map(() => merge.add());
      const out: LogEntry[] = [];
      sources.forEach((times, i) => {
        for (const time of times) lanes[i]!.push(entryOf(`${i}`, time), 0);
        out.push(...merge.take(1));
        lanes[i]!.end();
      });
      out.push(...merge.take(2));
      expect(out.map(({ timeUs }) => timeUs)).toEqual(sources.flat().sort((a, b) => a - b));
    }),
  );
});
