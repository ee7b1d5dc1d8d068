/** Owns the drawing of a log view: only the lines that show are formatted, and each once as long as nothing changes. */
import type { Pattern } from '../../cluster/pattern.ts';
import type { LogRing, TailState } from '../../cluster/tail-contract.ts';
import { sanitise } from '../sanitise.ts';
import { cellWidth, cutCells, fitCells } from '../terminal/cells.ts';
import { patternOf } from '../terminal/pattern.ts';
import { SYMBOL, type Theme, type Tone } from '../theme.ts';
import { type LogViewState, type LogWindow, markedRange, topOf } from './log-view.ts';
import { formatEntry, type LineFormat, plainLine, type SourceMark } from './log-view-format.ts';
import { atLeast, LineIndex, matching, walkAll } from './log-view-lines.ts';

/** Formatted lines kept for the next frame; a few screens of them. */
const CACHE_LINES = 512;

export interface LogGeometry {
  readonly width: number;
  /** Rows for log lines alone. */
  readonly height: number;
}

export interface PainterOptions {
  readonly ring: LogRing;
  /** Whose log it is, so that its own name is not repeated on every line; null: a whole journal. */
  readonly unitOf: (sequence: number) => string | null;
  /** Of several logs: where a line comes from. */
  readonly sourceOf?: ((sequence: number) => SourceMark | null) | undefined;
  readonly theme: Theme;
}

/**
 * One ring with what is remembered of it between frames: matches, and rows already formatted. Not React state: the ring
 * changes under it.
 */
export class LogPainter {
  readonly #options: PainterOptions;
  /** Lines that match, and lines that are grave enough; null when all are. */
  #matches: LineIndex | null = null;
  #grave: LineIndex | null = null;
  #key = '';
  #highlight: Pattern | null = null;
  #format: LineFormat | null = null;
  #formatKey = '';
  #rows = new Map<number, readonly string[]>();
  #cut = false;

  constructor(options: PainterOptions) {
    this.#options = options;
  }

