/** Owns the drawing of an act: its form, the commands it will run and the question, what came of it. Pure. */
import { sanitise } from '../../sanitise.ts';
import { cutCells, wrapWords } from '../../terminal/cells.ts';
import type { TerminalSize } from '../../terminal/size.tsx';
import { SYMBOL, type Theme } from '../../theme.ts';
import { fieldText } from '../../widgets/text-field.ts';
import { overlayTitle } from '../overlays.ts';
import type { Act, Said } from './act.ts';
import type { DialogState } from './dialog.ts';

const TITLE_LINES = 2;

const wrapped = (text: string, width: number, indent = 2): string[] =>
  wrapWords(sanitise(text), Math.max(8, width - indent - 2)).map((line) => ' '.repeat(indent) + line);

const painted = ({ text, tone }: Said, width: number, theme: Theme): string[] =>
  wrapped(text, width).map((line) => theme.paint(tone, line));

/** Everything under the title. */
function body(state: DialogState, act: Act, size: TerminalSize, now: number, theme: Theme): string[] {
  const { columns } = size;
  const dim = (text: string): string[] => wrapped(text, columns).map((line) => theme.paint('dim', line));
  switch (state.phase) {
    case 'form':
      return [...dim(act.help), '', ...form(state, columns, theme)];
    case 'preparing':
      return [`  ${SYMBOL.pending} looking at it …`];
    case 'refused': {
      const { what, why, next } = state.refusal;
      return [
        ...painted({ text: `${SYMBOL.bad} ${what}`, tone: 'bad' }, columns, theme),
        ...wrapped(why, columns, 4),
        ...dim(`next: ${next}`),
      ];
    }
    case 'ask': {
      const { plan } = state;
      return [
        ...(plan.lines ?? []).map((line) =>
          theme.paint(line.tone, cutCells(`  ${sanitise(line.text)}`, columns)),
        ),
        ...(plan.lines && plan.lines.length > 0 ? [''] : []),
        ...dim(plan.commands.length === 1 ? 'This will be run:' : 'These will be run, in this order:'),
        ...plan.commands.flatMap((command) => wrapped(command, columns, 4)),
        ...(plan.equivalent === null
          ? []
          : ['', ...dim('The same as a command:'), ...wrapped(plan.equivalent, columns, 4)]),
        '',
        ...(plan.warning === undefined
          ? []
          : painted({ text: `${SYMBOL.warn} ${plan.warning}`, tone: 'warn' }, columns, theme)),
        ...painted({ text: `${plan.question ?? ''} y / n`, tone: 'title' }, columns, theme),
      ];
    }
    case 'running': {
      const seconds = Math.max(0, Math.floor((now - state.since) / 1000));
      const words = state.stopping ? 'stopping' : 'at it';
      return [
        ...state.plan.commands.flatMap((command) => dim(command)),
        '',
        ...state.lines.flatMap((line) => painted(line, columns, theme)),
        theme.paint('warn', `  ${SYMBOL.pending} ${words}, ${seconds} s`),
      ];
    }
    case 'done': {
      const { end } = state;
      const verdict: Said = end.ok
        ? { text: `${SYMBOL.ok} done`, tone: 'ok' }
        : { text: `${SYMBOL.bad} not everything was done`, tone: 'bad' };
      return [
        ...state.lines.flatMap((line) => painted(line, columns, theme)),
        '',
        ...painted(verdict, columns, theme),
        ...(end.next ? painted({ text: `b: ${end.next.label}`, tone: 'accent' }, columns, theme) : []),
      ];
    }
  }
}

function form(state: Extract<DialogState, { phase: 'form' }>, columns: number, theme: Theme): string[] {
  const labels = Math.max(...state.fields.map(({ field }) => field.label.length));
  const rows = state.fields.flatMap(({ field, text, wrong }, i) => {
    const focused = i === state.index;
    const sign = focused ? theme.paint('accent', SYMBOL.pointer) : ' ';
    const value = fieldText(text, { width: Math.max(8, columns - labels - 8), focused, theme });
    return [
      `  ${sign} ${theme.paint(focused ? 'title' : 'dim', field.label.padEnd(labels))}  ${value}`,
      ...(wrong === null
        ? []
        : [theme.paint('bad', cutCells(`    ${' '.repeat(labels)}  ${SYMBOL.bad} ${wrong}`, columns))]),
    ];
  });
  if (state.candidates.length === 0) return rows;
  const shown = state.candidates.slice(0, 12).map((one) => cutCells(`      ${sanitise(one)}`, columns));
  const more = state.candidates.length - shown.length;
  return [
    ...rows,
    '',
    ...shown.map((line) => theme.paint('dim', line)),
    ...(more > 0 ? [theme.paint('dim', `      … and ${more} more`)] : []),
  ];
}

/** The dialog as a whole, at most `size.rows` lines. What does not fit is scrolled; the question and the end always show. */
export function drawDialog(
  state: DialogState,
  act: Act,
  size: TerminalSize,
  now: number,
  theme: Theme,
): string[] {
  const title = 'plan' in state ? state.plan.title : act.label;
  const lines = body(state, act, size, now, theme);
  const height = Math.max(1, size.rows - TITLE_LINES);
  const from = firstLine(state, lines.length, height);
  const shown = lines.slice(from, from + height);
  const right = lines.length > height ? `${from + 1}–${from + shown.length} of ${lines.length}` : '';
  return [overlayTitle('Act', title, right, size.columns, theme), '', ...shown];
}

/** Which line is the first that shows. */
export function firstLine(state: DialogState, count: number, height: number): number {
  const last = Math.max(0, count - height);
  if (state.phase === 'running') return last;
  if (state.phase === 'done') return Math.max(0, Math.min(last, state.offset ?? last));
  // The question is at the end: a long change is looked at by scrolling up.
  if (state.phase === 'ask') return Math.max(0, last - state.offset);
  return 0;
}
