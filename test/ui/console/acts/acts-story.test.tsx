/** Acts as a person meets them in the console: from a key to the question to what was done, and nothing of it when read-only. */
import { cleanup } from 'ink-testing-library';
import stringWidth from 'string-width';
import { afterEach, describe, expect, it } from 'vitest';
import type { Hands } from '../../../../src/ui/hands.ts';
import { type FakeShell, fakeShell } from '../../../helpers/fake-shell.ts';
import { unit } from '../fakes.ts';
import { KEYS, openHealthy } from '../opened.tsx';
import { type FakeHands, fakeHands } from './fake-hands.ts';

afterEach(cleanup);

async function opened(change: Partial<Hands> = {}, size = { columns: 120, rows: 40 }) {
  const shell: FakeShell = fakeShell();
  const hands: FakeHands = fakeHands(shell, change);
  const screen = await openHealthy(size, {
    prepare: (session) => Object.assign(session, { hands, shell }),
  });
  await screen.feed(() =>
    screen.session.feed({
      units: [
        unit('a.service', '10.0.0.11', { source: 'fleet' }),
        unit('b.service', '10.0.0.12', { source: 'fleet' }),
        unit('etcd.service', '10.0.0.10'),
      ],
    }),
  );
  /** Commands that change something: the console looks as well. */
  const done = (): string[] =>
    shell.calls.map(({ command }) => command).filter((command) => !/ list-|^docker ps/.test(command));
  return { screen, shell, hands, done };
}

describe('an act on marked rows', () => {
  it('shows its commands and waits for a yes', async () => {
    const { screen, done } = await opened();
    await screen.press('2', 'g', ' ', ' ', 'a');
    expect(screen.text()).toContain('Acts  2 units');
    await screen.press('s', 't', 'o', 'p', KEYS.enter);
    expect(screen.text()).toContain('Act  Stop 2 units');
    expect(screen.text()).toContain('master $ fleetctl stop --block-attempts=60 a.service');
    expect(screen.text()).toContain('kubecore unit stop a.service b.service --sandbox');
    expect(done()).toEqual([]);
    await screen.press(KEYS.enter, 'x', 'z');
    expect(done()).toEqual([]);
    await screen.press('y');
    expect(done()).toEqual([
      'fleetctl stop --block-attempts=60 a.service',
      'fleetctl stop --block-attempts=60 b.service',
    ]);
    expect(screen.text()).toContain('b.service is stopped');
    expect(screen.text()).toContain('● done');
    await screen.press(KEYS.esc);
    expect(screen.text()).toContain('2 Units');
  });

  it('is not done after a no', async () => {
    const { screen, done } = await opened();
    await screen.press('2', 'g', 'x');
    expect(screen.text()).toContain('Destroy the unit a.service');
    expect(screen.text()).toContain('Fleet forgets them');
    await screen.press('n');
    expect(screen.text()).not.toContain('Destroy');
    expect(done()).toEqual([]);
  });

  it('gives its command line to the clipboard', async () => {
    const { screen, hands } = await opened();
    await screen.press('2', 'g', 'x', 'c');
    expect(hands.copied).toEqual(['kubecore unit destroy a.service --yes --sandbox']);
  });

  it('is not offered where it cannot be', async () => {
    const { screen } = await opened();
    await screen.press('2', 'G', 'a', ...'stop', KEYS.enter);
    expect(screen.text()).toContain("etcd.service is its node's own unit");
  });
});

describe('a shell', () => {
  it('is on the node of the row, and the console is there again afterwards', async () => {
    const { screen, hands } = await opened();
    await screen.press('2', 'g', 'j', 's');
    expect(hands.terminals).toEqual(['10.0.0.12']);
    expect(screen.text()).toContain('2 Units 3');
  });
});

describe('read-only', () => {
  it('takes all acts away: keys, footer, help and commands', async () => {
    const { screen, hands, done } = await opened({ readOnly: true });
    await screen.press('2', 'a', 's', 'x', 'e');
    expect(hands.terminals).toEqual([]);
    expect(screen.lines().at(-1)).not.toMatch(/ a acts| s shell/);
    await screen.press(':', ...'unit');
    expect(screen.text()).not.toContain('unit stop');
    expect(screen.text()).toContain('units');
    await screen.press(KEYS.esc, '?');
    expect(screen.text()).not.toContain('everything that can be done');
    expect(done()).toEqual([]);
  });
});

describe('commands', () => {
  it('do what keys do, and acts by name', async () => {
    const { screen, done } = await opened();
    await screen.press(':', ...'pods', KEYS.enter);
    expect(screen.text()).toContain('[4 Pods');
    await screen.press(':', ...'unit load b.service', KEYS.enter, 'y');
    expect(done()).toEqual(['fleetctl load --block-attempts=60 b.service']);
    await screen.press(KEYS.esc, ':', ...'zomo', KEYS.enter);
    expect(screen.text()).toContain('did you mean :zoom?');
    await screen.press(':', ...'filter redis', KEYS.enter);
    expect(screen.text()).toContain('/redis');
    await screen.press(':', ...'quit', KEYS.enter);
    expect(screen.quits).toBe(1);
  });

  it('ask again for a value that cannot be, instead of running it', async () => {
    const { screen, done } = await opened();
    await screen.press(':', ...'controllers resize redisController many', KEYS.enter);
    expect(screen.text()).toContain('a whole number from 0 to');
    await screen.press('y', KEYS.enter);
    expect(done()).toEqual([]);
  });

  it('open merged logs by name, and save them', async () => {
    const { screen, hands } = await opened();
    await screen.press(':', ...'logs a b', KEYS.enter);
    expect(screen.session.tails.map((tail) => tail.source.unit)).toEqual(['a.service', 'b.service']);
    screen.session.tails[0]?.push({ message: 'hello', unit: 'a.service', ip: '10.0.0.11' });
    await screen.clock.advance(2_000);
    expect(screen.text()).toContain('2 logs: a.service, b.service');
    expect(screen.text()).toContain('hello');
    await screen.press('\u0013');
    expect(Object.values(hands.saved).join()).toContain('hello');
    expect(screen.text()).toContain('1 line saved to /here/');
  });

  it('are never drawn beyond the screen', async () => {
    for (const size of [
      { columns: 60, rows: 15 },
      { columns: 80, rows: 24 },
      { columns: 200, rows: 60 },
    ]) {
      const { screen } = await opened({}, size);
      for (const keys of [['a'], [':', 'u'], ['x']]) {
        await screen.press('2', ...keys);
        expect(screen.lines()).toHaveLength(size.rows - 1);
        for (const line of screen.lines()) expect(stringWidth(line)).toBeLessThanOrEqual(size.columns);
        await screen.press(KEYS.esc, KEYS.esc);
      }
      cleanup();
    }
  });
});
