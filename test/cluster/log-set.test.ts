/** Holds a merged log to its sources: they join, leave and come back, and no line is lost or told twice. */
import { afterEach, expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import { createLogRing } from '../../src/cluster/log-ring.ts';
import { createLogSet, type LogSet, type OpenLog } from '../../src/cluster/log-set.ts';
import type { LogEntry } from '../../src/cluster/model.ts';
import type { LogSource, Tail, TailState } from '../../src/cluster/tail-contract.ts';
import { fakeClock, settle } from '../helpers/fake-clock.ts';
import { entryOf } from './fixtures.ts';

const onNode = (unit: string, node: string): LogSource => ({ unit, machineId: node, ip: node });

interface FakeTail {
  readonly opened: OpenLog;
  push(...entries: readonly LogEntry[]): void;
  enter(state: TailState): void;
}

/** A set over tails that the test fills by hand. */
function fakeSet() {
  const clock = fakeClock();
  const tails: FakeTail[] = [];
  const set = createLogSet({
    clock,
    open(opened): Tail {
      const ring = createLogRing(4);
      const listeners = new Set<() => void>();
      let state: TailState = { phase: 'connecting' };
      const enter = (next: TailState): void => {
        if (state.phase === 'ended') return;
        state = next;
        for (const listener of listeners) listener();
      };
      tails.push({
        opened,
        push(...entries) {
          entries.forEach(ring.push);
          enter({ phase: 'following' });
        },
        enter,
      });
      return {
        source: opened.source,
        ring,
        state: () => state,
        subscribe(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        close: () => enter({ phase: 'ended' }),
      };
    },
  });
  return { clock, tails, set };
}

function read(set: LogSet, signal?: AbortSignal) {
  const seen: string[] = [];
  const got = { seen, dropped: 0, done: false };
  void (async () => {
    for await (const batch of set.batches(signal)) {
      seen.push(...batch.entries.map(({ message }) => message));
      got.dropped += batch.dropped;
    }
    got.done = true;
  })();
  return got;
}

const sets: LogSet[] = [];
afterEach(() => {
  for (const set of sets.splice(0)) set.close();
});

function started(sources: readonly LogSource[]) {
  const { clock, tails, set } = fakeSet();
  sets.push(set);
  const change = set.update(sources);
  return { clock, tails, set, change, got: read(set) };
}

test('sources of different nodes come in order of time, and the end comes with the last of them', async () => {
  const { clock, tails, set, got } = started([onNode('a', '1'), onNode('a', '2')]);
  set.seal();
  tails[0]!.push(entryOf('1', 1), entryOf('3', 3));
  await settle();
  expect(got.seen).toEqual([]);
  tails[1]!.push(entryOf('2', 2));
  await settle();
  expect(got.seen).toEqual(['1', '2']);
  await clock.advance(1_000);
  expect(got.seen).toEqual(['1', '2', '3']);
  tails[1]!.push(entryOf('4', 4), entryOf('5', 5), entryOf('6', 6), entryOf('7', 7), entryOf('8', 8));
  tails[0]!.enter({ phase: 'ended' });
  tails[1]!.enter({ phase: 'ended' });
  await settle();
  expect(got).toMatchObject({ seen: ['1', '2', '3', '5', '6', '7', '8'], dropped: 1, done: true });
});

test('units of one node share a session, others have their own', () => {
  const { tails } = started([
    onNode('a', '1'),
    onNode('b', '1'),
    onNode('a', '2'),
    { ...onNode('', '3'), unit: null },
  ]);
  expect(tails.map(({ opened }) => [opened.source.machineId, opened.source.unit, opened.units])).toEqual([
    ['3', null, undefined],
    ['1', null, ['a', 'b']],
    ['2', 'a', undefined],
  ]);
});

test('a unit that moves: its new place joins, its old one is read a little longer, and goes on where it was', async () => {
  const { clock, tails, set, change, got } = started([onNode('a', '1')]);
  expect(change).toEqual({ joined: [onNode('a', '1')], left: [] });
  tails[0]!.push({ ...entryOf('on 1', 1), unit: 'a', cursor: 'c1' });
  await settle();

  expect(set.update([onNode('a', '2')])).toEqual({ joined: [onNode('a', '2')], left: [onNode('a', '1')] });
  tails[0]!.push({ ...entryOf('last of 1', 2), unit: 'a', cursor: 'c2' });
  tails[1]!.push(entryOf('on 2', 3));
  await clock.advance(1_000);
  expect(got.seen).toEqual(['on 1', 'last of 1', 'on 2']);
  await clock.advance(10_000);
  expect(set.sources().map(({ source }) => source)).toEqual([onNode('a', '2')]);

  set.update([onNode('a', '1')]);
  expect(tails).toHaveLength(3);
  expect(tails[2]!.opened.after).toMatchObject({ cursor: 'c2' });
  // Back before its lines were let go: it is the same tail.
  set.update([onNode('a', '1'), onNode('a', '2')]);
  expect(tails).toHaveLength(3);
});

test('a source that fails is told once and holds nobody up', async () => {
  const { tails, set, got } = started([onNode('a', '1'), onNode('a', '2')]);
  const error = new KubecoreError({ what: 'gone', why: 'w', next: 'n', fault: 'node', code: 'MachineGone' });
  tails[0]!.enter({ phase: 'failed', error });
  tails[1]!.push(entryOf('x', 1));
  await settle();
  expect(got.seen).toEqual(['x']);
  expect(set.failures()).toEqual([error]);
});

test('a reader that is behind holds the node back', async () => {
  const { clock, tails, set } = fakeSet();
  sets.push(set);
  set.update([onNode('a', '1')]);
  for (let i = 0; i < 5_000; i++) tails[0]!.push(entryOf(`${i}`, i));
  let free = false;
  void tails[0]!.opened.room().then(() => {
    free = true;
  });
  await settle();
  expect(free).toBe(false);
  const got = read(set);
  await clock.until(() => free);
  expect(got).toMatchObject({ dropped: 0 });
  expect(got.seen).toHaveLength(5_000);
});

test('ends when it is closed', async () => {
  const { set, got } = started([onNode('a', '1')]);
  set.close();
  await settle();
  expect(got.done).toBe(true);
});
