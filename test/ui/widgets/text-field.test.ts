import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keystrokeReader } from '../../../src/ui/keys/reader.ts';
import { cellWidth } from '../../../src/ui/terminal/cells.ts';
import { createTheme } from '../../../src/ui/theme.ts';
import { editText, fieldText, textField, visibleText } from '../../../src/ui/widgets/text-field.ts';

/** A field after what a terminal sent, packet by packet. */
function edited(start: string, ...packets: string[]) {
  const read = keystrokeReader();
  return packets.flatMap((packet) => [...read(packet)]).reduce(editText, textField(start));
}

describe('editing', () => {
  test.each([
    ['types at the end', 'core', ['os'], 'coreos', 6],
    ['left, then types', 'coeos', ['\u001b[D', '\u001b[D', '\u001b[D', 'r'], 'coreos', 3],
    ['Home and End', 'ore', ['\u001b[H', 'c', '\u001b[F', 'os'], 'coreos', 6],
    ['Ctrl-A and Ctrl-E', 'ore', ['\u0001', 'c', '\u0005', 'os'], 'coreos', 6],
    ['Backspace is the DEL byte', 'coreoss', ['\u007f'], 'coreos', 6],
    ['Delete takes what is under the cursor', 'ccoreos', ['\u0001', '\u001b[3~'], 'coreos', 0],
    [
      'Ctrl-U clears before the cursor',
      'old-coreos',
      ['\u001b[D'.repeat(1), '\u0001', '\u0005', '\u0015', 'new'],
      'new',
      3,
    ],
    ['Ctrl-K clears after it', 'coreos', ['\u0001', '\u000b'], '', 0],
    ['Ctrl-W takes a word of a path', '/home/me/key.pem', ['\u0017'], '/home/me/key.', 13],
    ['wide characters count as one', '日本', ['\u007f'], '日', 1],
    ['an emoji of several code points is one', 'a👩‍💻', ['\u007f'], 'a', 1],
    ['at the start nothing is deleted', 'a', ['\u0001', '\u007f'], 'a', 0],
  ])('%s', (_, start, packets, value, cursor) => {
    // Ink splits a packet at escape sequences before the reader sees it.
    const events = packets.flatMap((packet) => packet.split(/(\u001b\[[0-9;]*[~A-Z])/).filter(Boolean));
    expect(edited(start, ...events)).toEqual({ value, cursor });
  });

  test('a paste goes in whole, without its control characters', () => {
    expect(edited('', '\u001b[200~', '/home/me/\u0007key\r\n.pem\u202e', '\u001b[201~').value).toBe(
      '/home/me/key.pem',
    );
    const long = 'x'.repeat(500);
    expect(edited('', `${long}\u0000`).value).toBe(long);
  });

  test('the cursor never leaves the text, whatever comes', () => {
    const key = fc.constantFrom(
      '\u001b[D',
      '\u001b[C',
      '\u007f',
      '\u001b[3~',
      '\u0001',
      '\u0005',
      '\u0015',
      '\u0017',
      'a',
      ' ',
      '日',
      '/',
    );
    fc.assert(
      fc.property(fc.string(), fc.array(key), (start, keys) => {
        const field = edited(start, ...keys);
        expect(field.cursor).toBeGreaterThanOrEqual(0);
        expect(field.cursor).toBeLessThanOrEqual(Array.from(field.value).length);
      }),
    );
  });
});

describe('showing', () => {
  test('keeps the cursor in sight and never takes more than its width', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '日', '-', '👩‍💻') });
    fc.assert(
      fc.property(text, fc.nat(), fc.integer({ min: 6, max: 40 }), (value, at, width) => {
        const end = textField(value);
        const state = { ...end, cursor: Math.min(at, end.cursor) };
        const { before, at: under, after: rest } = visibleText(state, width);
        expect(cellWidth(before + under + rest)).toBeLessThanOrEqual(width);
      }),
    );
  });

  test('marks what is cut on either side', () => {
    const state = { value: 'abcdefghijklmnop', cursor: 8 };
    const { before, at, after: rest } = visibleText(state, 8);
    expect([before[0], at, rest.at(-1)]).toEqual(['…', 'i', '…']);
  });

  test('without colour the cursor is a bar, and the placeholder shows while empty', () => {
    const theme = createTheme(false);
    expect(fieldText(textField('ab'), { width: 10, focused: true, theme })).toBe('ab▏ ');
    expect(fieldText(textField(''), { width: 20, focused: false, theme, placeholder: 'none' })).toBe('none');
  });
});
