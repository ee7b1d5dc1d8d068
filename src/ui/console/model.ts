/**
 * Owns the console's state while it is open: what the person did, the open log, the units being asked for; and that
 * whoever draws is told when any of it changed.
 */
import { CONSOLE_DEFAULTS, type ConsoleSettings } from '../../cluster/console-settings.ts';
import { asKubecoreError } from '../../cluster/errors.ts';
import type { Assessment } from '../../cluster/health.ts';
import type { Clock } from '../../cluster/ports.ts';
import { lookAtContainers } from '../../cluster/sources.ts';
import type { ClusterView } from '../../cluster/store-contract.ts';
import { nodeOf } from '../../cluster/tail.ts';
import { type ContainerRow, podContainerName } from '../../cluster/tools/docker.ts';
import type { Session } from '../services.ts';
import type { TerminalSize } from '../terminal/size.tsx';
import type { Theme } from '../theme.ts';
import type { PickerItem } from '../widgets/picker.ts';
import type { ActScene } from './acts/act.ts';
import { Acts } from './acts/acts.ts';
import { type AlertState, lookForAlerts, NO_ALERTS } from './alerts.ts';
import { activeCell } from './columns/units.ts';
import { CommandLine } from './commands/command-line.ts';
import { sectionsOf } from './details/sections.ts';
import { DetailSession } from './details/session.ts';
import { containerOf } from './log-open.ts';
import { LogSession } from './log-session.ts';
import { markedOrSelected } from './marked.ts';
import { initialConsole, Keeper } from './memory.ts';
import { Noticed } from './noticed.ts';
import type { ConsoleView, PaneId } from './pane-id.ts';
import { Panes } from './panes.ts';
import {
  type ConsoleAction,
  type ConsoleState,
  type LogTarget,
  type NodeTarget,
  openPicker,
  reduceConsole,
  topOverlay,
} from './state.ts';
import { unitOf } from './targets.ts';

export interface ConsoleOptions {
  readonly session: Session;
  readonly backendKind: 'aws' | 'sandbox';
  readonly clock: Clock;
  readonly theme: Theme;
  readonly onQuit: () => void;
  /** Where Esc leads when there is nothing left to close here. */
  readonly onBack?: (() => void) | undefined;
  /** Sentences for a screen reader instead of panes. */
  readonly spoken?: boolean;
}

/** The key of a picker's last item: not a unit but all of them. */
export const WHOLE_JOURNAL = '';
/** Before the id of a container among the picker's keys. */
const CONTAINER = 'container ';
/** Lines of the terminal that are not body: header, footer, and the row that Ink needs free. */
const AROUND = 3;

/** The room between header and footer. */
export function bodyRoom(size: TerminalSize): TerminalSize {
  return { columns: size.columns, rows: size.rows - AROUND };
}

/** Everything that keys and drawing look at, at one moment. */
export interface Moment {
  readonly view: ConsoleView;
  readonly state: ConsoleState;
  readonly size: TerminalSize;
  readonly now: number;
}

export class ConsoleModel {
  readonly options: ConsoleOptions;
  readonly panes = new Panes();
  readonly acts: Acts;
  readonly commands: CommandLine;
  readonly #onChange: () => void;
  #state: ConsoleState;
  #size: TerminalSize = { columns: 80, rows: 24 };
  #log: LogSession | null = null;
  #asking: AbortController | null = null;
  #details: DetailSession | null = null;
  readonly #noticed: Noticed;
  readonly #keeper: Keeper;
  #alerts: AlertState = NO_ALERTS;

