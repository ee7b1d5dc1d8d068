/** Owns the acts of an open console: the list to choose from, the act in front, one left running, and the keys that lead there. */
import { type Binding, isActive } from '../../keys/bindings.ts';
import type { KeyTable } from '../../keys/use-keys.ts';
import { cutCells } from '../../terminal/cells.ts';
import type { TerminalSize } from '../../terminal/size.tsx';
import { SYMBOL, type Theme } from '../../theme.ts';
import {
  INITIAL_PICKER,
  type PickerItem,
  type PickerState,
  pickerIndex,
  pickerItems,
  pickerLines,
  reducePicker,
} from '../../widgets/picker.ts';
import { overlayTitle } from '../overlays.ts';
import type { Act, ActScene, Said, Values } from './act.ts';
import { ActSession } from './act-session.ts';
import { actNamed, actsFor, refusal } from './catalogue.ts';

/** Before the number of an act that was left, among the list's keys. */
const LEFT = 'left ';

/** What the acts need of the console around them. */
export interface ActsHost {
  readonly theme: Theme;
  /** What an act would be done to now; null where nothing can be done at all. */
  scene(): ActScene | null;
  changed(): void;
  notice(said: Said): void;
  /** Brings the acts in front, and away again. */
  open(): void;
  close(): void;
  quit(): void;
}

export class Acts {
  readonly #host: ActsHost;
  #menu: PickerState | null = null;
  #session: ActSession | null = null;
  /** Left running, or ended unseen; the list has them first. */
  #left: readonly ActSession[] = [];
  /** Was it said that leaving ends what is at work? */
  #warned = false;

  constructor(host: ActsHost) {
    this.#host = host;
  }

  /**
   * Before the console is left: work that has begun would end with it. Says so once; leaving again means it.
   * @returns whether it may be left now
   */
  mayLeave(): boolean {
    const running = this.#open().filter(({ state }) => state.phase === 'running');
    const [first, ...others] = running;
    if (!first || this.#warned) return true;
    this.#warned = true;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    const text = `${first.title}${more} is still at work and would be stopped: once more to leave`;
    this.#host.notice({ text, tone: 'warn' });
    return false;
  }

  /** Acts at work, or with an end that nobody has seen. */
  #open(): readonly ActSession[] {
    const all =
      this.#session && !this.#left.includes(this.#session) ? [...this.#left, this.#session] : this.#left;
    return all.filter(({ isOpen }) => isOpen);
  }

  /** The keys of a pane for acts; none when nothing may be changed. */
  bindings(): Binding[] {
    const scene = this.#host.scene();
    if (scene === null || scene.hands.readOnly) return [];
    const direct = (key: string, action: string, id: string, label: string, help: string): Binding => ({
      action,
      keys: [key],
      label,
      help,
      group: 'Row',
      when: () => actNamed(id)?.unfit(scene) === null,
      run: () => this.begin(id),
    });
    const removal = {
      units: ['unit destroy', 'destroy'],
      pods: ['pods delete', 'delete'],
      services: ['services delete', 'delete'],
      controllers: ['controllers delete', 'delete'],
      minions: ['minions delete', 'delete'],
      machines: null,
    } as const;
    const gone = scene.kind === null ? null : removal[scene.kind];
    return [
      {
        action: 'acts',
        keys: ['a'],
        label: 'acts',
        help: 'everything that can be done to the row, or to the marked ones',
        group: 'Row',
        run: () => this.#openMenu(),
      },
      direct('s', 'shell', 'shell', 'shell', 'a shell on the node of the row; exit comes back'),
      ...(scene.kind === 'units'
        ? [direct('e', 'edit', 'unit edit', 'edit', 'the unit in $EDITOR; what was written takes its place')]
        : []),
      ...(scene.kind === 'controllers'
        ? [direct('+', 'resize', 'controllers resize', 'resize', 'another number of pods')]
        : []),
      ...(gone
        ? [
            {
              ...direct(
                'x',
                'remove',
                gone[0],
                gone[1],
                `${gone[1]} the row, or the marked ones; asks first`,
              ),
              hidden: true,
            },
          ]
        : []),
    ];
  }

