/**
 * Owns the console while it is open: joins the store, what the person did and the open log into one frame of lines, and
 * says when it may be another. React only draws it: a frame that is the same as the last is the same array, so that
 * nothing is rendered when nothing changed.
 */

import { asKubecoreError } from '../../cluster/errors.ts';
import { type Assessment, assess } from '../../cluster/health.ts';
import type { Kind } from '../../cluster/model.ts';
import type { Clock } from '../../cluster/ports.ts';
import type { ClusterView } from '../../cluster/store-contract.ts';
import type { Binding } from '../keys/bindings.ts';
import type { KeyTable } from '../keys/use-keys.ts';
import type { Session } from '../services.ts';
import { cutCells, wrapWords } from '../terminal/cells.ts';
import { isTooSmall, type TerminalSize } from '../terminal/size.tsx';
import type { Theme } from '../theme.ts';
import { tooSmallMessage } from '../widgets/frame.tsx';
import { pickerIndex, pickerItems, reducePicker } from '../widgets/picker.ts';
import { activeCell } from './columns/units.ts';
import { drawFooter } from './footer.ts';
import { headerLine } from './header.ts';
import {
  globalBindings,
  logBindings,
  type Move,
  moveBindings,
  paneBindings,
  pickerBindings,
  typingBindings,
} from './keymap.ts';
import { LogSession } from './log-session.ts';
import {
  detailLines,
  helpOverlay,
  pickerOverlay,
  problemLines,
  textHeight,
  textOverlay,
} from './overlays.ts';
import { Panes } from './panes.ts';
import {
  type ConsoleAction,
  type ConsoleState,
  INITIAL_CONSOLE,
  type LogTarget,
  type NodeTarget,
  type Overlay,
  openPicker,
  reduceConsole,
  topOverlay,
} from './state.ts';
import { logTarget, unitOf } from './targets.ts';

export interface ConsoleScreenOptions {
  readonly session: Session;
  readonly backendKind: 'aws' | 'sandbox';
  readonly clock: Clock;
  readonly theme: Theme;
  readonly onQuit: () => void;
  /** Where Esc leads when there is nothing left to close here. */
  readonly onBack?: (() => void) | undefined;
}

/** The key of a picker's last item: not a unit but all of them. */
const WHOLE_JOURNAL = '';
/** Lines of history that a log opens with. */
const HISTORY_LINES = 1_000;
/** Changes of several panes come close together: they make one frame. */
const COALESCE_MS = 50;
const TICK_MS = 1_000;
/** Header and footer, and the row that Ink needs free. */
const AROUND = 3;

export class ConsoleScreen {
  readonly #options: ConsoleScreenOptions;
  readonly #panes = new Panes();
  readonly #listeners = new Set<() => void>();
  readonly #ending = new AbortController();
  #state: ConsoleState = INITIAL_CONSOLE;
  #log: LogSession | null = null;
  #size: TerminalSize = { columns: 80, rows: 24 };
  #frame: readonly string[] = [];
  /** What the last frame was made of; another number means that it has to be made again. */
  #version = 0;
  #drawn = -1;
  #waiting = false;
  #visible = '';
  #assessed: { readonly view: ClusterView; readonly value: Assessment } | null = null;
  #asking: AbortController | null = null;

