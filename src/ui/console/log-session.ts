/**
 * Owns one open log: the sources that are read now, the ring that their merged lines are kept in, the state of its view, and when it
 * is worth drawing again.
 */
import { createLogRing, RING_BYTES, RING_LINES } from '../../cluster/log-ring.ts';
import { createLogSet, type LogSet, type OpenLog } from '../../cluster/log-set.ts';
import type { LogEntry, Unit } from '../../cluster/model.ts';
import type { Clock } from '../../cluster/ports.ts';
import type { ClusterView } from '../../cluster/store-contract.ts';
import type { LogSource, Tail, TailState } from '../../cluster/tail-contract.ts';
import { sanitise } from '../sanitise.ts';
import type { TailRequest } from '../services.ts';
import { cutCells } from '../terminal/cells.ts';
import type { TerminalSize } from '../terminal/size.tsx';
import type { Theme } from '../theme.ts';
import { INITIAL_LOG_VIEW, type LogAction, type LogViewState, reduceLogView } from '../widgets/log-view.ts';
import { LogPainter, logTitle } from '../widgets/log-view-draw.ts';
import { sourceMarks } from './log-sources.ts';
import type { LogTarget } from './state.ts';

/** Lines come in bursts: this many milliseconds of them make one frame. */
const COALESCE_MS = 80;
/** While held only the counts change. */
const COALESCE_HELD_MS = 500;
const TITLE_LINES = 2;
/** Lines of history of each source that a log opens with. */
const HISTORY_LINES = 1_000;
/** A tail only holds lines until they are merged. */
const STAGING = { maxLines: 20_000, maxBytes: 16 * 1024 * 1024 } as const;
/** The merged ring of several logs holds what each of them would, up to so many of them. */
const RINGS = 4;

/** Where a log begins: what the number keys of the log mean, k9s's order. */
export interface LogStart {
  readonly key: string;
  readonly label: string;
  /** As journalctl takes it; null: by lines. */
  readonly since: string | null;
  readonly lines: number;
}

export const LOG_STARTS: readonly LogStart[] = [
  { key: '0', label: 'tail', since: null, lines: HISTORY_LINES },
  { key: '1', label: 'head', since: null, lines: RING_LINES },
  { key: '2', label: '1 min', since: '1 minutes ago', lines: RING_LINES },
  { key: '3', label: '5 min', since: '5 minutes ago', lines: RING_LINES },
  { key: '4', label: '15 min', since: '15 minutes ago', lines: RING_LINES },
  { key: '5', label: '30 min', since: '30 minutes ago', lines: RING_LINES },
  { key: '6', label: '1 h', since: '1 hours ago', lines: RING_LINES },
];
const [TAIL, HEAD] = [LOG_STARTS[0]!, LOG_STARTS[1]!];

export interface LogSessionOptions {
  readonly target: LogTarget;
  readonly tail: (source: LogSource, request: TailRequest) => Tail;
  readonly clock: Clock;
  readonly theme: Theme;
  /** Something is worth drawing again. */
  readonly onChange: () => void;
}

/** What one beginning of the log reads; another beginning is another one. */
interface Reading {
  readonly start: LogStart;
  readonly set: LogSet;
  readonly ring: ReturnType<typeof createLogRing>;
  readonly painter: LogPainter;
  readonly ending: AbortController;
  /** Lines that came faster than they could be merged. */
  lost: number;
}

export class LogSession {
  readonly #options: LogSessionOptions;
  readonly #closing = new AbortController();
  #wanted: readonly LogSource[];
  /** Every source that was ever read: their lines are still there. */
  #known: readonly LogSource[];
  #marks: ReturnType<typeof sourceMarks> = null;
  #reading: Reading;
  #view: LogViewState = INITIAL_LOG_VIEW;
  #size: TerminalSize = { columns: 80, rows: 20 };
  #waiting = false;

  constructor(options: LogSessionOptions) {
    this.#options = options;
    this.#wanted = options.target.sources;
    this.#known = this.#wanted;
    this.#marks = sourceMarks(this.#known);
    this.#reading = this.#read(TAIL);
  }

  get view(): LogViewState {
    return this.#view;
  }

  /** For a file's name. */
  get name(): string {
    const { target } = this.#options;
    const [only, ...others] = target.sources;
    if (only && others.length === 0) return only.unit ?? target.label;
    return target.label;
  }

