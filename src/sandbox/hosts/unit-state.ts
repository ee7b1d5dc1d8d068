/**
 * Owns what a host remembers of a unit and of the processes that it runs: plain JSON, so that a saved world goes on where
 * it stopped. It widens the contract's SystemdUnit; the extra fields matter to hosts/ alone.
 */
import type { HostState, SystemdUnit } from '../contract.ts';
import { parseUnitFile, type UnitFile } from './unit-file.ts';

/** How a process ended. */
export type Exit =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'killed'; readonly signal: number };

/** A running process: what it will print, when it acts next, and where its script stands. */
export interface ProcessState {
  argv: string[];
  /** The Exec line as written, for `systemctl status`. */
  text: string;
  env: Record<string, string>;
  pid: number;
  startedAt: number;
  /** Lines to come, with the time of each. */
  queue: [at: number, text: string][];
  /** When its program acts by itself next. */
  wakeAt: number | null;
  /** Real milliseconds between periodic lines, null when it is quiet. */
  every: number | null;
  nextLineAt: number | null;
  lines: number;
  /** What its program remembers. */
  memo: Record<string, string | number>;
  script: ScriptState | null;
  child: ProcessState | null;
  container: string | null;
}

/** Where an interpreted script stands. */
export interface ScriptState {
  source: string;
  args: string[];
  pc: number;
  status: number;
  variables: Record<string, string>;
  loops: Record<string, string[]>;
}

export interface UnitState extends SystemdUnit {
  /** A start that waits for what it comes after. */
  job: 'start' | null;
  /** Start again once stopped. */
  restartAfterStop: boolean;
  main: ProcessState | null;
  /** The process of ExecStartPre, ExecStartPost or ExecStop that runs. */
  control: ProcessState | null;
  /** When its start (or stop) has taken too long, null when it may take as long as it likes. */
  deadline: number | null;
  /** When it became active, null before. */
  activeSince: number | null;
  /** The last main process, for status and show. */
  lastMain: {
    pid: number;
    text: string;
    startedAt: number;
    endedAt: number | null;
    exit: Exit | null;
  } | null;
  /** The control process that failed the start, for status. */
  lastControl: { pid: number; text: string; exit: Exit } | null;
  /** Times of the last starts, for the start limit. */
  starts: number[];
  invocation: string;
  enabled: boolean;
  /** Its condition was not met at the last start. */
  skipped: boolean;
  /** The next run of a timer. */
  nextElapse: number | null;
}

/** The host's units as hosts/ knows them. */
export function unitsOf(state: HostState): Record<string, UnitState> {
  return state.units as Record<string, UnitState>;
}

export function newUnit(name: string, content: string, origin: SystemdUnit['origin'], at: number): UnitState {
  return {
    name,
    content,
    origin,
    load: 'loaded',
    active: 'inactive',
    sub: 'dead',
    wanted: false,
    since: at,
    until: null,
    step: 0,
    mainPid: null,
    exitStatus: null,
    result: 'success',
    restarts: 0,
    emitted: 0,
    job: null,
    restartAfterStop: false,
    main: null,
    control: null,
    deadline: null,
    activeSince: null,
    lastMain: null,
    lastControl: null,
    starts: [],
    invocation: '',
    enabled: false,
    skipped: false,
    nextElapse: null,
  };
}

const parsed = new Map<string, UnitFile>();

/** A unit's parsed text, remembered by its content. */
export function fileOf(unit: SystemdUnit): UnitFile {
  let file = parsed.get(unit.content);
  if (file === undefined) {
    file = parseUnitFile(unit.content);
    if (parsed.size > 2000) parsed.clear();
    parsed.set(unit.content, file);
  }
  return file;
}

/** Where systemd found the unit's file. */
export function unitPath(unit: SystemdUnit): string {
  if (unit.origin === 'vendor') return `/usr/lib64/systemd/system/${unit.name}`;
  return unit.origin === 'fleet' ? `/run/systemd/system/${unit.name}` : `/etc/systemd/system/${unit.name}`;
}

const EXIT_NAMES: Record<number, string> = {
  0: 'SUCCESS',
  1: 'FAILURE',
  2: 'INVALIDARGUMENT',
  3: 'NOTIMPLEMENTED',
  4: 'NOPERMISSION',
  5: 'NOTINSTALLED',
  6: 'NOTCONFIGURED',
  7: 'NOTRUNNING',
  200: 'CHDIR',
  203: 'EXEC',
  255: 'EXCEPTION',
};

const SIGNAL_NAMES: Record<number, string> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  6: 'ABRT',
  9: 'KILL',
  11: 'SEGV',
  13: 'PIPE',
  15: 'TERM',
};

export function signalName(signal: number): string {
  return SIGNAL_NAMES[signal] ?? String(signal);
}

/** `code=exited, status=3/NOTIMPLEMENTED`; the short form of `systemctl status` names libc's and systemd's codes only. */
export function describeExit(exit: Exit, form: 'journal' | 'status'): string {
  if (exit.kind === 'killed') {
    const name = signalName(exit.signal);
    return form === 'status' ? `code=killed, signal=${name}` : `code=killed, status=${exit.signal}/${name}`;
  }
  const known = EXIT_NAMES[exit.status];
  if (form === 'journal') return `code=exited, status=${exit.status}/${known ?? 'n/a'}`;
  const shown = known !== undefined && (exit.status < 2 || exit.status >= 200);
  return `code=exited, status=${exit.status}${shown ? `/${known}` : ''}`;
}
