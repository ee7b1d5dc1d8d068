/** Owns the drawing of a log view: only the lines that show are formatted, and each once as long as nothing changes. */
import type { LogRing, TailState } from '../../cluster/tail-contract.ts';
import { sanitise } from '../sanitise.ts';
import { cellWidth, cutCells, fitCells } from '../terminal/cells.ts';
import { patternOf } from '../terminal/pattern.ts';
import { SYMBOL, type Theme, type Tone } from '../theme.ts';
import { type LogViewState, type LogWindow, topOf } from './log-view.ts';
import { formatEntry, type LineFormat } from './log-view-format.ts';
import { MatchIndex, walkAll } from './log-view-lines.ts';

/** Formatted lines kept for the next frame; a few screens of them. */
const CACHE_LINES = 512;

export interface LogGeometry {
  readonly width: number;
  /** Rows for log lines alone. */
  readonly height: number;
}

/**
 * One ring with what is remembered of it between frames: matches, and rows already formatted. Not React state: the ring
 * changes under it.
 */
export class LogPainter {
  readonly #ring: LogRing;
  readonly #unit: string | null;
  readonly #theme: Theme;
  #index: MatchIndex | null = null;
  #format: LineFormat | null = null;
  #rows = new Map<number, readonly string[]>();

  constructor(ring: LogRing, unit: string | null, theme: Theme) {
    this.#ring = ring;
    this.#unit = unit;
    this.#theme = theme;
  }

  #rowsOf(sequence: number): readonly string[] {
    const known = this.#rows.get(sequence);
    if (known) return known;
    const entry = this.#ring.at(sequence);
    const rows = entry && this.#format ? formatEntry(entry, this.#format) : [''];
    if (this.#rows.size >= CACHE_LINES) this.#rows.clear();
    this.#rows.set(sequence, rows);
    return rows;
  }

  /** The window for the reducer, up to date with the ring. */
  window(state: LogViewState, geometry: LogGeometry): LogWindow {
    if (state.pattern === '') this.#index = null;
    else if (this.#index?.pattern !== state.pattern) this.#index = new MatchIndex(this.#ring, state.pattern);
    this.#index?.update();
    const format: Omit<LineFormat, 'highlight'> = {
      width: geometry.width - 1,
      wrap: state.wrap,
      left: state.left,
      timestamps: state.timestamps,
      unit: this.#unit,
      theme: this.#theme,
    };
    const before = this.#format;
    const same =
      before !== null &&
      before.width === format.width &&
      before.wrap === format.wrap &&
      before.left === format.left &&
      before.timestamps === format.timestamps &&
      (before.highlight === null ? state.pattern === '' : this.#pattern === state.pattern);
    if (!same) {
      this.#format = { ...format, highlight: state.pattern === '' ? null : patternOf(state.pattern, 'g') };
      this.#pattern = state.pattern;
      this.#rows.clear();
    }
    const matches = this.#index?.walk() ?? null;
    return {
      height: geometry.height,
      lines: matches && state.onlyMatches ? matches : walkAll(this.#ring),
      matches,
      rowsOf: (sequence) => this.#rowsOf(sequence).length,
      end: this.#ring.end,
    };
  }
  #pattern = '';

  get matchCount(): number | null {
    return this.#index?.count ?? null;
  }

  /** The lines that show, at most `geometry.height`, none wider than `geometry.width`. */
  lines(state: LogViewState, geometry: LogGeometry): string[] {
    const window = this.window(state, geometry);
    const out: string[] = [];
    const top = topOf(state, window);
    let sequence = window.lines.next(top.sequence - 1);
    let skip = sequence === top.sequence ? top.row : 0;
    while (sequence !== null && out.length < geometry.height) {
      const isMatch = sequence === state.match;
      for (const row of this.#rowsOf(sequence).slice(skip, skip + geometry.height - out.length)) {
        out.push((isMatch ? this.#theme.paint('accent', SYMBOL.pointer) : ' ') + row);
      }
      skip = 0;
      sequence = window.lines.next(sequence);
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

/** Two lines: whose log and its state; the counts, what was dropped, the pattern. Each exactly `width` cells. */
export function logTitle(input: {
  readonly label: string;
  readonly view: LogViewState;
  readonly tail: TailState;
  readonly ring: LogRing;
  readonly matchCount: number | null;
  readonly now: number;
  readonly width: number;
  readonly theme: Theme;
}): string[] {
  const { view, ring, width, theme } = input;
  const state = stateWords(view, input.tail, ring, input.now);
  const label = cutCells(sanitise(input.label), Math.max(8, width - cellWidth(state.text) - 4));
  const room = Math.max(0, width - cellWidth(label) - 4);
  const words = cutCells(state.text, room);
  const rule = Math.max(0, width - cellWidth(label) - cellWidth(words) - 4);
  const held = count(ring.end - ring.first, 'line');
  const facts = [
    held,
    ...(ring.dropped > 0 ? [`${count(ring.dropped, 'older line')} left the ring`] : []),
    ...(input.matchCount === null
      ? []
      : [`/${sanitise(view.pattern)} ${count(input.matchCount, 'match').replace(/matchs$/, 'matches')}`]),
    ...(input.matchCount !== null && !view.onlyMatches ? ['all lines shown'] : []),
    ...(view.wrap ? ['wrapped'] : []),
    ...(view.left > 0 ? [`from column ${view.left + 1}`] : []),
    ...(view.timestamps === 'none' ? [] : ['UTC']),
  ];
  return [
    ` ${theme.paint('title', label)} ${theme.paint('accent', '━'.repeat(rule))} ${theme.paint(state.tone, words)} `,
    theme.paint('dim', fitCells(` ${facts.join(' · ')}`, width)),
  ];
}