  /** Where it begins. */
  get start(): LogStart {
    return this.#reading.start;
  }

  #read(start: LogStart): Reading {
    const { clock, theme, tail } = this.#options;
    const open = ({ source, units, after, room }: OpenLog): Tail =>
      tail(source, {
        ...STAGING,
        lines: start.lines,
        ...(start.since === null ? {} : { since: start.since }),
        ...(units ? { units } : {}),
        ...(after ? { after } : {}),
        room,
      });
    const set = createLogSet({ open, clock });
    const rings = Math.min(RINGS, this.#wanted.length);
    const ring = createLogRing(RING_LINES * rings, RING_BYTES * Math.min(2, rings));
    const painter = new LogPainter({
      ring,
      theme,
      unitOf: (sequence) => this.#unitOf(ring.at(sequence)),
      sourceOf: (sequence) => {
        const entry = ring.at(sequence);
        return (entry && this.#marks?.(entry)) ?? null;
      },
    });
    const reading: Reading = { start, set, ring, painter, ending: new AbortController(), lost: 0 };
    set.subscribe(() => this.#linesCame());
    set.update(this.#wanted);
    const take = async (): Promise<void> => {
      for await (const { entries, dropped } of set.batches(reading.ending.signal)) {
        for (const entry of entries) ring.push(entry);
        reading.lost += dropped;
        this.#linesCame();
      }
    };
    // It ends when the log is closed; failures are the tails' own and show in their states.
    void take();
    return reading;
  }

  /** Whose name need not be said on an entry's line. */
  #unitOf(entry: LogEntry | undefined): string | null {
    return this.#options.target.sources.every(({ unit }) => unit === null) ? null : (entry?.unit ?? null);
  }

  #linesCame(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    const wait = this.#view.follow ? COALESCE_MS : COALESCE_HELD_MS;
    this.#options.clock.sleep(wait, this.#closing.signal).then(
      () => {
        this.#waiting = false;
        this.#options.onChange();
      },
      // Closed meanwhile.
      () => undefined,
    );
  }

  #geometry() {
    return { width: this.#size.columns, height: Math.max(1, this.#size.rows - TITLE_LINES) };
  }

  dispatch(action: LogAction): void {
    // The window is made for the state before: a new pattern gets its own when the next action or frame asks.
    const window = this.#reading.painter.window(this.#view, this.#geometry());
    this.#view = reduceLogView(this.#view, action, window);
  }

  /** Reads the log anew from another beginning. How it is looked at stays. */
  begin(start: LogStart): void {
    this.#close(this.#reading);
    this.#reading = this.#read(start);
    const top = { sequence: 0, row: 0 };
    // From the beginning means to begin there; every other beginning is followed to its end.
    this.#view = { ...this.#view, follow: start !== HEAD, top, heldAt: 0, match: null, mark: null };
  }

  /** Units move to other machines: their logs join and leave. Equal sources change nothing. */
  clusterChanged(view: ClusterView): void {
    const { target } = this.#options;
    if (target.moving.length === 0 || view.units.status !== 'live') return;
    const { data } = view.units;
    const wanted = target.sources.flatMap((source) => {
      if (source.unit === null || !target.moving.includes(source.unit)) return [source];
      const rows = data.filter(({ name, machineId }) => name === source.unit && machineId !== null);
      // One that is on its way between machines is still read where it was.
      return rows.length > 0 ? rows.map((row) => sourceOfUnit(row, target)) : this.#sourcesOf(source.unit);
    });
    const { joined, left } = this.#reading.set.update(wanted);
    this.#wanted = wanted;
    if (joined.length === 0 && left.length === 0) return;
    this.#known = [...this.#known, ...joined];
    this.#marks = sourceMarks(this.#known);
    this.#reading.painter.forget();
    for (const source of joined) this.#note(`${source.unit} is read on ${placeOf(source)} now`, source);
    for (const source of left) this.#note(`${source.unit} is no longer on ${placeOf(source)}`, source);
    this.#options.onChange();
  }

