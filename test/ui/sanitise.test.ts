/** The gate between untrusted text and the terminal: nothing that is not plain text or our own colour gets through. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitise } from '../../src/ui/sanitise.ts';

/** Strings made of what attackers and broken programs use, between ordinary text. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\x1b[31m',
        '\x1b[2J',
        '\x1b]0;title\x07',
        '\x1b]8;;http://evil\x1b\\',
        '\x1bP+q\x1b\\',
        '\x1b',
        '\x9b5n',
        '\x9d0;x\x9c',
        '\x1b[38;2;1;2;3m',
        '\x1b[38;5;300m',
        '\x1b[8m',
        '\x1b[48;5;1m',
        '\r',
        '\n',
        '\t',
        '\b',
        '\x7f',
        '\u202e',
        '\u2066',
        '\u200b',
        '\ud800',
        '\udc00',
        '漢字',
        '🚀',
        'e\u0301\u0301\u0301\u0301\u0301\u0301',
        '\x1b[',
        '\x1b]',
        ' \x1b[1',
        '0m',
      ),
    ),
  )
  .map((parts) => parts.join(''));

const CONTROL = /[\x00-\x1f\x7f-\x9f]/;
const REORDERING = /[\u202a-\u202e\u2066-\u2069\u2028\u2029]/;

describe('sanitise', () => {
  it('lets no control character, escape or reordering character through', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = sanitise(text);
        expect(safe).not.toMatch(CONTROL);
        expect(safe).not.toMatch(REORDERING);
        expect(safe.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('with colour lets only harmless SGR through, and closes it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = sanitise(text, { colour: true });
        const bare = safe.replace(/\x1b\[([0-9;]+)m/g, (_, parameters: string) => {
          const numbers = parameters
            .replace(/38;(5;\d+|2;\d+;\d+;\d+)/g, '39')
            .split(';')
            .map(Number);
          for (const n of numbers) {
            expect(
              [0, 1, 2, 3, 4, 22, 23, 24, 39].includes(n) || (n >= 30 && n <= 37) || (n >= 90 && n <= 97),
            ).toBe(true);
          }
          return '';
        });
        expect(bare).not.toMatch(CONTROL);
        if (safe.includes('\x1b')) expect(safe.endsWith('\x1b[0m')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same when done twice', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(sanitise(sanitise(text))).toBe(sanitise(text));
      }),
    );
  });

  it.each([
    ['plain text', 'plain text'],
    ['red \x1b[31mtext\x1b[0m', 'red text'],
    ['\x1b]0;evil title\x07after', 'after'],
    ['\x1b]0;never ended', '␛]0;never ended'],
    ['a\tb', 'a       b'],
    ['12345678\tb', '12345678        b'],
    ['漢\tb', '漢      b'],
    ['line\r\n', 'line'],
    ['two\nlines', 'two␊lines'],
    ['bell\x07 del\x7f esc\x1b', 'bell␇ del␡ esc␛'],
    ['user\u202egnp.exe', 'user\ufffdgnp.exe'],
    ['zero\u200bwidth\ufeff', 'zerowidth'],
    ['👩‍👩‍👧 é', '👩‍👩‍👧 é'],
    ['z\u0301\u0302\u0303\u0304\u0305\u0306', 'z\u0301\u0302\u0303\u0304'],
  ])('%j becomes %j', (text, safe) => expect(sanitise(text)).toBe(safe));

  it('keeps the colours that a log asks for, and no others of its wishes', () => {
    expect(sanitise('\x1b[1;31;40;5mred\x1b[m', { colour: true })).toBe('\x1b[1;31mred\x1b[0m\x1b[0m');
    expect(sanitise('\x1b[38;5;208morange', { colour: true })).toBe('\x1b[38;5;208morange\x1b[0m');
    expect(sanitise('\x1b[2Jx\x1b[8mhidden', { colour: true })).toBe('xhidden');
  });

  it('shows what a log would have liked to do to the terminal, where that is asked for', () => {
    expect(sanitise('\x1b[2Jx\x1b]0;title\x07y', { reveal: true })).toBe('␛[2Jx␛]0;title␇y');
    expect(sanitise('\x1b[31mred\x1b[2J', { colour: true, reveal: true })).toBe('\x1b[31mred␛[2J\x1b[0m');
    expect(sanitise('\x1b[31mred', { reveal: true })).toBe('red');
  });
});
