/** Owns one open log: its tail, the state of its view, and when it is worth drawing again. */
import type { Clock } from '../../cluster/ports.ts';
import type { Tail } from '../../cluster/tail-contract.ts';
import { cutCells } from '../terminal/cells.ts';
import type { TerminalSize } from '../terminal/size.tsx';
import type { Theme } from '../theme.ts';
import { INITIAL_LOG_VIEW, type LogAction, type LogViewState, reduceLogView } from '../widgets/log-view.ts';
import { LogPainter, logTitle } from '../widgets/log-view-draw.ts';
import type { LogTarget } from './state.ts';

/** Lines come in bursts: this many milliseconds of them make one frame. */
const COALESCE_MS = 80;
/** While held only the counts change. */
const COALESCE_HELD_MS = 500;
const TITLE_LINES = 2;

export interface LogSessionOptions {
  readonly target: LogTarget;
  readonly tail: Tail;
  readonly clock: Clock;
  readonly theme: Theme;
  /** Something is worth drawing again. */
  readonly onChange: () => void;
}

export class LogSession {
  readonly #options: LogSessionOptions;
  readonly #painter: LogPainter;
  readonly #closing = new AbortController();
  readonly #unsubscribe: () => void;
  #view: LogViewState = INITIAL_LOG_VIEW;
  #size: TerminalSize = { columns: 80, rows: 20 };
  #waiting = false;

  constructor(options: LogSessionOptions) {
    this.#options = options;
    this.#painter = new LogPainter(options.tail.ring, options.target.source.unit, options.theme);
    this.#unsubscribe = options.tail.subscribe(() => this.#linesCame());
  }

  get view(): LogViewState {
    return this.#view;
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
    const window = this.#painter.window(this.#view, this.#geometry());
    this.#view = reduceLogView(this.#view, action, window);
  }

  lines(size: TerminalSize, now: number): string[] {
    this.#size = size;
    const geometry = this.#geometry();
    const { theme, tail, target } = this.#options;
    const rows = this.#painter.lines(this.#view, geometry);
    const title = logTitle({
      label: target.label,
      view: this.#view,
      tail: tail.state(),
      ring: tail.ring,
      matchCount: this.#painter.matchCount,
      now,
      width: size.columns,
      theme,
    });
    return [
      ...title,
      ...(rows.length > 0 ? rows : [theme.paint('dim', cutCells(` ${this.#nothing()}`, size.columns))]),
    ];
  }

  #nothing(): string {
    const { tail } = this.#options;
    const state = tail.state();
    if (state.phase === 'failed') return `next: ${state.error.next}`;
    if (tail.ring.end > tail.ring.first)
      return `nothing matches /${this.#view.pattern} (Esc clears it, & shows all)`;
    return state.phase === 'connecting' ? 'opening the journal …' : 'no lines yet';
  }

  close(): void {
    this.#closing.abort();
    this.#unsubscribe();
    this.#options.tail.close();
  }
}
