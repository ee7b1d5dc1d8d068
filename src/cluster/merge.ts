/**
 * Owns merging several logs into one by time. Entries of one source come in order; an entry is let go when every other
 * open source has shown something later, or when it has waited long enough for a source that may just be silent.
 */
import type { LogEntry } from './model.ts';
import type { Clock } from './ports.ts';
import type { Tail } from './tail-contract.ts';

export interface Merge {
  /** An entry of `source` that came at `now` (ms). */
  push(source: number, entry: LogEntry, now: number): void;
  /** Nothing more comes from `source`. */
  end(source: number): void;
  /** What may be shown at `now`, oldest first. */
  take(now: number): LogEntry[];
  /** When `take` may give more although nothing comes; null when nothing waits. */
  readonly nextAt: number | null;
}

interface Waiting {
  readonly entry: LogEntry;
  readonly since: number;
}

interface Lane {
  queue: Waiting[];
  /** Index of the queue's first waiting entry; the queue is cut when half of it is used up. */
  head: number;
  open: boolean;
}

/** A merge of `sources` logs (numbered from 0) that holds an entry back for at most `maxDelayMs`. */
export function createMerge(sources: number, maxDelayMs: number): Merge {
  const lanes: Lane[] = Array.from({ length: sources }, () => ({ queue: [], head: 0, open: true }));
  const front = (lane: Lane): Waiting | undefined => lane.queue[lane.head];

  function advance(lane: Lane): void {
    lane.queue[lane.head] = undefined as unknown as Waiting;
    lane.head++;
    if (lane.head > 1024 && lane.head * 2 > lane.queue.length) {
      lane.queue = lane.queue.slice(lane.head);
      lane.head = 0;
    }
  }

  return {
    push(source, entry, now) {
      lanes[source]!.queue.push({ entry, since: now });
    },
    end(source) {
      lanes[source]!.open = false;
    },
    take(now) {
      const out: LogEntry[] = [];
      for (;;) {
        let oldest: Lane | undefined;
        let silent = false;
        for (const lane of lanes) {
          const waiting = front(lane);
          if (waiting === undefined) silent ||= lane.open;
          else if (oldest === undefined || waiting.entry.timeUs < front(oldest)!.entry.timeUs) oldest = lane;
        }
        if (oldest === undefined) return out;
        const { entry, since } = front(oldest)!;
        if (silent && now - since < maxDelayMs) return out;
        out.push(entry);
        advance(oldest);
      }
    },
    get nextAt() {
      let oldest: Waiting | undefined;
      for (const lane of lanes) {
        const waiting = front(lane);
        if (waiting && (!oldest || waiting.entry.timeUs < oldest.entry.timeUs)) oldest = waiting;
      }
      return oldest === undefined ? null : oldest.since + maxDelayMs;
    },
  };
}

export interface MergeTails {
  readonly tails: readonly Tail[];
  readonly clock: Clock;
  /** Default 1,000. */
  readonly maxDelayMs?: number;
  readonly signal?: AbortSignal;
}

export interface MergedBatch {
  readonly entries: readonly LogEntry[];
  /** Lines that left a ring before they could be read, since the last batch. */
  readonly dropped: number;
}

/** Entries of several tails as one ordered stream; ends when every tail has ended or failed, or when aborted. */
export async function* mergeTails(options: MergeTails): AsyncGenerator<MergedBatch> {
  const { tails, clock, signal } = options;
  const merge = createMerge(tails.length, options.maxDelayMs ?? 1_000);
  const read = tails.map((tail) => tail.ring.first);
  const finished = tails.map(() => false);
  let changed = true;
  let wake = new AbortController();
  const onChange = (): void => {
    changed = true;
    wake.abort();
  };
  const unsubscribe = tails.map((tail) => tail.subscribe(onChange));
  signal?.addEventListener('abort', onChange, { once: true });

  try {
    while (!signal?.aborted) {
      changed = false;
      let dropped = 0;
      tails.forEach((tail, i) => {
        const { ring } = tail;
        // The phase first: lines that come after it is read belong to the next round.
        const { phase } = tail.state();
        dropped += Math.max(0, ring.first - read[i]!);
        for (let at = Math.max(read[i]!, ring.first); at < ring.end; at++)
          merge.push(i, ring.at(at)!, clock.now());
        read[i] = ring.end;
        if (!finished[i] && (phase === 'ended' || phase === 'failed')) {
          finished[i] = true;
          merge.end(i);
        }
      });
      const entries = merge.take(clock.now());
      if (entries.length > 0 || dropped > 0) yield { entries, dropped };
      if (finished.every(Boolean) && merge.nextAt === null) return;
      if (changed) continue;
      wake = new AbortController();
      const waitMs = merge.nextAt === null ? null : Math.max(1, merge.nextAt - clock.now());
      await clock.sleep(waitMs ?? 60_000, wake.signal).catch(() => {});
    }
  } finally {
    for (const stop of unsubscribe) stop();
    signal?.removeEventListener('abort', onChange);
  }
}
