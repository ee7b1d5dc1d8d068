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
  /** Lines of this priority and graver show: 7 is all of them. */
  readonly priority: number;
  /** Lines being marked, to copy or save them: from where to where, by sequence number. */
  readonly mark: { readonly anchor: number; readonly cursor: number } | null;
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
  priority: 7,
  mark: null,
};

/** What `p` goes through: everything, informational, notices, warnings, errors. */
const PRIORITIES: readonly number[] = [7, 6, 5, 4, 3];

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

/** The first and the last marked line. */
export function markedRange(state: LogViewState): { readonly from: number; readonly to: number } | null {
  if (state.mark === null) return null;
  const { anchor, cursor } = state.mark;
  return { from: Math.min(anchor, cursor), to: Math.max(anchor, cursor) };
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
  | { readonly type: 'priority'; readonly by: 1 | -1 }
  /** Begins to mark at the newest line that shows, or ends it. While it is on, moving extends the range. */
  | { readonly type: 'toggle-mark' }
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

/** The line at the bottom of the screen; null when there is none. */
function bottomLine(state: LogViewState, window: LogWindow): number | null {
  const top = topOf(state, window);
  let room = window.height + top.row;
  let last: number | null = null;
  for (let at = window.lines.next(top.sequence - 1); at !== null && room > 0; at = window.lines.next(at)) {
    last = at;
    room -= window.rowsOf(at);
  }
  return last;
}

/** The top with which a line is the last that shows. */
function topWithLast(window: LogWindow, last: number): Position {
  let room = window.height - window.rowsOf(last);
  let sequence = last;
  while (room > 0) {
    const previous = window.lines.previous(sequence);
    if (previous === null) break;
    const rows = window.rowsOf(previous);
    if (rows > room) return { sequence: previous, row: rows - room };
    room -= rows;
    sequence = previous;
  }
  return { sequence, row: 0 };
}

/** Moves the end of the range by some lines, and the screen with it. */
function extendMark(state: LogViewState, window: LogWindow, lines: number): LogViewState {
  if (state.mark === null) return state;
  let { cursor } = state.mark;
  const step = lines < 0 ? window.lines.previous : window.lines.next;
  for (let i = 0; i < Math.abs(lines); i++) {
    const next = step(cursor);
    if (next === null) break;
    cursor = next;
  }
  const held = hold(state, window, topOf(state, window));
  const moved = { ...held, mark: { ...state.mark, cursor } };
  if (shows(moved, window, cursor)) return moved;
  const top = lines < 0 ? { sequence: cursor, row: 0 } : topWithLast(window, cursor);
  return { ...moved, top };
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
      if (state.mark) return extendMark(state, window, action.rows);
      return scroll(state, window, action.rows);
    case 'page': {
      const rows = Math.trunc(action.pages * Math.max(1, window.height - 1));
      return state.mark ? extendMark(state, window, rows) : scroll(state, window, rows);
    }
    case 'top': {
      const first = window.lines.first();
      if (state.mark && first !== null) {
        const mark = { ...state.mark, cursor: first };
        return { ...hold(state, window, { sequence: first, row: 0 }), mark };
      }
      return first === null ? state : hold(state, window, { sequence: first, row: 0 });
    }
    case 'follow': {
      const last = window.lines.last();
      if (state.mark && last !== null) {
        const mark = { ...state.mark, cursor: last };
        return { ...hold(state, window, lowestTop(window)), mark };
      }
      return { ...state, follow: true, match: null };
    }
    case 'toggle-follow':
      return state.follow
        ? hold(state, window, topOf(state, window))
        : { ...state, follow: true, match: null, mark: null };
    case 'toggle-mark': {
      if (state.mark) return { ...state, mark: null };
      const at = state.match ?? bottomLine(state, window);
      if (at === null) return state;
      return { ...hold(state, window, topOf(state, window)), mark: { anchor: at, cursor: at } };
    }
    case 'priority': {
      const at = PRIORITIES.indexOf(state.priority);
      const next = PRIORITIES[(at + action.by + PRIORITIES.length) % PRIORITIES.length] ?? 7;
      return { ...state, priority: next, match: null, mark: null };
    }
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
