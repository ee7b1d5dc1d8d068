/** Owns the drawing of details: the row's fields, then its sections, each under its own title and command. Pure. */
import { sanitise } from '../../sanitise.ts';
import { cellWidth, cutCells, wrapCells, wrapWords } from '../../terminal/cells.ts';
import { SYMBOL, type Theme } from '../../theme.ts';
import type { RowContext, RowKind } from '../columns/row-kind.ts';
import type { OpenSection } from './session.ts';

export interface DetailLines {
  readonly lines: readonly string[];
  /** The line on which each section begins, the fields' first. */
  readonly starts: readonly number[];
}

/** `label  value`, values wrapped under themselves. */
export function labelled(
  fields: readonly (readonly [string, string])[],
  width: number,
  theme: Theme,
): string[] {
  const labels = Math.max(0, ...fields.map(([label]) => label.length));
  return fields.flatMap(([label, value]) =>
    wrapWords(sanitise(value), Math.max(8, width - labels - 5)).map(
      (line, i) => `  ${theme.paint('dim', (i === 0 ? label : '').padEnd(labels))}  ${line}`,
    ),
  );
}

function sectionTitle(title: string, command: string, width: number, theme: Theme): string {
  const shown = cutCells(sanitise(command), Math.max(0, width - title.length - 8));
  const rule = '─'.repeat(Math.max(0, width - title.length - cellWidth(shown) - 8));
  return ` ${theme.paint('accent', '──')} ${theme.paint('title', title)} ${theme.paint('accent', rule)} ${theme.paint('dim', shown)}`;
}

function sectionLines({ state }: OpenSection, width: number, theme: Theme): string[] {
  const wrap = (text: string) => wrapCells(sanitise(text), Math.max(8, width - 4)).map((line) => `  ${line}`);
  switch (state.status) {
    case 'asking':
      return [theme.paint('dim', `  ${SYMBOL.pending} asking …`)];
    case 'known':
      return state.lines.flatMap(wrap);
    case 'failed':
      return [
        ...wrap(`${SYMBOL.bad} ${state.what}`).map((line) => theme.paint('bad', line)),
        ...wrap(state.why),
        ...wrap(`next: ${state.next}`).map((line) => theme.paint('dim', line)),
      ];
  }
}

export function detailLines<Row>(
  kind: RowKind<Row>,
  row: Row | undefined,
  sections: readonly OpenSection[],
  context: RowContext,
  width: number,
  theme: Theme,
): DetailLines {
  const lines =
    row === undefined
      ? [theme.paint('warn', `  ${SYMBOL.warn} it is not there any more`)]
      : labelled(kind.details(row, context), width, theme);
  const starts = [0];
  for (const open of sections) {
    lines.push('');
    starts.push(lines.length);
    lines.push(sectionTitle(open.section.title, open.section.argv.join(' '), width, theme));
    lines.push(...sectionLines(open, width, theme));
  }
  return { lines, starts };
}