  #rowsOf(sequence: number): readonly string[] {
    const known = this.#rows.get(sequence);
    if (known) return known;
    const { ring, unitOf, sourceOf } = this.#options;
    const entry = ring.at(sequence);
    const rows =
      entry && this.#format
        ? formatEntry(entry, { ...this.#format, unit: unitOf(sequence) }, sourceOf?.(sequence) ?? null)
        : [''];
    if (this.#rows.size >= CACHE_LINES) this.#rows.clear();
    this.#rows.set(sequence, rows);
    return rows;
  }

  /** Names of sources changed: what was formatted shows the old ones. */
  forget(): void {
    this.#rows.clear();
  }

  #seek({ pattern, priority }: LogViewState): void {
    const key = `${priority} ${pattern}`;
    if (key !== this.#key) {
      const { ring } = this.#options;
      this.#key = key;
      this.#highlight = pattern === '' ? null : patternOf(pattern);
      this.#matches = this.#highlight && new LineIndex(ring, matching(this.#highlight, priority));
      this.#grave = priority >= 7 ? null : new LineIndex(ring, atLeast(priority));
    }
    this.#matches?.update();
    this.#grave?.update();
  }

  /** The window for the reducer, up to date with the ring as far as one step of looking goes. */
  window(state: LogViewState, geometry: LogGeometry): LogWindow {
    this.#seek(state);
    const { ring, theme } = this.#options;
    const formatKey = `${geometry.width} ${state.wrap} ${state.left} ${state.timestamps} ${this.#key}`;
    if (formatKey !== this.#formatKey) {
      this.#formatKey = formatKey;
      this.#format = {
        width: geometry.width - 1,
        wrap: state.wrap,
        left: state.left,
        timestamps: state.timestamps,
        unit: null,
        theme,
        highlight: this.#highlight,
      };
      this.#rows.clear();
    }
    const matches = this.#matches?.walk() ?? null;
    return {
      height: geometry.height,
      lines: matches && state.onlyMatches ? matches : (this.#grave?.walk() ?? walkAll(ring)),
      matches,
      rowsOf: (sequence) => this.#rowsOf(sequence).length,
      end: ring.end,
    };
  }

  /** What is known of the search, for the title. */
  get search(): { readonly count: number | null; readonly behind: number } {
    return {
      count: this.#matches?.count ?? null,
      behind: Math.max(this.#matches?.behind ?? 0, this.#grave?.behind ?? 0),
    };
  }

  /** Were lines cut in the last frame? */
  get cut(): boolean {
    return this.#cut;
  }

  /** The lines that show, at most `geometry.height`, none wider than `geometry.width`. */
  lines(state: LogViewState, geometry: LogGeometry): string[] {
    const { theme } = this.#options;
    const window = this.window(state, geometry);
    const out: string[] = [];
    const top = topOf(state, window);
    const marked = markedRange(state);
    let sequence = window.lines.next(top.sequence - 1);
    let skip = sequence === top.sequence ? top.row : 0;
    while (sequence !== null && out.length < geometry.height) {
      const isHere = sequence === (state.mark?.cursor ?? state.match);
      const isMarked = marked !== null && sequence >= marked.from && sequence <= marked.to;
      const sign = isHere ? SYMBOL.pointer : isMarked ? '┃' : null;
      for (const row of this.#rowsOf(sequence).slice(skip, skip + geometry.height - out.length)) {
        out.push((sign === null ? ' ' : theme.paint('accent', sign)) + row);
      }
      skip = 0;
      sequence = window.lines.next(sequence);
    }
    this.#cut = !state.wrap && out.some((row) => /…(?:\x1b\[[0-9;]*m)*$/.test(row));
    return out;
  }

  /** How many of the lines that can show are marked; null while nothing is being marked. */
  marked(state: LogViewState, geometry: LogGeometry): number | null {
    const range = markedRange(state);
    if (range === null) return null;
    const { lines } = this.window(state, geometry);
    return lines.countAfter(range.from - 1) - lines.countAfter(range.to);
  }

  /** The lines of a range, or all that can show, as they are copied and saved. */
  texts(state: LogViewState, geometry: LogGeometry, limit = Number.POSITIVE_INFINITY): string[] {
    const { lines } = this.window(state, geometry);
    const range = markedRange(state);
    const out: string[] = [];
    let sequence = range ? lines.next(range.from - 1) : lines.first();
    while (sequence !== null && (range === null || sequence <= range.to) && out.length < limit) {
      const entry = this.#options.ring.at(sequence);
      if (entry) out.push(plainLine(entry));
      sequence = lines.next(sequence);
    }
    return out;
  }
}

const count = (n: number, noun: string): string =>
  `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;

/** Following, paused or broken, in words and with a symbol. */
export function stateWords(
  view: LogViewState,
  tail: TailState,
  ring: LogRing,
  now: number,
): { readonly text: string; readonly tone: Tone } {
  const fresh = ring.end - view.heldAt;
  const paused = view.follow ? '' : `paused, ${count(fresh, 'new line')} below`;
  const also = paused === '' ? '' : `${paused}, `;
  switch (tail.phase) {
    case 'connecting':
      return { text: `${SYMBOL.pending} connecting`, tone: 'warn' };
    case 'following':
      return view.follow
        ? { text: `${SYMBOL.ok} following`, tone: 'ok' }
        : { text: `Ⅱ ${paused}`, tone: 'warn' };
    case 'resuming': {
      const seconds = Math.max(0, Math.ceil((tail.at - now) / 1000));
      const when = seconds === 0 ? 'now' : `in ${seconds} s`;
      return { text: `${SYMBOL.warn} ${also}reconnecting ${when}: ${sanitise(tail.why)}`, tone: 'warn' };
    }
    case 'ended':
      return { text: `${SYMBOL.off} ${also}ended`, tone: 'dim' };
    case 'failed':
      return {
        text: `${SYMBOL.bad} ${also}failed: ${sanitise(`${tail.error.what}: ${tail.error.why}`)}`,
        tone: 'bad',
      };
  }
}

/** What shows of the priorities (RFC 5424, 6.2.1). */
const PRIORITY_WORDS: Readonly<Record<number, string>> = {
  3: 'errors only',
  4: 'warnings and errors',
  5: 'notices and graver',
  6: 'no debug lines',
};

/** Two lines: whose log and its state; the counts, what was dropped, the pattern. Each exactly `width` cells. */
export function logTitle(input: {
  readonly label: string;
  readonly view: LogViewState;
  readonly tail: TailState;
  readonly ring: LogRing;
  readonly search: LogPainter['search'];
  /** Lines marked; null when none are being marked. */
  readonly marked: number | null;
  /** Lines are cut: how to see the rest is said. */
  readonly cut: boolean;
  /** More that is worth a word: `since 5 min`, `3 sources`. */
  readonly facts?: readonly string[];
  readonly now: number;
  readonly width: number;
  readonly theme: Theme;
}): string[] {
  const { view, ring, width, theme, search } = input;
  const state = stateWords(view, input.tail, ring, input.now);
  const label = cutCells(sanitise(input.label), Math.max(8, width - cellWidth(state.text) - 4));
  const room = Math.max(0, width - cellWidth(label) - 4);
  const words = cutCells(state.text, room);
  const rule = Math.max(0, width - cellWidth(label) - cellWidth(words) - 4);
  const held = count(ring.end - ring.first, 'line');
  const matches = count(search.count ?? 0, 'match').replace(/matchs$/, 'matches');
  const facts = [
    held,
    ...(ring.dropped > 0 ? [`${count(ring.dropped, 'older line')} left the ring`] : []),
    ...(input.marked === null ? [] : [`${count(input.marked, 'line')} marked`]),
    ...(search.count === null ? [] : [`/${sanitise(view.pattern)} ${matches}`]),
    ...(search.behind > 0 ? [`${count(search.behind, 'line')} still to search`] : []),
    ...(search.count !== null && !view.onlyMatches ? ['all lines shown'] : []),
    ...(view.priority < 7 ? [PRIORITY_WORDS[view.priority] ?? ''] : []),
    ...(input.facts ?? []),
    ...(input.cut ? ['lines are cut: w wraps'] : []),
    ...(view.wrap ? ['wrapped'] : []),
    ...(view.left > 0 ? [`from column ${view.left + 1}`] : []),
    ...(view.timestamps === 'none' ? [] : ['UTC']),
  ];
  return [
    ` ${theme.paint('title', label)} ${theme.paint('accent', '━'.repeat(rule))} ${theme.paint(state.tone, words)} `,
    theme.paint('dim', fitCells(` ${facts.join(' · ')}`, width)),
  ];
}
