/** The line of tabs: whole titles for as long as they fit, and clicks that hit what is drawn. */
import { describe, expect, it } from 'vitest';
import { PANES, type PaneId } from '../../../src/ui/console/pane-id.ts';
import { type Tab, tabAt, tabLine } from '../../../src/ui/console/tabs.ts';
import { createTheme } from '../../../src/ui/theme.ts';

const TITLES = ['Machines', 'Units', 'Minions', 'Pods', 'Services', 'Controllers', 'Overview'];
const COUNTS = [3, 2560, 2, 5000, 0, 1, null];
const tabs: readonly Tab[] = PANES.map((kind, index) => ({
  kind,
  title: TITLES[index]!,
  number: index + 1,
  count: COUNTS[index]!,
}));
const theme = createTheme(false);
const line = (focus: PaneId, width: number) => tabLine(tabs, focus, width, theme);

describe('the tabs', () => {
  it('have all titles whole at 80 columns, whichever has the focus', () => {
    expect(line('machines', 80).trimEnd()).toBe(
      '[1 Machines 3] 2 Units 3 Minions 4 Pods 5 Services 6 Controllers 7 Overview',
    );
    for (const focus of PANES) for (const title of TITLES) expect(line(focus, 80)).toContain(title);
    expect(line('units', 80)).toContain('[2 Units 2560]');
  });

  it('have all counts and do not shift where there is room', () => {
    expect(line('units', 120)).toContain('1 Machines 3  [2 Units 2560]  3 Minions 2 ');
    expect(line('pods', 120).indexOf('5 Services')).toBe(line('units', 120).indexOf('5 Services'));
  });

  it('are exactly as wide as the terminal, and are hit where they are drawn', () => {
    for (const width of [40, 60, 72, 80, 100, 120, 200]) {
      for (const focus of PANES) {
        const drawn = line(focus, width);
        expect(drawn).toHaveLength(width);
        for (const { kind, number } of tabs) {
          const column = drawn.search(new RegExp(`\\b${number} [A-Z]`));
          if (column >= 0) expect(tabAt(tabs, focus, width, column)).toBe(kind);
        }
      }
    }
  });
});
