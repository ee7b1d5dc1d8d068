/**
 * Owns the fast way through Ink's output. Ink tokenizes and puts together every cell of every line for each frame, 25 ms for
 * 200×60 however little changed. Where a frame is one text that covers it from its first cell (a screen of finished lines),
 * each line comes out as it would alone: so lines are remembered from one frame to the next, and only new ones are worked
 * on. The build puts this before Ink's own `Output.get` (scripts/build.mjs); test/ui/terminal/whole-frame.test.ts holds the two equal.
 */

/** What Ink's Output was told to draw (ink 6.8, build/output.js). */
export type Operation =
  | {
      readonly type: 'write';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly transformers: readonly ((line: string, index: number) => string)[];
    }
  | { readonly type: 'clip' | 'unclip' };

export interface Frame {
  readonly output: string;
  readonly height: number;
}

/** The lines of the last frame, as they came out. */
let remembered = new Map<string, string>();

/** The frame, or null where it is not one text alone. `rowOf` is what Ink makes of one line. */
export function wholeFrame(
  operations: readonly Operation[],
  height: number,
  rowOf: (line: string) => string,
): Frame | null {
  const [only] = operations;
  if (operations.length !== 1 || only?.type !== 'write' || only.x !== 0 || only.y !== 0) return null;
  const now = new Map<string, string>();
  const rows: string[] = [];
  for (const [index, text] of only.text.split('\n').entries()) {
    if (index >= height) break;
    let line = text;
    for (const transformer of only.transformers) line = transformer(line, index);
    // A transformer may not make lines of its own; Ink would put them into one row.
    if (line.includes('\n')) return null;
    let row = now.get(line) ?? remembered.get(line);
    row ??= rowOf(line);
    now.set(line, row);
    rows.push(row);
  }
  while (rows.length < height) rows.push('');
  remembered = now;
  return { output: rows.join('\n'), height };
}
