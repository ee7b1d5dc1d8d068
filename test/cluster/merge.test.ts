import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLogRing } from '../../src/cluster/log-ring.ts';
import { createMerge, mergeTails } from '../../src/cluster/merge.ts';
import type { LogEntry } from '../../src/cluster/model.ts';
import type { Tail, TailState } from '../../src/cluster/tail-contract.ts';
import { fakeClock, settle } from '../helpers/fake-clock.ts';
import { entryOf } from './fixtures.ts';

test('an entry waits for the other sources, but not for ever', () => {
  const merge = createMerge(2, 1_000);
  merge.push(0, entryOf('b', 20), 0);
  expect(merge.take(500)).toEqual([]);
  expect(merge.nextAt).toBe(1_000);
  merge.push(1, entryOf('a', 10), 600);
  expect(merge.take(600).map(({ message }) => message)).toEqual(['a']);
  expect(merge.take(1_000).map(({ message }) => message)).toEqual(['b']);
  expect(merge.nextAt).toBeNull();
});

test('whatever comes while all are open and talking leaves in order, and nothing is lost', () => {
  const source = fc.array(fc.nat(1_000), { maxLength: 40 }).map((times) => times.sort((a, b) => a - b));
  fc.assert(
    fc.property(fc.array(source, { minLength: 1, maxLength: 4 }), (sources) => {
      const merge = createMerge(sources.length, 1_000);
      const out: LogEntry[] = [];
      sources.forEach((times, i) => {
        for (const time of times) merge.push(i, entryOf(`${i}`, time), 0);
        out.push(...merge.take(1));
        merge.end(i);
      });
      out.push(...merge.take(2));
      expect(out.map(({ timeUs }) => timeUs)).toEqual(sources.flat().sort((a, b) => a - b));
    }),
  );
});

function fakeTail() {
  const ring = createLogRing(3);
  const listeners = new Set<() => void>();
  let state: TailState = { phase: 'following' };
  const tail: Tail = {
    source: { unit: 'a', machineId: 'm', ip: null },
    ring,
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {},
  };
  const notify = () => {
    for (const listener of listeners) listener();
  };
  return {
    tail,
    push(...entries: LogEntry[]) {
      entries.forEach(ring.push);
      notify();
    },
    end() {
      state = { phase: 'ended' };
      notify();
    },
  };
}

test('merges tails by time, tells what was dropped, ends with the last of them', async () => {
  const clock = fakeClock();
  const [one, two] = [fakeTail(), fakeTail()];
  one.push(entryOf('1', 1), entryOf('3', 3));
  const seen: string[] = [];
  let dropped = 0;
  const done = (async () => {
    for await (const batch of mergeTails({ tails: [one.tail, two.tail], clock })) {
      seen.push(...batch.entries.map(({ message }) => message));
      dropped += batch.dropped;
    }
  })();
  await settle();
  expect(seen).toEqual([]);
  two.push(entryOf('2', 2));
  await settle();
  expect(seen).toEqual(['1', '2']);
  await clock.advance(1_000);
  expect(seen).toEqual(['1', '2', '3']);
  two.push(entryOf('4', 4), entryOf('5', 5), entryOf('6', 6), entryOf('7', 7));
  one.end();
  two.end();
  await settle();
  await done;
  expect(seen).toEqual(['1', '2', '3', '5', '6', '7']);
  expect(dropped).toBe(1);
});
