/** Owns the console's first line: which cluster, where, its health, the connection, the age of what is seen. Pure. */
import type { Cluster, HealthWord, Problem } from '../../cluster/model.ts';
import type { ConnectionState } from '../../cluster/ports.ts';
import { sanitise } from '../sanitise.ts';
import { cellWidth, cutCells } from '../terminal/cells.ts';
import { SYMBOL, type Theme, type Tone } from '../theme.ts';
import { span } from './age.ts';

interface Piece {
  readonly text: string;
  readonly tone: Tone;
}

export function healthPiece(health: HealthWord): Piece {
  switch (health) {
    case 'healthy':
      return { text: `${SYMBOL.ok} healthy`, tone: 'ok' };
    case 'degraded':
      return { text: `${SYMBOL.warn} degraded`, tone: 'warn' };
    case 'down':
      return { text: `${SYMBOL.bad} down`, tone: 'bad' };
  }
}

export function connectionPiece(connection: ConnectionState, now: number): Piece {
  switch (connection.phase) {
    case 'idle':
      return { text: `${SYMBOL.off} not connected`, tone: 'dim' };
    case 'connecting':
      return { text: `${SYMBOL.pending} connecting to ${sanitise(connection.to)}`, tone: 'warn' };
    case 'connected':
      return { text: 'connected', tone: 'dim' };
    case 'reconnecting': {
      const seconds = Math.max(0, Math.ceil((connection.at - now) / 1000));
      const when = seconds === 0 ? 'now' : `in ${seconds} s`;
      return { text: `${SYMBOL.warn} reconnecting ${when}: ${sanitise(connection.why)}`, tone: 'warn' };
    }
    case 'failed':
      return { text: `${SYMBOL.bad} no connection: ${sanitise(connection.error.why)}`, tone: 'bad' };
    case 'closed':
      return { text: `${SYMBOL.off} connection closed`, tone: 'dim' };
  }
}

export interface HeaderView {
  readonly cluster: Cluster;
  readonly backend: 'aws' | 'sandbox';
  /** null while nothing is known. */
  readonly health: HealthWord | null;
  readonly problems: readonly Problem[];
  readonly connection: ConnectionState;
  /** When the oldest of what shows was true; null while nothing is known. */
  readonly asOf: number | null;
  readonly now: number;
}

/** One line of exactly `width` cells. What a person needs first is kept longest. */
export function headerLine(view: HeaderView, width: number, theme: Theme): string {
  const place = view.backend === 'sandbox' ? `sandbox ${view.cluster.region}` : view.cluster.region;
  const health: Piece =
    view.health === null ? { text: `${SYMBOL.pending} looking`, tone: 'warn' } : healthPiece(view.health);
  const problem = view.problems[0];
  const more = view.problems.length > 1 ? ` (+${view.problems.length - 1})` : '';
  const detail = problem === undefined ? '' : `: ${sanitise(problem.what)}${more}`;
  const count = view.problems.length;
  // Half an address says less than how many there are.
  const counted = count === 0 ? '' : `: ${count} problem${count === 1 ? '' : 's'}`;
  const age: Piece = {
    text: view.asOf === null ? '' : `data ${span(view.now - view.asOf)} old`,
    tone: 'dim',
  };
  const connection = connectionPiece(view.connection, view.now);
  const isCalm = view.connection.phase === 'connected';

  const paint = (piece: Piece) => theme.paint(piece.tone, piece.text);
  let name = cutCells(sanitise(view.cluster.name), 40);
  const fixed = 1 + 2 + place.length + 2 + cellWidth(health.text) + 1;
  name = cutCells(name, Math.max(8, width - fixed));
  let left = width - fixed - cellWidth(name);
  const take = (text: string, atLeast: number): string => {
    const cut = cutCells(text, Math.max(0, left - 2));
    if (text === '' || cellWidth(cut) < Math.min(atLeast, cellWidth(text))) return '';
    left -= cellWidth(cut) + 2;
    return cut;
  };
  // A broken connection matters more than what follows from it.
  const order: readonly ('connection' | 'detail' | 'age')[] = isCalm
    ? ['age', 'detail', 'connection']
    : ['connection', 'age', 'detail'];
  const taken = { connection: '', detail: '', age: '' };
  for (const part of order) {
    if (part === 'connection') taken.connection = take(connection.text, isCalm ? 99 : 14);
    else if (part === 'age') taken.age = take(age.text, 99);
    else taken.detail = take(detail, 99) || take(counted, 99);
  }
  const right = [
    ...(taken.connection === '' ? [] : [paint({ ...connection, text: taken.connection })]),
    ...(taken.age === '' ? [] : [paint({ ...age, text: taken.age })]),
  ].join('  ');
  const start = ` ${theme.paint('title', name)}  ${theme.paint('accent', place)}  ${paint(health)}${
    taken.detail === '' ? '' : theme.paint(health.tone, taken.detail)
  }`;
  const blanks = width - cellWidth(start) - cellWidth(right) - 1;
  return `${start}${' '.repeat(Math.max(0, blanks))}${right}${blanks >= 0 ? ' ' : ''}`;
}