  constructor(options: ConsoleScreenOptions) {
    this.#options = options;
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  /** Begins to look at the store and at the clock; the function that is returned ends it, and closes the open log. */
  start(): () => void {
    const { session, clock } = this.#options;
    const unsubscribe = session.store.subscribe(() => this.#storeChanged());
    const tick = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(TICK_MS, this.#ending.signal);
        this.#changed();
      }
    };
    tick().catch(() => undefined);
    this.#changed();
    return () => {
      unsubscribe();
      this.#ending.abort();
      this.#asking?.abort();
      this.#log?.close();
      this.#log = null;
    };
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }

  #storeChanged(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#options.clock.sleep(COALESCE_MS, this.#ending.signal).then(
      () => {
        this.#waiting = false;
        this.#changed();
      },
      () => undefined,
    );
  }

  #dispatch(action: ConsoleAction): void {
    this.#state = reduceConsole(this.#state, action);
    this.#changed();
  }

  // ------------------------------------------------------------------ the frame

  /** The frame for a terminal of this size: rows − 1 lines. The same array as long as it is the same frame. */
  lines(size: TerminalSize): readonly string[] {
    if (this.#drawn === this.#version && size === this.#size) return this.#frame;
    this.#size = size;
    const next = this.#draw(size);
    this.#drawn = this.#version;
    const same = next.length === this.#frame.length && next.every((line, i) => line === this.#frame[i]);
    if (!same) this.#frame = next;
    return this.#frame;
  }

  #assess(view: ClusterView): Assessment {
    if (this.#assessed?.view !== view) {
      this.#assessed = { view, value: assess(view, this.#options.session.cluster) };
    }
    return this.#assessed.value;
  }

  #draw(size: TerminalSize): string[] {
    const { session, backendKind, clock, theme } = this.#options;
    if (isTooSmall(size)) {
      return wrapWords(tooSmallMessage(size), Math.max(1, size.columns)).slice(0, Math.max(1, size.rows - 1));
    }
    const now = clock.now();
    const view = session.store.get();
    for (const selection of this.#panes.reconcile(view, this.#state, now)) {
      this.#state = reduceConsole(this.#state, { type: 'select', ...selection });
    }
    this.#tellVisible(size);
    const { health, problems } = this.#assess(view);
    const shown = this.#panes.shown(size, this.#state);
    const known = shown.flatMap((kind) => {
      const pane = view[kind];
      return pane.status === 'live' || pane.status === 'stale' ? [pane.asOf] : [];
    });
    const header = headerLine(
      {
        cluster: session.cluster,
        backend: backendKind,
        health: known.length === 0 && problems.length === 0 ? null : health,
        problems,
        connection: view.connection,
        asOf: known.length === 0 ? null : Math.min(...known),
        now,
      },
      size.columns,
      theme,
    );
    const room: TerminalSize = { columns: size.columns, rows: size.rows - AROUND };
    const overlay = topOverlay(this.#state);
    const body = overlay
      ? this.#overlayLines(overlay, room, view, now)
      : this.#panes.draw(size, view, this.#state, now, theme);
    const filled = Array.from({ length: room.rows }, (_, i) => body[i] ?? '');
    return [header, ...filled, drawFooter(this.#state, this.table().bindings, size.columns, theme)].map(
      (line) => cutLine(line, size.columns),
    );
  }

  #overlayLines(overlay: Overlay, room: TerminalSize, view: ClusterView, now: number): string[] {
    const { theme } = this.#options;
    switch (overlay.type) {
      case 'help':
        return helpOverlay(this.#helpBindings(), overlay.offset, room, theme);
      case 'logs':
        return this.#log?.lines(room, now) ?? [];
      case 'picker':
        return pickerOverlay(overlay, room, theme);
      case 'details':
      case 'problems': {
        const { title, of, lines } = this.#textOf(overlay, room, view, now);
        return textOverlay(title, of, lines, overlay.offset, room, theme);
      }
    }
  }

  #textOf(
    overlay: Extract<Overlay, { type: 'details' | 'problems' }>,
    room: TerminalSize,
    view: ClusterView,
    now: number,
  ): { title: string; of: string; lines: string[] } {
    const { theme, session } = this.#options;
    if (overlay.type === 'problems') {
      const lines = problemLines(this.#assess(view).problems, room.columns, theme);
      return { title: 'Problems', of: session.cluster.name, lines };
    }
    const kind = this.#panes.kind(overlay.kind);
    const pane = view[overlay.kind];
    const rows = pane.status === 'live' || pane.status === 'stale' ? pane.data : [];
    const row = rows.find((candidate) => kind.key(candidate) === overlay.key);
    const lines = detailLines(kind, row, this.#panes.context(view, now), room.columns, theme);
    return { title: 'Details', of: overlay.key.split('@')[0] ?? '', lines };
  }

  /** What shows is polled at full rate. */
  #tellVisible(size: TerminalSize): void {
    const shown = this.#panes.shown(size, this.#state);
    const key = shown.join(' ');
    if (key === this.#visible) return;
    this.#visible = key;
    this.#options.session.store.setVisible(shown);
  }

  // ------------------------------------------------------------------ the keys

  /** The keys that mean something now. */
  table(): KeyTable {
    if (this.#state.typing !== null) return this.#typingTable(this.#state.typing);
    const overlay = topOverlay(this.#state);
    return { bindings: [...this.#bindingsOf(overlay), ...this.#globals(overlay)] };
  }

  #globals(overlay: Overlay | null): Binding[] {
    const { onQuit, onBack } = this.#options;
    const pane = this.#state.panes[this.#state.focus];
    return globalBindings({
      quit: onQuit,
      help: () => {
        if (overlay?.type === 'help') this.#dispatch({ type: 'close' });
        else this.#dispatch({ type: 'open', overlay: { type: 'help', offset: 0 } });
      },
      canGoBack: () =>
        overlay !== null ||
        pane.filter !== '' ||
        this.#state.zoomed ||
        this.#state.notice !== null ||
        onBack !== undefined,
      back: () => this.#back(overlay),
    });
  }

  #back(overlay: Overlay | null): void {
    const { focus, panes, zoomed, notice } = this.#state;
    if (overlay?.type === 'logs' && this.#log && this.#log.view.pattern !== '') {
      this.#log.dispatch({ type: 'pattern', pattern: '' });
      this.#changed();
    } else if (overlay?.type === 'picker' && overlay.picker.filter !== '') {
      this.#dispatch({ type: 'change', overlay: { ...overlay, picker: { ...overlay.picker, filter: '' } } });
    } else if (overlay) {
      if (overlay.type === 'logs') this.#closeLog();
      if (overlay.type === 'picker') this.#asking?.abort();
      this.#dispatch({ type: 'close' });
    } else if (notice !== null) this.#dispatch({ type: 'typing', text: null });
    else if (panes[focus].filter !== '') this.#dispatch({ type: 'filter', kind: focus, filter: '' });
    else if (zoomed) this.#dispatch({ type: 'zoom' });
    else this.#options.onBack?.();
  }

  #bindingsOf(overlay: Overlay | null): Binding[] {
    switch (overlay?.type) {
      case undefined:
        return this.#paneBindings();
      case 'logs':
        return this.#logBindings();
      case 'picker':
        return this.#pickerBindings(overlay);
      default:
        return moveBindings((by) => this.#scrollText(overlay!, by));
    }
  }

  /** All keys there are, for the help: those of what lies below it, and of the other screens. */
  #helpBindings(): Binding[] {
    const below = this.#state.overlays.at(-2) ?? null;
    const here = this.#bindingsOf(below);
    const elsewhere =
      below?.type === 'logs' ? [] : this.#logBindings().filter((binding) => binding.group === 'Log');
    return [
      ...here,
      ...elsewhere.map(
        ({ when: _, ...binding }): Binding => ({ ...binding, group: 'In a log', when: () => false }),
      ),
      ...this.#globals(below),
    ];
  }

  #now(): { view: ClusterView; state: ConsoleState; size: TerminalSize; now: number } {
    const { session, clock } = this.#options;
    return { view: session.store.get(), state: this.#state, size: this.#size, now: clock.now() };
  }

  #paneBindings(): Binding[] {
    const { view, state, now } = this.#now();
    const { focus } = state;
    const row = this.#panes.selected(focus, view, state, now);
    return paneBindings({
      move: (by) => {
        this.#dispatch({ type: 'select', ...this.#panes.moved(focus, by, this.#now()) });
        if (this.#state.notice !== null) this.#dispatch({ type: 'typing', text: null });
      },
      focus: (kind) => this.#dispatch({ type: 'focus', kind }),
      cycle: (by) => this.#dispatch({ type: 'cycle', by }),
      zoom: () => this.#dispatch({ type: 'zoom' }),
      filter: () => this.#dispatch({ type: 'typing', text: state.panes[focus].filter }),
      details: () => {
        const key = state.panes[focus].selected;
        if (key !== null)
          this.#dispatch({ type: 'open', overlay: { type: 'details', kind: focus, key, offset: 0 } });
      },
      problems: () => this.#dispatch({ type: 'open', overlay: { type: 'problems', offset: 0 } }),
      refresh: () => {
        this.#options.session.store.refresh();
        this.#dispatch({ type: 'notice', text: 'asking the cluster again', tone: 'accent' });
      },
      logs: () => this.#openLogs(focus, row),
      hasRow: () => row !== undefined,
      hasLogs: () => row !== undefined && focus !== 'services' && focus !== 'controllers',
      hasProblems: () => this.#assess(view).problems.length > 0,
    });
  }

  #openLogs(kind: Kind, row: unknown): void {
    const { view, now } = this.#now();
    const target = logTarget(kind, row, this.#panes.context(view, now), this.#options.session.cluster);
    if (target.type === 'none') this.#dispatch({ type: 'notice', text: target.why, tone: 'warn' });
    else if (target.type === 'log') this.#openLog(target.target);
    else this.#openPicker(target.node);
  }

  #openLog(target: LogTarget): void {
    const { session, clock, theme } = this.#options;
    this.#closeLog();
    this.#log = new LogSession({
      target,
      tail: session.tail(target.source, { lines: HISTORY_LINES }),
      clock,
      theme,
      onChange: () => this.#changed(),
    });
    this.#dispatch({ type: 'open', overlay: { type: 'logs', target } });
  }

  #closeLog(): void {
    this.#log?.close();
    this.#log = null;
  }

  #openPicker(node: NodeTarget): void {
    this.#dispatch({ type: 'open', overlay: openPicker(node) });
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.#options.session.unitsOf(node.ip, asking.signal).then(
      (units) => {
        if (asking.signal.aborted) return;
        const items = units.map((unit) => {
          const active = activeCell(unit.active);
          const sub = unit.sub === '' || unit.sub === unit.active ? '' : ` (${unit.sub})`;
          return {
            key: unit.name,
            label: unit.name,
            state: { text: `${active.text}${sub}`, tone: active.tone ?? ('plain' as const) },
            note: unit.description,
          };
        });
        const whole = {
          key: WHOLE_JOURNAL,
          label: 'whole journal',
          note: `everything that ${node.label} logs`,
        };
        this.#dispatch({ type: 'picked-from', node, load: { status: 'ready', items: [...items, whole] } });
      },
      (error: unknown) => {
        if (asking.signal.aborted) return;
        const { what, why, next } = asKubecoreError(error);
        this.#dispatch({ type: 'picked-from', node, load: { status: 'failed', what, why, next } });
      },
    );
  }

  #pickerBindings(overlay: Extract<Overlay, { type: 'picker' }>): Binding[] {
    const { load, picker } = overlay;
    const items = load.status === 'ready' ? load.items : [];
    return pickerBindings({
      hasItems: () => items.length > 0,
      move: (by) => {
        const page = Math.max(
          1,
          textHeight({ columns: this.#size.columns, rows: this.#size.rows - AROUND }) - 1,
        );
        const action =
          by === 'first' || by === 'last'
            ? ({ type: by } as const)
            : ({ type: 'move', by: 'rows' in by ? by.rows : Math.trunc(by.pages * page) } as const);
        this.#dispatch({
          type: 'change',
          overlay: { ...overlay, picker: reducePicker(picker, action, items) },
        });
      },
      filter: () => this.#dispatch({ type: 'typing', text: picker.filter }),
      choose: () => {
        const shown = pickerItems(picker, items);
        const item = shown[pickerIndex(picker, shown)];
        if (item) this.#openLog(unitOf(overlay.node, item.key === WHOLE_JOURNAL ? null : item.key));
      },
    });
  }

  #logBindings(): Binding[] {
    const log = this.#log;
    const act = (action: Parameters<LogSession['dispatch']>[0]) => {
      log?.dispatch(action);
      this.#changed();
    };
    return logBindings({
      isFollowing: () => log?.view.follow ?? true,
      isWrapped: () => log?.view.wrap ?? false,
      hasPattern: () => (log?.view.pattern ?? '') !== '',
      toggleFollow: () => act({ type: 'toggle-follow' }),
      wrap: () => act({ type: 'toggle-wrap' }),
      timestamps: () => act({ type: 'next-timestamps' }),
      search: () => this.#dispatch({ type: 'typing', text: log?.view.pattern ?? '' }),
      match: (direction) => act({ type: 'match', direction }),
      onlyMatches: () => act({ type: 'toggle-only-matches' }),
      sideways: (direction) => act({ type: 'sideways', cells: direction * 20 }),
      move: (by) => {
        if (by === 'first') act({ type: 'top' });
        else if (by === 'last') act({ type: 'follow' });
        else if ('rows' in by) act({ type: 'scroll', rows: by.rows });
        else act({ type: 'page', pages: by.pages });
      },
    });
  }

  #scrollText(overlay: Overlay, by: Move): void {
    if (overlay.type === 'logs' || overlay.type === 'picker') return;
    const { view, now } = this.#now();
    const room: TerminalSize = { columns: this.#size.columns, rows: this.#size.rows - AROUND };
    // The help says how long it is only by drawing it; it is short enough to scroll by guess.
    const count =
      overlay.type === 'help'
        ? this.#helpBindings().length * 2
        : this.#textOf(overlay, room, view, now).lines.length;
    const height = textHeight(room);
    const last = Math.max(0, count - height);
    const step =
      by === 'first'
        ? -count
        : by === 'last'
          ? count
          : 'rows' in by
            ? by.rows
            : Math.trunc(by.pages * height);
    const offset = Math.max(0, Math.min(last, Math.min(overlay.offset, last) + step));
    this.#dispatch({ type: 'change', overlay: { ...overlay, offset } });
  }

  // ------------------------------------------------------------------ typing a filter

  #typingTable(text: string): KeyTable {
    const type = (next: string) => {
      this.#dispatch({ type: 'typing', text: next });
      this.#applyFilter(next, false);
    };
    const end = (filter: string) => {
      this.#dispatch({ type: 'typing', text: null });
      this.#applyFilter(filter, true);
    };
    return {
      bindings: typingBindings({
        accept: () => end(text),
        cancel: () => end(''),
        erase: () => (text === '' ? end('') : type(Array.from(text).slice(0, -1).join(''))),
        clear: () => type(''),
        quit: this.#options.onQuit,
      }),
      onText: (typed) => type(text + typed),
    };
  }

  /** Panes and pickers filter while it is typed; a log, which may hold 100,000 lines, when it is done. */
  #applyFilter(filter: string, isDone: boolean): void {
    const overlay = topOverlay(this.#state);
    if (overlay?.type === 'logs') {
      if (isDone) this.#log?.dispatch({ type: 'pattern', pattern: filter });
      this.#changed();
    } else if (overlay?.type === 'picker') {
      this.#dispatch({ type: 'change', overlay: { ...overlay, picker: { ...overlay.picker, filter } } });
    } else {
      this.#dispatch({ type: 'filter', kind: this.#state.focus, filter });
    }
  }
}

/** The last gate: nothing is wider than the terminal. */
function cutLine(line: string, columns: number): string {
  return line.length <= columns ? line : cutCells(line, columns);
}
