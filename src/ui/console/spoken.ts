/**
 * Owns the console for a screen reader: sentences instead of panes, without boxes, symbols and ages that change by themselves, so
 * that something is spoken only when something happened. Pure.
 */
import type { Assessment } from '../../cluster/health.ts';
import type { PaneState } from '../../cluster/store-contract.ts';
import { type Binding, isActive, shownKeys } from '../keys/bindings.ts';
import { sanitise } from '../sanitise.ts';
import { cellWords } from '../widgets/table.ts';
import { dataOf } from './columns/all.ts';
import { connectionPiece } from './header.ts';
import type { Moment } from './model.ts';
import { shownNotice } from './notices.ts';
import type { AnyRow, Panes } from './panes.ts';

/** Without the symbols and lines that a reader would spell out. */
export const spokenText = (line: string): string =>
  line
    .replace(/\x1b\[[0-9;]*m/g, '')
    .replace(/[─━│┃╭╮╰╯┏┓┗┛▸◆✦✧●◌▲✗○]/g, ' ')
    .replace(/ {3,}/g, '; ')
    .trim()
    .replace(/^; |;$/g, '');

export interface SpokenInput {
  readonly cluster: string;
  readonly place: string;
  readonly assessment: Assessment;
  readonly moment: Moment;
  readonly panes: Panes;
  readonly bindings: readonly Binding[];
  /** What lies over the panes, as drawn; null when nothing does. */
  readonly overlay: readonly string[] | null;
}

function paneSentences({ moment, panes }: SpokenInput): string[] {
  const { view, state, now } = moment;
  const { focus } = state;
  const pane = view[focus] as PaneState<readonly AnyRow[]>;
  const kind = panes.kind(focus);
  if (pane.status === 'loading') return [`${kind.title}: ${kind.loading}.`];
  if (pane.status === 'failed') {
    const { what, why, next } = pane.error;
    return [`${kind.title} failed: ${what}: ${why}. Next: ${next}.`];
  }
  const ui = state.panes[focus];
  const { rows, keys } = panes.prepare(focus, view, ui);
  const total = dataOf(pane).length;
  const fault = kind.faults(pane.data);
  const about = [
    ui.filter === '' ? `${total} rows` : `${rows.length} of ${total} rows match ${ui.filter}`,
    ui.sort === null ? '' : `in order of ${ui.sort.column}${ui.sort.descending ? ', descending' : ''}`,
    ui.marks.size === 0 ? '' : `${ui.marks.size} marked`,
    fault === null ? '' : cellWords(fault),
    pane.status === 'stale' ? `old, because ${pane.error.what}: ${pane.error.why}` : '',
  ].filter((part) => part !== '');
  const row = panes.selected(focus, view, state);
  if (row === undefined)
    return [`${kind.title}: ${about.join(', ')}.`, rows.length === 0 ? `${kind.empty}.` : ''];
  const context = panes.context(view, now);
  const cells = kind.columns
    // What changes by itself would be spoken each time.
    .filter(({ fixed }) => fixed === undefined)
    .map((column) => ({ title: column.title.toLowerCase(), words: cellWords(column.cell(row, context)) }))
    .filter(({ words }) => words !== '-' && words !== '')
    .map(({ title, words }) => `${title} ${words}`);
  const mark = ui.selected !== null && ui.marks.has(ui.selected) ? ', marked' : '';
  return [
    `${kind.title}: ${about.join(', ')}.`,
    `Row ${ui.index + 1} of ${keys.length}${mark}: ${cells.join(', ')}.`,
  ];
}

/** The lines to speak. */
export function spokenLines(input: SpokenInput): string[] {
  const { cluster, place, assessment, moment, bindings, overlay } = input;
  const { state, view, now } = moment;
  const [problem] = assessment.problems;
  const more = assessment.problems.length > 1 ? ` and ${assessment.problems.length - 1} more problems` : '';
  const calm = view.connection.phase === 'connected';
  // A countdown is not spoken second by second.
  const at = view.connection.phase === 'reconnecting' ? view.connection.at : now;
  const connection = calm ? '' : ` ${cellWords(connectionPiece(view.connection, at))}.`;
  const notice = shownNotice(state.notices, now);
  return [
    `${cluster}, ${place}: ${assessment.health}${problem ? `, ${problem.what}${more}` : ''}.${connection}`,
    ...(overlay === null ? paneSentences(input) : overlay.map(spokenText)),
    state.typing === null ? '' : `Filter: ${state.typing === '' ? 'empty' : state.typing}`,
    notice === null ? '' : notice.text,
    `Keys: ${bindings
      .filter((binding) => binding.hidden !== true && isActive(binding))
      .map((binding) => `${shownKeys(binding)} ${binding.label}`)
      .join(', ')}.`,
  ]
    .map((line) => sanitise(line))
    .filter((line) => line !== '');
}
