import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSplitter } from '../../src/ssh/lines.ts';

function split(chunks: readonly Buffer[], max = 1 << 20): string[] {
  const splitter = new LineSplitter(max);
  const lines: Uint8Array[] = [];
  for (const chunk of chunks) splitter.push(chunk, lines);
  const last = splitter.end();
  if (last !== null) lines.push(last);
  return lines.map((line) => Buffer.from(line).toString('latin1'));
}

describe('cutting bytes into lines', () => {
  test('gives the same lines however the bytes arrive', () => {
    const bytes = fc
      .uint8Array({ maxLength: 200 })
      .map((raw) => Buffer.from(raw.map((b) => (b % 5 === 0 ? 10 : b))));
    fc.assert(
      fc.property(
        bytes,
        fc.array(fc.nat(200), { maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        (whole, cuts, max) => {
          const places = [
            0,
            ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b),
            whole.length,
          ];
          const chunks = places.slice(1).map((end, i) => whole.subarray(places[i], end));
          const text = whole.toString('latin1');
          const expected = (text.endsWith('\n') ? text.slice(0, -1) : text)
            .split('\n')
            .map((line) => line.slice(0, max));
          expect(split(chunks, max)).toEqual(whole.length === 0 ? [] : expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('holds no more than the limit of a line that never ends', () => {
    const splitter = new LineSplitter(10);
    const lines: Uint8Array[] = [];
    for (let i = 0; i < 1000; i++) splitter.push(Buffer.from('abcdef'), lines);
    splitter.push(Buffer.from('\nnext\n'), lines);
    expect(lines.map(String)).toEqual(['abcdefabcd', 'next'].map((text) => String(Buffer.from(text))));
  });
});
