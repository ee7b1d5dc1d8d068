/** Owns the drawing of what lies over the panes: details, problems, help, the choice of a unit. Pure. */
import type { Kind, Problem, RowOf } from '../../cluster/model.ts';
import type { Binding } from '../keys/bindings.ts';
import { sanitise } from '../sanitise.ts';
import { cellWidth, cutCells, wrapWords } from '../terminal/cells.ts';
import type { TerminalSize } from '../terminal/size.tsx';
import { SYMBOL, type Theme } from '../theme.ts';
import { helpLines } from '../widgets/help.ts';
import { pickerIndex, pickerItems, pickerLines } from '../widgets/picker.ts';
import { dataOf } from './columns/all.ts';
import type { RowContext, RowKind } from './columns/row-kind.ts';
import type { ConsoleModel } from './model.ts';
import type { Overlay } from './state.ts';

/** ` Details  etcd.service ━━━━━━━━━━━`, at most `width` cells. */
export function overlayTitle(title: string, of: string, right: string, width: number, theme: Theme): string {
  const name = cutCells(sanitise(of), Math.max(0, width - title.length - right.length - 8));
  const rule = Math.max(
    0,
    width - title.length - cellWidth(name) - right.length - (right === '' ? 4 : 5) - 1,
  );
  const end = right === '' ? '' : ` ${theme.paint('dim', right)}`;
  return ` ${theme.paint('title', title)}  ${theme.paint('accent', name)} ${theme.paint('accent', '━'.repeat(rule))}${end}`;
}

export interface TextContent {
  readonly title: string;
  /** What it is about. */
  readonly of: string;
  readonly lines: readonly string[];
}

/** A text with a title, scrolled to `offset`; says where it is when it does not fit. */
export function textOverlay(
  { title, of, lines }: TextContent,
  offset: number,
  size: TerminalSize,
  theme: Theme,
): string[] {
  const height = textHeight(size);
  const start = Math.max(0, Math.min(offset, lines.length - height));
  const shown = lines.slice(start, start + height);
  const right = lines.length > height ? `${start + 1}–${start + shown.length} of ${lines.length}` : '';
  return [overlayTitle(title, of, right, size.columns, theme), '', ...shown];
}

/** Lines of text that a text overlay has room for. */
export function textHeight(size: TerminalSize): number {
  return Math.max(1, size.rows - 2);
}

/** `label  value`, values wrapped under themselves. */
function labelled(pairs: readonly (readonly [string, string])[], width: number, theme: Theme): string[] {
  const labels = Math.max(0, ...pairs.map(([label]) => label.length));
  return pairs.flatMap(([label, value]) =>
    wrapWords(sanitise(value), Math.max(8, width - labels - 5)).map(
      (line, i) => `  ${theme.paint('dim', (i === 0 ? label : '').padEnd(labels))}  ${line}`,
    ),
  );
}

export function detailLines<Row>(
  kind: RowKind<Row>,
  row: Row | undefined,
  context: RowContext,
  width: number,
  theme: Theme,
): string[] {
  if (row === undefined) return [theme.paint('warn', `  ${SYMBOL.warn} it is not there any more`)];
  return labelled(kind.details(row, context), width, theme);
}

export function problemLines(problems: readonly Problem[], width: number, theme: Theme): string[] {
  if (problems.length === 0) return [theme.paint('ok', `  ${SYMBOL.ok} nothing is wrong`)];
  const wrap = (text: string) => wrapWords(sanitise(text), Math.max(8, width - 6));
  return problems.flatMap(({ what, why, next }) => [
    ...wrap(what).map(
      (line, i) => `  ${theme.paint('bad', i === 0 ? `${SYMBOL.bad} ${line}` : `  ${line}`)}`,
    ),
    ...wrap(why).map((line) => `    ${line}`),
    ...wrap(`next: ${next}`).map((line) => `    ${theme.paint('dim', line)}`),
    '',
  ]);
}

function helpText(bindings: readonly Binding[], width: number, theme: Theme): string[] {
  const { ok, pending, off, warn, bad, changed } = SYMBOL;
  const legend = `   ${ok} as it should be   ${pending} on its way   ${off} off   ${warn} look at it   ${bad} failed   ${changed} changed just now`;
  return [
    ...helpLines(bindings, width, theme),
    ` ${theme.paint('title', 'Symbols')}`,
    ...wrapWords(legend.trim(), width - 6).map((line) => `   ${line}`),
  ];
}

/** What the help, the details or the problems say now. `help` are the bindings that the help lists. */
export function textOverlayContent(
  model: Pick<ConsoleModel, 'moment' | 'assess' | 'panes' | 'options'>,
  overlay: Extract<Overlay, { offset: number }>,
  help: readonly Binding[],
): TextContent {
  const { theme, session } = model.options;
  const { view, size, now } = model.moment();
  switch (overlay.type) {
    case 'help':
      return { title: 'Help', of: 'the keys', lines: helpText(help, size.columns, theme) };
    case 'problems': {
      const lines = problemLines(model.assess(view).problems, size.columns, theme);
      return { title: 'Problems', of: session.cluster.name, lines };
    }
    case 'details': {
      const kind = model.panes.kind(overlay.kind);
      const row = dataOf<RowOf[Kind]>(view[overlay.kind]).find(
        (candidate) => kind.key(candidate) === overlay.key,
      );
      const context = model.panes.context(view, now);
      const lines = detailLines(kind, row, context, size.columns, theme);
      return { title: 'Details', of: overlay.key.split('@')[0] ?? '', lines };
    }
  }
}

export function pickerOverlay(
  overlay: Extract<Overlay, { type: 'picker' }>,
  size: TerminalSize,
  theme: Theme,
): string[] {
  const { load, picker, node } = overlay;
  const say = (text: string) =>
    wrapWords(sanitise(text), Math.max(8, size.columns - 4)).map((line) => `  ${line}`);
  const title = (right: string) => overlayTitle('Units', `of ${node.label}`, right, size.columns, theme);
  if (load.status === 'loading') {
    return [title(''), '', ...say(`${SYMBOL.pending} asking ${node.label} for its units …`)];
  }
  if (load.status === 'failed') {
    return [
      title(''),
      '',
      ...say(`${SYMBOL.bad} ${load.what}`).map((line) => theme.paint('bad', line)),
      ...say(load.why),
      ...say(`next: ${load.next}`).map((line) => theme.paint('dim', line)),
    ];
  }
  const shown = pickerItems(picker, load.items);
  const at = shown.length === 0 ? 0 : pickerIndex(picker, shown) + 1;
  const filter = picker.filter === '' ? '' : `/${sanitise(picker.filter)} `;
  return [
    title(cutCells(`${filter}${at} of ${shown.length}`, Math.floor(size.columns / 3))),
    '',
    ...pickerLines(picker, load.items, { width: size.columns, height: textHeight(size) }, theme),
  ];
}
