/**
 * Owns one log tail: a journal followed on a node into a ring, taken up again after the last cursor when the link drops,
 * without losing or repeating a line, for as long as it is open.
 */
import { type Backoff, backoffMs } from './backoff.ts';
import { asKubecoreError, KubecoreError } from './errors.ts';
import { createLogRing, RING_BYTES, RING_LINES } from './log-ring.ts';
import type { LogEntry } from './model.ts';
import { type Clock, MASTER, type NodeRef, type Random, type Shell } from './ports.ts';
import type { LogSource, Tail, TailState } from './tail-contract.ts';
import { containerReader, logsArgv } from './tools/docker.ts';
import { listMachinesArgv, readMachines } from './tools/fleetctl.ts';
import { createPast, historyEnd, severalUnitsArgv } from './tools/journal-units.ts';
import { entryReader, journalArgv } from './tools/journalctl.ts';

export interface TailOptions {
  readonly shell: Shell;
  readonly source: LogSource;
  /** Several units of the source's node, read over one session; the source's own unit is then null. */
  readonly units?: readonly string[];
  /** Lines of history to begin with; of each unit. */
  readonly lines: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  /** As journalctl takes it: `10 min ago`, `@1416673733`. */
  readonly since?: string;
  readonly until?: string;
  /** Begin after this entry instead of with history: a source that was closed and is opened again. */
  readonly after?: LogEntry;
  /** Awaited after each batch of lines: the node is held back until it resolves. */
  readonly room?: () => Promise<void>;
  /** False: the tail ends after what is there. Default true. */
  readonly follow?: boolean;
  /** The master's private address: a source with it is read on the master itself, without a jump. */
  readonly masterAddress?: string | null;
  readonly maxLines?: number;
  readonly maxBytes?: number;
}

const RETRY: Backoff = { firstMs: 500, maxMs: 15_000 };
/** A command that has run so long without failing has reached the node, even when the unit is silent. */
const SETTLED_MS = 1_500;
/** A journalctl that ends badly so often in a row, over a link that holds, will not do better. */
const MAX_REFUSALS = 3;
/** Failures in a row after which the master is asked whether the machine still exists. */
const ASK_AFTER = 2;
/** Entries before the break that an answer is compared with; a resume never goes back further. */
const GUARD_LINES = 2_000;

/** Which node a source is read on. */
export function nodeOf(ip: string | null, masterAddress: string | null | undefined): NodeRef {
  return ip === null || ip === masterAddress ? MASTER : { kind: 'node', address: ip };
}

/** Node's faults that are an answer, not a link that may come back. The codes are those of src/ssh. */
const REFUSALS = new Set(['CommandFailed', 'ForwardRefused', 'NoCommonAlgorithm']);
/** Failures that no waiting mends. */
const isFinal = (error: KubecoreError): boolean =>
  error.fault === 'bug' || /^HostKey|Auth|^KeyUnusable|^MachineGone/.test(error.code ?? '');

/**
 * Are these two machines? The master may be replaced under an open tail: the address then leads to another machine,
 * whose journal is not this log. Ids that are not systemd's 32 digits (fleet may add dashes) say nothing.
 */
function isOtherMachine(a: string, b: string): boolean {
  // Asked for every line.
  if (a === b) return false;
  const [one, two] = [a.replaceAll('-', ''), b.replaceAll('-', '')];
  return one !== two && /^[0-9a-f]{32}$/.test(one) && /^[0-9a-f]{32}$/.test(two);
}

