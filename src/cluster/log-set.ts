/**
 * Owns several logs read as one: which sources are open, their tails, and their entries merged in order of time. Sources
 * join and leave while it is read, as units move between machines; a source that comes back goes on after its last entry.
 *
 * Use: `createLogSet` with a way to open a tail (`openTail` with the shell bound), `update` with all sources that are wanted now,
 * again whenever that changes, and read `batches`. A command prints them; a screen pushes them into a ring of its own
 * (`createLogRing`). `log-names.ts` has a short name and a colour for each source, `log-query.ts` the sources that words mean.
 */
import type { KubecoreError } from './errors.ts';
import { createMerge, type Lane } from './merge.ts';
import type { LogEntry } from './model.ts';
import type { Clock } from './ports.ts';
import type { LogSource, Tail, TailState } from './tail-contract.ts';

/** What a tail of the set is opened with. */
export interface OpenLog {
  readonly source: LogSource;
  /** Several units of the source's node; its own unit is then null. */
  readonly units?: readonly string[];
  /** Go on after this entry. */
  readonly after?: LogEntry;
  /** To be awaited after each batch: the reader is behind. */
  readonly room: () => Promise<void>;
}

export interface LogSetOptions {
  /** Opens a tail. Its ring need hold no more than some batches: the set reads it as it fills. */
  readonly open: (log: OpenLog) => Tail;
  readonly clock: Clock;
  /** How long an entry waits for a silent source, ms. Default 1,000. */
  readonly silentMs?: number;
  /** How long for one whose node has not answered yet. Default 5,000. */
  readonly unreachedMs?: number;
  /** How long a source that is no longer wanted is read on: the last lines of a unit that moved. Default 10,000. */
  readonly lingerMs?: number;
}

export interface LogBatch {
  /** In order of time. */
  readonly entries: readonly LogEntry[];
  /** Lines that left a tail's ring before they could be read, since the last batch. */
  readonly dropped: number;
}

export interface LogChange {
  readonly joined: readonly LogSource[];
  readonly left: readonly LogSource[];
}

export interface LogSet {
  /** The sources that are wanted from now on; gives what is new among them and what is not wanted any more. */
  update(sources: readonly LogSource[]): LogChange;
  /** No source comes any more: `batches` ends when all tails have. */
  seal(): void;
  /** Entries as one ordered stream, for one reader; ends when sealed and read, when closed or when aborted. */
  batches(signal?: AbortSignal): AsyncGenerator<LogBatch>;
  /** Every source that is read now, with the state of its tail. */
  sources(): readonly { readonly source: LogSource; readonly state: TailState }[];
  /** Why sources failed, each once, oldest first. */
  failures(): readonly KubecoreError[];
  /** Called when a tail's state changed or lines came. */
  subscribe(listener: () => void): () => void;
  close(): void;
}

/** One tail, with the sources that it reads. */
interface Member {
  readonly sources: readonly LogSource[];
  readonly tail: Tail;
  readonly lane: Lane;
  read: number;
  ended: boolean;
  /** Since when none of its sources is wanted, ms; null while one is. */
  unwantedSince: number | null;
  /** Resolves the promise that holds its node back. */
  release: () => void;
}

/** Entries of one tail that may wait for the reader before the node is held back. */
const HELD = 5_000;

const keyOf = ({ unit, machineId, ip }: LogSource): string => `${unit ?? ''}\0${machineId}\0${ip ?? ''}`;
const nodeKey = ({ machineId, ip }: LogSource): string => `${machineId}\0${ip ?? ''}`;

