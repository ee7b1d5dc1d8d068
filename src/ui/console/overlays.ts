/** Owns the drawing of what lies over the panes: details, problems, help, the choice of a unit. Pure. */
import type { Problem } from '../../cluster/model.ts';
import type { Binding } from '../keys/bindings.ts';
import { sanitise } from '../sanitise.ts';
import { cellWidth, cutCells, wrapWords } from '../terminal/cells.ts';
import type { TerminalSize } from '../terminal/size.tsx';
import { SYMBOL, type Theme } from '../theme.ts';
import { helpLines } from '../widgets/help.ts';
import { type PickerItem, pickerIndex, pickerItems, pickerLines } from '../widgets/picker.ts';
import { ago } from './age.ts';
import { destinations } from './destinations.ts';
import { detailLines } from './details/draw.ts';
import type { ConsoleModel } from './model.ts';
import type { Notice } from './notices.ts';
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
  /** Where its parts begin, when it has some. */
  readonly starts?: readonly number[];
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

/** What the config file calls the bindings. */
const actionNames = (bindings: readonly Binding[]): readonly string[] => [
  ...new Set(bindings.flatMap(({ action }) => (action === undefined ? [] : [action]))),
];

function helpText(bindings: readonly Binding[], width: number, theme: Theme): string[] {
  const { ok, pending, off, warn, bad, changed, fading, marked } = SYMBOL;
  const legend = `   ${ok} as it should be   ${pending} on its way   ${off} off   ${warn} look at it   ${bad} failed   ${changed} changed just now   ${fading} a while ago   ${marked} marked`;
  return [
    ...helpLines(bindings, width, theme),
    ` ${theme.paint('title', 'Symbols')}`,
    ...wrapWords(legend.trim(), width - 6).map((line) => `   ${line}`),
    '',
    ` ${theme.paint('title', 'Other keys')}`,
    ...wrapWords(
      `kubecore.yaml gives any of these another key (console: {keys: {details: x}}): ${actionNames(bindings).join(', ')}`,
      width - 6,
    ).map((line) => `   ${line}`),
  ];
}

export function noticeLines(notices: readonly Notice[], now: number, width: number, theme: Theme): string[] {
  if (notices.length === 0) return [theme.paint('dim', '  nothing has been said yet')];
  return notices
    .toReversed()
    .flatMap(({ text, tone, at }) =>
      wrapWords(sanitise(text), Math.max(8, width - 18)).map(
        (line, i) =>
          `  ${theme.paint('dim', (i === 0 ? ago(at, now) : '').padEnd(13))} ${theme.paint(tone, line)}`,
      ),
    );
}

/** What the help, the details, the problems or the notices say now. `help` are the bindings that the help lists. */
export function textOverlayContent(
  model: Pick<ConsoleModel, 'moment' | 'assess' | 'panes' | 'options' | 'details'>,
  overlay: Extract<Overlay, { offset: number }>,
  help: readonly Binding[],
): TextContent {
  const { theme, session } = model.options;
  const { view, state, size, now } = model.moment();
  switch (overlay.type) {
    case 'help':
      return { title: 'Help', of: 'the keys', lines: helpText(help, size.columns, theme) };
    case 'problems': {
      const lines = problemLines(model.assess(view).problems, size.columns, theme);
      return { title: 'Problems', of: session.cluster.name, lines };
    }
    case 'notices': {
      const lines = noticeLines(state.notices.list, now, size.columns, theme);
      return { title: 'Notices', of: 'the newest first', lines };
    }
    case 'details': {
      const kind = model.panes.kind(overlay.kind);
      const row = model.panes.row(overlay.kind, overlay.key, view);
      const context = model.panes.context(view, now);
      const { lines, starts } = detailLines(
        kind,
        row,
        model.details?.sections ?? [],
        context,
        size.columns,
        theme,
      );
      return { title: 'Details', of: row === undefined ? overlay.key : kind.label(row), lines, starts };
    }
  }
}

/** Where a row leads, to choose from. */
export function goOverlay(
  model: Pick<ConsoleModel, 'moment' | 'panes'>,
  overlay: Extract<Overlay, { type: 'go' }>,
  size: TerminalSize,
  theme: Theme,
): string[] {
  const items = goItems(model, overlay);
  const { view } = model.moment();
  const row = model.panes.row(overlay.kind, overlay.key, view);
  const of = row === undefined ? overlay.key : `from ${model.panes.kind(overlay.kind).label(row)}`;
  return [
    overlayTitle('Go', of, '', size.columns, theme),
    '',
    ...pickerLines(overlay.picker, items, { width: size.columns, height: textHeight(size) }, theme),
  ];
}

export function goItems(
  model: Pick<ConsoleModel, 'moment' | 'panes'>,
  overlay: Extract<Overlay, { type: 'go' }>,
): readonly PickerItem[] {
  const { view, now } = model.moment();
  const row = model.panes.row(overlay.kind, overlay.key, view);
  if (row === undefined) return [];
  return destinations(overlay.kind, row, view, model.panes.context(view, now)).map(
    ({ key, label, note }) => ({
      key,
      label,
      note,
    }),
  );
}

export function pickerOverlay(
  overlay: Extract<Overlay, { type: 'picker' }>,
  size: TerminalSize,
  theme: Theme,
): string[] {
  const { load, picker, node } = overlay;
  const say = (text: string) =>
    wrapWords(sanitise(text), Math.max(8, size.columns - 4)).map((line) => `  ${line}`);
  const title = (right: string) => overlayTitle('Logs', `of ${node.label}`, right, size.columns, theme);
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
