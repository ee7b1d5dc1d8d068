/** Which panes a cluster has, by its blueprint. */
import { expect, test } from 'vitest';
import { layOut } from '../../../src/ui/console/layout.ts';
import { initialConsole } from '../../../src/ui/console/memory.ts';
import { reduceConsole } from '../../../src/ui/console/state.ts';
import type { TestSession } from './fakes.ts';
import { open } from './opened.tsx';

test.each(['single', 'fleet'] as const)(
  '%s has machines, units and the overview, with their numbers',
  (blueprint) => {
    const first = initialConsole({ version: 1, focus: 'pods' }, blueprint);
    expect(first).toMatchObject({ focus: 'machines', there: ['machines', 'units', 'overview'] });
    const cycle = (state: typeof first) => reduceConsole(state, { type: 'cycle', by: 1 }, 0);
    expect([cycle(first), cycle(cycle(first)), cycle(cycle(cycle(first)))].map(({ focus }) => focus)).toEqual(
      ['units', 'overview', 'machines'],
    );
    expect(reduceConsole(first, { type: 'focus', kind: 'pods' }, 0).focus).toBe('machines');
    for (const [columns, rows] of [
      [120, 40],
      [200, 60],
    ] as const) {
      const { tabs, grid } = layOut({ columns, rows }, 'machines', false, first.there);
      expect(tabs).toBe(false);
      expect(grid.map((places) => places.map(({ kind }) => kind))).toEqual([
        ['overview'],
        ['machines', 'units'],
      ]);
      expect(grid.reduce((sum, places) => sum + (places[0]?.height ?? 0), 0)).toBe(rows - 3);
    }
  },
);

test('the keys shown are those of the panes there are', async () => {
  const prepare = (session: TestSession): TestSession => ({
    ...session,
    cluster: { ...session.cluster, blueprint: 'fleet' },
  });
  const screen = await open({ columns: 120, rows: 40 }, { prepare });
  expect(screen.lines().at(-1)).toContain('1 2 7 Tab pane');
});

test('kubernetes has all of them', () => {
  expect(initialConsole(null).there).toHaveLength(7);
});
