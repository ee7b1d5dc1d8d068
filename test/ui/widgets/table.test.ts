/** Tables: columns never add up to more than the pane, and the least important go first. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { createTheme } from '../../../src/ui/theme.ts';
import {
  type Column,
  GUTTER,
  naturalWidths,
  placeColumns,
  rowLines,
  titleLine,
} from '../../../src/ui/widgets/table.ts';

interface Row {
  readonly name: string;
  readonly state: string;
  readonly note: string;
}

const columns: readonly Column<Row, null>[] = [
  { title: 'NAME', rank: 0, cell: (row) => ({ text: row.name }) },
  { title: 'STATE', rank: 1, cell: (row) => ({ text: row.state, tone: 'ok' }) },
  { title: 'NOTE', rank: 3, min: 4, cell: (row) => ({ text: row.note }) },
];

const rows: readonly Row[] = [
  { name: 'etcd.service', state: '● active', note: 'the store of it all' },
  { name: '漢字.service', state: '✗ failed', note: '\x1b[2Jevil\n' },
];

const view = (width: number, colour: boolean) => ({
  columns,
  placed: placeColumns(columns, naturalWidths(columns, rows, null), width - GUTTER),
  rows,
  context: null,
  start: 0,
  height: 10,
  width,
  selected: 1,
  focused: true,
  isMarked: (row: Row) => row.name.startsWith('etcd'),
  changeOf: (row: Row) => (row.name.startsWith('etcd') ? ('fresh' as const) : null),
  sort: null,
  theme: createTheme(colour),
});

describe('columns', () => {
  it('never add up to more than the width', () => {
    const spec = fc.record(
      { rank: fc.nat(9), min: fc.integer({ min: 1, max: 30 }), natural: fc.integer({ min: 1, max: 80 }) },
      { requiredKeys: ['rank', 'natural'] },
    );
    fc.assert(
      fc.property(
        fc.array(spec, { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 0, max: 200 }),
        (specs, width) => {
          const ranked = specs.map(({ min }, rank) => ({ rank, ...(min === undefined ? {} : { min }) }));
          const placed = placeColumns(
            ranked,
            specs.map(({ natural }) => natural),
            width,
          );
          const total = placed.reduce((sum, column) => sum + column.width, 0) + 2 * (placed.length - 1);
          expect(total).toBeLessThanOrEqual(width);
          expect(placed.some((column) => column.index === 0)).toBe(true);
          expect(placed.map((column) => column.index)).toEqual(
            [...placed.map((column) => column.index)].sort((a, b) => a - b),
          );
        },
      ),
    );
  });

  it('are dropped from the least important on, and narrowed before that', () => {
    const widths = (width: number) => placeColumns(columns, [12, 8, 19], width).map((column) => column.width);
    expect(widths(60)).toEqual([12, 8, 19]);
    expect(widths(35)).toEqual([12, 8, 11]);
    expect(widths(25)).toEqual([12, 8]);
    // What identifies a row is whole for as long as it fits alone.
    expect(widths(20)).toEqual([12]);
    expect(widths(10)).toEqual([10]);
  });
});

describe('rows', () => {
  it('are exactly as wide as the pane, with and without colour', () => {
    for (const colour of [false, true]) {
      for (let width = 13; width < 70; width++) {
        const lines = [titleLine(view(width, colour)), ...rowLines(view(width, colour))];
        for (const line of lines) expect(stringWidth(line)).toBe(width);
      }
    }
  });

  it('tell selection and change without colour, and let no control character through', () => {
    const [first, second] = rowLines(view(60, false));
    expect(first).toMatch(/^ ◆✦ etcd\.service/);
    expect(second).toMatch(/^▸ {3}漢字\.service/);
    expect(second).toContain('evil');
    expect(second).not.toMatch(/[\x00-\x1f]/);
  });

  it('say the short form of what has no room', () => {
    const lost: Column<Row, null> = {
      title: 'S',
      rank: 1,
      cell: () => ({ text: '✗ lost, terminated', short: '✗ lost' }),
    };
    const [first] = rowLines({
      ...view(60, false),
      columns: [lost],
      placed: [{ index: 0, width: 9 }],
    });
    expect(first).toMatch(/✗ lost +$/);
  });

  it('show only those in the window', () => {
    expect(rowLines({ ...view(60, false), start: 1, height: 1 })).toHaveLength(1);
  });
});