  #openMenu(): void {
    this.#left = this.#open();
    this.#session = null;
    this.#menu = INITIAL_PICKER;
    this.#host.open();
  }

  /** Begins an act by its name, as a key or a `:` command does; says why when it cannot be done. */
  begin(id: string, values: Values = {}, scene: ActScene | null = this.#host.scene()): void {
    const act = actNamed(id);
    if (!act || scene === null) return;
    const why = refusal(act, scene) ?? act.unfit(scene);
    if (why !== null) {
      this.#host.notice({ text: why, tone: 'warn' });
      return;
    }
    this.#begin(act, scene, values);
  }

  #begin(act: Act, scene: ActScene, values: Values): void {
    this.#left = this.#open();
    this.#warned = false;
    this.#menu = null;
    this.#host.open();
    this.#session = new ActSession({
      act,
      scene,
      values,
      theme: this.#host.theme,
      host: {
        changed: () => this.#host.changed(),
        close: () => this.#host.close(),
        notice: (said) => this.#host.notice(said),
        quit: () => this.#host.quit(),
        follow: (next, known) => this.#begin(next, scene, known),
      },
    });
    // What was drawn when it came in front did not have it yet.
    this.#host.changed();
  }

  #choose(key: string): void {
    const left = key.startsWith(LEFT) ? this.#left[Number(key.slice(LEFT.length))] : undefined;
    if (!left) {
      this.begin(key);
      return;
    }
    left.show();
    this.#menu = null;
    this.#session = left;
    this.#host.changed();
  }

  #items(scene: ActScene): readonly PickerItem[] {
    const left = this.#left.map((session, i): PickerItem => {
      const isRunning = session.state.phase === 'running';
      return {
        key: `${LEFT}${i}`,
        label: session.title,
        note: isRunning
          ? `${SYMBOL.pending} at work: Enter looks at it`
          : `${SYMBOL.warn} ended: Enter shows how`,
      };
    });
    const offered = actsFor(scene).map(({ act, unfit }) => ({
      key: act.id,
      label: act.label,
      note: unfit === null ? act.help : `not now: ${unfit}`,
    }));
    return [...left, ...offered];
  }

  table(): KeyTable {
    const scene = this.#host.scene();
    const menu = this.#menu;
    if (menu === null || scene === null) return this.#session?.table() ?? { bindings: [] };
    const items = this.#items(scene);
    const change = (state: PickerState): void => {
      this.#menu = state;
      this.#host.changed();
    };
    const move = (by: number) => (): void => change(reducePicker(menu, { type: 'move', by }, items));
    const type = (filter: string): void => change({ selected: null, filter });
    const group = 'Acts';
    const bindings: Binding[] = [
      {
        keys: ['enter'],
        label: 'choose',
        group,
        run: () => {
          const shown = pickerItems(menu, items);
          const item = shown[pickerIndex(menu, shown)];
          if (item) this.#choose(item.key);
        },
      },
      { keys: ['down', 'ctrl+n'], label: 'move', shown: '↑ ↓', group, run: move(1) },
      { keys: ['up', 'ctrl+p'], label: 'up', group, hidden: true, run: move(-1) },
      { keys: ['pagedown'], label: 'a page down', group, hidden: true, run: move(10) },
      { keys: ['pageup'], label: 'a page up', group, hidden: true, run: move(-10) },
      {
        keys: ['backspace'],
        label: 'erase',
        group,
        hidden: true,
        run: () => type(Array.from(menu.filter).slice(0, -1).join('')),
      },
      {
        keys: ['esc'],
        label: 'leave',
        group,
        pinned: true,
        run: () => (menu.filter === '' ? this.#host.close() : type('')),
      },
      { keys: ['ctrl+c'], label: 'quit', group, hidden: true, run: () => this.#host.quit() },
    ];
    return {
      bindings: bindings.filter(isActive),
      onKey: (press) => {
        if (press.text !== '') type(menu.filter + press.text);
      },
    };
  }

  lines(size: TerminalSize, now: number): string[] {
    const { theme } = this.#host;
    const scene = this.#host.scene();
    if (this.#menu === null || scene === null) return this.#session?.lines(size, now) ?? [];
    const items = this.#items(scene);
    const shown = pickerItems(this.#menu, items);
    const { filter } = this.#menu;
    const typed = filter === '' ? 'type to narrow' : `/${filter}  ${shown.length} of ${items.length}`;
    return [
      overlayTitle('Acts', actsOn(scene), cutCells(typed, Math.floor(size.columns / 3)), size.columns, theme),
      '',
      ...pickerLines(this.#menu, items, { width: size.columns, height: Math.max(1, size.rows - 2) }, theme),
    ];
  }

  /** The console ends. */
  end(): void {
    for (const session of this.#left) session.end();
    this.#session?.end();
  }
}

/** What the list is about: `3 units`, `etcd.service`. */
function actsOn({ kind, rows }: ActScene): string {
  const [row] = rows;
  if (row === undefined || kind === null) return 'the cluster';
  if (rows.length > 1) return `${rows.length} ${kind}`;
  return 'name' in row ? row.name : row.ip || row.id;
}
