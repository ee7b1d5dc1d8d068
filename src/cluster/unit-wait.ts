/**
 * Owns waiting for units that were started: what their rows in fleet's list mean over time, since fleetctl says "launched"
 * of a unit that fails (FACTS.md). A unit runs when it is active in three looks in a row.
 */
import type { Unit } from './model.ts';
import type { Clock, Shell } from './ports.ts';
import { lookAtFleetUnits } from './sources.ts';

export type Verdict =
  | 'runs'
  /** Has run and ended well (a oneshot without RemainAfterExit, a script). */
  | 'ended'
  | 'failed'
  /** Comes up and goes down again and again. */
  | 'looping'
  /** No machine was found for it. */
  | 'nowhere'
  /** Still on its way when the time was up. */
  | 'late';

export interface Standing {
  readonly verdict: Verdict;
  /** Its rows of the last look: one a machine. */
  readonly rows: readonly Unit[];
}

const LOOK_MS = 500;
/** Without a machine for so long: fleet schedules within a few seconds. */
const NOWHERE_MS = 20_000;
/** Inactive for so long after it was started: it has ended, or never began. */
const QUIET_MS = 4_000;
/** A wait in which nothing changes says where it stands. */
const REMIND_MS = 30_000;
const STEADY_LOOKS = 3;
const LOOPS = 2;

/** What is remembered of one unit between looks. */
interface Memory {
  steady: number;
  loops: number;
  /** In the last look; a loop is counted when it begins. */
  restarting: boolean;
  absentSince: number | null;
  quietSince: number | null;
}

/** One look at a unit. null: not decided yet. Pure but for `memory`, which it keeps. */
export function judge(rows: readonly Unit[], memory: Memory, now: number): Verdict | null {
  if (rows.length === 0) {
    memory.absentSince ??= now;
    memory.steady = 0;
    return now - memory.absentSince >= NOWHERE_MS ? 'nowhere' : null;
  }
  memory.absentSince = null;
  if (rows.some(({ active, load }) => active === 'failed' || load === 'error' || load === 'not-found'))
    return 'failed';
  const restarting = rows.some(({ sub }) => sub === 'auto-restart');
  if (restarting && !memory.restarting) memory.loops++;
  memory.restarting = restarting;
  if (memory.loops >= LOOPS) return 'looping';
  memory.steady = rows.every(({ active }) => active === 'active') ? memory.steady + 1 : 0;
  if (memory.steady >= STEADY_LOOKS) return 'runs';
  if (!rows.every(({ active }) => active === 'inactive')) {
    memory.quietSince = null;
    return null;
  }
  memory.quietSince ??= now;
  return now - memory.quietSince >= QUIET_MS ? 'ended' : null;
}

export const freshMemory = (): Memory => ({
  steady: 0,
  loops: 0,
  restarting: false,
  absentSince: null,
  quietSince: null,
});

export interface WaitForUnits {
  readonly shell: Shell;
  readonly names: readonly string[];
  /** Whether an inactive unit has run since it was asked to; else its turn has not come. */
  readonly hasRun: (name: string, rows: readonly Unit[]) => Promise<boolean>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Told of each change, and every 30 s without one: `myapp.service: activating (start-pre) on 10.0.0.12`. */
  readonly note: (text: string) => void;
}

/** Waits until each unit has a verdict. A look that fails is thrown. */
export async function waitForUnits(wait: WaitForUnits): Promise<ReadonlyMap<string, Standing>> {
  const { shell, clock, signal } = wait;
  const began = clock.now();
  const open = new Map(wait.names.map((name) => [name, { memory: freshMemory(), told: '', toldAt: began }]));
  const done = new Map<string, Standing>();
  for (;;) {
    const units = open.size === 0 ? [] : await lookAtFleetUnits(shell, signal);
    const now = clock.now();
    for (const [name, state] of open) {
      const rows = units.filter((unit) => unit.name === name);
      let verdict = judge(rows, state.memory, now);
      // Inactive is also a unit whose turn has not come: it waits for others.
      if (verdict === 'ended' && !(await wait.hasRun(name, rows))) verdict = null;
      if (verdict === null && now - began >= wait.timeoutMs) verdict = 'late';
      if (verdict !== null) {
        done.set(name, { verdict, rows });
        open.delete(name);
        continue;
      }
      const text = describeRows(rows);
      if (text === state.told && now - state.toldAt < REMIND_MS) continue;
      wait.note(`${name}: ${text}`);
      state.told = text;
      state.toldAt = now;
    }
    if (open.size === 0) return done;
    await clock.sleep(LOOK_MS, signal);
  }
}

/** `active (running) on 10.0.0.12`, or that there is no machine. */
export function describeRows(rows: readonly Unit[]): string {
  if (rows.length === 0) return 'waiting for a machine';
  return rows
    .map(({ active, sub, ip, machineId }) => `${active} (${sub}) on ${ip ?? machineId ?? 'no machine'}`)
    .join(', ');
}
