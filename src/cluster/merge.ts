/**
 * Owns merging several logs into one by time. Entries of one lane come in order; an entry is let go when every other
 * open lane has shown something later, or when it has waited long enough for a lane that may just be silent. Lanes come
 * and go. Pure: the time is told with each call. `log-set.ts` feeds it from tails.
 */
import type { LogEntry } from './model.ts';

/** One log of a merge. */
export interface Lane {
  /** An entry that came at `now` (ms). */
  push(entry: LogEntry, now: number): void;
  /** The log has been reached: from now on it is waited for only as long as for any that is silent. */
  ready(): void;
  /** Nothing more comes. What waits is still given. */
  end(): void;
  /** Entries that wait here. */
  readonly waiting: number;
}

export interface Merge {
  /** One more log, from now on. */
  add(): Lane;
  /** What may be shown at `now`, oldest first. */
  take(now: number): LogEntry[];
  /** When `take` may give more although nothing comes; null when nothing waits. */
  readonly nextAt: number | null;
}

export interface MergeDelays {
  /** How long an entry waits for a lane that is silent. */
  readonly silentMs: number;
  /** How long it waits for a lane that has not been reached yet: its past may be older. Default the same. */
  readonly unreachedMs?: number;
}

interface Waiting {
  readonly entry: LogEntry;
  readonly since: number;
}

interface State {
  queue: Waiting[];
  /** Index of the queue's first waiting entry; the queue is cut when half of it is used up. */
  head: number;
  open: boolean;
  reached: boolean;
}

export function createMerge({ silentMs, unreachedMs = silentMs }: MergeDelays): Merge {
  const lanes = new Set<State>();
  const front = (lane: State): Waiting | undefined => lane.queue[lane.head];

  function advance(lane: State): void {
    lane.queue[lane.head] = undefined as unknown as Waiting;
    lane.head++;
    if (lane.head > 1024 && lane.head * 2 > lane.queue.length) {
      lane.queue = lane.queue.slice(lane.head);
      lane.head = 0;
    }
  }

  /** The lane whose entry is next, and how long that entry waits for the lanes that show nothing. */
  function next(): { lane: State; waitMs: number } | null {
    let oldest: State | undefined;
    let waitMs = 0;
    for (const lane of lanes) {
      const waiting = front(lane);
      if (waiting === undefined) {
        if (lane.open) waitMs = Math.max(waitMs, lane.reached ? silentMs : unreachedMs);
        else lanes.delete(lane);
      } else if (oldest === undefined || waiting.entry.timeUs < front(oldest)!.entry.timeUs) oldest = lane;
    }
    return oldest === undefined ? null : { lane: oldest, waitMs };
  }

  return {
    add() {
      const lane: State = { queue: [], head: 0, open: true, reached: false };
      lanes.add(lane);
      return {
        push(entry, now) {
          lane.reached = true;
          lane.queue.push({ entry, since: now });
        },
        ready() {
          lane.reached = true;
        },
        end() {
          lane.open = false;
        },
        get waiting() {
          return lane.queue.length - lane.head;
        },
      };
    },
    take(now) {
      const out: LogEntry[] = [];
      for (;;) {
        const found = next();
        if (found === null) return out;
        const { entry, since } = front(found.lane)!;
        if (now - since < found.waitMs) return out;
        out.push(entry);
        advance(found.lane);
      }
    },
    get nextAt() {
      const found = next();
      return found === null ? null : front(found.lane)!.since + found.waitMs;
    },
  };
}
