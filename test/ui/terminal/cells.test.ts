/** Text in terminal cells: whatever is cut, padded or wrapped is never wider than asked. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { sanitise } from '../../../src/ui/sanitise.ts';
import { cutCells, fitCells, sliceCells, wrapCells, wrapWords } from '../../../src/ui/terminal/cells.ts';

const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('漢字', '🚀', '👩‍👩‍👧', '\x1b[31m', '\x1b[0m', 'plain words '),
    ),
  )
  .map((parts) => sanitise(parts.join(''), { colour: true }));
const width = fc.integer({ min: 1, max: 40 });
const strip = (line: string) => line.replace(/\x1b\[[0-9;]*m/g, '');

describe('cells', () => {
  it('cut is never wider than asked, and fit exactly as wide', () => {
    fc.assert(
      fc.property(text, width, (line, cells) => {
        expect(stringWidth(cutCells(line, cells))).toBeLessThanOrEqual(cells);
        expect(stringWidth(fitCells(line, cells))).toBe(cells);
        expect(stringWidth(fitCells(line, cells, 'right'))).toBe(cells);
      }),
    );
  });

  it('slice is never wider than asked, wherever it begins', () => {
    fc.assert(
      fc.property(text, fc.nat(60), width, (line, from, cells) => {
        expect(stringWidth(sliceCells(line, from, cells))).toBeLessThanOrEqual(cells);
      }),
    );
  });

  it('wrap loses nothing, and every line fits and closes its colours', () => {
    fc.assert(
      fc.property(text, width, (line, cells) => {
        const lines = wrapCells(line, cells);
        for (const part of lines) {
          expect(stringWidth(part)).toBeLessThanOrEqual(cells);
          const last = [...part.matchAll(/\x1b\[[0-9;]*m/g)].at(-1)?.[0];
          if (last !== undefined) expect(last).toBe('\x1b[0m');
        }
        if (cells >= 8) expect(lines.map(strip).join('')).toBe(strip(line));
      }),
    );
  });

  it('never draws a character that is wider than the whole line', () => {
    expect(wrapCells('a\u{1d158}\u{1d165}\u{1d16e}b', 2)).toEqual(['a…', 'b']);
  });

  it('wraps words between blanks, and words too long anywhere', () => {
    expect(wrapWords('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapWords('abcdefghij kl', 4)).toEqual(['abcd', 'efgh', 'ij', 'kl']);
  });

  it('says that something was cut', () => {
    expect(cutCells('abcdef', 4)).toBe('abc…');
    expect(cutCells('漢字漢字', 4)).toBe('漢 …');
    expect(cutCells('abc', 0)).toBe('');
  });

  it('takes up colours on the next line', () => {
    expect(wrapCells('\x1b[31mabcd\x1b[0m', 2)).toEqual(['\x1b[31mab\x1b[0m', '\x1b[31mcd\x1b[0m']);
  });

  it('handles lines of 64 KiB', () => {
    expect(wrapCells('x'.repeat(65_536), 100)).toHaveLength(656);
    expect(sliceCells('漢'.repeat(21_845), 0, 10)).toBe('漢漢漢漢漢');
  });
});
