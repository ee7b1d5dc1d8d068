/**
 * Owns which lines of a log ring are looked at: all, or those that match a pattern. The matches are kept up to date as
 * lines come and leave, so that a rare pattern is not sought through the whole ring for every frame.
 */
import type { LogEntry } from '../../cluster/model.ts';
import type { LogRing } from '../../cluster/tail-contract.ts';
import { sanitise } from '../sanitise.ts';
import { patternOf } from '../terminal/pattern.ts';

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
  return `${entry.identifier}: ${sanitise(entry.message)}`;
}

/** The matching lines of one ring for one pattern. Mutable; call `update` before walking. */
export class MatchIndex {
  readonly pattern: string;
  readonly #expression: RegExp;
  readonly #ring: LogRing;
  #matches: number[] = [];
  /** Matches before this place left the ring. */
  #start = 0;
  #seenTo: number;

  constructor(ring: LogRing, pattern: string) {
    this.pattern = pattern;
    this.#expression = patternOf(pattern);
    this.#ring = ring;
    this.#seenTo = ring.first;
  }

  /** Takes in the lines that came and forgets those that left. */
  update(): void {
    const { first, end } = this.#ring;
    for (let sequence = Math.max(this.#seenTo, first); sequence < end; sequence++) {
      const entry = this.#ring.at(sequence);
      if (entry && this.#expression.test(searchText(entry))) this.#matches.push(sequence);
    }
    this.#seenTo = end;
    while (this.#start < this.#matches.length && this.#matches[this.#start]! < first) this.#start += 1;
    if (this.#start > 1_000 && this.#start * 2 > this.#matches.length) {
      this.#matches = this.#matches.slice(this.#start);
      this.#start = 0;
    }
  }

  get count(): number {
    return this.#matches.length - this.#start;
  }

  has(sequence: number): boolean {
    return this.#matches[upperBound(this.#matches, sequence - 1, this.#start)] === sequence;
  }

  walk(): LineWalk {
    const matches = this.#matches;
    const start = this.#start;
    return {
      first: () => matches[start] ?? null,
      last: () => (matches.length > start ? matches[matches.length - 1]! : null),
      next: (sequence) => matches[upperBound(matches, sequence, start)] ?? null,
      previous: (sequence) => {
        const index = upperBound(matches, sequence - 1, start) - 1;
        return index >= start ? matches[index]! : null;
      },
      countAfter: (sequence) => matches.length - upperBound(matches, sequence, start),
    };
  }
}