/** Opens a tail; it begins at once. `close()` or the signal ends it. */
export function openTail(options: TailOptions): Tail {
  const { shell, source, clock, random } = options;
  const follow = options.follow ?? true;
  const node = nodeOf(source.ip, options.masterAddress);
  const ring = createLogRing(options.maxLines ?? RING_LINES, options.maxBytes ?? RING_BYTES);
  const reader =
    source.container === undefined
      ? entryReader(source)
      : containerReader(source, () => clock.now(), options.since);
  const listeners = new Set<() => void>();
  const closing = new AbortController();
  let state: TailState = { phase: 'connecting' };
  const units = options.units ?? source.unit;
  const several = typeof units === 'object' && units !== null && units.length > 1 ? units : null;
  let last: LogEntry | null = options.after ?? null;
  let cursorLost = false;
  /**
   * Of several units' past: the last entry of one may be later than a line of another that was asked for before it was
   * written. Until what is followed has come past `newest`, a resume begins where the asking did.
   */
  let overlap: { readonly since: string; readonly newest: number } | null = null;

  const notify = (): void => {
    for (const listener of listeners) listener();
  };
  const enter = (next: TailState): void => {
    if (state.phase === 'ended' || state.phase === 'failed') return;
    if (state.phase === next.phase && next.phase !== 'resuming') return;
    state = next;
    notify();
  };
  const close = (): void => {
    closing.abort();
    enter({ phase: 'ended' });
  };

  /** Where to begin: with history, after the last cursor, or (that cursor being gone) at the last entry's second. */
  function argv(): readonly string[] {
    if (source.container !== undefined)
      return logsArgv(source.container, { lines: last === null ? options.lines : RING_LINES, follow });
    const query = { unit: units, follow, until: options.until ?? null };
    if (last === null) {
      const first = { ...query, lines: options.lines, since: options.since ?? null };
      return several === null ? journalArgv(first) : severalUnitsArgv(several, first);
    }
    if (overlap !== null) return journalArgv({ ...query, lines: RING_LINES, since: overlap.since });
    if (last.cursor !== null && !cursorLost)
      return journalArgv({ ...query, lines: RING_LINES, afterCursor: last.cursor });
    return journalArgv({ ...query, lines: RING_LINES, since: `@${Math.floor(last.timeUs / 1e6)}` });
  }

  /** What was already shown near the break, so that no answer can repeat it. */
  function guard(): { repeats(entry: LogEntry): boolean } | null {
    if (last === null) return null;
    const newest = last.timeUs;
    const bySecond = cursorLost;
    const shown = new Set<string>();
    for (let i = Math.max(ring.first, ring.end - GUARD_LINES); i < ring.end; i++) {
      const cursor = ring.at(i)?.cursor;
      if (cursor) shown.add(cursor);
    }
    return {
      repeats: (entry) =>
        entry.cursor === null
          ? entry.timeUs <= newest
          : shown.has(entry.cursor) || (bySecond && entry.timeUs < newest),
    };
  }

  /** A quiet unit says nothing: it is followed once there is a connection, and until then told why there is none. */
  async function settle(signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep(SETTLED_MS, signal);
      const connection = shell.connection();
      if (connection.phase === 'reconnecting')
        enter({ phase: 'resuming', at: connection.at, why: connection.why });
      else if (connection.phase !== 'connecting') {
        enter({ phase: 'following' });
        return;
      }
    }
  }

  /** One run of journalctl, to its end. */
  async function followOnce(): Promise<void> {
    const already = guard();
    let lines = 0;
    const command = argv();
    const past = several !== null && last === null ? createPast() : null;
    const keep = (entry: LogEntry): void => {
      last = entry;
      ring.push(entry);
    };
    const settled = new AbortController();
    settle(AbortSignal.any([settled.signal, closing.signal])).catch(() => {});
    try {
      const batches = shell.follow(node, command, { signal: closing.signal, priority: 'interactive' });
      for await (const batch of batches) {
        if (closing.signal.aborted) break;
        const before = ring.end;
        for (const line of batch) {
          const entry = reader.read(line);
          if (entry === null) {
            const began = past === null ? null : historyEnd(line);
            if (past === null || began === null) continue;
            for (const one of past.end()) keep(one);
            overlap = last === null ? null : { since: `@${began}`, newest: last.timeUs };
            continue;
          }
          // The first lines after a break may be ones already shown; beyond the guard's reach none can be.
          if (already !== null && lines < GUARD_LINES && already.repeats(entry)) continue;
          if (isOtherMachine(entry.machineId, last?.machineId ?? source.machineId)) throw machineGone(source);
          if (past?.takes(entry)) continue;
          lines++;
          keep(entry);
          if (overlap !== null && entry.timeUs > overlap.newest) overlap = null;
        }
        if (ring.end !== before) cursorLost = false;
        const was = state;
        enter({ phase: 'following' });
        if (ring.end !== before && state === was) notify();
        await options.room?.();
      }
    } finally {
      settled.abort();
    }
  }

  /** Does fleet still list the machine? Unknown counts as yes. */
  async function machineIsGone(): Promise<boolean> {
    if (node.kind === 'master' || source.machineId === '') return false;
    try {
      const result = await shell.run(MASTER, listMachinesArgv, {
        signal: closing.signal,
        timeoutMs: 10_000,
        priority: 'poll',
      });
      const machines = result.code === 0 ? readMachines(result.stdout) : [];
      return machines.length > 0 && !machines.some(({ id }) => id === source.machineId);
    } catch {
      return false;
    }
  }

  /** Waits for the next try; a connection that comes back ends the wait. */
  async function pause(ms: number): Promise<void> {
    const awake = new AbortController();
    let phase = shell.connection().phase;
    const unsubscribe = shell.subscribe(() => {
      const now = shell.connection().phase;
      if (now === 'connected' && phase !== 'connected') awake.abort();
      phase = now;
    });
    try {
      await clock.sleep(ms, AbortSignal.any([awake.signal, closing.signal]));
    } catch {
      // Woken or closed: the loop looks which.
    } finally {
      unsubscribe();
    }
  }

  async function run(): Promise<void> {
    let failures = 0;
    let refusals = 0;
    while (!closing.signal.aborted) {
      let why: string;
      const linesBefore = ring.end;
      try {
        await followOnce();
        if (closing.signal.aborted) return;
        // The log of a container ends with it.
        if (!follow || source.container !== undefined) {
          enter({ phase: 'ended' });
          return;
        }
        why = 'the log command ended on the node';
      } catch (thrown) {
        if (closing.signal.aborted) return;
        const error = asKubecoreError(thrown);
        if (error.code === 'Closed') {
          enter({ phase: 'ended' });
          return;
        }
        why = error.why;
        if (last !== null && !cursorLost && /cursor/i.test(error.message)) cursorLost = true;
        else refusals = REFUSALS.has(error.code ?? '') ? refusals + 1 : 0;
        if (isFinal(error) || refusals >= MAX_REFUSALS) {
          enter({ phase: 'failed', error });
          return;
        }
      }
      if (ring.end !== linesBefore) {
        failures = 0;
        refusals = 0;
      }
      failures++;
      const wait = backoffMs(failures, RETRY, random);
      enter({ phase: 'resuming', at: clock.now() + wait, why });
      if (failures >= ASK_AFTER && (await machineIsGone())) {
        enter({ phase: 'failed', error: machineGone(source) });
        return;
      }
      await pause(wait);
    }
  }

  const outer = options.signal;
  if (outer?.aborted) close();
  else {
    outer?.addEventListener('abort', close, { once: true });
    closing.signal.addEventListener('abort', () => outer?.removeEventListener('abort', close), {
      once: true,
    });
    run().catch((thrown: unknown) => enter({ phase: 'failed', error: asKubecoreError(thrown) }));
  }

  return {
    source,
    ring,
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close,
  };
}

function machineGone(source: LogSource): KubecoreError {
  return new KubecoreError({
    what: `the log of ${source.unit ?? 'the node'} on ${source.ip ?? 'the master'} has ended`,
    why: `machine ${source.machineId} is no longer a member of the cluster`,
    next: 'what was read is kept; open the log on the machine that took its place',
    fault: 'node',
    code: 'MachineGone',
  });
}
