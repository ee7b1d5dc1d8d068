/**
 * Owns the console's frame: joins the store and the model into lines, and says when they may be others. React only draws
 * it: a frame that is the same as the last is the same array, so that nothing is rendered when nothing changed.
 */
import { KINDS } from '../../cluster/model.ts';
import type { MousePress } from '../keys/mouse.ts';
import type { KeyTable } from '../keys/use-keys.ts';
import { cutCells, wrapWords } from '../terminal/cells.ts';
import { isTooSmall, type TerminalSize } from '../terminal/size.tsx';
import { tooSmallMessage } from '../widgets/frame.tsx';
import { helpBindings, keyTable, pressMouse, wrongActions } from './controls.ts';
import { drawFooter } from './footer.ts';
import { headerLine } from './header.ts';
import { bodyRoom, ConsoleModel, type ConsoleOptions, type Moment } from './model.ts';
import { goOverlay, pickerOverlay, textOverlay, textOverlayContent } from './overlays.ts';
import type { PaneId } from './pane-id.ts';
import { spokenLines } from './spoken.ts';
import { type Overlay, topOverlay } from './state.ts';

/** Changes of several panes come close together: they make one frame. */
const COALESCE_MS = 50;
/** Ages are counted by the second. */
const TICK_MS = 1_000;

export class ConsoleScreen {
  readonly #model: ConsoleModel;
  readonly #listeners = new Set<() => void>();
  readonly #ending = new AbortController();
  #frame: readonly string[] = [];
  /** Grows with every change that may show. */
  #version = 0;
  /** What the last frame was drawn from. */
  #drawn: { readonly version: number; readonly size: TerminalSize } | null = null;
  #waiting = false;
  #visible = '';

  constructor(options: ConsoleOptions) {
    this.#model = new ConsoleModel(options, () => this.#changed());
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
    const { session, clock } = this.#model.options;
    const unsubscribe = session.store.subscribe(() => {
      this.#model.log?.clusterChanged(session.store.get());
      this.#storeChanged();
    });
    const tick = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(TICK_MS, this.#ending.signal);
        this.#model.watch();
        this.#changed();
      }
    };
    // Only the end stops it.
    tick().catch(() => undefined);
    const wrong = wrongActions(this.#model);
    if (wrong.length > 0) {
      const text = `console.keys in the config file: nothing is called ${wrong.join(', ')}`;
      this.#model.dispatch({ type: 'notice', text, tone: 'warn' });
    }
    this.#changed();
    return () => {
      unsubscribe();
      this.#ending.abort();
      this.#model.close();
    };
  }

  /** The wheel or a click. */
  press(press: MousePress): void {
    pressMouse(this.#model, press);
  }

  /** The keys that mean something now. */
  table(): KeyTable {
    return keyTable(this.#model);
  }

  /** The frame for a terminal of this size: rows − 1 lines. The same array as long as it is the same frame. */
  lines(size: TerminalSize): readonly string[] {
    if (this.#drawn?.version === this.#version && this.#drawn.size === size) return this.#frame;
    const next = this.#model.options.spoken
      ? this.#speak(size)
      : this.#draw(size).map((line) => (line.length <= size.columns ? line : cutCells(line, size.columns)));
    this.#drawn = { version: this.#version, size };
    const isSame = next.length === this.#frame.length && next.every((line, i) => line === this.#frame[i]);
    if (!isSame) this.#frame = next;
    return this.#frame;
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }

  #storeChanged(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#model.options.clock.sleep(COALESCE_MS, this.#ending.signal).then(
      () => {
        this.#waiting = false;
        this.#changed();
      },
      () => undefined,
    );
  }

  /** For a screen reader: as many lines as there is to say. */
  #speak(size: TerminalSize): string[] {
    const moment = this.#model.prepare(size);
    const { session, backendKind } = this.#model.options;
    this.#tellVisible([moment.state.focus]);
    const overlay = topOverlay(moment.state);
    const typed = this.#model.commands.isOpen ? this.#model.commands.lines(size.columns) : [];
    const over = overlay === null ? [] : this.#overlay(overlay, bodyRoom(size), moment);
    return spokenLines({
      cluster: session.cluster.name,
      place: backendKind === 'sandbox' ? `sandbox ${session.cluster.region}` : session.cluster.region,
      assessment: this.#model.assess(moment.view),
      moment,
      panes: this.#model.panes,
      bindings: this.table().bindings,
      overlay: overlay === null && typed.length === 0 ? null : [...over, ...typed],
    });
  }

  #draw(size: TerminalSize): string[] {
    if (isTooSmall(size)) {
      return wrapWords(tooSmallMessage(size), Math.max(1, size.columns)).slice(0, Math.max(1, size.rows - 1));
    }
    const moment = this.#model.prepare(size);
    const { theme } = this.#model.options;
    const room = bodyRoom(size);
    const overlay = topOverlay(moment.state);
    const body = overlay
      ? this.#overlay(overlay, room, moment)
      : this.#model.panes.draw(moment, (kind) => this.#askedSince(kind), theme);
    const lines = [this.#header(moment), ...Array.from({ length: room.rows }, (_, i) => body[i] ?? '')];
    if (!this.#model.commands.isOpen)
      return [...lines, drawFooter(moment.state, this.table().bindings, size.columns, moment.now, theme)];
    const typed = this.#model.commands.lines(size.columns).slice(-lines.length);
    return [...lines.slice(0, lines.length + 1 - typed.length), ...typed];
  }

  #header({ view, state, size, now }: Moment): string {
    const { session, backendKind, theme } = this.#model.options;
    const { health, problems } = this.#model.assess(view);
    const shown = this.#model.panes.shown(size, state);
    this.#tellVisible(shown);
    const ages = shown.flatMap((kind) => {
      const pane = view[kind];
      return pane.status === 'live' || pane.status === 'stale' ? [pane.asOf] : [];
    });
    return headerLine(
      {
        cluster: session.cluster,
        backend: backendKind,
        health: ages.length === 0 && problems.length === 0 ? null : health,
        problems,
        connection: view.connection,
        asOf: ages.length === 0 ? null : Math.min(...ages),
        now,
      },
      size.columns,
      theme,
    );
  }

  #overlay(overlay: Overlay, room: TerminalSize, { now }: Moment): string[] {
    const { theme } = this.#model.options;
    if (overlay.type === 'logs') return this.#model.log?.lines(room, now) ?? [];
    if (overlay.type === 'acts') return this.#model.acts.lines(room, now);
    if (overlay.type === 'picker') return pickerOverlay(overlay, room, theme);
    if (overlay.type === 'go') return goOverlay(this.#model, overlay, room, theme);
    const content = textOverlayContent(this.#model, overlay, helpBindings(this.#model));
    return textOverlay(content, overlay.offset, room, theme);
  }

  #askedSince(kind: PaneId): number | null {
    if (kind === 'overview') return null;
    return this.#model.options.session.store.pulse?.(kind).askedSince ?? null;
  }

  /** What shows is polled at full rate. The overview is made of everything. */
  #tellVisible(panes: readonly PaneId[]): void {
    const shown = panes.includes('overview') ? KINDS : KINDS.filter((kind) => panes.includes(kind));
    const key = shown.join(' ');
    if (key === this.#visible) return;
    this.#visible = key;
    this.#model.options.session.store.setVisible(shown);
  }
}