export function createLogSet(options: LogSetOptions): LogSet {
  const { clock, lingerMs = 10_000 } = options;
  const merge = createMerge({
    silentMs: options.silentMs ?? 1_000,
    unreachedMs: options.unreachedMs ?? 5_000,
  });
  const members = new Set<Member>();
  const listeners = new Set<() => void>();
  /** The last entry of each source that was closed. */
  const lastOf = new Map<string, LogEntry>();
  const failed: KubecoreError[] = [];
  let wanted: ReadonlyMap<string, LogSource> = new Map();
  const closing = new AbortController();
  let sealed = false;
  let changed = true;
  let dropped = 0;
  let wake = new AbortController();

  const notify = (): void => {
    changed = true;
    wake.abort();
    for (const listener of listeners) listener();
  };

  /** Takes what came from a tail's ring to its lane, at once, so that the ring can be small. */
  function drain(member: Member): void {
    const { tail, lane } = member;
    const { ring } = tail;
    // The state first: lines that come after it is read belong to the next round.
    const state = tail.state();
    dropped += Math.max(0, ring.first - member.read);
    for (let at = Math.max(member.read, ring.first); at < ring.end; at++)
      lane.push(ring.at(at)!, clock.now());
    member.read = ring.end;
    if (state.phase !== 'connecting') lane.ready();
    if (member.ended || (state.phase !== 'ended' && state.phase !== 'failed')) return;
    member.ended = true;
    lane.end();
    if (state.phase === 'failed') failed.push(state.error);
  }

  function openMember(sources: readonly LogSource[], after: LogEntry | undefined): void {
    const [first, ...more] = sources;
    if (!first) return;
    const lane = merge.add();
    const held: { release: () => void } = { release: () => {} };
    const room = async (): Promise<void> => {
      if (lane.waiting < HELD || closing.signal.aborted) return;
      await new Promise<void>((resolve) => {
        held.release = resolve;
      });
    };
    const units = sources.map(({ unit }) => unit ?? '');
    const tail = options.open({
      source: more.length === 0 ? first : { ...first, unit: null },
      ...(more.length === 0 ? {} : { units }),
      ...(after === undefined ? {} : { after }),
      room,
    });
    const member: Member = {
      sources,
      tail,
      lane,
      read: tail.ring.first,
      ended: false,
      unwantedSince: null,
      release: () => held.release(),
    };
    members.add(member);
    tail.subscribe(() => {
      drain(member);
      notify();
    });
    drain(member);
  }

  function closeMember(member: Member): void {
    member.tail.close();
    drain(member);
    members.delete(member);
    member.release();
    for (const source of member.sources) {
      const last = lastEntryOf(member.tail, source);
      if (last) lastOf.set(keyOf(source), last);
    }
  }

  /** Ends what has not been wanted for long enough; gives when the next such is due, null when there is none. */
  function closeUnwanted(now: number): number | null {
    let due: number | null = null;
    for (const member of members) {
      if (member.unwantedSince === null) continue;
      const at = member.unwantedSince + lingerMs;
      if (member.ended || now >= at) closeMember(member);
      else due = Math.min(due ?? at, at);
    }
    return due;
  }

  return {
    update(sources) {
      const before = wanted;
      wanted = new Map(sources.map((source) => [keyOf(source), source]));
      const joined = [...wanted].flatMap(([key, source]) => (before.has(key) ? [] : [source]));
      const left = [...before].flatMap(([key, source]) => (wanted.has(key) ? [] : [source]));
      const open = new Set<string>();
      for (const member of members) {
        const keys = member.sources.map(keyOf);
        for (const key of keys) open.add(key);
        const isWanted = keys.some((key) => wanted.has(key));
        member.unwantedSince = isWanted ? null : (member.unwantedSince ?? clock.now());
      }
      // One session for all units of a node that come together; one that was read before goes on from where it was.
      const groups = new Map<string, LogSource[]>();
      for (const source of joined) {
        const key = keyOf(source);
        if (open.has(key)) continue;
        const after = lastOf.get(key);
        if (source.unit === null || source.container !== undefined || after !== undefined)
          openMember([source], after);
        else groups.set(nodeKey(source), [...(groups.get(nodeKey(source)) ?? []), source]);
      }
      for (const group of groups.values()) openMember(group, undefined);
      notify();
      return { joined, left };
    },
    seal() {
      sealed = true;
      notify();
    },
    async *batches(signal) {
      const ending = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      ending.addEventListener('abort', notify, { once: true });
      try {
        while (!ending.aborted) {
          changed = false;
          const now = clock.now();
          const closeAt = closeUnwanted(now);
          const entries = merge.take(now);
          const lost = dropped;
          dropped = 0;
          if (entries.length > 0 || lost > 0) yield { entries, dropped: lost };
          for (const member of members) if (member.lane.waiting < HELD) member.release();
          if (sealed && [...members].every(({ ended }) => ended) && merge.nextAt === null) return;
          if (changed) continue;
          wake = new AbortController();
          const due = [closeAt, merge.nextAt].filter((at) => at !== null);
          const waitMs = due.length === 0 ? 60_000 : Math.max(1, Math.min(...due) - clock.now());
          await clock.sleep(waitMs, wake.signal).catch(() => {});
        }
      } finally {
        ending.removeEventListener('abort', notify);
      }
    },
    sources: () =>
      [...members].flatMap(({ sources, tail }) => sources.map((source) => ({ source, state: tail.state() }))),
    failures: () => failed,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close() {
      closing.abort();
      for (const member of members) closeMember(member);
    },
  };
}

/** The newest entry of a source that its tail still holds. */
function lastEntryOf({ ring }: Tail, { unit }: LogSource): LogEntry | null {
  for (let at = ring.end - 1; at >= ring.first; at--) {
    const entry = ring.at(at);
    if (entry && (unit === null || entry.unit === unit)) return entry;
  }
  return null;
}
