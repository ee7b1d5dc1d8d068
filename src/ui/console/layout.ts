/** Owns where panes stand: one with tabs on a small terminal, four on a middling one, all six on a large one. Pure. */
import { KINDS, type Kind } from '../../cluster/model.ts';
import type { TerminalSize } from '../terminal/size.tsx';

export interface PanePlace {
  readonly kind: Kind;
  readonly width: number;
  readonly height: number;
  /** With lines at the sides and below; a pane alone has only its title line. */
  readonly bordered: boolean;
}

export interface Layout {
  /** A line that names all panes, because not all show. */
  readonly tabs: boolean;
  /** Rows of panes, top to bottom, each left to right. Widths add up to the terminal's, heights to the body's. */
  readonly grid: readonly (readonly PanePlace[])[];
}

/** From here on four panes stand side by side. */
const GRID_MIN: TerminalSize = { columns: 100, rows: 28 };
/** From here on six do. */
const FULL_MIN: TerminalSize = { columns: 140, rows: 48 };
/** Lines that every screen of the console has beside its panes: header, footer, and the one Ink needs free. */
const AROUND = 3;

const TOP: readonly Kind[] = ['machines', 'units'];
const MIDDLE: readonly Kind[] = ['minions', 'pods'];
const BOTTOM: readonly Kind[] = ['services', 'controllers'];

export function layOut(terminal: TerminalSize, focus: Kind, zoomed: boolean): Layout {
  const body = terminal.rows - AROUND;
  const fits = (min: TerminalSize) => terminal.columns >= min.columns && terminal.rows >= min.rows;
  if (zoomed || !fits(GRID_MIN)) {
    return {
      tabs: true,
      grid: [[{ kind: focus, width: terminal.columns, height: body - 1, bordered: false }]],
    };
  }
  const full = fits(FULL_MIN);
  const rows = full ? [TOP, MIDDLE, BOTTOM] : [TOP, BOTTOM.includes(focus) ? BOTTOM : MIDDLE];
  // Machines and minions say less in a line than units and pods do.
  const left = Math.floor(terminal.columns * 0.45);
  const weights = full ? [3, 3, 2] : [1, 1];
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const tabs = !full;
  const room = tabs ? body - 1 : body;
  const heights = weights.slice(1).map((weight) => Math.floor((room * weight) / sum));
  heights.unshift(room - heights.reduce((total, height) => total + height, 0));
  return {
    tabs,
    grid: rows.map((kinds, row) =>
      kinds.map((kind, column) => ({
        kind,
        width: column === 0 ? left : terminal.columns - left,
        height: heights[row]!,
        bordered: true,
      })),
    ),
  };
}

/** The kinds that show, in the order of their numbers. */
export function shownKinds(layout: Layout): readonly Kind[] {
  const shown = new Set(layout.grid.flat().map((place) => place.kind));
  return KINDS.filter((kind) => shown.has(kind));
}