  #sourcesOf(unit: string): readonly LogSource[] {
    return this.#wanted.filter((source) => source.unit === unit);
  }

  /** A line of our own among the others. */
  #note(message: string, { unit, machineId, ip }: LogSource): void {
    const { ring } = this.#reading;
    const timeUs = ring.at(ring.end - 1)?.timeUs ?? this.#options.clock.now() * 1000;
    const entry = { timeUs, machineId, ip, unit: unit ?? '', identifier: 'kubecore', cursor: null };
    ring.push({ ...entry, priority: 5, message });
  }

  /** The marked lines, else the one that `n` found or the newest that shows; as they are copied. */
  copied(): readonly string[] {
    const { painter } = this.#reading;
    if (this.#view.mark) return painter.texts(this.#view, this.#geometry());
    const window = painter.window(this.#view, this.#geometry());
    const marking = reduceLogView(this.#view, { type: 'toggle-mark' }, window);
    return marking.mark ? painter.texts(marking, this.#geometry()) : [];
  }

  /** The marked lines, else all that can show, as they are saved. */
  saved(): readonly string[] {
    return this.#reading.painter.texts(this.#view, this.#geometry());
  }

  lines(size: TerminalSize, now: number): string[] {
    this.#size = size;
    const geometry = this.#geometry();
    const { theme } = this.#options;
    const { painter, ring, start, lost } = this.#reading;
    const rows = painter.lines(this.#view, geometry);
    // A whole ring is searched over several frames.
    if (painter.search.behind > 0) this.#linesCame();
    const title = logTitle({
      label: this.#label(),
      view: this.#view,
      tail: this.#state(),
      ring,
      search: painter.search,
      marked: painter.marked(this.#view, geometry),
      cut: painter.cut,
      facts: [
        ...(lost > 0 ? [`${lost.toLocaleString('en-US')} lines were lost on the way`] : []),
        ...this.#troubles(),
        ...(start === TAIL ? [] : [start.since === null ? 'from the beginning' : `since ${start.label}`]),
      ],
      now,
      width: size.columns,
      theme,
    });
    return [
      ...title,
      ...(rows.length > 0 ? rows : [theme.paint('dim', cutCells(` ${this.#nothing()}`, size.columns))]),
    ];
  }

  #label(): string {
    const [only, ...others] = this.#wanted;
    const { target } = this.#options;
    if (!only || others.length > 0 || target.moving.length === 0) return target.label;
    return `${only.unit} @ ${placeOf(only)}`;
  }

  /** The state of all tails as one: it follows as long as one does. */
  #state(): TailState {
    const states = this.#reading.set.sources().map(({ state }) => state);
    const phases = ['following', 'connecting', 'resuming', 'failed', 'ended'] as const;
    for (const phase of phases) {
      const found = states.find((state) => state.phase === phase);
      if (found) return found;
    }
    return { phase: 'connecting' };
  }

  /** Sources that are not read well, while others are. */
  #troubles(): readonly string[] {
    const all = this.#reading.set.sources();
    if (all.length < 2) return [];
    const words = { connecting: 'connecting', resuming: 'reconnecting', failed: 'failed' } as const;
    const told = Object.entries(words).flatMap(([phase, word]) => {
      const names = all.filter(({ state }) => state.phase === phase);
      const [first] = names;
      if (!first || names.length === all.length) return [];
      return [names.length === 1 ? `${placeOf(first.source)} ${word}` : `${names.length} ${word}`];
    });
    return [`${all.length} sources`, ...told.map(sanitiseFact)];
  }

  #nothing(): string {
    const { ring, painter } = this.#reading;
    const state = this.#state();
    if (state.phase === 'failed') return `next: ${state.error.next}`;
    if (painter.search.behind > 0) return 'searching …';
    if (ring.end > ring.first) {
      if (this.#view.pattern === '') return 'no line is so grave (p shows more)';
      return `nothing matches /${this.#view.pattern} (Esc clears it, & shows all)`;
    }
    return state.phase === 'connecting' ? 'opening the journal …' : 'no lines yet';
  }

  #close(reading: Reading): void {
    reading.ending.abort();
    reading.set.close();
  }

  close(): void {
    this.#closing.abort();
    this.#close(this.#reading);
  }
}

const sanitiseFact = (text: string): string => sanitise(text);

/** The address of a source; the master has none, it is what the connection leads to. */
function placeOf({ ip }: LogSource): string {
  return ip ?? 'the master';
}

function sourceOfUnit({ name, machineId, ip }: Unit, target: LogTarget): LogSource {
  // One that was opened keeps its form: the master's address is null.
  const opened = target.sources.find((source) => source.unit === name && source.machineId === machineId);
  return opened ?? { unit: name, machineId: machineId ?? '', ip };
}
