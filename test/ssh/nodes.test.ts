/** Connections to the nodes behind a master: how many are begun at a time, what is tried again, when one is left. */
import { expect, test } from 'vitest';
import { KubecoreError } from '../../src/cluster/errors.ts';
import type { Connection } from '../../src/ssh/live-connection.ts';
import { createNodes } from '../../src/ssh/nodes.ts';
import { fakeClock, noChance } from '../helpers/fake-clock.ts';

const forever = new AbortController().signal;

function connection(): { connection: Connection; ended: () => boolean } {
  let ended = false;
  return {
    connection: {
      gone: new Promise(() => {}),
      lost: null,
      end: () => {
        ended = true;
      },
    } as unknown as Connection,
    ended: () => ended,
  };
}

const dropped = (code: string) =>
  new KubecoreError({ what: 'x', why: 'dropped', next: 'x', fault: 'network', code });

test('of many nodes at once eight are being connected to, and one that sshd drops for their number comes again', async () => {
  const clock = fakeClock();
  let begun = 0;
  let most = 0;
  const tries = new Map<string, number>();
  const finish: (() => void)[] = [];
  const nodes = createNodes({
    connect: async (address) => {
      most = Math.max(most, ++begun);
      await new Promise<void>((resolve) => finish.push(resolve));
      begun--;
      const count = (tries.get(address) ?? 0) + 1;
      tries.set(address, count);
      // Every third one is dropped at first.
      if (count === 1 && Number(address) % 3 === 0) throw dropped('HandshakeLost');
      return connection().connection;
    },
    delayedBy: () => null,
    idleMs: 60_000,
    clock,
    random: noChance,
  });
  const all = Promise.all(Array.from({ length: 30 }, (_, i) => nodes.get(String(i), forever)));
  let done = false;
  all.then(() => {
    done = true;
  });
  await clock.advance(0);
  expect(begun).toBe(8);
  while (!done) {
    for (const act of finish.splice(0)) act();
    await clock.advance(300);
  }
  expect(most).toBe(8);
  expect([...tries.values()].filter((count) => count === 2)).toHaveLength(10);
  nodes.close();
});

test('what is no drop is told at once, and forgotten', async () => {
  let tries = 0;
  const nodes = createNodes({
    connect: async () => {
      if (++tries === 1) throw dropped('Refused');
      return connection().connection;
    },
    delayedBy: () => null,
    idleMs: 60_000,
    clock: fakeClock(),
    random: noChance,
  });
  await expect(nodes.get('a', forever)).rejects.toMatchObject({ code: 'Refused' });
  await nodes.get('a', forever);
  expect(tries).toBe(2);
  nodes.close();
});

test('a connection is shared while anybody uses it, and closed a minute after the last', async () => {
  const clock = fakeClock();
  const made: ReturnType<typeof connection>[] = [];
  const nodes = createNodes({
    connect: async () => {
      const one = connection();
      made.push(one);
      return one.connection;
    },
    delayedBy: () => null,
    idleMs: 60_000,
    clock,
    random: noChance,
  });
  const first = await nodes.get('a', forever);
  const second = await nodes.get('a', forever);
  expect(second.connection).toBe(first.connection);
  first.done();
  await clock.advance(600_000);
  expect(made[0]?.ended()).toBe(false);
  second.done();
  second.done();
  await clock.advance(59_000);
  const third = await nodes.get('a', forever);
  expect(third.connection).toBe(first.connection);
  third.done();
  await clock.advance(60_000);
  expect(made[0]?.ended()).toBe(true);
  const fourth = await nodes.get('a', forever);
  expect(fourth.connection).not.toBe(first.connection);
  nodes.close();
});
