/** The fast way through Ink's output draws what Ink draws. */
import { styledCharsFromTokens, styledCharsToString, tokenize } from '@alcalzone/ansi-tokenize';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import Output from '../../../node_modules/ink/build/output.js';
import { type Operation, wholeFrame } from '../../../src/ui/terminal/whole-frame.ts';

const rowOf = (line: string): string => styledCharsToString(styledCharsFromTokens(tokenize(line))).trimEnd();

interface InkOutput {
  write(x: number, y: number, text: string, options: { transformers: unknown[] }): void;
  get(): { output: string; height: number };
  readonly operations: readonly Operation[];
}

function both(lines: readonly string[], width: number, height: number) {
  const ink = new Output({ width, height }) as unknown as InkOutput;
  // As Lines does: blank lines, and a transformer that puts the real ones in their place.
  ink.write(0, 0, lines.map(() => ' ').join('\n'), {
    transformers: [(_: string, index: number) => lines[index] ?? ''],
  });
  return { slow: ink.get(), fast: wholeFrame(ink.operations, height, rowOf) };
}

const cell = fc.constantFrom(
  'a',
  ' ',
  '漢',
  '🚀',
  'é',
  '━',
  '●',
  '\x1b[31m',
  '\x1b[39m',
  '\x1b[7m',
  '\x1b[27m',
  '\x1b[0m',
  '\x1b[38;5;9m',
  '\x1b[2m',
);
const line = fc.array(cell, { maxLength: 30 }).map((cells) => cells.join(''));

test('lines of any colours and widths come out the same, frame after frame', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(line, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      (frames, width, height) => {
        for (const lines of frames) {
          const { slow, fast } = both(lines, width, height);
          expect(fast).toEqual(slow);
        }
      },
    ),
  );
});

test('what is more than one text is left to Ink', () => {
  const write = (x: number): Operation => ({ type: 'write', x, y: 0, text: 'a', transformers: [] });
  expect(wholeFrame([write(0), write(3)], 2, rowOf)).toBeNull();
  expect(wholeFrame([write(1)], 2, rowOf)).toBeNull();
  expect(wholeFrame([{ type: 'clip' }], 2, rowOf)).toBeNull();
});

test('only lines that were not there before are worked on', () => {
  const worked: string[] = [];
  const draw = (lines: string) =>
    wholeFrame([{ type: 'write', x: 0, y: 0, text: lines, transformers: [] }], 3, (one) => {
      worked.push(one);
      return one;
    });
  draw('x1\nx2\nx3');
  draw('x1\nx4\nx3');
  expect(worked).toEqual(['x1', 'x2', 'x3', 'x4']);
});
