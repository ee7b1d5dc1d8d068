/**
 * Owns the console's state while it is open: what the person did, the open log, the units being asked for; and that
 * whoever draws is told when any of it changed.
 */
import { asKubecoreError } from '../../cluster/errors.ts';
import { type Assessment, assess } from '../../cluster/health.ts';
import type { Clock } from '../../cluster/ports.ts';
import type { ClusterView } from '../../cluster/store-contract.ts';
import type { Session } from '../services.ts';
import type { TerminalSize } from '../terminal/size.tsx';
import type { Theme } from '../theme.ts';
import type { PickerItem } from '../widgets/picker.ts';
import { activeCell } from './columns/units.ts';
import { LogSession } from './log-session.ts';
import { Panes } from './panes.ts';
import {
  type ConsoleAction,
  type ConsoleState,
  INITIAL_CONSOLE,
  type LogTarget,
  type NodeTarget,
  openPicker,
  reduceConsole,
} from './state.ts';

export interface ConsoleOptions {
  readonly session: Session;
  readonly backendKind: 'aws' | 'sandbox';
  readonly clock: Clock;
  readonly theme: Theme;
  readonly onQuit: () => void;
  /** Where Esc leads when there is nothing left to close here. */
  readonly onBack?: (() => void) | undefined;
}

/** The key of a picker's last item: not a unit but all of them. */
export const WHOLE_JOURNAL = '';
/** Lines of history that a log opens with. */
const HISTORY_LINES = 1_000;
/** Lines of the terminal that are not body: header, footer, and the row that Ink needs free. */
const AROUND = 3;

/** The room between header and footer. */
export function bodyRoom(size: TerminalSize): TerminalSize {
  return { columns: size.columns, rows: size.rows - AROUND };
}

/** Everything that keys and drawing look at, at one moment. */
export interface Moment {
  readonly view: ClusterView;
  readonly state: ConsoleState;
  readonly size: TerminalSize;
  readonly now: number;
}

export class ConsoleModel {
  readonly options: ConsoleOptions;
  readonly panes = new Panes();
  readonly #onChange: () => void;
  #state: ConsoleState = INITIAL_CONSOLE;
  #size: TerminalSize = { columns: 80, rows: 24 };
  #log: LogSession | null = null;
  #asking: AbortController | null = null;
  #assessed: { readonly view: ClusterView; readonly value: Assessment } | null = null;

  constructor(options: ConsoleOptions, onChange: () => void) {
    this.options = options;
    this.#onChange = onChange;
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
    return { view: session.store.get(), state: this.#state, size: this.#size, now: clock.now() };
  }

  /** Health and problems of a view, judged once for each. */
  assess(view: ClusterView): Assessment {
    if (this.#assessed?.view !== view) {
      this.#assessed = { view, value: assess(view, this.options.session.cluster) };
    }
    return this.#assessed.value;
  }

  /** Changes the state and has it drawn. */
  dispatch(action: ConsoleAction): void {
    this.#state = reduceConsole(this.#state, action);
    this.#onChange();
  }

  /** Before a frame is drawn for `size`: selections follow their rows. */
  prepare(size: TerminalSize): Moment {
    this.#size = size;
    const { view, now } = this.moment();
    for (const selection of this.panes.reconcile(view, this.#state, now)) {
      this.#state = reduceConsole(this.#state, { type: 'select', ...selection });
    }
    return this.moment();
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
      tail: session.tail(target.source, { lines: HISTORY_LINES }),
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
    this.options.session.unitsOf(node.ip, asking.signal).then(
      (units) => {
        if (asking.signal.aborted) return;
        const whole = {
          key: WHOLE_JOURNAL,
          label: 'whole journal',
          note: `everything that ${node.label} logs`,
        };
        const items = [...units.map(unitItem), whole];
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
  }
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
