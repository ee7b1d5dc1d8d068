/** Choice, scroll view, steps and progress tree: their pure halves. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellWidth } from '../../../src/ui/terminal/cells.ts';
import { createTheme } from '../../../src/ui/theme.ts';
import { moveChoice } from '../../../src/ui/widgets/choice.tsx';
import {
  type ProgressGroup,
  type ProgressRow,
  progressLines,
} from '../../../src/ui/widgets/progress-tree.ts';
import { reveal, scrollBy, scrolled, thumb } from '../../../src/ui/widgets/scroll-view.ts';
import { stepsLine } from '../../../src/ui/widgets/steps.ts';

const plain = createTheme(false);
const press = (name: string) => ({ name, text: '' });

describe('choice', () => {
  test('moves by identity and stops at the ends', () => {
    const values = ['a', 'b', 'c'];
    expect(['down', 'j', 'end'].map((name) => moveChoice(values, 'b', press(name)))).toEqual(['c', 'c', 'c']);
    expect(['up', 'k', 'home'].map((name) => moveChoice(values, 'a', press(name)))).toEqual(['a', 'a', 'a']);
    expect(moveChoice(values, 'gone', press('down'))).toBe('b');
    expect(moveChoice(values, 'b', press('x'))).toBe('b');
  });
});

describe('scroll view', () => {
  test('offset stays in range for any key', () => {
    const key = fc.constantFrom('up', 'down', 'pageup', 'pagedown', 'home', 'end', 'g', 'G', 'space', 'x');
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 60 }), fc.array(key), (count, height, keys) => {
        const offset = keys.reduce((at, name) => scrollBy(at, press(name), count, height), 0);
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThanOrEqual(Math.max(0, count - height));
      }),
    );
  });

  test('shows a bar only when there is more, and its thumb reaches both ends', () => {
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    expect(scrolled(lines.slice(0, 5), 0, 20, 5, plain)).toEqual(lines.slice(0, 5));
    const top = scrolled(lines, 0, 20, 5, plain);
    expect(top).toHaveLength(5);
    expect(top[0]).toMatch(/^line 0 +┃$/);
    expect(scrolled(lines, 999, 20, 5, plain).at(-1)).toMatch(/^line 19 +┃$/);
    expect(thumb(0, 3, 5)).toEqual({ from: 0, to: 0 });
  });

  test('reveals a row by the smallest move', () => {
    expect(reveal(0, 3, 20, 5)).toBe(0);
    expect(reveal(0, 7, 20, 5)).toBe(3);
    expect(reveal(6, 2, 20, 5)).toBe(2);
    expect(reveal(99, 19, 20, 5)).toBe(15);
  });
});

describe('steps', () => {
  test('compact at 80 columns, full where there is room, never wider than the screen', () => {
    expect(stepsLine(2, 'sandbox us-east-1', 80, plain)).toContain('✓ ─ ✓ ─ 3 Parameters ─ 4 ─ 5 ─ 6');
    expect(stepsLine(2, 'sandbox us-east-1', 120, plain)).toContain(
      '✓ Prerequisites ─ ✓ Key pair ─ 3 Parameters ─ 4 Review ─ 5 Launch ─ 6 Console',
    );
    for (const width of [60, 80, 120, 200]) {
      for (let step = -1; step < 6; step++) {
        expect(cellWidth(stepsLine(step, 'AWS ap-southeast-2', width, plain))).toBeLessThanOrEqual(width);
      }
    }
  });
});

describe('progress tree', () => {
  const row = (label: string, mark: ProgressRow['mark']): ProgressRow => ({
    label,
    note: 'security group',
    mark,
    word: mark,
    time: '3 s',
    reason: null,
  });
  const group = (rows: ProgressRow[]): ProgressGroup => ({
    head: row('Stack', 'running'),
    rows,
    total: rows.length,
    many: 'resources',
  });

  test('shows everything where there is room', () => {
    const lines = progressLines([group([row('A', 'done'), row('B', 'waiting')])], 76, 10, '⠋', plain);
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/^└─ ○ B/);
  });

  test('folds what is done, then what waits, and keeps what runs', () => {
    const rows = [
      ...Array.from({ length: 10 }, (_, i) => row(`done-${i}`, 'done')),
      row('busy', 'running'),
      ...Array.from({ length: 10 }, (_, i) => row(`later-${i}`, 'waiting')),
    ];
    const folded = progressLines([group(rows)], 76, 13, '⠋', plain);
    expect(folded.join('\n')).toContain('10 of 21 resources');
    expect(folded.join('\n')).toContain('later-9');
    const tight = progressLines([group(rows)], 76, 4, '⠋', plain);
    expect(tight).toHaveLength(4);
    expect(tight.join('\n')).toContain('busy');
    expect(progressLines([group(rows)], 76, 1, '⠋', plain)[0]).toContain('busy');
  });

  test('never takes more room than it is given', () => {
    const mark = fc.constantFrom<ProgressRow['mark']>('waiting', 'running', 'done', 'failed', 'gone');
    const rows = fc.array(fc.tuple(fc.string({ maxLength: 60 }), mark), { maxLength: 30 });
    fc.assert(
      fc.property(
        rows,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 56, max: 128 }),
        (made, height, width) => {
          const groups = [group(made.map(([label, state]) => row(label.replace(/[^ -~]/g, '?'), state)))];
          const lines = progressLines(groups, width, height, '⠋', plain);
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) expect(cellWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
