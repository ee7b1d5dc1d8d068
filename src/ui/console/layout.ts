/** Owns where panes stand: one with tabs on a small terminal, four on a middling one, all of them on a large one. Pure. */
import type { TerminalSize } from '../terminal/size.tsx';
import { PANES, type PaneId } from './pane-id.ts';

export interface PanePlace {
  readonly kind: PaneId;
  /** Of its top left corner, within the body. */
  readonly column: number;
  readonly row: number;
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
/** From here on the overview stands above them. */
const OVERVIEW_ROWS = 58;
/** Lines that every screen of the console has beside its panes: header, footer, and the one Ink needs free. */
const AROUND = 3;

const TOP: readonly PaneId[] = ['machines', 'units'];
const MIDDLE: readonly PaneId[] = ['minions', 'pods'];
const BOTTOM: readonly PaneId[] = ['services', 'controllers'];
const OVERVIEW: readonly PaneId[] = ['overview'];

interface Band {
  readonly panes: readonly PaneId[];
  readonly weight: number;
}

/** The rows of panes for a terminal that has room for several, the focused one among them. */
function bands(full: boolean, rows: number, focus: PaneId, there: readonly PaneId[]): readonly Band[] {
  // With no more than these to show, all of them fit.
  if (!there.includes('pods'))
    return [
      { panes: OVERVIEW, weight: 1 },
      { panes: TOP, weight: 2 },
    ];
  if (!full) {
    // Two bands show: the focused pane's, and of the others the one that says most.
    const second = [MIDDLE, BOTTOM, OVERVIEW].find((panes) => panes.includes(focus)) ?? MIDDLE;
    return [
      { panes: TOP, weight: 1 },
      { panes: second, weight: 1 },
    ];
  }
  const all: Band[] = [
    { panes: TOP, weight: 3 },
    { panes: MIDDLE, weight: 3 },
    { panes: BOTTOM, weight: 2 },
  ];
  if (rows >= OVERVIEW_ROWS) return [{ panes: OVERVIEW, weight: 2 }, ...all];
  return focus === 'overview' ? [...all.slice(0, 2), { panes: OVERVIEW, weight: 2 }] : all;
}

export function layOut(
  terminal: TerminalSize,
  focus: PaneId,
  zoomed: boolean,
  there: readonly PaneId[] = PANES,
): Layout {
  const { columns } = terminal;
  const body = terminal.rows - AROUND;
  const fits = (min: TerminalSize) => columns >= min.columns && terminal.rows >= min.rows;
  if (zoomed || !fits(GRID_MIN)) {
    return {
      tabs: true,
      grid: [[{ kind: focus, column: 0, row: 1, width: columns, height: body - 1, bordered: false }]],
    };
  }
  const shown = bands(fits(FULL_MIN), terminal.rows, focus, there);
  const tabs = shown.reduce((sum, { panes }) => sum + panes.length, 0) < there.length;
  const room = tabs ? body - 1 : body;
  const sum = shown.reduce((total, { weight }) => total + weight, 0);
  const heights = shown.map(({ weight }) => Math.floor((room * weight) / sum));
  heights[0] = room - heights.slice(1).reduce((total, height) => total + height, 0);
  // Machines and minions say less in a line than units and pods do.
  const left = Math.floor(columns * 0.45);
  let row = tabs ? 1 : 0;
  const grid = shown.map(({ panes }, band) => {
    const height = heights[band]!;
    const places = panes.map((kind, at): PanePlace => {
      const width = panes.length === 1 ? columns : at === 0 ? left : columns - left;
      return { kind, column: at === 0 ? 0 : left, row, width, height, bordered: true };
    });
    row += height;
    return places;
  });
  return { tabs, grid };
}

/** The panes that show, in the order of their numbers. */
export function shownPanes(layout: Layout): readonly PaneId[] {
  const shown = new Set(layout.grid.flat().map((place) => place.kind));
  return PANES.filter((kind) => shown.has(kind));
}
