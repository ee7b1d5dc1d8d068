/**
 * Owns a log view's state as a pure reducer: following or held at a line, how lines are shown, and the pattern sought.
 * The lines themselves stay in the ring; the reducer is told of them by a `LogWindow`.
 */
import type { LineWalk } from './log-view-lines.ts';

/** The first row that shows: a line, and which of its wrapped rows. */
export interface Position {
  readonly sequence: number;
  readonly row: number;
}

export type Timestamps = 'time' | 'full' | 'none';

export interface LogViewState {
  /** The newest line stays at the bottom. Otherwise `top` stays at the top, whatever comes. */
  readonly follow: boolean;
  readonly top: Position;
  /** The ring's end when following stopped, to count what is new since. */
  readonly heldAt: number;
  readonly wrap: boolean;
  readonly timestamps: Timestamps;
  /** Cells scrolled to the right, when lines are not wrapped. */
  readonly left: number;
  readonly pattern: string;
  /** Show only lines that match the pattern, or all with the matches marked. */
  readonly onlyMatches: boolean;
  /** The line that `n` and `N` went to last. */
  readonly match: number | null;
}

export const INITIAL_LOG_VIEW: LogViewState = {
  follow: true,
  top: { sequence: 0, row: 0 },
  heldAt: 0,
  wrap: false,
  timestamps: 'time',
  left: 0,
  pattern: '',
  onlyMatches: true,
  match: null,
};

/** What the reducer needs to know of the lines, the screen, and nothing else. */
export interface LogWindow {
  /** Rows that show. */
  readonly height: number;
  /** The lines that can show: all, or the matching ones. */
  readonly lines: LineWalk;
  /** The lines that match the pattern; null when there is none. */
  readonly matches: LineWalk | null;
  /** Rows that a line takes. */
  readonly rowsOf: (sequence: number) => number;
  /** One past the newest line of the ring. */
  readonly end: number;
}

export type LogAction =
  | { readonly type: 'scroll'; readonly rows: number }
  | { readonly type: 'page'; readonly pages: number }
  | { readonly type: 'top' }
  | { readonly type: 'follow' }
  | { readonly type: 'toggle-follow' }
  | { readonly type: 'toggle-wrap' }
  | { readonly type: 'next-timestamps' }
  | { readonly type: 'sideways'; readonly cells: number }
  | { readonly type: 'pattern'; readonly pattern: string }
  | { readonly type: 'toggle-only-matches' }
  | { readonly type: 'match'; readonly direction: 1 | -1 };

/** Where the view's top is when the newest row is at its bottom. */
export function lowestTop(window: LogWindow): Position {
  let sequence = window.lines.last();
  let room = window.height;
  let top: Position = { sequence: 0, row: 0 };
  while (sequence !== null) {
    const rows = window.rowsOf(sequence);
    if (rows >= room) return { sequence, row: rows - room };
    room -= rows;
    top = { sequence, row: 0 };
    sequence = window.lines.previous(sequence);
  }
  return top;
}

const isBelow = (a: Position, b: Position): boolean =>
  a.sequence > b.sequence || (a.sequence === b.sequence && a.row > b.row);

/** A position that exists: the line itself, else the next one that shows. */
function existing(window: LogWindow, position: Position): Position {
  const sequence = window.lines.next(position.sequence - 1);
  if (sequence === null) return lowestTop(window);
  const row = sequence === position.sequence ? Math.min(position.row, window.rowsOf(sequence) - 1) : 0;
  return { sequence, row };
}

/** A position that exists and is not below the lowest. */
export function settle(window: LogWindow, position: Position): Position {
  const lowest = lowestTop(window);
  const there = existing(window, position);
  return isBelow(there, lowest) ? lowest : there;
}

function move(window: LogWindow, from: Position, rows: number): Position {
  let { sequence, row } = existing(window, from);
  row += rows;
  while (row < 0) {
    const previous = window.lines.previous(sequence);
    if (previous === null) return { sequence, row: 0 };
    sequence = previous;
    row += window.rowsOf(sequence);
  }
  while (row >= window.rowsOf(sequence)) {
    const next = window.lines.next(sequence);
    if (next === null) return lowestTop(window);
    row -= window.rowsOf(sequence);
    sequence = next;
  }
  return settle(window, { sequence, row });
}

/** The top as it is now, following or held. */
export function topOf(state: LogViewState, window: LogWindow): Position {
  return state.follow ? lowestTop(window) : settle(window, state.top);
}

function hold(state: LogViewState, window: LogWindow, top: Position): LogViewState {
  return { ...state, follow: false, top, heldAt: state.follow ? window.end : state.heldAt };
}

function scroll(state: LogViewState, window: LogWindow, rows: number): LogViewState {
  if (state.follow && rows >= 0) return state;
  return hold(state, window, move(window, topOf(state, window), rows));
}

/** Whether a line is wholly or partly on screen. */
function shows(state: LogViewState, window: LogWindow, sequence: number): boolean {
  const top = topOf(state, window);
  let room = window.height + top.row;
  for (let at: number | null = top.sequence; at !== null && room > 0; at = window.lines.next(at)) {
    if (at === sequence) return true;
    if (at > sequence) return false;
    room -= window.rowsOf(at);
  }
  return false;
}

function goToMatch(state: LogViewState, window: LogWindow, direction: 1 | -1): LogViewState {
  if (!window.matches) return state;
  const top = topOf(state, window);
  const target =
    direction === 1
      ? window.matches.next(state.match ?? top.sequence - 1)
      : window.matches.previous(state.match ?? window.end);
  if (target === null) return state;
  const held = hold(state, window, top);
  if (shows(held, window, target)) return { ...held, match: target };
  const above = Math.floor(window.height / 3);
  return { ...held, match: target, top: move(window, { sequence: target, row: 0 }, -above) };
}

export function reduceLogView(state: LogViewState, action: LogAction, window: LogWindow): LogViewState {
  switch (action.type) {
    case 'scroll':
      return scroll(state, window, action.rows);
    case 'page':
      return scroll(state, window, Math.trunc(action.pages * Math.max(1, window.height - 1)));
    case 'top': {
      const first = window.lines.first();
      return first === null ? state : hold(state, window, { sequence: first, row: 0 });
    }
    case 'follow':
      return { ...state, follow: true, match: null };
    case 'toggle-follow':
      return state.follow
        ? hold(state, window, topOf(state, window))
        : { ...state, follow: true, match: null };
    case 'toggle-wrap':
      return { ...state, wrap: !state.wrap, left: 0, top: { ...state.top, row: 0 } };
    case 'next-timestamps': {
      const next = { time: 'full', full: 'none', none: 'time' } as const;
      return { ...state, timestamps: next[state.timestamps] };
    }
    case 'sideways':
      return state.wrap ? state : { ...state, left: Math.max(0, state.left + action.cells) };
    case 'pattern':
      return { ...state, pattern: action.pattern, onlyMatches: true, match: null };
    case 'toggle-only-matches':
      return { ...state, onlyMatches: !state.onlyMatches };
    case 'match':
      return goToMatch(state, window, action.direction);
  }
}
