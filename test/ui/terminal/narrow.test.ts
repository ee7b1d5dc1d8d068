/** The quick width is string-width's own, for every character that takes it and for any of them side by side. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { isNarrow, narrowWidth } from '../../../src/ui/terminal/narrow.ts';

const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
const narrow = all.filter(isNarrow);

test('each character of the set takes one cell', () => {
  expect(narrow.length).toBeGreaterThan(500);
  expect(narrow.filter((character) => stringWidth(character) !== 1)).toEqual([]);
});

test('side by side they take one cell each', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...narrow), { maxLength: 40 }), (characters) => {
      const text = characters.join('');
      return isNarrow(text) && stringWidth(text) === text.length;
    }),
  );
});

test('colours take none, and nothing else that is escaped is answered quickly', () => {
  const coloured = '\u001b[1;31m─ minion\u001b[39m ✓\u001b[0m';
  expect(narrowWidth(coloured)).toBe(stringWidth(coloured));
  expect(narrowWidth('\u001b[2Jx')).toBeUndefined();
  expect(narrowWidth('\u001b]8;;http://x\u0007x')).toBeUndefined();
});

test('what joins, is wide or takes no cell is not in it', () => {
  for (const text of [
    '\u00ad',
    '✔️',
    '©️',
    'e\u0301',
    '日',
    '😀',
    '\u200b',
    '\u001b[31m',
    'ﾞ',
    '\t',
    '\u25fd',
    '⚡',
  ]) {
    expect(isNarrow(`a${text}`), JSON.stringify(text)).toBe(false);
  }
});
