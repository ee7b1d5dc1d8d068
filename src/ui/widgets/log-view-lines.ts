/**
 * Owns which lines of a log ring are looked at: all, or those that match a pattern or are grave enough. What was found is kept up
 * to date as lines come and leave, so that a rare pattern is not sought through the whole ring for every frame.
 */
import type { LogEntry } from '../../cluster/model.ts';
import type { Pattern } from '../../cluster/pattern.ts';
import type { LogRing } from '../../cluster/tail-contract.ts';
import { sanitise } from '../sanitise.ts';

/** A walk over sequence numbers. Each answer is null where there is no such line. */
export interface LineWalk {
  first(): number | null;
  last(): number | null;
  next(sequence: number): number | null;
  previous(sequence: number): number | null;
  /** How many lines come after this one. */
  countAfter(sequence: number): number;
}

export function walkAll(ring: LogRing): LineWalk {
  const within = (sequence: number): number | null =>
    sequence >= ring.first && sequence < ring.end ? sequence : null;
  return {
    first: () => within(ring.first),
    last: () => within(ring.end - 1),
    next: (sequence) => within(Math.max(sequence + 1, ring.first)),
    previous: (sequence) => within(Math.min(sequence - 1, ring.end - 1)),
    countAfter: (sequence) => Math.max(0, ring.end - 1 - Math.max(sequence, ring.first - 1)),
  };
}

/** The index of the first element greater than `value`. */
function upperBound(sorted: readonly number[], value: number, from: number): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a pattern is sought in: the line as it is shown. */
export function searchText(entry: LogEntry): string {
  return `${entry.identifier}: ${sanitise(entry.message, { reveal: true })}`;
}

/** Is a line wanted? */
export type LineTest = (entry: LogEntry) => boolean;

/** Lines looked at in one go: a frame's worth, so that keys are answered while a whole ring is searched. */
export const LINES_A_STEP = 10_000;

/** Lines of at least this priority (7 is all of them); those without one count as informational. */
export const atLeast =
  (priority: number): LineTest =>
  (entry) =>
    (entry.priority ?? 6) <= priority;

/** Lines of at least a priority that match a pattern. */
export function matching(pattern: Pattern, priority: number): LineTest {
  const isGrave = atLeast(priority);
  return (entry) => isGrave(entry) && pattern.test(searchText(entry));
}

/** The lines of one ring that pass a test. Mutable; call `update` before walking. */
export class LineIndex {
  readonly #test: LineTest;
  readonly #ring: LogRing;
  #found: number[] = [];
  /** What was found before this place left the ring. */
  #start = 0;
  #seenTo: number;

  constructor(ring: LogRing, test: LineTest) {
    this.#test = test;
    this.#ring = ring;
    this.#seenTo = ring.first;
  }

  /** Takes in lines that came, at most `LINES_A_STEP`, and forgets those that left. */
  update(): void {
    const { first, end } = this.#ring;
    const from = Math.max(this.#seenTo, first);
    const to = Math.min(end, from + LINES_A_STEP);
    for (let sequence = from; sequence < to; sequence++)
      if (this.#test(this.#ring.at(sequence)!)) this.#found.push(sequence);
    this.#seenTo = Math.max(this.#seenTo, to);
    while (this.#start < this.#found.length && this.#found[this.#start]! < first) this.#start += 1;
    if (this.#start > 1_000 && this.#start * 2 > this.#found.length) {
      this.#found = this.#found.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Lines that were not looked at yet: `update` again. */
  get behind(): number {
    return this.#ring.end - Math.max(this.#seenTo, this.#ring.first);
  }

  get count(): number {
    return this.#found.length - this.#start;
  }

  walk(): LineWalk {
    const found = this.#found;
    const start = this.#start;
    return {
      first: () => found[start] ?? null,
      last: () => (found.length > start ? found[found.length - 1]! : null),
      next: (sequence) => found[upperBound(found, sequence, start)] ?? null,
      previous: (sequence) => {
        const index = upperBound(found, sequence - 1, start) - 1;
        return index >= start ? found[index]! : null;
      },
      countAfter: (sequence) => found.length - upperBound(found, sequence, start),
    };
  }
}
