/** Owns how the form of step 3 looks: one line a parameter, and what is said of the focused one. Pure lines. */
import { labelFor, nodeCount, type ParameterSpec } from '../../cluster/parameters.ts';
import { fitCells } from '../terminal/cells.ts';
import type { Theme } from '../theme.ts';
import { SYMBOL } from '../theme.ts';
import { fieldText } from '../widgets/text-field.ts';
import {
  blueprintOf,
  CONTINUE,
  defaultText,
  FIELDS,
  type FormState,
  firstWrong,
  hasList,
  isChosen,
  isFixed,
  nameState,
  parametersOf,
  verdictOf,
} from './form-state.ts';
import { problem, prose } from './words.ts';

const LABEL = 20;
const STATUS = 12;

/** One line: cursor, label, value, verdict. */
export function fieldLine(
  form: FormState,
  spec: ParameterSpec,
  width: number,
  spin: string,
  theme: Theme,
): string {
  const focused = FIELDS[form.focus] === spec;
  const pointer = focused ? theme.paint('accent', SYMBOL.pointer) : ' ';
  const label = fitCells(labelFor(spec, blueprintOf(form)), LABEL);
  const room = width - 2 - LABEL - STATUS;
  return `${pointer} ${focused ? theme.paint('title', label) : label}${fitCells(valueText(form, spec, room - 1, theme), room)}${statusText(form, spec, spin, theme)}`;
}

function valueText(form: FormState, spec: ParameterSpec, width: number, theme: Theme): string {
  const focused = FIELDS[form.focus] === spec;
  const field = form.texts[spec.key];
  if (isFixed(spec)) return theme.paint('dim', field.value);
  if (isChosen(spec)) {
    return focused
      ? `${theme.paint('accent', '‹')} ${field.value} ${theme.paint('accent', '›')}`
      : field.value;
  }
  return fieldText(field, { width, focused, theme, placeholder: spec.whenEmpty ?? '' });
}

function statusText(form: FormState, spec: ParameterSpec, spin: string, theme: Theme): string {
  const verdict = verdictOf(form, spec);
  if (!verdict.ok) return theme.paint('bad', '✗');
  if (verdict.warning !== undefined) return theme.paint('warn', SYMBOL.warn);
  if (isFixed(spec)) return theme.paint('dim', 'the only one');
  if (spec.key === 'name') {
    return nameState(form).is === 'free'
      ? theme.paint('ok', '✓ free')
      : theme.paint('dim', `${spin} checking`);
  }
  const standard = form.texts[spec.key].value.trim() === defaultText(form, spec.key);
  return standard ? theme.paint('dim', 'default') : theme.paint('ok', '✓');
}

/** The last line: going on. */
export function continueLine(form: FormState, spin: string, theme: Theme): string {
  const focused = form.focus === CONTINUE;
  const pointer = focused ? theme.paint('accent', SYMBOL.pointer) : ' ';
  if (form.continuing) return `${pointer} ${spin} Asking AWS whether the name is free`;
  return `${pointer} ${focused ? theme.paint('title', 'Continue to the review') : 'Continue to the review'}`;
}

/** What the focused line is about, and what is wrong with it. What is wrong comes first. */
export function explanation(form: FormState, width: number, theme: Theme): string[] {
  const spec = FIELDS[form.focus];
  if (!spec) {
    const wrong = firstWrong(form);
    if (wrong === -1) {
      const nodes = nodeCount(parametersOf(form));
      return prose(
        `Everything passes: ${nodes} ${nodes === 1 ? 'node' : 'nodes'} of ${parametersOf(form).instanceType}. Nothing is created yet: the review comes next.`,
        width,
        theme,
      );
    }
    return prose(`${FIELDS[wrong]!.label} has to be mended first: Enter goes there.`, width, theme, 'warn');
  }
  const verdict = verdictOf(form, spec);
  const said = !verdict.ok
    ? problem({ what: spec.label, why: verdict.why, next: verdict.hint }, width, theme)
    : verdict.warning !== undefined
      ? prose(`${SYMBOL.warn} ${verdict.warning}`, width, theme, 'warn', 2)
      : [];
  return [...said, ...prose(spec.help, width, theme, 'dim')];
}

/** Which values a field takes and what its default is, for where there is room. */
export function valuesOf(form: FormState, spec: ParameterSpec, width: number, theme: Theme): string[] {
  const standard = defaultText(form, spec.key);
  const allowed =
    spec.allowed === null || isFixed(spec)
      ? []
      : hasList(spec)
        ? prose(`${spec.allowed.length} values: Space lists them, a letter filters.`, width, theme)
        : prose(`One of ${spec.allowed.join(', ')}.`, width, theme);
  return [
    ...allowed,
    ...prose(standard === '' ? `Left empty: ${spec.whenEmpty}.` : `Default: ${standard}`, width, theme),
    ...prose(`On the command line: --${spec.flag}`, width, theme),
  ];
}
