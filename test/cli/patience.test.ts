/** Holds the reminder of a long wait: every 30 s of silence, where it stands, and never after the end. */
import { expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { patient } from '../../src/cli/patience.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

function silence() {
  const notes: string[] = [];
  const clock = fakeClock();
  const io = {
    out: async () => {},
    record: async () => {},
    document: async () => {},
    note: (text: string) => void notes.push(text),
  } as unknown as Io;
  return { notes, clock, ...patient(io, { clock, signal: new AbortController().signal, name: 'up' }) };
}

test('every 30 s without a word, with the last word', async () => {
  const { notes, clock, io, stop } = silence();
  await clock.advance(29_000);
  expect(notes).toEqual([]);
  await clock.advance(1_000);
  expect(notes).toEqual(['  0:30  still waiting: kubecore up']);
  await clock.advance(10_000);
  await io.out('  0:40  waiting: SSH answers\n');
  await clock.advance(29_000);
  expect(notes).toHaveLength(1);
  await clock.advance(31_000);
  expect(notes.slice(1)).toEqual([
    '  1:10  still waiting: 0:40 waiting: SSH answers',
    '  1:40  still waiting: 0:40 waiting: SSH answers',
  ]);
  stop();
  await clock.advance(300_000);
  expect(notes).toHaveLength(3);
  expect(clock.sleeping).toBe(0);
});

test('records and notes break the silence too', async () => {
  const { notes, clock, io, stop } = silence();
  for (let i = 0; i < 4; i++) {
    await clock.advance(20_000);
    await (i % 2 ? io.record({}) : io.document({}));
  }
  io.note('AWS throttles; asking again');
  await clock.advance(30_000);
  expect(notes).toEqual([
    'AWS throttles; asking again',
    '  1:50  still waiting: AWS throttles; asking again',
  ]);
  stop();
});