  constructor(options: ConsoleOptions, onChange: () => void) {
    this.options = options;
    this.#onChange = onChange;
    this.#state = initialConsole(
      options.session.preferences?.memory.load(),
      options.session.cluster.blueprint,
    );
    this.#noticed = new Noticed(options.session.cluster, this.panes);
    this.#keeper = new Keeper(options.session.preferences?.memory ?? null, this.#state);
    this.acts = new Acts({
      theme: options.theme,
      scene: () => this.scene(),
      changed: () => this.#onChange(),
      notice: ({ text, tone }) => this.dispatch({ type: 'notice', text, tone }),
      open: () => {
        if (topOverlay(this.#state)?.type !== 'acts')
          this.dispatch({ type: 'open', overlay: { type: 'acts' } });
      },
      close: () => {
        if (topOverlay(this.#state)?.type === 'acts') this.dispatch({ type: 'close' });
      },
      quit: () => {
        if (this.acts.mayLeave()) options.onQuit();
      },
    });
    this.commands = new CommandLine({
      theme: options.theme,
      changed: () => this.#onChange(),
      refuse: (text) => this.dispatch({ type: 'notice', text, tone: 'warn' }),
      quit: () => {
        if (this.acts.mayLeave()) options.onQuit();
      },
    });
  }

  /** What an act would be done to now; null where nobody gave the console hands. */
  scene(): ActScene | null {
    const { session, clock } = this.options;
    const { hands, cluster, shell } = session;
    if (!hands) return null;
    const { view, state } = this.moment();
    const kind = state.focus === 'overview' ? null : state.focus;
    const rows = kind === null ? [] : (markedOrSelected(this) as ActScene['rows']);
    return { kind, rows, view, cluster, shell, hands, clock };
  }

  get state(): ConsoleState {
    return this.#state;
  }

  get log(): LogSession | null {
    return this.#log;
  }

  /** The terminal as it was last drawn for. */
  get size(): TerminalSize {
    return this.#size;
  }

  moment(): Moment {
    const { session, clock } = this.options;
    const now = clock.now();
    return { view: this.#noticed.view(session.store.get(), now), state: this.#state, size: this.#size, now };
  }

  /** Health and problems of a view. */
  assess(view: ClusterView): Assessment {
    return this.#noticed.assess(view);
  }

  /** Changes the state and has it drawn. */
  dispatch(action: ConsoleAction): void {
    this.#state = reduceConsole(this.#state, action, this.options.clock.now());
    this.#keeper.keep(this.#state);
    this.#onChange();
  }

  /** Says what there is to say of how the cluster answers. Asked every second. */
  watch(): void {
    const { session, clock } = this.options;
    const { state, alerts } = lookForAlerts(
      this.#alerts,
      session.store.get(),
      (kind) => session.store.pulse?.(kind),
      clock.now(),
    );
    this.#alerts = state;
    for (const { text, tone } of alerts) this.dispatch({ type: 'notice', text, tone });
  }

  /** Before a frame is drawn for `size`: selections follow their rows. */
  prepare(size: TerminalSize): Moment {
    this.#size = size;
    const moment = this.moment();
    const { view, now } = moment;
    for (const { kind, marks } of this.panes.lostMarks(view, this.#state)) {
      this.#state = reduceConsole(this.#state, { type: 'marks', kind, marks }, now);
    }
    for (const selection of this.panes.reconcile(view, this.#state)) {
      this.#state = reduceConsole(this.#state, { type: 'select', ...selection }, now);
    }
    return { ...moment, state: this.#state };
  }

  /** Opens what is known of a row, and asks for the rest. */
  openDetails(kind: PaneId, key: string): void {
    const { session } = this.options;
    const { view, now } = this.moment();
    const row = this.panes.row(kind, key, view);
    if (row === undefined) return;
    this.closeDetails();
    const sections = sectionsOf(kind, row, this.panes.context(view, now), session.cluster);
    this.#details = new DetailSession(sections, session.shell, () => this.#onChange());
    this.dispatch({ type: 'open', overlay: { type: 'details', kind, key, offset: 0 } });
  }

  /** What the config file chose. */
  get settings(): ConsoleSettings {
    return this.options.session.preferences?.settings ?? CONSOLE_DEFAULTS;
  }

  get details(): DetailSession | null {
    return this.#details;
  }

  closeDetails(): void {
    this.#details?.close();
    this.#details = null;
  }

  /** Something outside the state changed that shows: a log's view. */
  touch(): void {
    this.#onChange();
  }

  openLog(target: LogTarget): void {
    const { session, clock, theme } = this.options;
    this.closeLog();
    this.#log = new LogSession({
      target,
      tail: (source, request) => session.tail(source, request),
      clock,
      theme,
      onChange: this.#onChange,
    });
    this.dispatch({ type: 'open', overlay: { type: 'logs', target } });
  }

  closeLog(): void {
    this.#log?.close();
    this.#log = null;
  }

  /** Opens the choice of a node's units, and asks the node for them. */
  askUnits(node: NodeTarget): void {
    this.dispatch({ type: 'open', overlay: openPicker(node) });
    this.stopAsking();
    const asking = new AbortController();
    this.#asking = asking;
    const { session } = this.options;
    const nodeRef = nodeOf(node.ip, session.cluster.master?.privateAddress);
    // A node whose docker does not answer has units all the same.
    const containers = lookAtContainers(session.shell, nodeRef, asking.signal).catch(() => []);
    Promise.all([session.unitsOf(node.ip, asking.signal), containers]).then(
      ([units, found]) => {
        if (asking.signal.aborted) return;
        const whole = {
          key: WHOLE_JOURNAL,
          label: 'whole journal',
          note: `everything that ${node.label} logs`,
        };
        const items = [...units.map(unitItem), ...found.map(containerItem), whole];
        this.dispatch({ type: 'picked-from', node, load: { status: 'ready', items } });
      },
      (error: unknown) => {
        if (asking.signal.aborted) return;
        const { what, why, next } = asKubecoreError(error);
        this.dispatch({ type: 'picked-from', node, load: { status: 'failed', what, why, next } });
      },
    );
  }

  stopAsking(): void {
    this.#asking?.abort();
    this.#asking = null;
  }

  close(): void {
    this.stopAsking();
    this.closeLog();
    this.closeDetails();
    this.acts.end();
  }
}

/** The log that was chosen of a node's. */
export function pickedLog(node: NodeTarget, { key, label }: PickerItem): LogTarget {
  if (key.startsWith(CONTAINER)) return containerOf(node, key.slice(CONTAINER.length), label);
  return unitOf(node, key === WHOLE_JOURNAL ? null : key);
}

function containerItem({ id, names, image, status }: ContainerRow): PickerItem {
  const tone = status.startsWith('Up') ? 'ok' : 'dim';
  return {
    key: `${CONTAINER}${id}`,
    label: podContainerName(names) ?? names,
    state: { text: status === '' ? 'created' : status, tone },
    note: `container of ${image}`,
  };
}

function unitItem(unit: Awaited<ReturnType<Session['unitsOf']>>[number]): PickerItem {
  const { text, tone } = activeCell(unit.active);
  const sub = unit.sub === '' || unit.sub === unit.active ? '' : ` (${unit.sub})`;
  return {
    key: unit.name,
    label: unit.name,
    state: { text: `${text}${sub}`, tone: tone ?? 'plain' },
    note: unit.description,
  };
}
