/** Owns the difference of two texts by lines, written as `diff -u` writes it. */

interface Step {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

const CONTEXT = 3;

export interface Side {
  readonly label: string;
  readonly text: string;
}

/** Unified difference, '' when the texts are equal. Every line ends in a newline, also where a text's last does not. */
export function unifiedDiff(before: Side, after: Side): string {
  if (before.text === after.text) return '';
  const hunks = hunksOf(stepsBetween(linesOf(before.text), linesOf(after.text)));
  // Texts that differ in their last newline alone have no hunk.
  return hunks.length === 0 ? '' : `--- ${before.label}\n+++ ${after.label}\n${hunks.join('')}`;
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** The shortest edit, by the lengths of common subsequences of what is left when equal ends are cut off. */
function stepsBetween(a: readonly string[], b: readonly string[]): readonly Step[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const [from, to] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const width = to.length + 1;
  /** At i * width + j: length of the longest common subsequence of from[i…] and to[j…]. */
  const common = new Uint32Array((from.length + 1) * width);
  for (let i = from.length - 1; i >= 0; i--)
    for (let j = to.length - 1; j >= 0; j--)
      common[i * width + j] =
        from[i] === to[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const kept = (lines: readonly string[]): Step[] => lines.map((line) => ({ sign: ' ', line }));
  const steps = kept(a.slice(0, head));
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    if (i < from.length && j < to.length && from[i] === to[j]) {
      steps.push({ sign: ' ', line: from[i]! });
      i++;
      j++;
    } else if (
      i < from.length &&
      (j === to.length || common[(i + 1) * width + j]! >= common[i * width + j + 1]!)
    ) {
      steps.push({ sign: '-', line: from[i++]! });
    } else {
      steps.push({ sign: '+', line: to[j++]! });
    }
  }
  return [...steps, ...kept(a.slice(a.length - tail))];
}

/** Changes with three lines around them; those that are near share a hunk. */
function hunksOf(steps: readonly Step[]): readonly string[] {
  const changed = steps.flatMap(({ sign }, index) => (sign === ' ' ? [] : [index]));
  const ranges: { start: number; end: number }[] = [];
  for (const index of changed) {
    const [start, end] = [Math.max(0, index - CONTEXT), Math.min(steps.length, index + CONTEXT + 1)];
    const last = ranges.at(-1);
    if (last && start <= last.end) last.end = end;
    else ranges.push({ start, end });
  }
  return ranges.map(({ start, end }) => {
    const earlier = steps.slice(0, start);
    const part = steps.slice(start, end);
    const place = (not: '-' | '+'): string => {
      const length = part.filter(({ sign }) => sign !== not).length;
      const first = earlier.filter(({ sign }) => sign !== not).length + (length === 0 ? 0 : 1);
      return length === 1 ? String(first) : `${first},${length}`;
    };
    return `@@ -${place('+')} +${place('-')} @@\n${part.map(({ sign, line }) => `${sign}${line}\n`).join('')}`;
  });
}
